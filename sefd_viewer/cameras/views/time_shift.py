"""By how many frames calibrated videos begin apart: the shift at which people lie on each other's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.triangulation import fundamental_matrix, symmetric_distance, undistorted_pixels
from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]
People = Sequence[NDArray[np.floating]]
"""The 2D joints x y confidence (J, 3) of everybody in a frame."""

SURE = 0.5
"""Confidence from which a joint counts."""
_LEAST_FRAMES, _LEAST_JOINTS = 8, 6
_BESIDE = 2
"""Frames beside the best shift that are as good as it: people move slowly."""
_CLEAR = 1.25
"""How many times farther apart lines and people are at every other shift, where the best one is certain."""


@dataclass(frozen=True)
class Shift:
    """Frame k of the first video shows what frame k + `frames` of the second does.

    `px` is the median distance of joints from each other's epipolar lines there, `unshifted_px` without
    shift, nan where that was not tried. Not `certain`: other shifts do as well, or nobody moves.
    """

    frames: int
    px: float
    unshifted_px: float
    certain: bool


def shift_between(
    first: PinholeCamera,
    second: PinholeCamera,
    people: Sequence[People],
    others: Sequence[People],
    *,
    reach: int,
) -> Shift | None:
    """The best shift of at most `reach` frames; None where too few frames show the same people."""
    lines = fundamental_matrix(first, second)
    own = [[_straight(first, one) for one in frame] for frame in people]
    their = [[_straight(second, one) for one in frame] for frame in others]
    costs = {}
    for shift in range(-reach, reach + 1):
        pairs = [(own[k], their[k + shift]) for k in range(len(own)) if 0 <= k + shift < len(their)]
        found = [px for mine, theirs in pairs for px in _nearest(lines, mine, theirs)]
        if len(found) >= _LEAST_FRAMES:
            costs[shift] = float(np.median(found))
    if not costs:
        return None
    best = min(costs, key=lambda shift: (costs[shift], abs(shift)))
    elsewhere = [px for shift, px in costs.items() if abs(shift - best) > _BESIDE]
    certain = bool(elsewhere) and min(elsewhere) > _CLEAR * costs[best] and abs(best) < reach
    return Shift(best, costs[best], costs.get(0, float("nan")), certain)


def _straight(camera: PinholeCamera, pose: NDArray[np.floating]) -> Array:
    """A pose with the lens's distortion undone, and nan where it is not sure."""
    pixels = undistorted_pixels(camera, pose[:, :2])
    return np.where(pose[:, 2:] >= SURE, pixels, np.nan)


def _nearest(lines: Array, people: list[Array], others: list[Array]) -> list[float]:
    """For everybody the median distance (px) from whom of the others fits best."""
    found = []
    for one in people:
        apart = [symmetric_distance(lines, one, other) for other in others]
        known = [px[np.isfinite(px)] for px in apart]
        medians = [float(np.median(px)) for px in known if len(px) >= _LEAST_JOINTS]
        if medians:
            found.append(min(medians))
    return found
