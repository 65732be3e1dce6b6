"""Errors that 2D pose estimators make, put into true poses (after PoseFix: jitter, inversion, swap, miss)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry import COCO17

COCO_SIGMAS = np.array(
    [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072]
    + [0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089]
)
"""Deviation of annotators per COCO joint, relative to the square root of the person's area."""

_SPREAD = {"visible": 0.25, "hidden": 0.7}
"""Deviation of a found joint, as a part of the annotators' (COCO_SIGMAS)."""
_MISSED = {"visible": 0.03, "hidden": 0.3}
_MISPLACED, _SWAPPED, _INVERTED = 0.02, 0.02, 0.01


def corrupt_keypoints(
    keypoints: NDArray[np.floating], extent: float | NDArray[np.floating], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return COCO17 `keypoints` (..., 17, 3) as an estimator might have found them.

    The third column is 1 for visible, 0.5 for hidden and 0 for unknown joints; in the result it is 0 for
    missed ones. `extent` (...) is each person's size in the keypoints' unit (square root of the box's area);
    hidden joints move farther.
    """
    found = keypoints.astype(np.float64)
    people = found.shape[:-2]
    size = np.broadcast_to(extent, people)[..., None]
    hidden = found[..., 2] < 0.75
    spread = COCO_SIGMAS * size * np.where(hidden, _SPREAD["hidden"], _SPREAD["visible"])
    far = rng.random((*people, 17)) < _MISPLACED
    spread = np.where(far, np.hypot(spread, 0.25 * size), spread)
    found[..., :2] += rng.normal(size=(*people, 17, 2)) * spread[..., None]
    for left, right in COCO17.flip_pairs:
        swap = (rng.random(people) < _SWAPPED)[..., None, None]
        pair = found[..., [left, right], :]
        found[..., [left, right], :] = np.where(swap, pair[..., ::-1, :], pair)
    invert = (rng.random(people) < _INVERTED)[..., None, None]
    found = np.where(invert, found[..., list(COCO17.flip_order), :], found)
    missed = rng.random((*people, 17)) < np.where(hidden, _MISSED["hidden"], _MISSED["visible"])
    found[..., 2][missed] = 0.0
    return found.astype(np.float32)
