"""Joint sets: names in file order, skeletons, partners, the way from one set to another; one's 2D pose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class JointSet:
    """Named joints in order; the same name means the same joint in every set.

    `skeleton` and `flip_pairs` (left, right) hold pairs of indices.
    """

    name: str
    names: tuple[str, ...]
    skeleton: tuple[tuple[int, int], ...]
    flip_pairs: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """Number of joints."""
        return len(self.names)

    @property
    def flip_order(self) -> tuple[int, ...]:
        """Permutation that puts a mirrored person's joints back in order: values[..., flip_order, :]."""
        partner = dict(self.flip_pairs) | {right: left for left, right in self.flip_pairs}
        return tuple(partner.get(index, index) for index in range(self.count))

    def index(self, name: str) -> int:
        """Position of a joint's name; ValueError when the set has no such joint."""
        return self.names.index(name)


def _joint_set(name: str, names: str, skeleton: str) -> JointSet:
    """A set from words: joints between blanks, bones as `index-index`, partners by their L_ and R_ names."""
    joints = tuple(names.split())
    bones = [bone.split("-") for bone in skeleton.split()]
    pairs = ((i, joints.index("R_" + n[2:])) for i, n in enumerate(joints) if n.startswith("L_"))
    return JointSet(name, joints, tuple((int(a), int(b)) for a, b in bones), tuple(pairs))


_SMPL24_NAMES = (
    "Pelvis L_Hip R_Hip Torso L_Knee R_Knee Spine L_Ankle R_Ankle Chest L_Toe R_Toe Neck L_Thorax R_Thorax "
    "Head L_Shoulder R_Shoulder L_Elbow R_Elbow L_Wrist R_Wrist L_Hand R_Hand"
)
_LIMBS24 = (
    "0-1 1-4 4-7 7-10 0-2 2-5 5-8 8-11 0-3 3-6 6-9 9-14 14-17 17-19 19-21 21-23 9-13 13-16 16-18 18-20 20-22"
)
_FINGERS = [
    f"{side}_{finger}{joint}"
    for side in "LR"
    for finger in ("Index", "Middle", "Pinky", "Ring", "Thumb")
    for joint in (1, 2, 3)
]
_BODY22_NAMES = _SMPL24_NAMES.split()[:22]
_LIMBS22 = " ".join(bone for bone in _LIMBS24.split() if bone not in ("21-23", "20-22")) + " 9-12 12-15"
_COCO17_NAMES = (
    "Nose L_Eye R_Eye L_Ear R_Ear L_Shoulder R_Shoulder L_Elbow R_Elbow L_Wrist R_Wrist L_Hip R_Hip "
    "L_Knee R_Knee L_Ankle R_Ankle"
)
_COCO_LIMBS = "0-1 0-2 1-3 2-4 5-7 7-9 6-8 8-10 11-13 13-15 12-14 14-16"
_MUPOTS17_NAMES = (
    "Head_top Thorax R_Shoulder R_Elbow R_Wrist L_Shoulder L_Elbow L_Wrist R_Hip R_Knee R_Ankle L_Hip L_Knee "
    "L_Ankle Pelvis Spine Head"
)
_MUPOTS17_SKELETON = "0-16 16-1 1-15 15-14 14-8 14-11 8-9 9-10 11-12 12-13 1-2 2-3 3-4 1-5 5-6 6-7"


def _finger_bones(first: int) -> str:
    """The bones of both hands, whose 15 joints each begin at `first`: from the wrists 20 and 21 outward."""
    starts = [(first + 3 * finger, 20 + finger // 5) for finger in range(10)]
    return " ".join(f"{wrist}-{start} {start}-{start + 1} {start + 1}-{start + 2}" for start, wrist in starts)


SMPL24 = _joint_set("smpl24", _SMPL24_NAMES, _LIMBS24 + " 9-12 12-15")
SMPL30 = _joint_set(
    "smpl30",
    _SMPL24_NAMES + " Nose L_Eye R_Eye L_Ear R_Ear Head_top",
    _LIMBS24 + " 9-12 12-24 24-15 24-25 24-26 25-27 26-28 24-29",
)
SMPLH52 = _joint_set("smplh52", " ".join(_BODY22_NAMES + _FINGERS), f"{_LIMBS22} {_finger_bones(22)}")
SMPLX55 = _joint_set(
    "smplx55",
    " ".join([*_BODY22_NAMES, "Jaw", "L_Eyeball", "R_Eyeball", *_FINGERS]),
    f"{_LIMBS22} 15-22 15-23 15-24 {_finger_bones(25)}",
)
GRAPH15 = _joint_set(
    "graph15",
    "Pelvis L_Hip R_Hip L_Knee R_Knee L_Ankle R_Ankle Neck Head_top L_Shoulder R_Shoulder L_Elbow R_Elbow "
    "L_Wrist R_Wrist",
    "0-1 1-3 3-5 0-2 2-4 4-6 0-7 7-8 7-9 9-11 11-13 7-10 10-12 12-14",
)
COCO17 = _joint_set("coco17", _COCO17_NAMES, _COCO_LIMBS + " 5-6 5-11 6-12 11-12")
COCO19 = _joint_set(
    "coco19", _COCO17_NAMES + " Pelvis Neck", _COCO_LIMBS + " 18-0 18-5 18-6 18-17 17-11 17-12"
)
OPENPOSE18 = _joint_set(
    "openpose18",
    "Nose Neck R_Shoulder R_Elbow R_Wrist L_Shoulder L_Elbow L_Wrist R_Hip R_Knee R_Ankle L_Hip L_Knee "
    "L_Ankle R_Eye L_Eye R_Ear L_Ear",
    "0-1 1-2 2-3 3-4 1-5 5-6 6-7 1-8 8-9 9-10 1-11 11-12 12-13 0-14 14-16 0-15 15-17",
)
HUMAN36M17 = _joint_set(
    "human36m17",
    "Pelvis R_Hip R_Knee R_Ankle L_Hip L_Knee L_Ankle Torso Neck Nose Head_top L_Shoulder L_Elbow L_Wrist "
    "R_Shoulder R_Elbow R_Wrist",
    "0-7 7-8 8-9 9-10 8-11 11-12 12-13 8-14 14-15 15-16 0-1 1-2 2-3 0-4 4-5 5-6",
)
MUCO21 = _joint_set(
    "muco21",
    _MUPOTS17_NAMES + " R_Hand L_Hand R_Toe L_Toe",
    _MUPOTS17_SKELETON + " 4-17 7-18 10-19 13-20",
)
MUPOTS17 = _joint_set("mupots17", _MUPOTS17_NAMES, _MUPOTS17_SKELETON)
CROWDPOSE14 = _joint_set(
    "crowdpose14",
    "L_Shoulder R_Shoulder L_Elbow R_Elbow L_Wrist R_Wrist L_Hip R_Hip L_Knee R_Knee L_Ankle "
    "R_Ankle Head_top Neck",
    "12-13 13-0 13-1 0-2 2-4 1-3 3-5 0-6 1-7 6-7 6-8 8-10 7-9 9-11",
)
MPII16 = _joint_set(
    "mpii16",
    "R_Ankle R_Knee R_Hip L_Hip L_Knee L_Ankle Pelvis Thorax Neck Head_top R_Wrist R_Elbow R_Shoulder "
    "L_Shoulder L_Elbow L_Wrist",
    "0-1 1-2 2-6 6-3 3-4 4-5 6-7 7-8 8-9 7-12 12-11 11-10 7-13 13-14 14-15",
)

JOINT_SETS: dict[str, JointSet] = {
    joints.name: joints
    for joints in (
        SMPL24,
        SMPL30,
        SMPLH52,
        SMPLX55,
        GRAPH15,
        COCO17,
        COCO19,
        OPENPOSE18,
        HUMAN36M17,
        MUCO21,
        MUPOTS17,
        CROWDPOSE14,
        MPII16,
    )
}
"""Every joint set by its name."""


def as_joint_set(joint_set: JointSet | str) -> JointSet:
    """The set itself, or the one with this name; ValueError names the known ones."""
    if isinstance(joint_set, JointSet):
        return joint_set
    if joint_set not in JOINT_SETS:
        raise ValueError(f"unknown joint set {joint_set!r}; known are {', '.join(JOINT_SETS)}")
    return JOINT_SETS[joint_set]


def remap(values: ArrayLike, source: JointSet | str, target: JointSet | str) -> tuple[np.ndarray, np.ndarray]:
    """Values (..., J, C) of one set in the order of another (..., K, C), and which joints are present (K,).

    Joints are matched by name; absent ones are zero.
    """
    array = np.asarray(values)
    indices, present = _source_indices(as_joint_set(source), as_joint_set(target))
    moved = array[..., indices, :]
    moved[..., ~present, :] = 0
    return moved, present.copy()


def with_pelvis_and_neck(keypoints: ArrayLike) -> np.ndarray:
    """COCO keypoints (..., 17, 3) x y score with Pelvis and Neck appended (..., 19, 3).

    Each is the mean of both hips or shoulders, its score the product of their scores (3DCrowdNet).
    """
    coco = np.asarray(keypoints)
    left = coco[..., [COCO17.index("L_Hip"), COCO17.index("L_Shoulder")], :]
    right = coco[..., [COCO17.index("R_Hip"), COCO17.index("R_Shoulder")], :]
    middle = (left + right) / 2
    middle[..., 2] = left[..., 2] * right[..., 2]
    return np.concatenate([coco, middle.astype(coco.dtype, copy=False)], axis=-2)


@lru_cache
def _source_indices(source: JointSet, target: JointSet) -> tuple[np.ndarray, np.ndarray]:
    present = np.array([name in source.names for name in target.names])
    indices = np.array([source.index(name) if name in source.names else 0 for name in target.names])
    return indices, present


JOINT_THRESHOLD = 0.1
"""Confidence above which a 2D joint is used (3DCrowdNet with HigherHRNet)."""
OPENPOSE_THRESHOLD = 0.05
"""The same for joints that OpenPose found."""


@dataclass(frozen=True, eq=False)
class Pose2D:
    """One person's keypoints (J, 3) float32 x, y, score in image pixels, and box (4,) float32 x y w h.

    `joint_set` is a name in JOINT_SETS; `score` the person's own; `source` says in a few words where the pose
    comes from, for example "MoveNet multipose", "file demo.json", "annotation" or "hand edit".
    """

    joint_set: str
    keypoints: np.ndarray
    bbox_xywh: np.ndarray
    score: float
    source: str

    def __post_init__(self) -> None:
        keypoints = np.asarray(self.keypoints, dtype=np.float32)
        expected = (as_joint_set(self.joint_set).count, 3)
        if keypoints.shape != expected:
            raise ValueError(f"keypoints of {self.joint_set} have shape {expected}, not {keypoints.shape}")
        object.__setattr__(self, "keypoints", keypoints)
        object.__setattr__(self, "bbox_xywh", np.asarray(self.bbox_xywh, dtype=np.float32).reshape(4))

    @property
    def joint_threshold(self) -> float:
        """The confidence above which joints of this source are used: OpenPose's are lower than others'."""
        by_openpose = self.joint_set == OPENPOSE18.name or "openpose" in self.source.lower()
        return OPENPOSE_THRESHOLD if by_openpose else JOINT_THRESHOLD
