"""Pose files of every known format, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.joints import COCO19
from sefd_viewer.pose2d.files import MAX_PEOPLE, read_poses


def person(count: int = 17, *, score: float = 0.5) -> list[list[float]]:
    return [[10.0 + i, 20.0 + 2 * i, score] for i in range(count)]


def flat(count: int = 17) -> list[float]:
    return [value for row in person(count) for value in row]


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_demo_format(tmp_path: Path) -> None:
    content = {"a b.jpg": [person(), person(19)], "nobody.png": []}
    file = read_poses(written(tmp_path / "2d_pose_result.json", content))
    first, second = file["a b.jpg"]
    assert (first.joint_set, second.joint_set) == ("coco17", "coco19")
    assert first.keypoints.tolist() == person()
    assert first.score == pytest.approx(0.5)
    assert first.source == "file 2d_pose_result.json"
    assert first.bbox_xywh == pytest.approx([8.4, 16.8, 19.2, 38.4])
    assert list(file) == ["a b.jpg"]
    assert not file.problems


def test_pictures_are_found_by_shorter_names_when_unambiguous(tmp_path: Path) -> None:
    content = {"x/1.jpg": [person()], "y/1.jpg": [person()], "x/2.jpg": [person()]}
    file = read_poses(written(tmp_path / "a.json", content))
    assert "2" in file
    assert "other/2.jpg" in file
    assert "x/1.jpg" in file
    assert "1.jpg" not in file
    assert file.get("3") is None


def test_coco_results_by_number_name_and_given_images(tmp_path: Path) -> None:
    results = [
        {"image_id": 139, "category_id": 1, "keypoints": flat(), "score": 2.5},
        {"image_id": 7, "file_name": "named.jpg", "category_id": 1, "keypoints": flat(), "score": 0.3},
    ]
    path = written(tmp_path / "results.json", results)
    file = read_poses(path)
    assert file["000000000139.jpg"][0].score == 2.5
    assert file["named.jpg"][0].score == pytest.approx(0.3)
    assert "000000000140.jpg" not in file
    assert list(read_poses(path, images={139: "bus.jpg"})) == ["bus.jpg", "named.jpg"]


def test_coco_annotations_bring_their_names_and_skip_people_without_keypoints(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 5, "file_name": "five.jpg"}],
        "annotations": [
            {"image_id": 5, "keypoints": [10, 20, 2] * 16 + [0, 40, 1], "num_keypoints": 17},
            {"image_id": 5, "keypoints": [0] * 51, "num_keypoints": 0},
        ],
    }
    file = read_poses(written(tmp_path / "person_keypoints_val2017.json", content))
    assert len(file["five.jpg"]) == 1
    assert set(file["five.jpg"][0].keypoints[:, 2]) == {1.0}
    assert not file.problems


@pytest.mark.parametrize(("count", "joint_set"), [(18, "openpose18"), (25, "coco19")])
def test_openpose_files(tmp_path: Path, count: int, joint_set: str) -> None:
    content = {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": flat(count)}]}
    path = written(tmp_path / "clip_000000000012_keypoints.json", content)
    file = read_poses(path)
    pose = file["clip_000000000012.png"][0]
    assert pose.joint_set == joint_set
    assert "000012" in file
    if count == 25:
        names = {"Nose": 0, "Neck": 1, "R_Wrist": 4, "L_Wrist": 7, "Pelvis": 8, "R_Ankle": 11, "L_Ear": 18}
        for name, row in names.items():
            assert pose.keypoints[COCO19.index(name)].tolist() == person(25)[row]


def test_a_folder_of_openpose_files(tmp_path: Path) -> None:
    for number in (0, 1):
        people = [{"pose_keypoints_2d": flat(18)}] * number
        written(tmp_path / f"v_{number:012d}_keypoints.json", {"people": people})
    file = read_poses(tmp_path)
    assert len(file["000001"]) == 1
    assert not file.problems
    with pytest.raises(PoseFileError, match="no OpenPose files"):
        read_poses(written(tmp_path / "x", "").parent / "..")


def test_joints_that_are_not_numbers_are_switched_off_and_named(tmp_path: Path) -> None:
    bad = person()
    bad[3] = [float("nan"), 1, 1]
    bad[4] = [1, float("inf"), 1]
    text = json.dumps({"a.jpg": [person(), bad]}).replace("21.0, 42.0, 0.5", "null, 42.0, 0.5")
    file = read_poses(written(tmp_path / "a.json", text))
    first, second = file["a.jpg"]
    assert first.keypoints[11].tolist() == [0, 0, 0]
    assert np.isfinite(second.keypoints).all()
    assert second.keypoints[[3, 4], 2].tolist() == [0, 0]
    assert file.problems == (
        "a.jpg, person 1: 1 keypoints are not numbers and do not count",
        "a.jpg, person 2: 3 keypoints are not numbers and do not count",
    )


def test_unusable_people_are_left_out_and_named(tmp_path: Path) -> None:
    content = {"a.jpg": [person(), person(16), person(score=0.0), "x", [[1, 2]] * 17, None]}
    file = read_poses(written(tmp_path / "a.json", content))
    assert len(file["a.jpg"]) == 1
    assert "a.jpg, person 2: 16 keypoints instead of 17, 18, 19, 25; left out" in file.problems
    assert "a.jpg, person 2: no keypoint with a score above 0; left out" in file.problems
    assert len(file.problems) == 5


def test_too_many_people_keep_the_best(tmp_path: Path) -> None:
    content = {"a.jpg": [person(score=(i + 1) / 40) for i in range(35)]}
    file = read_poses(written(tmp_path / "a.json", content))
    assert len(file["a.jpg"]) == MAX_PEOPLE
    assert min(pose.score for pose in file["a.jpg"]) == pytest.approx(6 / 40)
    assert file.problems == ("a.jpg: 35 people, the best 30 by score are kept",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a.jpg":\n [[1, 2}', "line 2, column"),
        ("", "line 1"),
        ('"poses"', "no file of 2D poses"),
        ('{"a": 5}', "no file of 2D poses"),
        ('[{"a": 5}]', "no file of 2D poses"),
        ('{"people": [{"pose_keypoints_2d": [1, 2]}]}', "nobody here is usable"),
    ],
)
def test_files_that_are_none_name_file_place_and_what_is_expected(
    tmp_path: Path, text: str, words: str
) -> None:
    path = written(tmp_path / "broken.json", text)
    with pytest.raises(PoseFileError, match=words) as caught:
        read_poses(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match="cannot be read"):
        read_poses(tmp_path / "nothing.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(PoseFileError, match="not JSON text"):
        read_poses(tmp_path / "bytes.json")
