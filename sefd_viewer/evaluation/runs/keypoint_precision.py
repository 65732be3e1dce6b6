"""Average precision of projected joints as pycocotools and CrowdPose's program compute it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Dataset

if TYPE_CHECKING:
    import polars as pl

SIGMAS: dict[str, tuple[float, ...]] = {
    "coco17": (
        *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072),
        *(0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
    ),
    "crowdpose14": (
        *(0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107),
        *(0.087, 0.087, 0.089, 0.089, 0.079, 0.079),
    ),
}
"""How far annotators disagree about each joint, as a share of a person's size (COCO, CrowdPose)."""

OF_BOX: dict[str, float] = {"crowdpose14": 0.53}
"""The share of a person's box that is always the area by which distances are judged (CrowdPose)."""

CROWD_LIMITS = (0.1, 0.8)
"""Crowd indices below which a picture of CrowdPose is easy, and above which it is hard."""

NOT_IGNORED = "invalid_box"
"""The one reason to leave somebody out after which pycocotools goes on counting him."""

_SEEN = 2
_NOWHERE = -1e4
"""Where a joint behind the camera is put: it is predicted, and wrong."""

_CATEGORY = 1
_LOOKED_AT = 200


def judged_joints(dataset: Dataset) -> str | None:
    """The joint set by which a data set judges keypoints: its first people's, if AP is defined for it."""
    for record in dataset.beginning(_LOOKED_AT):
        left_out = (skipped.who for skipped in record.skipped if skipped.who is not None)
        for person in (*record.people, *left_out):
            if person.pose2d is not None and person.pose2d.joint_set in SIGMAS:
                return person.pose2d.joint_set
    return None


def crowd_levels(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of easy, medium and hard pictures, whose crowd index is below 0.1, to 0.8, above."""
    index, (low, high) = rows["crowd_index"], CROWD_LIMITS
    easy, hard = index < low, index > high
    return {"easy": rows.filter(easy), "medium": rows.filter(~(easy | hard)), "hard": rows.filter(hard)}


def keypoint_precision(rows: pl.DataFrame) -> dict[str, float]:
    """AP, AP50 and AP75 of a method's rows of one joint set.

    Annotated people are the truth; where the set leaves somebody out (a crowd, nobody labelled) nothing that
    is found counts. All that is predicted are detections, people who are nowhere annotated false positives,
    in the order of the method's or the detector's score.
    """
    joint_set = str(rows["joint_set"][0])
    truth = _silent("pycocotools.coco").COCO()
    truth.dataset = _truth(rows, joint_set)
    truth.createIndex()
    answers = _answers(rows)
    if not answers:
        return {"AP": 0.0, "AP50": 0.0, "AP75": 0.0}
    judged = _silent("pycocotools.cocoeval").COCOeval(truth, truth.loadRes(answers), "keypoints")
    judged.params.kpt_oks_sigmas = np.array(SIGMAS[joint_set])
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    ap, ap50, ap75 = (float(value) for value in judged.stats[:3])
    return {"AP": ap, "AP50": ap50, "AP75": ap75}


@cache
def _silent(name: str) -> ModuleType:
    """A copy of a module in which `print` says nothing.

    Standard output belongs to all threads: turned away meanwhile, what another one prints would be lost.
    """
    spec = find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["print"] = lambda *_words: None
    return module


def _truth(rows: pl.DataFrame, joint_set: str) -> dict[str, Any]:
    annotated = (row for row in rows.iter_rows(named=True) if row.get("kind") != "stranger")
    annotations = [_annotation(row, number, joint_set) for number, row in enumerate(annotated, start=1)]
    images = [{"id": int(position)} for position in rows["position"].unique()]
    return {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": _CATEGORY, "name": joint_set}],
    }


def _annotation(row: dict[str, Any], number: int, joint_set: str) -> dict[str, Any]:
    given = row["true_keypoints"] or [0.0] * 3 * len(SIGMAS[joint_set])
    keypoints = np.array(given, np.float64).reshape(-1, 3)
    keypoints[:, 2] = np.where(keypoints[:, 2] > 0, _SEEN, 0)
    ignored = row.get("kind") == "left out" and row["reason"] != NOT_IGNORED
    box = row.get("true_box") or _box(keypoints[keypoints[:, 2] > 0, :2])
    area = float(row.get("box_area") or box[2] * box[3])
    if joint_set in OF_BOX:
        area *= OF_BOX[joint_set]
    elif row.get("area") is not None:
        area = float(row["area"])
    return {
        "id": number,
        "image_id": row["position"],
        "category_id": _CATEGORY,
        "iscrowd": int(row.get("reason") == "crowd"),
        "area": area,
        "bbox": box,
        "num_keypoints": 0 if ignored else int((keypoints[:, 2] > 0).sum()),
        "keypoints": keypoints.ravel().tolist(),
    }


def _answers(rows: pl.DataFrame) -> list[dict[str, Any]]:
    answers = []
    for row in rows.filter(rows["keypoints"].is_not_null()).iter_rows(named=True):
        points = np.array(row["keypoints"], np.float64).reshape(-1, 2)
        points[~np.isfinite(points)] = _NOWHERE
        keypoints = np.column_stack([points, np.ones(len(points))])
        answers.append(
            {
                "image_id": row["position"],
                "category_id": _CATEGORY,
                "keypoints": keypoints.ravel().tolist(),
                "score": float(1.0 if row["score"] is None else row["score"]),
            }
        )
    return answers


def _box(points: NDArray[np.float64]) -> list[float]:
    if not len(points):
        return [0.0, 0.0, 0.0, 0.0]
    low, high = points.min(axis=0), points.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]
