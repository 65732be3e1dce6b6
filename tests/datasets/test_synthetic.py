"""Synthetic scenes: repeatable, varied, and true to their own ground truth."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sefd_viewer.body import SmplParameters, open_body
from sefd_viewer.datasets.synthetic import (
    SceneSettings,
    background_photos,
    generate_scene,
    mirror_pose,
    open_poses,
    random_pose,
)
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry import SMPL24, SMPL30
from sefd_viewer.render.visibility import Visibility

SMALL = SceneSettings(size=(256, 192), people=(3, 3))


@pytest.fixture(scope="module")
def scenes():
    return [generate_scene(5, i, SMALL) for i in range(6)]


def test_the_same_seed_gives_the_same_picture_and_another_index_another():
    first, again, other = (generate_scene(5, i, SMALL).image for i in (2, 2, 3))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_ground_truth_parameters_give_the_ground_truth_mesh(scenes):
    body = open_body()
    for person in scenes[0].people:
        vertices, joints = body.forward(person.smpl)
        np.testing.assert_allclose(vertices, person.vertices, atol=1e-4)
        np.testing.assert_allclose(body.joints(vertices, joints, SMPL30), person.joints, atol=1e-4)


def test_visible_joints_lie_on_their_own_person_and_hidden_ones_on_another(scenes):
    for scene in scenes:
        for number, person in enumerate(scene.people, 1):
            pixels = np.rint(scene.camera.project_camera(person.joints)).astype(int)
            for pixel, seen in zip(pixels, person.visibility, strict=True):
                if seen == Visibility.OUTSIDE:
                    continue
                owner = scene.buffers.person_id[pixel[1], pixel[0]]
                assert owner in {0, number} or seen in {Visibility.OTHER_PERSON, Visibility.OBJECT}


def test_people_hide_each_other_and_things_hide_people(scenes):
    seen = np.concatenate([p.visibility for s in scenes for p in s.people])
    assert {Visibility.VISIBLE, Visibility.OTHER_PERSON, Visibility.OBJECT} <= set(seen.tolist())


def test_a_scene_is_a_record_with_smpl_boxes_and_poses_in_the_picture(scenes):
    record = scenes[1].record("scene 1")
    assert record.load().shape == (192, 256, 3)
    assert len(record.people) == 3
    assert all(p.smpl is not None and p.smpl.body_id == open_body().id for p in record.people)
    keypoints = next(p.pose2d.keypoints for p in record.people if p.pose2d is not None)
    known = keypoints[keypoints[:, 2] > 0]
    assert (known[:, :2] >= -1).all()
    assert (known[:, :2] <= (256, 192)).all()


def test_mirroring_a_pose_mirrors_the_body():
    body, pose = open_body(), random_pose(np.random.default_rng(3))
    zero = np.zeros((1, 10)), np.zeros((1, 3))
    ours = body.forward_batch(pose[None, :3], pose[None, 3:], *zero).vertices[0]
    other = mirror_pose(pose)
    mirrored = body.forward_batch(other[None, :3], other[None, 3:], *zero).vertices[0]
    np.testing.assert_allclose(mirrored[body.mirror_index] * [-1, 1, 1], ours, atol=1e-4)


def test_picture_size_and_number_of_people_are_as_asked():
    scene = generate_scene(1, 0, SceneSettings(size=(320, 200), people=(2, 2)))
    assert scene.image.shape == (200, 320, 3)
    assert scene.image.dtype == np.uint8
    assert len(scene.people) == 2


def test_poses_come_from_a_given_motion_file(tmp_path: Path) -> None:
    """AMASS has Z up: who stands there stands on our floor; one frame in twenty of 120 a second is kept."""
    path = tmp_path / "clip_poses.npz"
    upright = np.array([np.pi / 2, 0.0, 0.0])
    standing = np.tile(np.concatenate([upright, np.zeros(153)]), (41, 1))
    np.savez(path, poses=standing, trans=np.zeros((41, 3)), mocap_framerate=120.0)
    poses = open_poses((path,))
    assert len(poses.poses) == 3
    np.testing.assert_allclose(poses.poses, 0, atol=1e-6)
    scene = generate_scene(1, 0, SceneSettings(size=(128, 128), poses=(path,)))
    assert scene.people


@pytest.mark.parametrize(
    "content", [None, {}, {"poses": np.zeros((2, 9))}, {"poses": np.full((2, 72), np.nan)}]
)
def test_a_file_without_poses_is_named(tmp_path: Path, content: dict[str, np.ndarray] | None) -> None:
    path = tmp_path / "clip.npz"
    if content is None:
        path.write_text("no npz")
    else:
        np.savez(path, **content)
    with pytest.raises(DatasetError, match=r"clip\.npz: this holds no SMPL poses"):
        open_poses((path,))


def test_scenes_stand_before_given_photos(tmp_path: Path) -> None:
    (tmp_path / "street").mkdir()
    cv2.imwrite(str(tmp_path / "street" / "red.png"), np.full((90, 160, 3), (0, 0, 200), np.uint8))
    (tmp_path / "street" / "notes.txt").write_text("no picture")
    settings = SceneSettings(size=(64, 64), people=(1, 1), things=0, photos=background_photos([tmp_path]))
    corners = [generate_scene(4, index, settings).image[:4, :4].reshape(-1, 3) for index in range(6)]
    red = sum(bool((corner[:, 0] > 4 * corner[:, 1:].max(1)).all()) for corner in corners)
    assert 2 <= red < 6  # the others are procedural

    with pytest.raises(DatasetError, match="notes.txt: no pictures for backgrounds"):
        background_photos([tmp_path / "street" / "notes.txt"])


def test_loose_clothes_change_the_picture_and_not_the_truth() -> None:
    tight, loose = (generate_scene(2, 0, replace(SMALL, things=0, loose=share)) for share in (0.0, 1.0))
    assert (tight.image != loose.image).any()
    for one, other in zip(tight.people, loose.people, strict=True):
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        np.testing.assert_array_equal(one.vertices, other.vertices)


BVH_JOINTS = """HIERARCHY
ROOT Hips { OFFSET 0 90 0 CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
JOINT Spine { OFFSET 0 10 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT LeftShoulder { OFFSET 5 40 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT LeftArm { OFFSET 15 0 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT LeftForeArm { OFFSET 0 -30 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT LeftHand { OFFSET 0 -25 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 -9 0 } } } } }
JOINT RightShoulder { OFFSET -5 40 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT RightArm { OFFSET -15 0 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT RightForeArm { OFFSET 0 -30 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT RightHand { OFFSET 0 -25 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 -9 0 } } } } } }
JOINT LeftUpLeg { OFFSET 10 0 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT LeftLeg { OFFSET 0 -45 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT LeftFoot { OFFSET 0 -45 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 -5 12 } } } }
JOINT RightUpLeg { OFFSET -10 0 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT RightLeg { OFFSET 0 -45 0 CHANNELS 3 Zrotation Xrotation Yrotation
JOINT RightFoot { OFFSET 0 -45 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 -5 12 } } } } }
MOTION
Frames: 2
Frame Time: 0.5
"""


def test_a_bvh_figure_whose_arms_hang_at_rest_moves_as_it_did(tmp_path: Path) -> None:
    """The left forearm is brought forward, the right shin back, each by a right angle about X."""
    names = re.findall(r"JOINT (\w+)", BVH_JOINTS)
    rows = np.zeros((2, 6 + 3 * len(names)))
    for name, angle in (("LeftForeArm", -90), ("RightLeg", 90)):
        rows[1, 6 + 3 * names.index(name) + 1] = angle
    path = tmp_path / "walk.bvh"
    path.write_text(BVH_JOINTS + "\n".join(" ".join(str(v) for v in row) for row in rows))
    poses = open_poses((path,)).poses
    body = open_body()
    joints = [
        body.forward(SmplParameters.from_pose(body.id, p, np.zeros(10), np.zeros(3))).joints for p in poses
    ]

    def way(frame: int, start: str, end: str) -> np.ndarray:
        bone = joints[frame][SMPL24.index(end)] - joints[frame][SMPL24.index(start)]
        return bone / np.linalg.norm(bone)

    down, forward = np.array([0, -1, 0]), np.array([0, 0, 1])
    for side in ("L", "R"):
        assert way(0, f"{side}_Shoulder", f"{side}_Elbow") @ down > 0.95
        assert way(0, f"{side}_Elbow", f"{side}_Wrist") @ down > 0.95
    assert way(1, "L_Elbow", "L_Wrist") @ forward > 0.95
    assert way(1, "R_Elbow", "R_Wrist") @ down > 0.95
    assert way(1, "R_Knee", "R_Ankle") @ -forward > 0.9
    assert way(1, "L_Knee", "L_Ankle") @ down > 0.9


def test_a_bvh_file_without_a_person_says_which_joints_it_has(tmp_path: Path) -> None:
    path = tmp_path / "dog.bvh"
    path.write_text(
        "HIERARCHY ROOT Tail { OFFSET 0 0 0 CHANNELS 3 Xrotation Yrotation Zrotation }\nMOTION\nFrames: 1\n"
        "Frame Time: 0.1\n0 0 0\n"
    )
    with pytest.raises(DatasetError, match=r"Pelvis, L_Hip.*there are Tail"):
        open_poses((path,))
    path.write_text("HIERARCHY ROOT Tail {")
    with pytest.raises(DatasetError, match="not a complete BVH"):
        open_poses((path,))
