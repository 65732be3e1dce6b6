"""Orders of joints: published ones against their owners' lists, names in any spelling, and wrong orders."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.geometry.joint_order import ImpossibleOrderError, fitting_order
from sefd_viewer.geometry.joints import COCO17, HUMAN36M17, MPII16
from sefd_viewer.geometry.skeletons import (
    LIMB_JOINTS,
    PUBLISHED,
    UnknownSkeletonError,
    named_skeleton,
    of_length,
    published,
)

LIMBS = ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
SHORT = {
    **{f"{side}{joint[0]}": f"{side}_{joint}" for side in "LR" for joint in LIMBS},
    "no": "Nose", "le": "L_Eye", "re": "R_Eye", "la": "L_Ear", "ra": "R_Ear",
    "nk": "Neck", "ht": "Head_top", "pe": "Pelvis", "th": "Thorax", "hd": "Head",
}  # fmt: skip

COCO = "no le re la ra LS RS LE RE LW RW LH RH LK RK LA RA"
OPENPOSE = "no nk RS RE RW LS LE LW RH RK RA LH LK LA re le ra la"
SMPLX = f"pe LH RH . LK RK . LA RA . . . nk . . . LS RS LE RE LW RW {'. ' * 33}no re le ra la"
ORDERS = {
    "crowdpose14": "LS RS LE RE LW RW LH RH LK RK LA RA ht nk",
    "aic14": "RS RE RW LS LE LW RH RK RA LH LK LA ht nk",
    "lsp14": "RA RK RH LH LK LA RW RE RS LS LE LW nk ht",
    "mpi15": "ht nk RS RE RW LS LE LW RH RK RA LH LK LA .",
    "posetrack15": "RA RK RH LH LK LA RW RE RS LS LE LW nk no ht",
    "jhmdb15": "nk . . RS LS RH LH RE LE RK LK RW LW RA LA",
    "mpii16": "RA RK RH LH LK LA pe th nk ht RW RE RS LS LE LW",
    "coco17": COCO,
    "human36m17": "pe RH RK RA LH LK LA Torso nk no ht LS LE LW RS RE RW",
    "human36m17-left-first": "pe LH LK LA RH RK RA Torso nk no ht LS LE LW RS RE RW",
    "posetrack17": "no nk ht la ra LS RS LE RE LW RW LH RH LK RK LA RA",
    "mupots17": "ht th RS RE RW LS LE LW RH RK RA LH LK LA pe Spine hd",
    "openpose18": OPENPOSE,
    "coco19": f"{COCO} pe nk",
    "panoptic19": "nk no pe LS LE LW LH LK LA RS RE RW RH RK RA le la re ra",
    "body25": f"no nk RS RE RW LS LE LW pe RH RK RA LH LK LA re le ra la {'. ' * 6}",
    "body25b": f"{COCO} nk ht {'. ' * 6}",
    "halpe26": f"{COCO} ht nk pe {'. ' * 6}",
    "mediapipe33": f"no . le . . re . la ra . . LS RS LE RE LW RW {'. ' * 6}LH RH LK RK LA RA {'. ' * 4}",
    "wholebody133": f"{COCO} {'. ' * 116}",
    "wholebody134": f"{OPENPOSE} {'. ' * 116}",
    "body135": f"{COCO} nk ht {'. ' * 116}",
    "halpe136": f"{COCO} ht nk pe {'. ' * 116}",
    "muco21": "ht th RS RE RW LS LE LW RH RK RA LH LK LA pe Spine hd R_Hand L_Hand R_Toe L_Toe",
    "humanart21": f"{COCO} . . . .",
    "jta22": "ht . nk . RS RE RW . LS LE LW . . . . . RH RK RA LH LK LA",
    "mpi-inf-3dhp28": ". . . . pe nk . ht . LS LE LW . . RS RE RW . LH LK LA . . RH RK RA . .",
    "human36m32": f"pe RH RK RA . . LH LK LA . . . Torso nk no ht . LS LE LW {'. ' * 5}RS RE RW . . . .",
    "smpl45": f"pe LH RH . LK RK . LA RA . . . nk . . . LS RS LE RE LW RW . . no re le ra la {'. ' * 16}",
    "smpl49": f"no nk RS RE RW LS LE LW pe RH RK RA LH LK LA re le ra la {'. ' * 30}",
    "hmr44": f"no nk RS RE RW LS LE LW pe RH RK RA LH LK LA re le ra la {'. ' * 25}",
    "mhr70": f"no le re la ra LS RS LE RE LH RH LK RK LA RA {'. ' * 26}RW {'. ' * 20}LW {'. ' * 6}nk",
    "smplx127": f"{SMPLX} {'. ' * 67}",
    "smplx144": f"{SMPLX} {'. ' * 84}",
    "sapiens308": f"no le re la ra LS RS LE RE LH RH LK RK LA RA {'. ' * 26}RW {'. ' * 20}LW {'. ' * 6}nk "
    + ". " * 238,
}
"""Each order as its owner lists it: L and R with the first letter of a limb's joint, a dot is not used."""

STANDING = {
    "Nose": (0, -62),
    "Neck": (0, -48),
    "Thorax": (0, -46),
    "Head_top": (0, -80),
    "Head": (0, -64),
    "Pelvis": (0, 0),
    "Spine": (0, -25),
    "Torso": (0, -22),
    "L_Eye": (3, -65),
    "R_Eye": (-3, -65),
    "L_Ear": (7, -63),
    "R_Ear": (-7, -63),
    "L_Shoulder": (18, -46),
    "R_Shoulder": (-18, -46),
    "L_Elbow": (26, -22),
    "R_Elbow": (-27, -21),
    "L_Wrist": (30, 2),
    "R_Wrist": (-22, 0),
    "L_Hip": (10, 0),
    "R_Hip": (-10, 0),
    "L_Knee": (12, 40),
    "R_Knee": (-11, 41),
    "L_Ankle": (12, 80),
    "R_Ankle": (-12, 81),
    "L_Hand": (31, 8),
    "R_Hand": (-22, 6),
    "L_Toe": (18, 84),
    "R_Toe": (-18, 85),
}


def crowd(order: str, count: int = 6) -> np.ndarray:
    """People (P, K, 3) who stand about like STANDING, in a published order; a dot is a belly."""
    rng = np.random.default_rng(3)
    joints = [SHORT.get(word, word) for word in ORDERS[order].split()]
    people = np.zeros((count, len(joints), 3))
    for row, joint in enumerate(joints):
        place = STANDING["Spine" if joint == "." else joint]
        people[:, row, :2] = 300 + 2 * np.array(place) + rng.normal(0, 3, (count, 2))
        people[:, row, 2] = 0.9
    return people


@pytest.mark.parametrize("name", ORDERS)
def test_a_published_order_is_its_owners(name: str) -> None:
    listed = [SHORT.get(word, word) for word in ORDERS[name].split()]
    skeleton = published(name)
    used = {"Spine"} if name not in ("mupots17", "muco21") else set()
    expected = [None if word == "." or word in used else word for word in listed]
    assert list(skeleton.joints) == expected


def test_every_order_is_listed_here() -> None:
    assert {one.name for one in PUBLISHED} == {*ORDERS, "smpl24"}


@pytest.mark.parametrize("name", ORDERS)
def test_joints_keep_their_place_in_the_programs_set(name: str) -> None:
    skeleton = published(name)
    values = np.arange(skeleton.count * 3, dtype=float).reshape(-1, 3) + 1
    moved = skeleton.keypoints(values)
    for row, joint in enumerate(skeleton.joint_set.names):
        expected = values[skeleton.joints.index(joint)] if joint in skeleton.joints else np.zeros(3)
        np.testing.assert_array_equal(moved[row], expected)
    assert set(LIMB_JOINTS) <= set(skeleton.joint_set.names)


MMPOSE_MPII = (
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist"
)
MMPOSE_H36M = (
    "root right_hip right_knee right_foot left_hip left_knee left_foot spine thorax neck_base head "
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist"
)
MOCAP = "Hips RightUpLeg RightLeg RightFoot LeftUpLeg LeftLeg LeftFoot Spine Neck Head LeftShoulder LeftArm "
MOCAP += "LeftForeArm LeftHand RightShoulder RightArm RightForeArm RightHand"


@pytest.mark.parametrize(
    ("names", "joints", "joint_set"),
    [
        (MMPOSE_MPII.split(), ORDERS["mpii16"], "mpii16"),
        (MMPOSE_H36M.split(), ORDERS["human36m17"], "human36m17"),
        (MOCAP.split(), "pe RH RK RA LH LK LA . nk ht . LS LE LW . RS RE RW", "crowdpose14"),
        (["Nose", *(f"{s}{j}" for j in ("Eye", "Ear", *LIMBS) for s in "LR")],
         COCO, "coco17"),
        ([f"{j}-{s}" for j in map(str.lower, LIMBS) for s in ("left", "right")]
         + ["top_head", "neck"], ORDERS["crowdpose14"], "crowdpose14"),
        ([f"{s}{j}" for j in map(str.lower, LIMBS) for s in ("right ", "left ")]
         + ["root (pelvis)"], "RS LS RE LE RW LW RH LH RK LK RA LA pe", "coco17"),
    ],
)  # fmt: skip
def test_names_decide_however_they_are_spelled(names: list[str], joints: str, joint_set: str) -> None:
    skeleton = named_skeleton(names)
    assert skeleton is not None
    expected = [None if word == "." else SHORT.get(word, word) for word in joints.split()]
    assert list(skeleton.joints) == expected
    assert skeleton.joint_set.name == joint_set


def test_lists_that_say_nothing_or_stand_for_more() -> None:
    assert named_skeleton([]) is None
    assert named_skeleton([str(number) for number in range(17)]) is None
    coco = [name.lower() for name in COCO17.names]
    assert named_skeleton(coco, 133) == published("wholebody133")
    with pytest.raises(UnknownSkeletonError, match="17 joints are named, and people have 20"):
        named_skeleton(coco, 20)


@pytest.mark.parametrize("names", [["wheel", "door", "roof"], ["left_eye", "right_eye", "nose", "tail_base"]])
def test_joints_of_something_else_are_refused_by_name(names: list[str]) -> None:
    with pytest.raises(UnknownSkeletonError, match="none of them is L_Shoulder"):
        named_skeleton(names)


@pytest.mark.parametrize("name", [name for name in ORDERS if len(of_length(published(name).count)) > 1])
def test_people_are_found_out_in_the_usual_order_of_that_length(name: str) -> None:
    true = published(name)
    usual = of_length(true.count)[0]
    assert fitting_order(crowd(name), usual).joints == true.joints
    assert fitting_order(crowd(name), true) is true


@pytest.mark.parametrize("name", ["human36m17", "posetrack17", "body25b", "aic14", "lsp14"])
def test_one_person_is_enough_where_the_limbs_cross_badly(name: str) -> None:
    usual = of_length(published(name).count)[0]
    assert fitting_order(crowd(name, 1), usual).name == name


def test_posetracks_head_is_told_from_cocos_eyes() -> None:
    assert fitting_order(crowd("posetrack17"), published("coco17")).name == "posetrack17"
    assert fitting_order(crowd("coco17"), published("coco17")).name == "coco17"


def test_too_few_whole_people_tell_nothing_and_noise_is_nobody() -> None:
    half = crowd("human36m17")
    half[:, 13, 2] = 0
    assert fitting_order(half, published("coco17")).name == "coco17"
    noise = np.random.default_rng(0).uniform(0, 500, (8, 16, 3)) + [0, 0, 1]
    with pytest.raises(ImpossibleOrderError, match="limbs of 8 people cross"):
        fitting_order(noise, published("mpii16"))


def test_orders_bring_what_the_networks_take() -> None:
    for joint_set in (HUMAN36M17, MPII16, COCO17):
        assert published(joint_set.name).joints == joint_set.names
