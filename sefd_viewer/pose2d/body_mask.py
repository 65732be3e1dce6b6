"""A rough mask of a body from its 2D joints: what a person may hide of others, where nobody has masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry.joints import JointSet

_LIMBS = (("Shoulder", "Elbow"), ("Elbow", "Wrist"), ("Hip", "Knee"), ("Knee", "Ankle"))
_TRUNK = ("L_Shoulder", "R_Shoulder", "R_Hip", "L_Hip")
_LIMB, _HEAD, _EDGE = 0.24, 0.27, 0.2
"""Width of limbs, radius of the head and width of the trunk's border, in lengths of the trunk."""


def body_mask(points: ArrayLike, joint_set: JointSet, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels (H,W) of a picture of `size` (w, h) a body with joints at `points` (J,2) covers, roughly.

    Limbs are bars, the head is a disc around the nose. Joints that are nan are left out; without a shoulder
    and a hip of the trunk there is nothing to measure by, and the mask is empty.
    """
    mask = np.zeros((size[1], size[0]), np.uint8)
    places = np.asarray(points, np.float64)
    known: Mapping[str, NDArray[np.float64]] = {
        name: place for name, place in zip(joint_set.names, places, strict=True) if np.isfinite(place).all()
    }
    trunk = [known[name] for name in _TRUNK if name in known]
    tops = [known[name] for name in _TRUNK[:2] if name in known]
    ends = [known[name] for name in _TRUNK[2:] if name in known]
    if not tops or not ends:
        return mask > 0
    length = float(np.linalg.norm(np.mean(tops, axis=0) - np.mean(ends, axis=0)))
    _draw_bars(mask, known, length)
    outline = np.rint(np.clip(trunk, -1e4, 1e4)).astype(np.int32)
    cv2.fillPoly(mask, [outline], 1)
    cv2.polylines(mask, [outline], True, 1, max(1, round(_EDGE * length)))
    if "Nose" in known:
        cv2.circle(mask, _pixel(known["Nose"]), max(1, round(_HEAD * length)), 1, cv2.FILLED)
    return mask > 0


def bodies_mask(people: Sequence[ArrayLike], joint_set: JointSet, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The masks (H,W) of several people as one; nothing for nobody."""
    mask = np.zeros((size[1], size[0]), bool)
    for points in people:
        mask |= body_mask(points, joint_set, size)
    return mask


def _draw_bars(mask: NDArray[np.uint8], known: Mapping[str, NDArray[np.float64]], length: float) -> None:
    width = max(1, round(_LIMB * length))
    for side in "LR":
        for start, end in _LIMBS:
            one, other = known.get(f"{side}_{start}"), known.get(f"{side}_{end}")
            if one is not None and other is not None:
                cv2.line(mask, _pixel(one), _pixel(other), 1, width)


def _pixel(place: NDArray[np.float64]) -> tuple[int, int]:
    x, y = np.rint(np.clip(place, -1e4, 1e4)).astype(int).tolist()
    return x, y
