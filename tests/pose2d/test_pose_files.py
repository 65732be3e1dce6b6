"""Pose files of every known format, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.joints import COCO17, COCO19, as_joint_set
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
    assert file["five.jpg"][0].keypoints[:, 2].tolist() == [1.0] * 16 + [0.5]
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
    (tmp_path / "x").mkdir()
    with pytest.raises(PoseFileError, match="no files of 2D poses"):
        read_poses(written(tmp_path / "x" / "notes.md", "").parent)


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
    content = {"a.jpg": [person(), person(20), person(score=0.0), "x", [[1, 2]] * 17, None]}
    file = read_poses(written(tmp_path / "a.json", content))
    assert len(file["a.jpg"]) == 1
    assert "a.jpg, person 2: 20 keypoints instead of 14, 15, 16, 17, 18, 19, 21" in "".join(file.problems)
    assert "a.jpg, person 2: no keypoint with a score above 0; left out" in file.problems
    assert len(file.problems) == 5


STANDING = """0 -62  3 -65  -3 -65  7 -63  -7 -63  18 -46  -18 -46  26 -22  -27 -21  30 2  -22 0  10 0  -10 0
    12 40  -11 41  12 80  -12 81"""
"""A person who stands, x y of COCO's joints around the pelvis."""


def standing(names: str, *, visible: float = 0.9) -> list[float]:
    """The standing person's keypoints in an order of COCO's names; a dot is the belly."""
    points = np.array(STANDING.split(), float).reshape(-1, 2)
    by_name = {**dict(zip(COCO17.names, points, strict=True)), ".": np.array([0.0, -20.0])}
    return [value for name in names.split() for value in (*(300 + 2 * by_name[name]), visible)]


REVERSED = " ".join(COCO17.names[::-1])
HUMAN36M = """. R_Hip R_Knee R_Ankle L_Hip L_Knee L_Ankle . . Nose . L_Shoulder L_Elbow L_Wrist
    R_Shoulder R_Elbow R_Wrist"""
BODY_25B = " ".join(COCO17.names) + 8 * " ."


def coco(keypoints: list[float], names: list[str], **more: Any) -> dict[str, Any]:
    annotation = {"image_id": 5, "category_id": 1, "keypoints": keypoints} | more
    return {
        "images": [{"id": 5, "file_name": "five.jpg"}],
        "categories": [{"id": 1, "name": "person", "keypoints": names}],
        "annotations": [annotation],
    }


def test_joint_names_decide_the_order(tmp_path: Path) -> None:
    content = coco(standing(REVERSED), [name.lower() for name in REVERSED.split()])
    pose = read_poses(written(tmp_path / "a.json", content))["five.jpg"][0]
    expected = np.array(standing(" ".join(COCO17.names))).reshape(-1, 3)
    np.testing.assert_allclose(pose.keypoints, expected, atol=1e-4)


def test_names_that_the_points_contradict_are_refused(tmp_path: Path) -> None:
    content = coco(standing(HUMAN36M), [name.lower() for name in COCO17.names])
    with pytest.raises(PoseFileError, match=r"order of Human3.6M, .* the joints' names say another one"):
        read_poses(written(tmp_path / "a.json", content))


def test_a_skeleton_that_is_no_persons_is_refused_and_others_stay(tmp_path: Path) -> None:
    content = coco(standing(" ".join(COCO17.names)), [name.lower() for name in COCO17.names])
    content["categories"].append({"id": 2, "name": "cat", "keypoints": ["tail", "paw", "whisker"]})
    content["annotations"].append({"image_id": 5, "category_id": 2, "keypoints": [30, 40, 2] * 3})
    file = read_poses(written(tmp_path / "a.json", content))
    assert len(file["five.jpg"]) == 1
    words = "the joints are named tail, paw, whisker, and none of them is L_Shoulder; left out"
    assert file.problems == (f"five.jpg, person 2: {words}",)


@pytest.mark.parametrize(
    ("order", "read_as"), [(HUMAN36M, "Human3.6M, right leg first"), (BODY_25B, "OpenPose BODY_25B")]
)
def test_people_without_names_are_read_in_the_order_in_which_they_are_people(
    tmp_path: Path, order: str, read_as: str
) -> None:
    results = [{"image_id": 5, "category_id": 1, "keypoints": standing(order), "score": 1}]
    file = read_poses(written(tmp_path / "a.json", results))
    pose = file["5"][0]
    knee = as_joint_set(pose.joint_set).index("L_Knee")
    assert pose.keypoints[knee, :2].tolist() == [324, 380]
    assert any(f"in the order of {read_as}" in problem for problem in file.problems)


def test_an_order_that_is_named_is_not_told(tmp_path: Path) -> None:
    results = [{"image_id": 5, "category_id": 1, "keypoints": standing(BODY_25B), "score": 1}]
    path = written(tmp_path / "a.json", results)
    assert not read_poses(path, joints="body25b").problems
    with pytest.raises(PoseFileError, match="25 keypoints instead of 17"):
        read_poses(path, joints="coco17")
    with pytest.raises(PoseFileError, match="'body_26' is unknown; known are crowdpose14, aic14"):
        read_poses(path, joints="body_26")


@pytest.mark.parametrize(
    ("visible", "scores"), [([2, 1, 0], [1.0, 0.5, 0.0]), ([0.9, 1, 0], [0.9, 1.0, 0.0])]
)
def test_hidden_joints_stay_hidden(tmp_path: Path, visible: list[float], scores: list[float]) -> None:
    keypoints = np.array(standing(" ".join(COCO17.names))).reshape(-1, 3)
    keypoints[:, 2] = [visible[0], visible[1], visible[2]] + [visible[0]] * 14
    content = coco(keypoints.ravel().tolist(), [])
    pose = read_poses(written(tmp_path / "a.json", content))["five.jpg"][0]
    assert pose.keypoints[:3, 2] == pytest.approx(scores)


IDS = [(7, "7"), ("7", 7), (7, 7.0), ("7", "7"), ("ab-7", "ab-7"), (7.0, "7.0")]


@pytest.mark.parametrize(("image", "named"), IDS)
def test_ids_of_any_type_find_their_picture(tmp_path: Path, image: object, named: object) -> None:
    content = coco(flat(), [], image_id=named, num_keypoints=None)
    content["images"][0]["id"] = image
    file = read_poses(written(tmp_path / "a.json", content))
    assert len(file["five.jpg"]) == 1
    assert not file.problems


@pytest.mark.parametrize(
    "name",
    ["..\\label\\1.jpg", "D:\\work\\1.jpg", "/home/someone/set/1.jpg", "file:///data/1.jpg", "./a/../1.jpg"],
)
def test_names_of_other_machines_find_their_picture(tmp_path: Path, name: str) -> None:
    file = read_poses(written(tmp_path / "a.json", {name: [person()], "2.jpg": [person(), person()]}))
    assert len(file["pictures/1.jpg"]) == 1


def test_folders_tell_pictures_of_one_name_apart(tmp_path: Path) -> None:
    content = {"val/X/000000.jpg": [person()], "val/Y/000000.jpg": [person(), person()]}
    file = read_poses(written(tmp_path / "a.json", content))
    assert len(file["/data/images/val/Y/000000.jpg"]) == 2
    assert len(file["images\\val\\X\\000000.png"]) == 1
    assert "000000.jpg" not in file


def test_fractions_are_no_pixels(tmp_path: Path) -> None:
    small = [[x / 640, y / 480, score] for x, y, score in person()]
    file = read_poses(written(tmp_path / "a.json", {"a.jpg": [small, person()], "b.jpg": [small]}))
    assert (len(file["a.jpg"]), len(file["b.jpg"])) == (1, 0)
    assert "b.jpg, person 1: its keypoints are fractions of the picture's size, not pixels; left out" in (
        file.problems
    )


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
        ('"poses"', "not a file of 2D poses"),
        ('{"a": 5}', "not a file of 2D poses"),
        ('[{"a": 5}]', "not a file of 2D poses"),
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
    (tmp_path / "bytes.json").write_bytes(b"\xc1\xfe\x00\x80")
    with pytest.raises(PoseFileError, match="not JSON text"):
        read_poses(tmp_path / "bytes.json")
