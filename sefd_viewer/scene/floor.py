"""The floor under the bodies' feet: a fading grid for scale, a soft shadow for contact (without VTK)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.scene.cameras import Bounds

CELL = 0.5
MOST_CELLS = 80
"""Cells of the grid from its middle to its rim: in a larger world cells are larger, twice again and again."""
SHADOW_CELL = 0.05
MOST_SHADOW_CELLS = 400
SHADOW_BLUR = 2.0
SHADOW_HEIGHT = 0.6
CLEARANCE = 0.003
FAINTEST = 0.004
"""Darkness from which the shadow is drawn."""


def floor_grid(bounds: Bounds) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Return points (N, 3) in metres, line segments (M, 2) and a strength 0..1 per point that fades outwards.

    Cells are half a metre wide, or larger in a world of more than MOST_CELLS; the grid lies at the height of
    the lowest vertex, centred below the bodies.
    """
    extent = max(2.0, 1.8 * bounds.radius)
    cell = CELL * 2.0 ** max(np.ceil(np.log2(extent / (CELL * MOST_CELLS))), 0.0)
    reach = int(np.ceil(extent / cell))
    steps = np.arange(-reach, reach + 1)
    a, b = np.meshgrid(steps, steps, indexing="ij")
    points = _on_floor(bounds, a.ravel() * cell, b.ravel() * cell)
    strength = np.clip(1.0 - (np.hypot(a, b).ravel() / reach) ** 2, 0.0, 1.0)
    index = np.arange(a.size).reshape(a.shape)
    across = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    along = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    segments = np.concatenate([across, along])
    segments = segments[strength[segments].max(axis=1) > 0]
    return points.astype(np.float32), segments, strength.astype(np.float32)


def contact_shadow(
    bounds: Bounds, vertices: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Return points (N, 3) in metres, triangles (F, 3) and a darkness 0..1 per point.

    What lies above a spot of the floor darkens it, the more the lower it is, as under an overcast sky.
    """
    side, ahead = _directions(bounds)
    offset = vertices - bounds.center
    height = vertices @ bounds.up - bounds.floor
    cell = max(SHADOW_CELL, bounds.radius / MOST_SHADOW_CELLS)
    reach = int(np.ceil(bounds.radius / cell)) + 6
    count = 2 * reach + 1
    column, row = (np.rint(offset @ axis / cell).astype(np.intp) + reach for axis in (side, ahead))
    near = np.exp(-height / SHADOW_HEIGHT * 2.0)
    darkness = np.zeros((count, count), np.float32)
    np.maximum.at(darkness, (column, row), near.astype(np.float32))
    darkness = np.asarray(cv2.GaussianBlur(darkness, (0, 0), SHADOW_BLUR), np.float32)
    steps = np.arange(-reach, reach + 1) * cell
    a, b = np.meshgrid(steps, steps, indexing="ij")
    points = _on_floor(bounds, a.ravel(), b.ravel()) - bounds.up * CLEARANCE
    return points.astype(np.float32), _grid_triangles(darkness > FAINTEST), darkness.ravel()


def _grid_triangles(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The triangles (F, 3) between the points of a grid (N, N) with at least one marked corner."""
    index = np.arange(marked.size).reshape(marked.shape)
    corners = [(slice(None, -1), slice(None, -1)), (slice(1, None), slice(None, -1))]
    corners += [(slice(1, None), slice(1, None)), (slice(None, -1), slice(1, None))]
    halves = []
    for three in ((0, 1, 2), (0, 2, 3)):
        kept = np.logical_or.reduce([marked[corners[i]] for i in three])
        halves.append(np.stack([index[corners[i]][kept] for i in three], axis=1))
    return np.concatenate(halves)


def _on_floor(bounds: Bounds, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """Return the floor's points at `a` metres sideways and `b` ahead of the spot below the bodies' middle."""
    side, ahead = _directions(bounds)
    below = bounds.center + bounds.up * (bounds.floor - bounds.center @ bounds.up)
    return np.asarray(below + a[:, None] * side + b[:, None] * ahead)


def _directions(bounds: Bounds) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seed = np.array([1.0, 0.0, 0.0]) if abs(bounds.up[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    ahead = np.cross(seed, bounds.up)
    ahead /= np.linalg.norm(ahead)
    return np.cross(bounds.up, ahead), ahead
