"""COCO files as labelling tools and other machines write them: joints, ids and names of pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.datasets import Dataset
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.joints import COCO17, Pose2D, as_joint_set
from tests.datasets.annotation_sets import picture, told

PLACES = """nose 0 -62, left_eye 3 -65, right_eye -3 -65, left_ear 7 -63, right_ear -7 -63,
    left_shoulder 18 -46, right_shoulder -18 -46, left_elbow 26 -22, right_elbow -27 -21,
    left_wrist 30 2, right_wrist -22 0,
    left_hip 10 0, right_hip -10 0, left_knee 12 40, right_knee -11 41, left_ankle 12 80, right_ankle -12 81,
    head_top 0 -80, neck 0 -48, pelvis 0 0, spine 0 -25, chest 0 -40"""
STANDING = {words.split()[0]: [float(word) for word in words.split()[1:]] for words in PLACES.split(",")}
COCO = list(STANDING)[:17]
HUMAN36M = [
    "pelvis",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "spine",
    "chest",
    "nose",
    "head_top",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
]
POSETRACK = ["nose", "neck", "head_top", "left_ear", "right_ear", *COCO[5:]]


def keypoints(names: list[str], *, scale: float = 2.0, v: float = 2) -> list[float]:
    return [value for name in names for value in (*(300 + scale * np.array(STANDING[name], float)), v)]


def coco_set(
    root: Path,
    points: list[float],
    names: list[str] | None = None,
    *,
    image: object = 7,
    named: object = 7,
    file_name: str = "1.jpg",
    at: str = "images/val2017/1.jpg",
    **more: Any,
) -> Dataset:
    """Three people in one picture that lies `at` a place below the root, written and opened."""
    picture(root / at)
    about = {"image_id": named, "category_id": 1, "keypoints": points, "num_keypoints": 17} | more
    boxes = [[10, 5, 20 + number, 30] for number in range(3)]
    content = {
        "images": [{"id": image, "file_name": file_name, "width": 60, "height": 40}],
        "categories": [{"id": 1, "name": "person"} | ({} if names is None else {"keypoints": names})],
        "annotations": [{"id": key, "bbox": box} | about for key, box in enumerate(boxes, 1)],
    }
    (root / "annotations").mkdir(exist_ok=True)
    (root / "annotations/person_keypoints_val2017.json").write_text(json.dumps(content))
    return open_dataset(root)


def pose_of(dataset: Dataset) -> Pose2D:
    pose = dataset.records[0].people[0].pose2d
    assert pose is not None
    return pose


def place(pose: Pose2D, joint: str) -> list[float]:
    values: list[float] = pose.keypoints[as_joint_set(pose.joint_set).index(joint), :2].tolist()
    return values


@pytest.mark.parametrize("names", [COCO, COCO[::-1], sorted(COCO)])
def test_joint_names_decide_the_order(tmp_path: Path, names: list[str]) -> None:
    pose = pose_of(coco_set(tmp_path, keypoints(names), names))
    assert pose.joint_set == "coco17"
    np.testing.assert_allclose(pose.keypoints[:, :2].ravel()[:4], [300, 176, 306, 170])
    assert place(pose, "R_Ankle") == [276, 462]


@pytest.mark.parametrize("names", [HUMAN36M, POSETRACK])
def test_other_skeletons_are_read_by_their_names(tmp_path: Path, names: list[str]) -> None:
    pose = pose_of(coco_set(tmp_path, keypoints(names), names))
    for joint, name in [("L_Knee", "left_knee"), ("R_Wrist", "right_wrist"), ("L_Shoulder", "left_shoulder")]:
        assert place(pose, joint) == (300 + 2 * np.array(STANDING[name])).tolist()
    assert pose.joint_set != "coco17" or not pose.keypoints[COCO17.index("L_Eye"), 2]


@pytest.mark.parametrize(
    ("points", "names", "words"),
    [
        (keypoints(HUMAN36M), None, "the 17 joints are in the order of Human3.6M, right leg first"),
        (keypoints(POSETRACK), None, "the 17 joints are in the order of PoseTrack 2018"),
        (keypoints(HUMAN36M), COCO, "the points are people in the order of Human3.6M"),
        (
            keypoints(COCO),
            [f"wheel {letter}" for letter in "abcdefghijklmnopq"],
            "none of them is L_Shoulder",
        ),
    ],
)
def test_joints_that_cannot_be_read_are_refused_with_words(
    tmp_path: Path, points: list[float], names: list[str] | None, words: str
) -> None:
    dataset = coco_set(tmp_path, points, names)
    assert words in told(dataset)
    assert "the 2D poses of 3 people are not read" in told(dataset)
    assert [person.pose2d for person in dataset.records[0].people] == [None] * 3


def test_hidden_joints_stay_hidden(tmp_path: Path) -> None:
    points = keypoints(COCO)
    points[2], points[5] = 1, 0
    assert pose_of(coco_set(tmp_path, points)).keypoints[:3, 2].tolist() == [0.5, 0, 1]


def test_more_joints_than_are_named_are_of_the_longer_order(tmp_path: Path) -> None:
    pose = pose_of(coco_set(tmp_path, keypoints(COCO + 116 * ["chest"]), COCO))
    assert (pose.joint_set, place(pose, "L_Ankle")) == ("coco17", [324, 460])


@pytest.mark.parametrize(("image", "named"), [(7, "7"), ("7", 7.0), (7.0, 7), ("ab-7", "ab-7"), ("7", "7")])
def test_ids_of_any_type(tmp_path: Path, image: object, named: object) -> None:
    dataset = coco_set(tmp_path, keypoints(COCO), image=image, named=named, num_keypoints=None)
    assert [person.key for person in dataset.records[0].people] == ["1", "2", "3"]
    assert "image" not in told(dataset)


@pytest.mark.parametrize(
    ("file_name", "at"),
    [
        ("..\\label\\1.jpg", "images/val2017/1.jpg"),
        ("D:\\work\\val2017\\1.jpg", "images/val2017/1.jpg"),
        ("/home/someone/data/1.jpg", "val2017/1.jpg"),
        ("val/X/000000.jpg", "images/val/X/000000.jpg"),
        ("images/val/X/000000.jpg", "images/val/X/000000.jpg"),
        ("set/images/val/X/000000.jpg", "images/val/X/000000.jpg"),
        ("images\\1/1.jpg", "images/1.jpg"),
    ],
)
def test_pictures_are_found_by_the_end_of_their_names(tmp_path: Path, file_name: str, at: str) -> None:
    dataset = coco_set(tmp_path, keypoints(COCO), file_name=file_name, at=at)
    assert dataset.records[0].image_path == tmp_path / at
    assert not dataset.records[0].problems


@pytest.mark.parametrize("file_name", ["x" * 300 + ".jpg", "ü" * 200 + ".jpg", "a\0b.jpg", "half\ud800.jpg"])
def test_a_name_that_no_file_system_takes_is_a_missing_picture(tmp_path: Path, file_name: str) -> None:
    dataset = coco_set(tmp_path, keypoints(COCO), file_name=file_name)
    assert "the picture is not there" in told(dataset)
    record = dataset.records[0]
    assert len(record.people) == 3
    with pytest.raises(ImageError, match="does not exist"):
        record.load()


def test_boxes_that_nobody_annotated_are_made_of_the_keypoints(tmp_path: Path) -> None:
    points = [value / 10 if place % 3 < 2 else value for place, value in enumerate(keypoints(COCO))]
    dataset = coco_set(tmp_path, points, bbox=None)
    person = dataset.records[0].people[0]
    assert person.bbox_xywh is not None
    x, y, width, height = person.bbox_xywh.tolist()
    assert x < 24.6 < 36 < x + width
    assert y < 17 < 46.2 < y + height
    assert "nobody has a bbox: boxes are made of the keypoints" in told(dataset)


def test_fractions_are_no_pixels(tmp_path: Path) -> None:
    fractions = [value / 640 if place % 3 < 2 else value for place, value in enumerate(keypoints(COCO))]
    words = told(coco_set(tmp_path, fractions, bbox=[0.1, 0.2, 0.3, 0.4]))
    assert "keypoints are fractions of the picture's size, not pixels" in words
    assert "bbox holds fractions of the picture's size, not pixels" in words


@pytest.mark.parametrize(
    ("stored", "orientation", "shown", "words"),
    [
        ((60, 40), 6, (60, 40), "annotated as it is stored: so it is shown"),
        ((60, 40), 3, (60, 40), "annotated as it is stored: so it is shown"),
        ((40, 60), 6, (60, 40), None),
        ((40, 60), 3, (40, 60), "stored (40 x 60) or turned it is not of size 60 x 40"),
        ((60, 40), 1, (60, 40), None),
    ],
)
def test_turned_pictures_are_shown_as_annotated_or_told(
    tmp_path: Path, stored: tuple[int, int], orientation: int, shown: tuple[int, int], words: str | None
) -> None:
    dataset = coco_set(tmp_path, keypoints(COCO))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "images/val2017/1.jpg"
    Image.new("RGB", stored).save(path, exif=exif)
    record = dataset.records[0]
    assert record.load().shape[1::-1] == shown
    assert [words in problem for problem in record.problems] == [True] if words else not record.problems
