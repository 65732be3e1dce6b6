"""2D poses find their records, and what finds none is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.attaching import attach_poses, in_set, poses_in
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.pose2d.files import read_poses
from sefd_viewer.pose2d.pose_file import PoseFile
from tests.datasets.annotation_sets import picture
from tests.owners_files import standing


def pose(x: float = 0.0) -> Pose2D:
    return Pose2D("coco17", np.ones((17, 3)), np.array([x, 0, 10, 20]), 0.5, "file a.json")


def record(key: str, *people: Person) -> Record:
    return Record(key, f"title {key}", image_path=Path("folder", key), people=people)


def dataset(*records: Record) -> Dataset:
    return Dataset("d", None, "image folder", records)


def test_records_are_found_by_key_title_and_file_name() -> None:
    records = [record("1.jpg"), record("b/2.jpg"), Record("000003", "clip · frame 3")]
    poses = {"1.jpg": [pose()], "2": [pose(), pose(50)], "000003": []}
    attached = attach_poses(dataset(*records), poses)
    assert [[person.key for person in one.people] for one in attached.records] == [["1"], ["1", "2"], []]
    assert not attached.problems


def test_a_file_name_that_two_cameras_share_is_not_guessed() -> None:
    attached = attach_poses(dataset(record("a/1.jpg"), record("b/1.jpg")), {"1.jpg": [pose()], "b/1.jpg": []})
    assert [len(one.people) for one in attached.records] == [0, 0]
    assert attached.problems == (
        "1 pictures without 2D poses: title a/1.jpg",
        "1 pictures named for 2D poses but not here: 1.jpg",
    )


@pytest.fixture
def counted_anew(tmp_path: Path) -> Dataset:
    """A set in MSCOCO's layout whose ids count on from 1 while its pictures have other numbers."""
    named = {1: "000000000285.jpg", 2: "000000000001.jpg", 3: "000000000724.jpg"}
    people = [
        {
            "id": 10 + number,
            "image_id": number,
            "category_id": 1,
            "bbox": [5, 5, 20, 20],
            "keypoints": [10, 10, 2] * 17,
            "num_keypoints": 17,
        }
        for number in named
    ]
    pictures = [
        {"id": number, "file_name": name, "width": 60, "height": 40} for number, name in named.items()
    ]
    for name in named.values():
        picture(tmp_path / "val2017" / name)
    file = tmp_path / "annotations" / "person_keypoints_val2017.json"
    file.parent.mkdir()
    category = {"id": 1, "name": "person"}
    file.write_text(json.dumps({"images": pictures, "annotations": people, "categories": [category]}))
    return open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ((1, 2, 7), ("image_id 7 (of no picture here)",)),
        ((285, 1000724), ("found by the numbers in their names",)),
    ],
)
def test_numbers_of_pictures_are_the_set_s_own_ids(
    counted_anew: Dataset, tmp_path: Path, ids: tuple[int, ...], told: tuple[str, ...]
) -> None:
    """Somebody at x = id: picture 1 is called 285, and 1 is the name of picture 2."""
    result = {"category_id": 1, "score": 0.9, "keypoints": [10, 10, 2] * 17}
    people = [{**result, "image_id": number, "bbox": [number, 5, 20, 20]} for number in ids]
    (tmp_path / "results.json").write_text(json.dumps(people))
    poses = read_poses(tmp_path / "results.json", images=counted_anew.pictures_by_id)
    attached = attach_poses(Dataset("d", None, "d", list(counted_anew.records)), poses)
    found = {
        Path(one.title).stem[-3:]: [round(p.bbox_xywh[0]) for p in one.people] for one in attached.records
    }
    by_id = {"285": [1], "001": [2], "724": [5]}
    assert found == (by_id if 1 in ids else {"285": [285, 5], "001": [5], "724": [5]})
    said = [*poses.problems, *attached.problems]
    assert all(any(words in one for one in said) for words in told)


def test_a_known_person_keeps_key_and_body() -> None:
    smpl = SmplParameters("b", np.zeros(3), np.zeros(69), np.zeros(10), np.zeros(3))
    known = Person("anna", np.array([101, 0, 10, 20], np.float32), smpl=smpl)
    attached = attach_poses(dataset(record("1.jpg", known)), {"1.jpg": [pose(0), pose(100)]})
    people = attached.records[0].people
    assert [person.key for person in people] == ["1", "anna"]
    assert people[1].smpl is smpl
    assert people[1].pose2d is not None


def test_a_body_without_a_pose_stays() -> None:
    known = Person("anna", np.array([500, 0, 10, 20], np.float32))
    attached = attach_poses(dataset(record("1.jpg", known)), {"1.jpg": [pose()]})
    assert [person.key for person in attached.records[0].people] == ["1", "anna"]


def test_folders_tell_pictures_of_one_name_apart() -> None:
    records = [record("X/000000.jpg"), record("Y/000000.jpg"), record("Z/000000.jpg")]
    poses = PoseFile({"images/val/X/000000.jpg": [pose()], "images/val/Y/000000.jpg": [pose(), pose(50)]})
    attached = attach_poses(dataset(*records), poses)
    assert [len(one.people) for one in attached.records] == [1, 2, 0]
    assert attached.problems == ("1 pictures without 2D poses: title Z/000000.jpg",)


def test_one_picture_of_a_name_that_several_share_is_given_to_the_one_in_its_folder() -> None:
    records = [record("X/000000.jpg"), record("Y/000000.jpg")]
    attached = attach_poses(dataset(*records), PoseFile({"val/Y/000000.jpg": [pose()]}))
    assert [len(one.people) for one in attached.records] == [0, 1]


def test_a_file_of_other_pictures_is_refused_with_what_both_name() -> None:
    with pytest.raises(PoseFileError, match=r"speaks of 000001\.jpg, the set has title a\.jpg"):
        attach_poses(dataset(record("a.jpg")), PoseFile({"000001.jpg": [pose()]}))


def seen_by(poses: PoseFile, records: list[Record]) -> list[list[float]]:
    """The x of everybody's nose in each record, as commands and the window find them one by one."""
    there = in_set(poses, dataset(*records))
    return [[float(one.keypoints[0, 0]) for one in poses_in(record, there)[1]] for record in records]


CAMERAS = [record(f"{camera}/00000{frame}.jpg") for camera in ("cam1", "cam2") for frame in range(2)]


@pytest.mark.parametrize(
    "file", ["{c}_json/{c}_00000{f}.json", "{c}/00000{f}_keypoints.json", "run/{c}/{f}.json"]
)
def test_folders_of_cameras_say_whose_pictures_openpose_s_files_are_of(tmp_path: Path, file: str) -> None:
    """Pose2Sim and OpenPose write a folder for each camera; noses lie at 10 camera + frame."""
    for camera in (1, 2):
        for frame in range(2):
            rows = standing(18) + np.array([10 * camera + frame - 160, 0, 0], np.float32)
            path = tmp_path / file.format(c=f"cam{camera}", f=frame)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                json.dumps({"version": 1.3, "people": [{"pose_keypoints_2d": rows.ravel().tolist()}]})
            )
    assert seen_by(read_poses(tmp_path), CAMERAS) == [[10.0], [11.0], [20.0], [21.0]]


def test_deeplabcut_s_tables_are_of_the_camera_that_they_are_called_after(tmp_path: Path) -> None:
    names = [
        "nose",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
    ]
    names += [f"{side}_{joint}" for joint in ("hip", "knee", "ankle") for side in ("left", "right")]
    places = [(0, 0), *[(x, y) for y in range(1, 7) for x in (20 + y, -20 - y)]]
    for camera in (1, 2):
        head = [",".join(["scorer", *["net"] * 39]), ",".join(["bodyparts", *np.repeat(names, 3)])]
        head.append(",".join(["coords", *["x", "y", "likelihood"] * 13]))
        rows = [
            ",".join([str(f), *[f"{100 + 10 * camera + f + x},{30 * y + 50},0.9" for x, y in places]])
            for f in range(2)
        ]
        (tmp_path / f"cam{camera}DLC_resnet50_shuffle1.csv").write_text("\n".join([*head, *rows]))
    assert seen_by(read_poses(tmp_path), CAMERAS) == [[110.0], [111.0], [120.0], [121.0]]


def test_a_name_that_several_cameras_share_is_nobody_s() -> None:
    poses = PoseFile({"000000.jpg": [pose()], "cam2/000001.jpg": [pose()]})
    assert seen_by(poses, CAMERAS) == [[], [], [], [1.0]]
    assert (
        "left out, as several photos are called so: 000000.jpg"
        in in_set(poses, dataset(*CAMERAS)).problems[0]
    )
