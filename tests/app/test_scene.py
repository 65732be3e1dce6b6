from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.scene import load_scene, overlap
from sefd_viewer.body.files import open_body
from sefd_viewer.errors import PoseFileError, SefdError
from sefd_viewer.pose2d.pose_file import PoseFile
from tests.app.session_fakes import broken_record, pose, record


def find_body(_id: str):
    return open_body()


def nobody(_image: np.ndarray) -> list:
    return []


def test_a_persons_body_without_a_2d_pose_is_projected():
    item = record("a", truth=True)
    bare = replace(item, people=tuple(replace(person, pose2d=None) for person in item.people))
    scene = load_scene(1, bare, detect=nobody, find_body=find_body)
    assert len(scene.people) == 2
    assert scene.people[0].pose2d.source == "ground truth, projected"
    x, y = scene.people[0].pose2d.keypoints[0, :2]
    assert 0 < x < 96
    assert 0 < y < 72


def test_found_people_get_the_ground_truth_of_the_box_that_fits():
    item = record("a", truth=True)
    found = {"record a": [pose(50), pose(10)]}
    scene = load_scene(1, item, detect=nobody, find_body=find_body, poses=found)
    offsets = [person.smpl.transl[0] for person in scene.people if person.smpl is not None]
    assert offsets == [0.5, 0.0]


def test_a_pose_file_without_this_picture_says_so():
    scene = load_scene(1, record("a"), detect=nobody, find_body=find_body, poses={"other.jpg": [pose(1)]})
    assert scene.people == ()
    assert scene.note == "The file of 2D poses has nobody for record a."


def test_a_detector_that_fails_leaves_the_picture():
    def fail(_image: np.ndarray) -> list:
        raise PoseFileError("the detector is missing", remedy="Install it")

    scene = load_scene(1, record("a", people=0), detect=fail, find_body=find_body)
    assert scene.image.shape == (72, 96, 3)
    assert scene.note == "the detector is missing. Install it"


def test_a_broken_picture_is_an_error_with_words():
    with pytest.raises(SefdError, match=r"a\.jpg: this is not a picture\. Take another"):
        load_scene(1, broken_record("a"), detect=nobody, find_body=find_body)


def test_overlap_of_boxes():
    box = np.array([0, 0, 10, 10], np.float32)
    assert overlap(box, box) == 1.0
    assert overlap(box, box + np.array([5, 0, 0, 0], np.float32)) == pytest.approx(1 / 3)
    assert overlap(box, None) == 0.0


def test_poses_of_a_picture_are_found_by_its_folder_when_names_repeat():
    item = replace(record("000000.jpg"), image_path=Path("/set/images/val/Y/000000.jpg"))
    poses = PoseFile({"val/X/000000.jpg": [pose(10)], "val/Y/000000.jpg": [pose(10), pose(50)]})
    assert len(load_scene(1, item, detect=nobody, find_body=find_body, poses=poses).people) == 2
