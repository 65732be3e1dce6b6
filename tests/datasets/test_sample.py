"""The way of a person into the networks: joint slots, crop, heatmap pixels."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.datasets.sample import crop_for, make_sample, smpl30_joints, warp
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.joints import COCO17, JOINT_SETS, SMPL30, Pose2D

SIZE = (200, 160)


def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)


def pose(joint_set: str = "coco17", *, scores: float | np.ndarray = 0.9) -> Pose2D:
    rng = np.random.default_rng(1)
    count = JOINT_SETS[joint_set].count
    points = rng.uniform((60, 40), (120, 130), (count, 2))
    keypoints = np.column_stack([points, np.broadcast_to(scores, count)])
    return Pose2D(joint_set, keypoints, np.array([60, 40, 60, 90]), 0.9, "test")


def test_coco_joints_reach_their_slots_and_pelvis_and_neck_are_added() -> None:
    coco = pose()
    joints = smpl30_joints(coco)
    for name in COCO17.names:
        assert np.array_equal(joints[SMPL30.index(name)], coco.keypoints[COCO17.index(name)])
    hips = coco.keypoints[[COCO17.index("L_Hip"), COCO17.index("R_Hip")]]
    pelvis = joints[SMPL30.index("Pelvis")]
    assert pelvis[:2] == pytest.approx(hips[:, :2].mean(axis=0))
    assert pelvis[2] == pytest.approx(0.81)
    assert (joints[[SMPL30.index(n) for n in ("Torso", "L_Toe", "Head_top", "L_Hand")]] == 0).all()


@pytest.mark.parametrize("joint_set", sorted(JOINT_SETS))
def test_every_joint_set_is_taken(joint_set: str) -> None:
    sample = make_sample(image(), pose(joint_set))
    assert sample.crop_rgb.shape == (256, 256, 3)
    assert sample.joints_heatmap.shape == (30, 2)
    assert sample.joint_mask[[SMPL30.index(n) for n in ("L_Knee", "R_Wrist", "Pelvis", "Neck")]].all() or (
        joint_set in ("muco21", "mupots17")
    )


def test_a_given_neck_is_kept() -> None:
    openpose = pose("openpose18")
    neck = JOINT_SETS["openpose18"].index("Neck")
    assert np.array_equal(smpl30_joints(openpose)[SMPL30.index("Neck")], openpose.keypoints[neck])


def test_heatmap_pixels_show_the_same_place_as_the_crop() -> None:
    sample = make_sample(image(), pose())
    slot = SMPL30.index("L_Knee")
    in_crop = sample.crop.points_to_crop(pose().keypoints[COCO17.index("L_Knee"), :2])
    assert (sample.joints_heatmap[slot] + 0.5) * 4 - 0.5 == pytest.approx(in_crop, abs=1e-3)


def test_crop_shows_the_pixel_under_a_joint() -> None:
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    person = pose()
    x, y = person.keypoints[9, :2].round().astype(int)
    picture[y, x] = 255
    sample = make_sample(picture, person)
    seen = np.unravel_index(sample.crop_rgb[..., 0].argmax(), (256, 256))[::-1]
    assert np.abs(np.array(seen) - sample.crop.points_to_crop([x, y])).max() <= 1


def test_unsure_and_outside_and_broken_joints_are_masked() -> None:
    person = pose()
    person.keypoints[9, 2] = 0.1
    person.keypoints[10, 0] = np.nan
    person.keypoints[15] = (-500, 40, 0.05)
    person.keypoints[16] = (60, 159, 0.9)
    sample = make_sample(image(), person)
    mask = dict(zip(SMPL30.names, sample.joint_mask, strict=True))
    assert [mask[n] for n in ("L_Wrist", "R_Wrist", "L_Ankle", "R_Ankle")] == [0, 0, 0, 1]
    assert (sample.joints_heatmap[sample.joint_mask == 0] == 0).all()
    assert np.isfinite(sample.joints_heatmap).all()


def test_few_joints_fall_back_to_the_box() -> None:
    scores = np.zeros(17)
    scores[:3] = 0.9
    crop = crop_for(pose(scores=scores), SIZE)
    assert crop.bbox_xywh[2] == pytest.approx(90 * 1.25)


def test_a_person_outside_the_image_is_refused() -> None:
    away = Pose2D("coco17", np.zeros((17, 3)), np.array([500, 500, 10, 10]), 0.5, "test")
    with pytest.raises(SefdError, match="200x160"):
        make_sample(image(), away)


def test_warp_takes_grey_and_fractions_and_is_black_outside() -> None:
    crop = crop_for(Pose2D("coco17", np.zeros((17, 3)), np.array([0, 0, 20, 160]), 1, "t"), SIZE)
    edges = warp(np.ones((SIZE[1], SIZE[0]), np.float32), crop)
    assert edges.dtype == np.float32
    assert edges.shape == (256, 256)
    assert edges[128, 0] == 0
    assert edges[128, 128] == pytest.approx(1)
