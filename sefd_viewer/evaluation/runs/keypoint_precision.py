"""Average precision of projected joints, computed by pycocotools."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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

AREAS: dict[str, float] = {"coco17": 1.0, "crowdpose14": 0.53}
"""The area by which a person's distances are judged, as a share of the box's (OCHuman's files, CrowdPose)."""

_SEEN = 2


def keypoint_precision(rows: pl.DataFrame) -> dict[str, float]:
    """AP, AP50 and AP75 of the people in rows of one joint set; unpredicted people count as missed."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    joint_set = str(rows["joint_set"][0])
    truth, found = COCO(), COCO()
    with contextlib.redirect_stdout(io.StringIO()):
        truth.dataset = _truth(rows, joint_set)
        truth.createIndex()
        answers = _answers(rows)
        if not answers:
            return {"AP": 0.0, "AP50": 0.0, "AP75": 0.0}
        found = truth.loadRes(answers)
        judged = COCOeval(truth, found, "keypoints")
        judged.params.kpt_oks_sigmas = np.array(SIGMAS[joint_set])
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    ap, ap50, ap75 = (float(value) for value in judged.stats[:3])
    return {"AP": ap, "AP50": ap50, "AP75": ap75}


def _truth(rows: pl.DataFrame, joint_set: str) -> dict[str, Any]:
    annotations = []
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        keypoints = np.array(row["true_keypoints"], np.float64).reshape(-1, 3)
        keypoints[:, 2] = np.where(keypoints[:, 2] > 0, _SEEN, 0)
        box = _box(keypoints[keypoints[:, 2] > 0, :2])
        annotations.append(
            {
                "id": number,
                "image_id": row["position"],
                "category_id": 1,
                "iscrowd": 0,
                "area": AREAS[joint_set] * float(row["box_area"] or box[2] * box[3]),
                "bbox": box,
                "num_keypoints": int((keypoints[:, 2] > 0).sum()),
                "keypoints": keypoints.ravel().tolist(),
            }
        )
    images = [{"id": int(position)} for position in rows["position"].unique()]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": joint_set}]}


def _answers(rows: pl.DataFrame) -> list[dict[str, Any]]:
    answers = []
    for row in rows.iter_rows(named=True):
        if row["keypoints"] is None:
            continue
        points = np.array(row["keypoints"], np.float64).reshape(-1, 2)
        if not np.isfinite(points).all():
            continue
        keypoints = np.column_stack([points, np.ones(len(points))])
        answers.append(
            {
                "image_id": row["position"],
                "category_id": 1,
                "keypoints": keypoints.ravel().tolist(),
                "score": float(row["score"] or 0.0),
            }
        )
    return answers


def _box(points: NDArray[np.float64]) -> list[float]:
    if not len(points):
        return [0.0, 0.0, 0.0, 0.0]
    low, high = points.min(axis=0), points.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]
