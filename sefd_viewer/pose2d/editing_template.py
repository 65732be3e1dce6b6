"""An upright person as a pattern: joints of any set, put into a box or fitted to joints that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MIDDLE = {
    "Head_top": 0.0,
    "Head": 0.06,
    "Nose": 0.075,
    "Jaw": 0.09,
    "Neck": 0.165,
    "Thorax": 0.185,
    "Chest": 0.27,
    "Spine": 0.36,
    "Torso": 0.42,
    "Pelvis": 0.5,
}
"""Joints in the middle: height below the top of the head, as a share of the person's height."""

_LEFT = {
    "Eye": (0.018, 0.055),
    "Eyeball": (0.018, 0.055),
    "Ear": (0.042, 0.065),
    "Thorax": (0.05, 0.19),
    "Shoulder": (0.105, 0.195),
    "Elbow": (0.145, 0.345),
    "Wrist": (0.165, 0.48),
    "Hand": (0.17, 0.525),
    "Hip": (0.055, 0.52),
    "Knee": (0.065, 0.745),
    "Ankle": (0.07, 0.95),
    "Toe": (0.09, 1.0),
}
"""Joints on the left, which is right in the picture of somebody who looks at the camera."""

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
"""Joints of fingers lie on the hand."""

_NATURAL_WIDTH = 0.34
_STRETCH = 1.6
_LYING = 1.25
"""From this width on, as a multiple of the height, a box holds somebody who lies."""


def pattern(names: Sequence[str]) -> NDArray[np.float64]:
    """The joints (J, 2) of a person one unit high, from the top of the head down; x is 0 in the middle."""
    return np.array([_place(name) for name in names])


def fitted_to_box(names: Sequence[str], bbox_xywh: ArrayLike) -> NDArray[np.float64]:
    """The pattern (J, 2) filling a box (4,) in image pixels; lying in a wide one, the head to the left."""
    x, y, width, height = np.asarray(bbox_xywh, np.float64)
    points = pattern(names)
    if width > _LYING * height:
        points = np.column_stack([points[:, 1], -points[:, 0]])
        across = _stretched(height, width)
        return np.array([x, y + height / 2]) + points * (width, across)
    return np.array([x + width / 2, y]) + points * (_stretched(width, height), height)


def fitted_to_joints(
    names: Sequence[str], places: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """The pattern (J, 2) turned, scaled, moved and perhaps mirrored to lie over the known of `places` (J, 2).

    None where the known joints lie on one spot.
    """
    upright = pattern(names)
    fits = [_similarity(upright * (side, 1), places, known) for side in (1, -1)]
    found = [fit for fit in fits if fit is not None]
    errors = [float(np.square(fit - places)[known].sum()) for fit in found]
    return found[int(np.argmin(errors))] if found else None


def _place(name: str) -> tuple[float, float]:
    side, _, joint = name.partition("_")
    joint = "Hand" if joint.startswith(_FINGERS) else joint
    if side in ("L", "R") and joint in _LEFT:
        across, down = _LEFT[joint]
        return across if side == "L" else -across, down
    return 0.0, _MIDDLE[name]


def _stretched(width: float, height: float) -> float:
    """The unit of width that fills a box without making the person stouter than `_STRETCH` allows."""
    return min(width / _NATURAL_WIDTH, _STRETCH * height)


def _similarity(
    source: NDArray[np.float64], target: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """All of `source` (J, 2) under the similarity that brings its known points nearest to the target's.

    As complex numbers the similarity is a factor and a summand, and least squares has a closed form.
    """
    a, b = source @ (1, 1j), target @ (1, 1j)
    a0, b0 = a[known] - a[known].mean(), b[known] - b[known].mean()
    norm = float(np.vdot(a0, a0).real)
    if norm < 1e-12 or float(np.vdot(b0, b0).real) < 1e-12:
        return None
    fitted = np.vdot(a0, b0) / norm * (a - a[known].mean()) + b[known].mean()
    return np.column_stack([fitted.real, fitted.imag])
