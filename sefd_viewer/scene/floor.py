"""What stands about the bodies, without VTK: a fading grid, a soft shadow, cameras as frustums, skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.scene.cameras import Bounds

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.scene.meshes import Color


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


Floats = NDArray[np.float64]
EDGES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1))
"""Of a pyramid: from the eye to the picture's corners, and around the picture."""
DEPTH_SHARE = 0.22
LEAST_DEPTH, MOST_DEPTH = 0.15, 1.5


@dataclass(frozen=True, eq=False)
class Frustum:
    """One camera's pyramid: `corners` (5, 3) metres in the world, the eye, then the picture's corners.

    The corners run around the picture from its upper left; `image` (H, W, 3) RGB lies on it, if there is one.
    """

    key: str
    corners: Floats
    color: Color
    image: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints (J, 3) in the world, nan where unknown, and the bones between them."""

    points: Floats
    segments: Sequence[tuple[int, int]]
    color: Color


def frustum_corners(camera: PinholeCamera, size: tuple[int, int], depth: float) -> Floats:
    """The eye and the picture's corners (5, 3) in the world, the picture of `size` px at `depth` metres."""
    width, height = size
    edges = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]])
    rays = camera.without_distortion().rays(edges)  # distortion is no sound guide at the very corners
    return camera.to_world(np.concatenate([np.zeros((1, 3)), depth * rays]))


def frustum_depth(cameras: Sequence[PinholeCamera], center: NDArray[Any]) -> float:
    """How deep pyramids are to be, in metres: a share of the distance from the cameras to `center`."""
    eyes = [camera.to_world(np.zeros(3)) for camera in cameras]
    distance = float(np.median([np.linalg.norm(eye - center) for eye in eyes])) if eyes else 1.0
    return min(max(DEPTH_SHARE * distance, LEAST_DEPTH), MOST_DEPTH)


def line_mesh(
    parts: Sequence[tuple[NDArray[Any], Sequence[tuple[int, int]], Color]],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.uint8]]:
    """Several sets of points (N, 3) and segments in one: points, segments (M, 2) and colours (N, 4) RGBA.

    Segments with an unknown (nan) end are left out.
    """
    points: list[NDArray[Any]] = [np.zeros((0, 3))]
    cells: list[tuple[int, int]] = []
    colors: list[NDArray[Any]] = [np.zeros((0, 4), np.uint8)]
    for own, segments, color in parts:
        start, known = sum(map(len, points)), np.isfinite(own).all(axis=1)
        cells += [(start + a, start + b) for a, b in segments if known[a] and known[b]]
        points.append(np.nan_to_num(own))
        colors.append(np.tile(np.array([*color, 255], np.uint8), (len(own), 1)))
    return (
        np.concatenate(points).astype(np.float32),
        np.array(cells, np.int64).reshape(-1, 2),
        np.concatenate(colors),
    )
