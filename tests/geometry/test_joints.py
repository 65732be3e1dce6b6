"""Joint sets agree with each other by name."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sefd_viewer.geometry import (
    COCO17,
    COCO19,
    CROWDPOSE14,
    GRAPH15,
    HUMAN36M17,
    JOINT_SETS,
    MPII16,
    MUCO21,
    MUPOTS17,
    OPENPOSE18,
    SMPL24,
    SMPL30,
    JointSet,
    Pose2D,
    remap,
    with_pelvis_and_neck,
)

every_set = pytest.mark.parametrize("joints", JOINT_SETS.values(), ids=JOINT_SETS.keys())


def other_side(name: str) -> str:
    return {"L_": "R_", "R_": "L_"}.get(name[:2], name[:2]) + name[2:]


@every_set
def test_flipping_exchanges_left_and_right_by_name(joints: JointSet) -> None:
    assert [joints.names[i] for i in joints.flip_order] == [other_side(name) for name in joints.names]
    assert all(joints.names[left].startswith("L_") for left, _ in joints.flip_pairs)


@every_set
def test_the_skeleton_is_symmetric_and_reaches_every_joint(joints: JointSet) -> None:
    bones = {frozenset(bone) for bone in joints.skeleton}
    mirrored = {frozenset(joints.flip_order[end] for end in bone) for bone in bones}
    assert bones == mirrored
    assert set().union(*bones) == set(range(joints.count))


@every_set
def test_there_and_back_keeps_what_both_sets_have(joints: JointSet) -> None:
    values = np.random.default_rng(0).normal(size=(2, joints.count, 3))
    there, _ = remap(values, joints, SMPL30)
    back, _ = remap(there, SMPL30, joints)
    shared = [i for i, name in enumerate(joints.names) if name in SMPL30.names]
    assert_array_equal(back[:, shared], values[:, shared])
    assert not np.delete(back, shared, axis=1).any()


@pytest.mark.parametrize(
    ("joints", "count"),
    [
        (SMPL24, 24), (SMPL30, 30), (GRAPH15, 15), (COCO17, 17), (COCO19, 19), (OPENPOSE18, 18),
        (HUMAN36M17, 17), (MUCO21, 21), (MUPOTS17, 17), (CROWDPOSE14, 14), (MPII16, 16),
    ],
)  # fmt: skip
def test_counts(joints: JointSet, count: int) -> None:
    assert joints.count == count
    assert len(set(joints.names)) == count


def test_flip_pairs_of_the_networks_sets() -> None:
    assert SMPL30.flip_pairs[-2:] == ((25, 26), (27, 28))
    assert GRAPH15.flip_pairs == ((1, 2), (3, 4), (5, 6), (9, 10), (11, 12), (13, 14))


def test_remap_finds_joints_by_name_and_says_which() -> None:
    keypoints = np.arange(17 * 3).reshape(17, 3)
    moved, present = remap(keypoints, "coco17", "smpl30")
    assert_array_equal(moved[SMPL30.index("L_Hip")], keypoints[COCO17.index("L_Hip")])
    assert not present[SMPL30.index("Pelvis")]
    assert not moved[~present].any()


def test_an_unknown_set_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown joint set 'coco'.*smpl24.*mpii16"):
        remap(np.zeros((17, 3)), "coco", "smpl30")


def test_pelvis_and_neck_are_middles_with_the_product_of_scores() -> None:
    keypoints = np.zeros((2, 17, 3), dtype=np.float32)
    keypoints[:, COCO17.index("L_Hip")] = [10, 20, 0.5]
    keypoints[:, COCO17.index("R_Hip")] = [30, 20, 0.4]
    whole = with_pelvis_and_neck(keypoints)
    assert whole.shape == (2, 19, 3)
    assert whole.dtype == np.float32
    assert_allclose(whole[0, COCO19.index("Pelvis")], [20, 20, 0.2])
    assert_allclose(whole[0, COCO19.index("Neck")], 0)


def test_a_pose_must_fit_its_joint_set() -> None:
    with pytest.raises(ValueError, match="shape"):
        Pose2D("coco17", np.zeros((18, 3)), np.zeros(4), 1.0, "annotation")
    pose = Pose2D("coco17", np.zeros((17, 3)), [1, 2, 3, 4], 1.0, "annotation")
    assert pose.keypoints.dtype == pose.bbox_xywh.dtype == np.float32
