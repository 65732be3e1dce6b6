"""Edits of 2D poses: only what was touched changes, boxes follow, and files bring all of it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.errors import ImageError, PoseFileError
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import COCO17, JOINT_SETS, Pose2D
from sefd_viewer.pose2d.editing import (
    HAND_EDIT,
    detect_in_box,
    joint_kinds,
    joint_places,
    upright_pose,
    with_joint_at,
    with_joint_toggled,
)
from sefd_viewer.pose2d.editing_file import EditedPicture, edited_poses_json, read_edited_poses
from sefd_viewer.pose2d.files import read_poses

NOSE, WRIST = COCO17.index("Nose"), COCO17.index("L_Wrist")
BOX = np.array([100, 50, 60, 180], np.float32)


def pose(**joints: tuple[float, float, float]) -> Pose2D:
    """An upright COCO pose with some joints replaced; its box is made of the seen joints."""
    keypoints = upright_pose("coco17", BOX).keypoints.copy()
    for name, values in joints.items():
        keypoints[COCO17.index(name)] = values
    box = bbox_from_points(keypoints[:, :2], keypoints[:, 2] > 0)
    return Pose2D("coco17", keypoints, box, 0.7, "MoveNet multipose")


def test_a_moved_joint_is_seen_and_nothing_else_moves() -> None:
    before = pose(L_Wrist=(0, 0, 0))
    after = with_joint_at(before, WRIST, (150, 120))
    assert after.keypoints[WRIST].tolist() == [150, 120, 1]
    others = np.arange(17) != WRIST
    assert np.array_equal(after.keypoints[others], before.keypoints[others])
    assert after.source == HAND_EDIT
    assert before.source == "MoveNet multipose"


def test_a_box_made_of_joints_follows_them_both_ways() -> None:
    strayed = pose(L_Wrist=(900, 400, 0.9))
    mended = with_joint_at(strayed, WRIST, (140, 140))
    assert strayed.bbox_xywh[2] > 500
    assert mended.bbox_xywh[2] < 100


def test_an_annotated_box_only_grows() -> None:
    box = np.array([90, 40, 90, 200], np.float32)
    annotated = Pose2D("coco17", pose().keypoints, box, 1.0, "annotation")
    assert np.array_equal(with_joint_at(annotated, WRIST, (120, 120)).bbox_xywh, box)
    assert with_joint_at(annotated, WRIST, (60, 300)).bbox_xywh.tolist() == [60, 40, 120, 260]


def test_a_joint_goes_off_and_on_in_its_place() -> None:
    before = pose()
    off = with_joint_toggled(before, NOSE)
    assert joint_kinds(off)[NOSE] == "hidden"
    assert np.array_equal(off.keypoints[NOSE, :2], before.keypoints[NOSE, :2])
    assert with_joint_toggled(off, NOSE).keypoints[NOSE, 2] == 1


def test_joints_that_no_file_placed_are_offered_where_they_would_be() -> None:
    true = pose().keypoints[WRIST, :2]
    turn = np.array([[0, -1], [1, 0]])
    for points in (pose().keypoints[:, :2], pose().keypoints[:, :2] @ turn.T + (300, 0)):
        keypoints = np.column_stack([points, np.ones(17)])
        expected = keypoints[WRIST, :2].copy()
        keypoints[WRIST] = 0
        partial = Pose2D("coco17", keypoints, BOX, 1.0, "annotation")
        assert joint_kinds(partial)[WRIST] == "unplaced"
        assert joint_places(partial)[WRIST] == pytest.approx(expected, abs=8)
        placed = with_joint_toggled(partial, WRIST)
        assert placed.keypoints[WRIST, :2] == pytest.approx(expected, abs=8)
    assert true[0] > 130


@pytest.mark.parametrize("joint_set", sorted(JOINT_SETS))
@pytest.mark.parametrize("box", [(10, 20, 40, 120), (10, 20, 120, 130), (10, 20, 200, 50)])
def test_a_new_person_of_any_joint_set_fills_the_box(
    joint_set: str, box: tuple[float, float, float, float]
) -> None:
    points = upright_pose(joint_set, box).keypoints[:, :2]
    low, high = np.array(box[:2]) - 1e-3, np.array(box[:2]) + box[2:] + 1e-3
    assert (points >= low).all()
    assert (points <= high).all()
    long_side = 0 if box[2] > box[3] else 1
    assert np.ptp(points[:, long_side]) > 0.6 * box[2 + long_side]


def test_the_detector_looks_inside_the_box_alone() -> None:
    image = np.zeros((200, 400, 3), np.uint8)
    image[50:150, 200:240] = 255

    def detect(part: np.ndarray) -> list[Pose2D]:
        rows, columns = np.nonzero(part[..., 0])
        box = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
        return [upright_pose("coco17", box), upright_pose("coco17", (0, 0, 9, 9))]

    found = detect_in_box(image, (195, 45, 50, 110), detect)
    assert found is not None
    assert found.bbox_xywh.tolist() == [200, 50, 40, 100]
    assert detect_in_box(image, (195, 45, 50, 110), lambda _part: []) is None
    assert detect_in_box(image, (195, 45, 50, 110), _refuse) is None


def _refuse(_image: np.ndarray) -> list[Pose2D]:
    raise ImageError("too small")


def test_edited_poses_come_back_from_their_file(tmp_path: Path) -> None:
    people = {"7": upright_pose("mpii16", BOX), "9": pose()}
    path = tmp_path / "set.edited-poses.json"
    path.write_bytes(edited_poses_json({"a.jpg": EditedPicture(people, frozenset("7"), frozenset("3"))}))
    (picture,) = read_edited_poses(path).pictures.values()
    assert (list(picture.people), picture.edited, picture.deleted) == (["7", "9"], {"7"}, {"3"})
    assert picture.people["7"].keypoints == pytest.approx(people["7"].keypoints, abs=1e-3)
    assert picture.people["9"].source == "MoveNet multipose"
    assert [one.joint_set for one in read_poses(path)["folder/a.jpg"]] == ["mpii16", "coco17"]


def test_broken_people_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    data = edited_poses_json({"a.jpg": EditedPicture({"1": pose(), "2": pose()})})
    path.write_bytes(data.replace(b'"coco17"', b'"coco99"', 1))
    found = read_edited_poses(path)
    assert list(found.pictures["a.jpg"].people) == ["2"]
    assert "a.jpg, person 1" in found.problems[0]
    path.write_text("[]")
    with pytest.raises(PoseFileError, match="does not hold"):
        read_edited_poses(path)
