"""One person's keypoints as numbers in a file, made into a Pose2D or refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import COCO19
from sefd_viewer.geometry.poses import Pose2D

JOINT_SET_BY_COUNT = {17: "coco17", 18: "openpose18", 19: "coco19", 25: "coco19"}
"""The joint set of a person with so many keypoints; OpenPose's BODY_25 is brought to COCO19."""

_BODY_25 = (
    ("Nose", "Neck", "R_Shoulder", "R_Elbow", "R_Wrist", "L_Shoulder", "L_Elbow", "L_Wrist", "Pelvis")
    + ("R_Hip", "R_Knee", "R_Ankle", "L_Hip", "L_Knee", "L_Ankle", "R_Eye", "L_Eye", "R_Ear", "L_Ear")
    + ("L_BigToe", "L_SmallToe", "L_Heel", "R_BigToe", "R_SmallToe", "R_Heel")
)
_FROM_BODY_25 = [_BODY_25.index(name) for name in COCO19.names]


class UnusableKeypointsError(ValueError):
    """These numbers are no person; the message says why."""


def read_person(
    values: Any, *, source: str, score: Any = None, bbox_xywh: Any = None
) -> tuple[Pose2D, str | None]:
    """A person from 17, 18, 19 or 25 keypoints x, y, score (nested or flat), and what was mended, in words.

    Keypoints that are not finite get score 0. Without a person's score the mean of the seen joints counts,
    without keypoints of any extent the given box. Raises UnusableKeypointsError.
    """
    keypoints = _as_keypoints(values)
    joint_set = JOINT_SET_BY_COUNT.get(len(keypoints))
    if joint_set is None:
        counts = ", ".join(map(str, JOINT_SET_BY_COUNT))
        raise UnusableKeypointsError(f"{len(keypoints)} keypoints instead of {counts}")
    if len(keypoints) == len(_BODY_25):
        keypoints = keypoints[_FROM_BODY_25]
    keypoints, broken = _mended(keypoints)
    seen = keypoints[:, 2] > 0
    box = bbox_from_points(keypoints[:, :2], seen) if seen.sum() > 1 else None
    if box is None:
        box = _as_box(bbox_xywh)
    own = float(keypoints[seen, 2].mean()) if seen.any() else 0.0
    pose = Pose2D(joint_set, keypoints, box.astype(np.float32), _as_score(score, own), source)
    return pose, f"{broken} keypoints are not numbers and do not count" if broken else None


def _as_keypoints(values: Any) -> np.ndarray:
    """Any nesting of numbers as (J, 3) float64; null becomes nan."""
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UnusableKeypointsError("keypoints that are not rows of x, y, score") from error
    if numbers.ndim not in (1, 2) or numbers.size % 3 or (numbers.ndim == 2 and numbers.shape[1] != 3):
        raise UnusableKeypointsError("keypoints that are not rows of x, y, score")
    return numbers.reshape(-1, 3)


def _mended(keypoints: np.ndarray) -> tuple[np.ndarray, int]:
    """Finite float32 keypoints with scores in 0 to 1, and how many had to be switched off."""
    with np.errstate(over="ignore"):
        single = keypoints.astype(np.float32)
    usable = np.asarray(np.isfinite(single).all(axis=1))
    mended = np.where(usable[:, None], single, np.float32(0))
    mended[:, 2] = np.clip(mended[:, 2], 0, 1)
    return mended, int((~usable).sum())


def _as_box(bbox_xywh: Any) -> np.ndarray:
    try:
        box = np.array(bbox_xywh, dtype=np.float64)
    except (TypeError, ValueError):
        box = np.zeros(0)
    if box.shape != (4,) or not np.isfinite(box).all() or (box[2:] <= 0).any():
        raise UnusableKeypointsError("no keypoint with a score above 0")
    return box


def _as_score(score: Any, otherwise: float) -> float:
    if isinstance(score, int | float) and np.isfinite(score):
        return float(score)
    return otherwise
