"""Keypoints as numbers in a file: whether they are a person, and in which order the joints stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.errors import DAMAGED
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joint_order import ImpossibleOrderError, fitting_order
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.geometry.skeletons import (
    PUBLISHED,
    Skeleton,
    UnknownSkeletonError,
    named_skeleton,
    of_length,
)

_FRACTION = 1.5
"""Keypoints none of whose coordinates lies beyond it, pixels, are fractions of the picture."""


class UnusableKeypointsError(ValueError):
    """These numbers are no person; the message says why."""


class FractionsError(UnusableKeypointsError):
    """The keypoints are fractions of the picture's size; a person of that size could not be seen."""


def as_keypoints(values: Any) -> np.ndarray:
    """A person's numbers, x y score in any nesting, as (K, 3) float64; null becomes nan.

    Raises UnusableKeypointsError.
    """
    try:
        numbers = np.array(values, dtype=np.float64)
    except DAMAGED as error:
        raise UnusableKeypointsError("keypoints that are not rows of x, y, score") from error
    if numbers.ndim > 1 and len(numbers) == 1:  # a batch of one
        numbers = numbers[0]
    if numbers.ndim not in (1, 2) or numbers.size % 3 or (numbers.ndim == 2 and numbers.shape[1] != 3):
        raise UnusableKeypointsError("keypoints that are not rows of x, y, score")
    return numbers.reshape(-1, 3)


def are_fractions(people: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of the people (P, K, 3) x y score have several joints, and all in the picture's first pixel."""
    with np.errstate(invalid="ignore"):
        seen = people[..., 2] > 0
        small = (np.abs(people[..., :2]) <= _FRACTION).all(axis=-1)
    return (seen.sum(axis=1) > 1) & (small | ~seen).all(axis=1)


def read_person(
    values: np.ndarray,
    skeleton: Skeleton,
    *,
    source: str,
    score: Any = None,
    bbox_xywh: Any = None,
    fractions: bool = False,
) -> tuple[Pose2D, str | None]:
    """A person from keypoints (K, 3) x, y, score in the order of `skeleton`, and what was mended, in words.

    Keypoints that are not finite get score 0. Without a person's score the mean of the seen joints counts,
    without keypoints of any extent the given box. Keypoints that are shares of the picture's size are refused
    unless `fractions` says so. Raises UnusableKeypointsError.
    """
    keypoints, broken = _mended(skeleton.keypoints(values))
    seen = keypoints[:, 2] > 0
    if not fractions and are_fractions(keypoints[None])[0]:
        raise FractionsError("its keypoints are fractions of the picture's size, not pixels")
    box = bbox_from_points(keypoints[:, :2], seen) if seen.sum() > 1 else None
    if box is None:
        box = _as_box(bbox_xywh, int(seen.sum()))
    own = float(keypoints[seen, 2].mean()) if seen.any() else 0.0
    pose = Pose2D(skeleton.joint_set.name, keypoints, box.astype(np.float32), _as_score(score, own), source)
    return pose, f"{broken} keypoints are not numbers and do not count" if broken else None


def _mended(keypoints: np.ndarray) -> tuple[np.ndarray, int]:
    """Finite float32 keypoints with scores in 0 to 1, and how many had to be switched off."""
    with np.errstate(over="ignore"):
        single = keypoints.astype(np.float32)
    usable = np.asarray(np.isfinite(single).all(axis=1))
    mended = np.where(usable[:, None], single, np.float32(0))
    mended[:, 2] = np.clip(mended[:, 2], 0, 1)
    return mended, int((~usable).sum())


def _as_box(bbox_xywh: Any, seen: int) -> np.ndarray:
    try:
        box = np.array(bbox_xywh, dtype=np.float64)
    except DAMAGED:
        box = np.zeros(0)
    if box.shape != (4,) or not np.isfinite(box).all() or (box[2:] <= 0).any():
        if not seen:
            raise UnusableKeypointsError("no keypoint with a score above 0")
        raise UnusableKeypointsError(
            "its keypoints are one point, and there is no box: its size is not known"
        )
    return box


def _as_score(score: Any, otherwise: float) -> float:
    if isinstance(score, int | float) and np.isfinite(score):
        return float(score)
    return otherwise


_MANY = 10
"""In files of so many people somebody has a visible joint; a lone 1 then says that a joint is labelled."""

_STRAY = 0.01
"""So small a share of fractions is a slip among whole numbers."""


def stated_order(people: NDArray[np.floating], names: Sequence[object]) -> Skeleton | None:
    """The order that a file's joint `names` give people (P, K, 3) in pixels; None when they say nothing.

    Raises UnknownSkeletonError where they name no person, or the points are a person in another order only.
    """
    named = named_skeleton(names, people.shape[1])
    if named is None:
        return None
    try:
        fitting = fitting_order(people, named)
    except ImpossibleOrderError as error:
        raise UnknownSkeletonError(f"the joints are named, but {error}") from error
    if fitting is not named:
        raise UnknownSkeletonError(
            f"the points are people in the order of {fitting.title}, and the joints' names say another one"
        )
    return named


def likely_order(
    people: NDArray[np.floating], assumed: Skeleton | None = None
) -> tuple[Skeleton, str | None]:
    """The order of people (P, K, 3) without names: `assumed`, or the most usual of that length.

    Where the points fit another one alone it is that, and the words say so. Raises UnknownSkeletonError.
    """
    count = people.shape[1]
    usual = assumed or next(iter(of_length(count)), None)
    if usual is None:
        counts = ", ".join(map(str, sorted({one.count for one in PUBLISHED})))
        raise UnknownSkeletonError(f"{count} keypoints instead of {counts}")
    try:
        fitting = fitting_order(people, usual)
    except ImpossibleOrderError as error:
        raise UnknownSkeletonError(str(error)) from error
    if fitting is usual:
        return usual, None
    words = f"the {count} joints are in the order of {fitting.title} ({fitting.name}), not of {usual.title}"
    return fitting, f"{words}: read so, they are people"


def seen_scores(third: NDArray[np.floating], skeleton: Skeleton, *, annotated: bool) -> NDArray[np.floating]:
    """The third numbers (P, K) of keypoints as scores in 0 to 1; nan stays.

    COCO's visibility 2 is 1, hidden 0.5, unlabelled 0. Where there are fractions they are confidences.
    PoseTrack only writes whether a joint is labelled, 0 or 1, and so do results that hold no 2.
    """
    known = third[np.isfinite(third)]
    fractions = bool(known.size) and float((known % 1 != 0).mean()) > _STRAY
    labels = skeleton.joints[1:3] == ("Neck", "Head_top") or not annotated or len(third) >= _MANY
    if fractions or (labels and not (known == 2).any()):
        return np.clip(third, 0, 1)
    return np.clip(third, 0, 2) / 2
