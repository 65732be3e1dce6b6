"""The hands of SMPL-H and SMPL-X, described by principal components or by the bends of the joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.errors import BodyError

BENDS = 45
"""Numbers of the 15 joints of a hand, axis-angle."""


@dataclass(frozen=True, eq=False)
class Hands:
    """What a body's file says about hands, left first: relaxed `mean` (2, 45), `components` (2, C, 45)."""

    mean: NDArray[np.float32]
    components: NDArray[np.float32]


def hand_bends(
    hands: Hands | None, left: ArrayLike, right: ArrayLike, *, flat_mean: bool = False
) -> NDArray[np.float32]:
    """The bends (90,) of both hands in radians, left first, as skinning takes them.

    `left` and `right` are 45 bends, or fewer coefficients of the principal components, or nothing (0,),
    each relative to the relaxed hand, or to the flat one with `flat_mean` (smplx's `flat_hand_mean`).
    Raises BodyError where the body's file does not say what is needed for that.
    """
    sides = [np.asarray(side, np.float32).ravel() for side in (left, right)]
    return np.concatenate([_bends(hands, side, values, flat_mean) for side, values in enumerate(sides)])


def _bends(
    hands: Hands | None, side: int, values: NDArray[np.float32], flat_mean: bool
) -> NDArray[np.float32]:
    if len(values) not in (0, BENDS):
        values = _of_components(hands, side, values)
    bends = values if len(values) else np.zeros(BENDS, np.float32)
    if flat_mean:
        return bends
    if hands is None:
        raise BodyError(
            "these hands are relative to the relaxed hand, which the body's file does not describe",
            remedy="Use a body file with hands_meanl and hands_meanr",
        )
    return bends + hands.mean[side]


def _of_components(hands: Hands | None, side: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
    if hands is None or len(values) > len(hands.components[side]):
        known = 0 if hands is None else len(hands.components[side])
        raise BodyError(
            f"these hands are {len(values)} principal components, the body's file describes {known}",
            remedy="Use a body file with hands_componentsl and hands_componentsr",
        )
    return values @ hands.components[side, : len(values)]
