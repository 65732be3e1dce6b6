"""Annotated sets in world frames, and the quirks of single formats."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body import open_body
from sefd_viewer.datasets import Dataset, Record
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.annotations.ochuman import KEYPOINT_NAMES
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry.joints import COCO17
from tests.datasets.annotation_sets import NAN, picture, told


def human36m(root: Path, lens: dict[str, Any], **more: Any) -> Record:
    """One picture of subject 1 with a camera; `more` replaces files by their ending."""
    image = {"id": 0, "file_name": "a.jpg", "width": 60, "height": 40, "cam_idx": 1, "action_name": "Eating"}
    where = {"action_idx": 2, "subaction_idx": 1, "frame_idx": 5, "subject": 1}
    boxed = {"id": 0, "image_id": 0, "bbox": [5, 5, 30, 30]}
    smpl = {"pose": [0.1] * 72, "shape": [0.5] * 10, "trans": [0, 0, 1], "body": open_body().id}
    files = {
        "data": {"images": [image | where], "annotations": [boxed]},
        "camera": {"1": lens},
        "joint_3d": {"2": {"1": {"5": [[0, 0, 100.0 * j] for j in range(17)]}}},
        "smpl_param": {"2": {"1": {"5": smpl}}},
    } | more
    (root / "annotations").mkdir(exist_ok=True)
    for name, content in files.items():
        (root / f"annotations/Human36M_subject1_{name}.json").write_text(json.dumps(content))
    picture(root / "images/a.jpg")
    return open_dataset(root).records[0]


CAMERA = {"R": np.eye(3).tolist(), "t": [0, 0, 5000], "f": [100, 100], "c": [30, 20]}


def test_millimetres_become_metres(tmp_path: Path) -> None:
    record = human36m(tmp_path, CAMERA)
    assert record.camera is not None
    assert record.camera.t.tolist() == [0, 0, 5]
    joints = record.people[0].joints
    assert joints is not None
    np.testing.assert_allclose(joints.points_camera[16], [0, 0, 6.6], atol=1e-6)
    assert not open_dataset(tmp_path).problems


def test_an_r_that_mirrors_is_kept_as_it_is_stated_beside_a_camera_that_can_be_used(tmp_path: Path) -> None:
    record = human36m(tmp_path, CAMERA | {"R": np.diag([-1, 1, 1]).tolist()})
    assert record.stated_camera is not None
    np.testing.assert_array_equal(record.stated_camera.R, np.diag([-1, 1, 1]))
    assert record.camera is not None
    np.testing.assert_array_equal(record.camera.R, np.eye(3))


def test_numbers_of_any_type_name_camera_and_instant(tmp_path: Path) -> None:
    image = {"id": "0", "file_name": "a.jpg", "width": 60, "height": 40, "cam_idx": "1"}
    where = {"action_idx": 2.0, "subaction_idx": "1", "frame_idx": 5.0, "subject": "1"}
    boxed = {"id": 0.0, "image_id": 0.0, "bbox": [5, 5, 30, 30]}
    record = human36m(tmp_path, CAMERA, data={"images": [image | where], "annotations": [boxed]})
    assert record.camera is not None
    assert record.moment == "s_01_act_02_subact_01_000005"
    assert record.people[0].smpl is not None


@pytest.mark.parametrize(
    ("change", "words", "usable"),
    [
        ({"t": [0, 0, 5]}, "t is 5 long: it looks like metres, and millimetres are read: camera 1", True),
        ({"R": (2 * np.eye(3)).tolist()}, "R is not a rotation (its rows are 2, 2, 2 long", True),
        ({"R": np.diag([1, 1, -1]).tolist()}, "R mirrors (its determinant is -1)", True),
        ({"R": np.diag([1, 1, 0]).tolist()}, "R squashes space; the camera is not used: camera 1", False),
        ({"R": [1, 0, 0]}, "R is not 3 x 3 numbers; the camera is not used: camera 1", False),
        ({"t": None}, "t is missing", False),
        ({"f": [-100, 100]}, "f is not positive", False),
        ({"c": [NAN, 1]}, "c holds values that are not finite", False),
    ],
)
def test_a_camera_is_checked_before_it_is_used(
    tmp_path: Path, change: dict[str, Any], words: str, usable: bool
) -> None:
    record = human36m(tmp_path, CAMERA | change)
    assert words in told(open_dataset(tmp_path))
    assert (record.camera is not None) == usable
    person = record.people[0]
    assert (person.smpl is not None) == usable
    if not usable:
        assert person.pose2d is None
        assert [one.reason for one in record.skipped] == [SkipReason.NO_CAMERA]


def test_files_of_a_subject_that_are_missing_or_broken_are_named(tmp_path: Path) -> None:
    record = human36m(tmp_path, CAMERA, joint_3d={"2": 3}, smpl_param={"2": {"1": {}}}, camera={"4": CAMERA})
    words = told(open_dataset(tmp_path))
    assert "cam_idx names a camera that is not there: camera 1" in words
    assert "the joints is missing: action 2 subaction 1 frame 5" in words
    assert record.skipped[0].reason is SkipReason.NO_SMPL
    (tmp_path / "annotations/Human36M_subject1_smpl_param.json").unlink()
    assert "Human36M_subject1_smpl_param.json: this cannot be read (No such file" in told(
        open_dataset(tmp_path)
    )


def test_modes_of_the_extrinsics_differ_by_the_root_joint(tmp_path: Path) -> None:
    R = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    human36m(tmp_path, CAMERA | {"R": R.tolist()})
    by_mode = {}
    for mode in ("raw", "paper", "exact"):
        options = ReadOptions(extrinsics=mode)  # type: ignore[arg-type]
        by_mode[mode] = open_dataset(tmp_path, options=options).records[0].people[0]
    exact, paper, raw = (by_mode[mode].smpl for mode in ("exact", "paper", "raw"))
    assert exact is not None
    assert paper is not None
    assert raw is not None
    root = open_body().root_joint(exact.betas)
    np.testing.assert_allclose(exact.transl - paper.transl, (R - np.eye(3)) @ root, atol=1e-5)
    np.testing.assert_allclose(raw.transl, [0, 0, 1])


def test_world_parameters_of_a_body_that_is_not_here_stay_in_the_world(tmp_path: Path) -> None:
    smpl = {"pose": [0.1] * 72, "shape": [0.5] * 10, "trans": [0, 0, 1]}
    record = human36m(tmp_path, CAMERA, smpl_param={"2": {"1": {"5": smpl}}})
    person = record.people[0]
    assert person.smpl is None
    assert person.smpl_world is not None
    assert person.smpl_world.body_id == "smpl-neutral"
    assert str(record.skipped[0]) == (
        "person 0 belongs to a body model that is not here (smpl-neutral): shown without a body"
    )


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("swapped", [True, False])
@pytest.mark.parametrize("with_pictures", [True, False])
def test_crowdpose_sizes_are_right_side_up(
    tmp_path: Path, split: str, swapped: bool, with_pictures: bool
) -> None:
    size = {"width": 40, "height": 60} if swapped else {"width": 60, "height": 40}
    content = {"images": [{"id": 1, "file_name": "1.jpg"} | size], "annotations": []}
    (tmp_path / "annotations").mkdir()
    (tmp_path / f"annotations/crowdpose_{split}.json").write_text(json.dumps(content))
    if with_pictures:
        picture(tmp_path / "images/1.jpg")
    right = (60, 40) if with_pictures or (split == "train") == swapped else (40, 60)
    dataset = open_dataset(tmp_path)
    assert dataset.format == "crowdpose"
    assert dataset.records[0].size == right


def ochuman_person(**change: Any) -> dict[str, Any]:
    """A person whose joint number n of the file is at (10 + n, 5), with each visibility in turn."""
    keypoints = [value for n in range(19) for value in (10 + n, 5, n % 4)]
    return {"bbox": [10, 4, 40, 30], "keypoints": keypoints, "segms": None, "max_iou": 0.6} | change


def ochuman(root: Path, *people: object, **change: Any) -> Dataset:
    picture(root / "images/000001.jpg")
    image = {"image_id": "000001", "file_name": "000001.jpg", "width": 60, "height": 40}
    content = {"images": [{**image, "annotations": list(people)}], "keypoint_names": KEYPOINT_NAMES} | change
    (root / "ochuman.json").write_text(json.dumps(content))
    return open_dataset(root)


def test_ochuman_people_have_coco_joints_and_boxes(tmp_path: Path) -> None:
    dataset = ochuman(tmp_path, ochuman_person(), ochuman_person(bbox=[1, 2, 3, 4], keypoints=None))
    (record,) = dataset.records
    assert (dataset.format, record.key, record.size) == ("ochuman", "000001.jpg", (60, 40))
    (person,) = record.people
    assert person.bbox_xywh is not None
    assert person.bbox_xywh.tolist() == [10, 4, 30, 26]
    assert person.pose2d is not None
    keypoints = dict(zip(COCO17.names, person.pose2d.keypoints.tolist(), strict=True))
    assert keypoints["R_Shoulder"][2] == 0  # number 0: missing
    assert keypoints["R_Elbow"] == [11, 5, 1]  # number 1: visible
    assert keypoints["L_Shoulder"] == [13, 5, 0.5]  # number 3: hidden by others
    assert keypoints["L_Eye"] == [28, 5, 1]  # number 18: hidden by the own body
    assert str(record.skipped[0]) == "person 2 has no labelled keypoints: left out"
    assert not dataset.problems


def test_ochuman_joints_are_found_by_the_file_s_names(tmp_path: Path) -> None:
    pose = (
        ochuman(tmp_path, ochuman_person(), keypoint_names=KEYPOINT_NAMES[::-1]).records[0].people[0].pose2d
    )
    assert pose is not None
    assert pose.keypoints[COCO17.index("R_Elbow")].tolist() == [10 + 17, 5, 1]


def test_ochuman_faults_are_told(tmp_path: Path) -> None:
    dataset = ochuman(tmp_path, ochuman_person(keypoints=[1, 2, 3]), "nobody", ochuman_person(bbox=None))
    words = told(dataset)
    assert "keypoints is not 19 x 3 numbers" in words
    assert "an entry of annotations holds no named values" in words
    assert "person 3 has no box inside the picture" in words
    with pytest.raises(DatasetError, match=r"keypoint_names are not the 19 joints.*Download"):
        ochuman(tmp_path, ochuman_person(), keypoint_names=["head"])


def test_ochuman_in_coco_s_shape_opens_by_its_split(tmp_path: Path) -> None:
    picture(tmp_path / "images/7.jpg")
    person = {"id": 3, "image_id": 1, "bbox": [10, 4, 30, 26], "iscrowd": 0, "num_keypoints": 17}
    segmentation = {"size": [40, 60], "counts": "0"}
    content = {
        "images": [{"id": 1, "file_name": "7.jpg", "width": 60, "height": 40}],
        "annotations": [{**person, "keypoints": [20, 10, 2] * 17, "segmentation": segmentation}],
    }
    file = tmp_path / "annotations/ochuman_coco_format_val_range_0.00_1.00.json"
    file.parent.mkdir()
    file.write_text(json.dumps(content))
    for path in (tmp_path, file):
        dataset = open_dataset(path)
        assert (dataset.format, dataset.keys[0]) == ("ochuman", "val_range_0.00_1.00/7.jpg")
        assert not told(dataset)
        assert dataset.records[0].people[0].pose2d is not None
        assert dataset.records[0].image_path == tmp_path / "images/7.jpg"


def sequence(root: Path, **change: Any) -> Dataset:
    """A pickle of two frames and one person, spoiled by `change`."""
    values = {
        "sequence": "walk",
        "cam_intrinsics": np.array([[100.0, 0, 30], [0, 100, 20], [0, 0, 1]]),
        "cam_poses": np.stack([np.eye(4)] * 2),
        "campose_valid": [np.array([1, 0])],
        "genders": ["f"],
        "bodies": [open_body().id],
        "betas": [np.zeros(300)],
        "poses": [np.full((2, 72), 0.1)],
        "trans": [np.tile([0.0, 0, 4], (2, 1))],
        "jointPositions": [np.random.default_rng(1).normal([0, 0, 4], 0.3, (2, 24, 3)).reshape(2, 72)],
        "poses2d": [np.full((2, 3, 18), 15.0)],
    } | change
    path = root / "sequenceFiles/train/walk.pkl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(values, protocol=2))
    for frame in range(2):
        picture(root / f"imageFiles/walk/image_{frame:05d}.jpg")
    return open_dataset(root)


def test_a_camera_pose_that_is_not_valid_hides_the_body(tmp_path: Path) -> None:
    dataset = sequence(tmp_path)
    first, second = dataset.records
    assert dataset.format == "3dpw-sequences"
    assert first.size == (60, 40)
    assert first.people[0].smpl is not None
    assert second.people[0].smpl is None
    assert second.skipped[0].detail == "campose_valid is 0"
    assert not dataset.problems


def test_genders_name_the_licensed_body(tmp_path: Path) -> None:
    dataset = sequence(tmp_path, bodies=[], genders=["f"])
    world = dataset.records[0].people[0].smpl_world
    assert world is not None
    assert world.body_id == "smpl-female"
    assert "smpl-female, which is not here" in told(dataset)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"cam_poses": np.stack([2 * np.eye(4), np.eye(4)])},
            "cam_poses: R is not a rotation (its rows are 2",
        ),
        ({"cam_poses": np.stack([0 * np.eye(4), np.eye(4)])}, "cam_poses squashes space; the camera"),
        ({"cam_intrinsics": np.zeros((3, 3))}, "cam_intrinsics is not a matrix with positive focal lengths"),
        ({"poses": [np.full((1, 72), 0.1)]}, "poses is missing: frame 1 person 1"),
        ({"trans": [np.full((2, 3), np.nan)]}, "trans holds values that are not finite: frame 0 person 1"),
        ({"trans": []}, "trans is missing: frame 0 person 1"),
    ],
)
def test_faults_of_a_sequence_are_named_by_frame_and_person(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    dataset = sequence(tmp_path, **change)
    assert f"{tmp_path / 'sequenceFiles/train/walk.pkl'}: {words}" in told(dataset)
    assert len(dataset.records) == 2


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    sequence(tmp_path)
    evil = tmp_path / "sequenceFiles/train/evil.pkl"
    evil.write_bytes(b"cposix\nsystem\n(S'echo no'\ntR.")
    dataset = open_dataset(tmp_path)
    assert len(dataset.records) == 2
    assert f"{evil}: the file asks to run 'posix.system'" in told(dataset)


def test_betas_beyond_the_tenth_are_told_once_with_their_number(tmp_path: Path) -> None:
    from tests.owners_files import mscoco_set

    shapes = [[0.1] * 10, [0.1] * 16, [0.1] * 300, [0.1] * 10 + [0.0] * 6]
    dataset = open_dataset(mscoco_set(tmp_path, shapes=shapes))
    (told,) = [sentence for sentence in dataset.problems if "betas" in sentence]
    assert "MSCOCO_train_SMPL_NeuralAnnot.json: 2 shapes have 16 or 300 betas: the first 10 are used" in told
    used = [person.smpl for record in dataset.records for person in record.people]
    assert [len(smpl.betas) for smpl in used if smpl is not None] == [10] * 4
