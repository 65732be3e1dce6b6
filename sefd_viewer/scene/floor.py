"""The grid under the bodies' feet: fading lines that give scale and a horizon (numpy only)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.scene.cameras import Bounds

CELL = 0.5


def floor_grid(bounds: Bounds) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Return points (N, 3) in metres, line segments (M, 2) and a strength 0..1 per point that fades outwards.

    Cells are half a metre wide; the grid lies at the height of the lowest vertex, centred below the bodies.
    """
    reach = int(np.ceil(max(2.0, 1.8 * bounds.radius) / CELL))
    steps = np.arange(-reach, reach + 1)
    a, b = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    side, ahead = _directions(bounds)
    below = bounds.center + bounds.up * (bounds.floor - bounds.center @ bounds.up)
    points = below + CELL * (a[:, None] * side + b[:, None] * ahead)
    strength = np.clip(1.0 - (np.hypot(a, b) / reach) ** 2, 0.0, 1.0)
    index = np.arange(a.size).reshape(steps.size, steps.size)
    across = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    along = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    segments = np.concatenate([across, along])
    segments = segments[strength[segments].max(axis=1) > 0]
    return points.astype(np.float32), segments.astype(np.int64), strength.astype(np.float32)


def _directions(bounds: Bounds) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seed = np.array([1.0, 0.0, 0.0]) if abs(bounds.up[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    ahead = np.cross(seed, bounds.up)
    ahead /= np.linalg.norm(ahead)
    return np.cross(bounds.up, ahead), ahead
