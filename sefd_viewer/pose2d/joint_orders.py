"""In which order a file's people have their joints, and what the third number of a keypoint means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joint_order import ImpossibleOrderError, fitting_order
from sefd_viewer.geometry.skeletons import (
    PUBLISHED,
    Skeleton,
    UnknownSkeletonError,
    named_skeleton,
    of_length,
)

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
