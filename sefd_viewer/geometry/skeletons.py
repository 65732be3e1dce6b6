"""Published orders of 2D joints, and lists of joint names in any spelling, in this program's names.

The orders are those of the sets' and tools' own documentation: COCO, OpenPose's poseParameters.cpp, Halpe,
COCO-WholeBody, MPII, CrowdPose, AI Challenger, LSP, PoseTrack, Human3.6M, MediaPipe, CMU Panoptic, Sapiens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import (
    COCO17,
    COCO19,
    CROWDPOSE14,
    HUMAN36M17,
    MPII16,
    MUCO21,
    MUPOTS17,
    OPENPOSE18,
    SMPL24,
    JointSet,
)

LIMB_JOINTS = tuple(
    f"{side}_{joint}" for joint in ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle") for side in "LR"
)
"""The twelve joints that every order of a whole body has."""

_OUR_SETS = (MUCO21, COCO19, OPENPOSE18, COCO17, HUMAN36M17, MUPOTS17, MPII16, CROWDPOSE14)


@dataclass(frozen=True)
class Skeleton:
    """An order of joints in files: `joints` in this program's names, None for those that it does not use."""

    name: str
    title: str
    joints: tuple[str | None, ...]

    @property
    def count(self) -> int:
        """How many joints a person has in a file."""
        return len(self.joints)

    @cached_property
    def joint_set(self) -> JointSet:
        """The program's set that takes most of these joints: the largest all of whose joints are here.

        COCO17 where there is none; the joints that it misses then count as unseen.
        """
        if self.name == SMPL24.name:
            return SMPL24
        return next((one for one in _OUR_SETS if set(one.names) <= set(self.joints)), COCO17)

    def keypoints(self, values: NDArray[np.floating], wanted: JointSet | None = None) -> NDArray[np.floating]:
        """Values (..., K, C) in this order as those of `wanted` (..., J, C) or `joint_set`; absent are 0."""
        joints = (wanted or self.joint_set).names
        rows = [self.joints.index(name) if name in self.joints else -1 for name in joints]
        moved = np.asarray(values[..., rows, :])
        moved[..., [row < 0 for row in rows], :] = 0
        return moved


def _skeleton(name: str, title: str, joints: str, count: int = 0) -> Skeleton:
    """An order from words; a dash is a joint that is not used, and so is all up to `count`."""
    used = [None if joint == "-" else joint for joint in joints.split()]
    return Skeleton(name, title, (*used, *[None] * (count - len(used))))


_COCO = " ".join(COCO17.names)
_COCO_LIMBS = " ".join(COCO17.names[5:])
_OPENPOSE_BODY = "Nose Neck R_Shoulder R_Elbow R_Wrist L_Shoulder L_Elbow L_Wrist"
_LEGS_RIGHT_FIRST = "R_Hip R_Knee R_Ankle L_Hip L_Knee L_Ankle"
_LSP_LIMBS = "R_Ankle R_Knee R_Hip L_Hip L_Knee L_Ankle R_Wrist R_Elbow R_Shoulder L_Shoulder L_Elbow L_Wrist"
_ARMS_LEFT_FIRST = "L_Shoulder L_Elbow L_Wrist R_Shoulder R_Elbow R_Wrist"
_ARMS_RIGHT_FIRST = "R_Shoulder R_Elbow R_Wrist L_Shoulder L_Elbow L_Wrist"
_GOLIATH = " ".join(
    [*COCO17.names[:9], *COCO17.names[11:], "- " * 26, "R_Wrist", "- " * 20, "L_Wrist", "- " * 6, "Neck"]
)
"""What SAM 3D Body and Sapiens begin with: hips behind the elbows, wrists among the hands."""
_SMPLX = (
    "Pelvis L_Hip R_Hip - L_Knee R_Knee - L_Ankle R_Ankle - - - Neck - - - L_Shoulder R_Shoulder "
    f"L_Elbow R_Elbow L_Wrist R_Wrist {'- ' * 33} Nose R_Eye L_Eye R_Ear L_Ear"
)

PUBLISHED: tuple[Skeleton, ...] = (
    _skeleton("crowdpose14", "CrowdPose", " ".join(CROWDPOSE14.names)),
    _skeleton("aic14", "AI Challenger", f"{_ARMS_RIGHT_FIRST} {_LEGS_RIGHT_FIRST} Head_top Neck"),
    _skeleton("lsp14", "LSP", f"{_LSP_LIMBS} Neck Head_top"),
    _skeleton("mpi15", "OpenPose MPI", f"Head_top Neck {_ARMS_RIGHT_FIRST} {_LEGS_RIGHT_FIRST} -"),
    _skeleton("posetrack15", "PoseTrack 2017", f"{_LSP_LIMBS} Neck Nose Head_top"),
    _skeleton(
        "jhmdb15",
        "JHMDB",
        "Neck - - R_Shoulder L_Shoulder R_Hip L_Hip R_Elbow L_Elbow R_Knee L_Knee R_Wrist L_Wrist R_Ankle "
        "L_Ankle",
    ),
    _skeleton("mpii16", "MPII", " ".join(MPII16.names)),
    _skeleton("coco17", "COCO", _COCO),
    _skeleton("human36m17", "Human3.6M, right leg first", " ".join(HUMAN36M17.names)),
    _skeleton("posetrack17", "PoseTrack 2018", f"Nose Neck Head_top L_Ear R_Ear {_COCO_LIMBS}"),
    _skeleton("mupots17", "MuPoTS-3D", " ".join(MUPOTS17.names)),
    _skeleton(
        "human36m17-left-first",
        "Human3.6M, left leg first",
        f"Pelvis L_Hip L_Knee L_Ankle R_Hip R_Knee R_Ankle Torso Neck Nose Head_top {_ARMS_LEFT_FIRST}",
    ),
    _skeleton("openpose18", "OpenPose COCO", " ".join(OPENPOSE18.names)),
    _skeleton("coco19", "COCO with pelvis and neck", " ".join(COCO19.names)),
    _skeleton(
        "panoptic19",
        "CMU Panoptic",
        "Neck Nose Pelvis L_Shoulder L_Elbow L_Wrist L_Hip L_Knee L_Ankle R_Shoulder R_Elbow R_Wrist R_Hip "
        "R_Knee R_Ankle L_Eye L_Ear R_Eye R_Ear",
    ),
    _skeleton("muco21", "MuCo-3DHP", " ".join(MUCO21.names)),
    _skeleton("humanart21", "Human-Art", _COCO, 21),
    _skeleton(
        "jta22",
        "JTA",
        f"Head_top - Neck - {_ARMS_RIGHT_FIRST.replace(' L_', ' - L_', 1)} - - - - - {_LEGS_RIGHT_FIRST}",
    ),
    _skeleton("smpl24", "SMPL", " ".join(SMPL24.names)),
    _skeleton(
        "body25",
        "OpenPose BODY_25",
        f"{_OPENPOSE_BODY} Pelvis {_LEGS_RIGHT_FIRST} R_Eye L_Eye R_Ear L_Ear",
        25,
    ),
    _skeleton("body25b", "OpenPose BODY_25B", f"{_COCO} Neck Head_top", 25),
    _skeleton("halpe26", "Halpe", f"{_COCO} Head_top Neck Pelvis", 26),
    _skeleton(
        "mpi-inf-3dhp28",
        "MPI-INF-3DHP",
        "- - - - Pelvis Neck - Head_top - L_Shoulder L_Elbow L_Wrist - - R_Shoulder R_Elbow R_Wrist - "
        "L_Hip L_Knee L_Ankle - - R_Hip R_Knee R_Ankle - -",
    ),
    _skeleton(
        "human36m32",
        "Human3.6M, all joints",
        "Pelvis R_Hip R_Knee R_Ankle - - L_Hip L_Knee L_Ankle - - - Torso Neck Nose Head_top - L_Shoulder "
        "L_Elbow L_Wrist - - - - - R_Shoulder R_Elbow R_Wrist",
        32,
    ),
    _skeleton(
        "mediapipe33",
        "MediaPipe",
        "Nose - L_Eye - - R_Eye - L_Ear R_Ear - - L_Shoulder R_Shoulder L_Elbow R_Elbow L_Wrist R_Wrist "
        "- - - - - - L_Hip R_Hip L_Knee R_Knee L_Ankle R_Ankle",
        33,
    ),
    _skeleton(
        "hmr44",
        "HMR2, CameraHMR",
        f"{_OPENPOSE_BODY} Pelvis {_LEGS_RIGHT_FIRST} R_Eye L_Eye R_Ear L_Ear",
        44,
    ),
    _skeleton(
        "smpl45",
        "SMPL with face, feet and fingers",
        "Pelvis L_Hip R_Hip - L_Knee R_Knee - L_Ankle R_Ankle - - - Neck - - - L_Shoulder R_Shoulder "
        "L_Elbow R_Elbow L_Wrist R_Wrist - - Nose R_Eye L_Eye R_Ear L_Ear",
        45,
    ),
    _skeleton(
        "smpl49",
        "SPIN",
        f"{_OPENPOSE_BODY} Pelvis {_LEGS_RIGHT_FIRST} R_Eye L_Eye R_Ear L_Ear",
        49,
    ),
    _skeleton("mhr70", "SAM 3D Body", _GOLIATH),
    _skeleton("smplx127", "SMPL-X", _SMPLX, 127),
    _skeleton("smplx144", "SMPL-X with the face's contour", _SMPLX, 144),
    _skeleton("wholebody133", "COCO-WholeBody", _COCO, 133),
    _skeleton("wholebody134", "COCO-WholeBody as OpenPose orders it", " ".join(OPENPOSE18.names), 134),
    _skeleton("body135", "OpenPose BODY_135", f"{_COCO} Neck Head_top", 135),
    _skeleton("halpe136", "Halpe full body", f"{_COCO} Head_top Neck Pelvis", 136),
    _skeleton("sapiens308", "Sapiens", _GOLIATH, 308),
)
"""Every order that is read; of those of one length the most likely first."""


class UnknownSkeletonError(ValueError):
    """These joints are not those of a whole person; the message says why."""


def published(name: str) -> Skeleton:
    """The published order of this name; UnknownSkeletonError names the known ones."""
    for skeleton in PUBLISHED:
        if skeleton.name == name:
            return skeleton
    known = ", ".join(one.name for one in PUBLISHED)
    raise UnknownSkeletonError(f"the order of joints {name!r} is unknown; known are {known}")


def of_length(count: int) -> tuple[Skeleton, ...]:
    """The published orders of so many joints, the most likely first."""
    return tuple(one for one in PUBLISHED if one.count == count)


def named_skeleton(names: Sequence[object], count: int | None = None) -> Skeleton | None:
    """The order that a file's joint names state for people of `count` joints; None when they are silent.

    Names that are mere numbers say nothing, and a list that is shorter than the people stands for the
    published order that begins so. Raises UnknownSkeletonError where a limb has no name.
    """
    words = [str(name) for name in names]
    if not words or all(re.fullmatch(r"\D{0,9}\d+", word) for word in words):
        return None
    joints = our_names(words)
    absent = [name for name in LIMB_JOINTS if name not in joints]
    if absent:
        some = ", ".join(words[:4]) + (", ..." if len(words) > 4 else "")
        raise UnknownSkeletonError(f"the joints are named {some}, and none of them is {absent[0]}")
    if count is None or len(words) == count:
        return Skeleton("named", "the file's own names", joints)
    for longer in of_length(count):
        if longer.joints[: len(joints)] == joints:
            return longer
    raise UnknownSkeletonError(f"{len(words)} joints are named, and people have {count}")


_SPELLINGS: dict[str, tuple[str, ...]] = {
    "Nose": ("nose",),
    "Eye": ("eye",),
    "Ear": ("ear",),
    "Shoulder": ("arm", "upperarm", "shoulder"),
    "Elbow": ("forearm", "elbow"),
    "Wrist": ("wrist", "hand"),
    "Hip": ("upleg", "upperleg", "hip"),
    "Knee": ("leg", "knee"),
    "Ankle": ("ankle", "foot"),
    "Head_top": ("headtop", "tophead", "topofhead", "head"),
    "Neck": ("neck", "upperneck", "headbottom", "thorax", "neckbase"),
    "Pelvis": ("pelvis", "root", "midhip", "hips", "hip", "bodycenter"),
    "Thorax": ("thorax",),
}
"""How files spell a joint, without its side; of several that are there the first is meant."""

_IN_HUMAN36M = {"Torso": "spine", "Neck": "thorax", "Nose": "neckbase", "Head_top": "head"}
"""What the joints along the back mean in lists that know a `neck_base`."""

_SIDES = {"l": "L", "left": "L", "r": "R", "right": "R"}
_SIDED = ("Eye", "Ear", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")


def our_names(names: Iterable[str]) -> tuple[str | None, ...]:
    """This program's name of each joint, None for one that it does not use."""
    spelled = [_side_and_word(name) for name in names]
    ours: list[str | None] = [None] * len(spelled)
    for joint, words in _SPELLINGS.items():
        for side in ("L", "R") if joint in _SIDED else ("",):
            place = next((spelled.index((side, word)) for word in words if (side, word) in spelled), None)
            if place is not None and ours[place] is None:
                ours[place] = f"{side}_{joint}" if side else joint
    if ("", "neckbase") in spelled and ("", "thorax") in spelled:
        for joint, word in _IN_HUMAN36M.items():
            if ("", word) in spelled:
                ours[spelled.index(("", word))] = joint
    return tuple(ours)


def _side_and_word(name: str) -> tuple[str, str]:
    """A joint's side (L, R or nothing) and the rest of its name in small letters, without joiners."""
    plain = re.sub(r"\(.*?\)|\[.*?\]", " ", name)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\b[LR])(?=[A-Z][a-z])", " ", plain)
    words = [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]
    side = next((_SIDES[word] for word in words if word in _SIDES), "")
    rest = "".join(word for word in words if word not in _SIDES)
    if side or _is_spelling(rest):
        return side, rest
    joined = re.fullmatch(r"(left|right|l|r)(\w+)", rest) or re.fullmatch(r"(\w+?)(left|right)", rest)
    for begin, end in () if joined is None else (joined.groups(), joined.groups()[::-1]):
        if begin in _SIDES and _is_spelling(end):
            return _SIDES[begin], end
    return "", rest


def _is_spelling(word: str) -> bool:
    return any(word in words for words in _SPELLINGS.values())
