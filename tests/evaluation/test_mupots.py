"""3DPCK on MuPoTS-3D: the set's matching and bone lengths, by sequence, over all and over matched people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.mupots import (
    OWN,
    matched_people,
    mupots_joints,
    mupots_joints_from,
    with_bones_of,
)
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import pose_finder
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.evaluation.runs.summary import MethodSummary, summarise

FOCAL, CENTRE, SIZE = 300.0, (160.0, 120.0), (320, 240)
FROM_HUMAN36M = [10, 8, 14, 15, 16, 11, 12, 13, 1, 2, 3, 4, 5, 6, 0, 7, 9]
"""MuPoTS's 17 joints among Human3.6M's: head top, thorax, arms (right, left), legs, pelvis, spine, head."""

BONES = [(16, 1), (0, 1), (1, 15), (15, 14), (2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 6)]
BONES += [(8, 14), (9, 8), (10, 9), (11, 14), (12, 11), (13, 12)]


def body_at(body: BodyModel, x: float, z: float, *, bend: float = 0.0) -> np.ndarray:
    pose = np.zeros(72)
    pose[0], pose[3 * 18 + 1] = np.pi, bend
    return body.forward(SmplParameters.from_pose(body.id, pose, np.zeros(10), [x, 0.2, z])).vertices


def joints_of(body: BodyModel, vertices: np.ndarray) -> np.ndarray:
    return (body.regressors["human36m17"] @ vertices)[FROM_HUMAN36M].astype(float)


def pixels(points: np.ndarray) -> np.ndarray:
    return points[:, :2] / points[:, 2:] * FOCAL + CENTRE


def write_mupots(folder: Path, body: BodyModel, *, openpose: bool = True) -> Dataset:
    """TS2 has one picture, TS10 two; two people in each, in TS10 one more who is not valid."""
    images, annotations, found = [], [], {}
    for number, name in enumerate(("TS2/img_000000.jpg", "TS10/img_000000.jpg", "TS10/img_000001.jpg")):
        path = folder / "MultiPersonTestSet" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
        images.append(
            {"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1]}
            | {"intrinsic": [FOCAL, FOCAL, *CENTRE]}
        )
        for x in (-0.7, 0.7, *((0.0,) if "TS10" in name else ())):
            points = joints_of(body, body_at(body, x, 4.0))
            low, high = pixels(points).min(axis=0), pixels(points).max(axis=0)
            annotations.append(
                {"id": len(annotations), "image_id": number, "is_valid": int(x != 0)}
                | {"bbox": [*low.tolist(), *(high - low).tolist()]}
                | {"keypoints_cam": (1000 * points).tolist(), "keypoints_img": pixels(points).tolist()}
            )
            seen = np.column_stack([pixels(points)[:1].repeat(18, axis=0), np.full(18, 0.6)])
            found[str(len(annotations) - 1)] = {"coco_joints": (seen * (x < 0)).tolist()}
    content = {"images": images, "annotations": annotations, "categories": []}
    (folder / "MuPoTS-3D.json").write_text(json.dumps(content))
    if openpose:
        (folder / "MuPoTs_test_openpose_result.json").write_text(json.dumps(found))
    return open_dataset(folder)


def scored(folder: Path, dataset: Dataset, bodies: list[tuple[str, np.ndarray]]) -> MethodSummary:
    """What a run says of vertices by the name of the picture."""
    records, vertices = zip(*bodies, strict=True)
    people = [f"found {number}" for number in range(len(bodies))]
    np.savez(
        folder / "theirs.npz",
        records=records,
        people=people,
        vertices=np.stack(vertices),
        body_id="open-body-1",
    )
    method = Method("theirs", predictions=str(folder / "theirs.npz"))
    options = RunOptions(device="cpu")
    store = RunStore(folder / "run", RunPlan.of(dataset, [method], settings_of(options)))
    Runner(dataset, [method], options).run(store, range(len(dataset.records)))
    (summary,) = summarise(store.table())
    return summary


def test_scores_by_sequence_over_all_and_over_matched_people(tmp_path: Path, open_body: BodyModel) -> None:
    """Everybody is right in TS2; in TS10 one of four is not predicted, and one holds an arm elsewhere."""
    dataset = write_mupots(tmp_path, open_body)
    left, right = body_at(open_body, -0.7, 4.0), body_at(open_body, 0.7, 4.0)
    bent = body_at(open_body, 0.7, 4.0, bend=1.5)
    wrong = (np.linalg.norm(joints_of(open_body, bent) - joints_of(open_body, right), axis=1) > 0.15)[
        :14
    ].sum()
    assert wrong in (1, 2)  # elbow and wrist
    first, second, third = dataset.keys
    bodies = [(first, left), (first, right), (second, left), (third, left), (third, bent)]
    scores = scored(tmp_path, dataset, bodies).mupots[OWN]
    assert (scores.people, scores.matched_people) == (6, 5)
    part = 1 - wrong / 14
    assert list(scores.all) == ["TS2", "TS10"]
    assert list(scores.all.values()) == pytest.approx([1, (2 + part) / 4])
    assert list(scores.matched.values()) == pytest.approx([1, (2 + part) / 3])
    assert scores.mean_all.mean == pytest.approx((1 + (2 + part) / 4) / 2)
    assert scores.mean_matched.mean == pytest.approx((1 + (2 + part) / 3) / 2)


def test_bones_are_stretched_where_the_set_s_own_program_does(tmp_path: Path, open_body: BodyModel) -> None:
    """A body half as large again at its place: right once its bones have their true lengths."""
    dataset = write_mupots(tmp_path, open_body)
    bodies = []
    for key in dataset.keys:
        for x in (-0.7, 0.7):
            own = body_at(open_body, x, 4.0)
            pelvis = joints_of(open_body, own)[14]
            bodies.append((key, ((own - pelvis) * 1.5 + pelvis * 1.5).astype(np.float32)))
    found = scored(tmp_path, dataset, bodies).mupots
    stretched, plain, with_pelvis = (scores.mean_all.mean for scores in found.values())
    assert (stretched, with_pelvis) == (1, 1)
    assert plain < 0.8


def test_the_body_s_own_regressor_makes_the_joints(open_body: BodyModel) -> None:
    vertices = body_at(open_body, 0.3, 4.0)
    chain = open_body.J_regressor @ vertices
    np.testing.assert_allclose(
        mupots_joints(open_body, vertices, chain), joints_of(open_body, vertices), atol=1e-6
    )
    assert mupots_joints_from(open_body) == open_body.regressor_source
    rows = np.eye(17, 6890, 40, dtype=np.float32)
    own = replace(open_body, regressors={**open_body.regressors, "mupots17": rows})
    np.testing.assert_array_equal(mupots_joints(own, vertices, chain), vertices[40:57])
    assert mupots_joints_from(own) == "J_regressor_mi_smpl.npy"


def test_matching_is_greedy_by_joints_that_are_near() -> None:
    rng = np.random.default_rng(3)
    true = [rng.integers(1, 300, (17, 2)).astype(float) for _ in range(4)]
    found = [one + 10 for one in true]
    assert matched_people(true, found[::-1]) == [3, 2, 1, 0]
    assert matched_people(true, []) == [None] * 4
    far = true[0] + [0, 40.0]  # 40 pixels are not less than 40
    assert matched_people(true[:1], [far]) == [None]
    only_head = true[0] + 100
    only_head[0] = true[0][0]  # the head top does not count
    assert matched_people(true[:1], [only_head]) == [None]
    behind_the_13 = true[0] + 100
    behind_the_13[14:] = true[0][14:]  # nor do pelvis, spine and head
    assert matched_people(true[:1], [behind_the_13]) == [None]
    corner = np.zeros((17, 2))  # a joint at 0 0 was not found
    assert matched_people([corner + 1], [corner]) == [None]
    assert matched_people([corner + 2], [corner + 1]) == [0]
    lost = np.full((17, 2), np.nan)
    assert matched_people(true[:1], [lost, true[0]]) == [1]
    both = [true[0] + 1, true[0]]  # equally many joints are near: the first one
    assert matched_people([true[0], true[0]], both) == [0, 1]


def test_bones_keep_their_directions_and_take_the_true_lengths() -> None:
    rng = np.random.default_rng(5)
    mine, truth = rng.normal(0, 1, (2, 17, 3))
    moved = with_bones_of(mine, truth)
    assert moved[14] == pytest.approx(mine[14])
    for joint, parent in BONES:
        own, new = mine[joint] - mine[parent], moved[joint] - moved[parent]
        assert np.linalg.norm(new) == pytest.approx(np.linalg.norm(truth[joint] - truth[parent]))
        assert new / np.linalg.norm(new) == pytest.approx(own / np.linalg.norm(own))


def test_poses_that_the_set_holds_are_the_input(tmp_path: Path, open_body: BodyModel) -> None:
    dataset = write_mupots(tmp_path, open_body)
    record = dataset.records[0]
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    found, missed = pose_finder("openpose", dataset)(record, image).values()
    assert (found.joint_set, found.source, found.keypoints[0, 2]) == (
        "openpose18",
        "OpenPose",
        np.float32(0.6),
    )
    box = record.people[1].bbox_xywh
    assert box is not None
    assert not missed.keypoints.any()  # nobody was found there: the annotated box stays, as in 3DCrowdNet
    np.testing.assert_array_equal(missed.bbox_xywh, box)
    assert {pose.source for pose in pose_finder("annotation", dataset)(record, image).values()} == {
        "annotation"
    }
    with pytest.raises(SefdError, match=r"no 2D poses of HigherHRNet: it has those of OpenPose, annotation"):
        pose_finder("higherhrnet", dataset)
    with pytest.raises(SefdError, match="'somewhere' names no source of 2D poses"):
        pose_finder("somewhere", dataset)


def test_poses_of_a_file_are_the_input_and_its_strangers_have_names(
    tmp_path: Path, open_body: BodyModel
) -> None:
    dataset = write_mupots(tmp_path, open_body)
    own = dataset.records[2].people[1].bbox_xywh
    assert own is not None
    x, y, w, h = own.tolist()
    rng = np.random.default_rng(0)
    there = np.column_stack([rng.uniform([x, y], [x + w, y + h], (17, 2)), np.full(17, 0.9)])
    there[0, :2], there[1, :2] = [x, y], [x + w, y + h]
    elsewhere = there - [0.9 * x, 0, 0]
    path = tmp_path / "poses.json"
    path.write_text(json.dumps({"TS10/img_000001.jpg": [elsewhere.tolist(), there.tolist()]}))
    find, image = pose_finder(str(path), dataset), np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    assert list(find(dataset.records[2], image)) == ["new 1", dataset.records[2].people[1].key]
    assert not find(dataset.records[1], image)
    first, second = (settings_of(RunOptions(poses=str(path)))["poses_hash"] for _ in range(2))
    path.write_text(json.dumps({"elsewhere.jpg": [there.tolist()]}))
    assert first == second != settings_of(RunOptions(poses=str(path)))["poses_hash"]
    with pytest.raises(SefdError, match=r"speaks of none of the first 3 pictures, but of elsewhere.jpg"):
        pose_finder(str(path), dataset)
