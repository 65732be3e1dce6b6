"""Cameras that stand in the world: their pyramids, and the pictures on their image planes (numpy only)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.scene.meshes import Color

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
