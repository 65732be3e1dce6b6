"""A ray caster to compare rasterisers with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera

SIZE = (48, 40)
CAMERA = PinholeCamera(np.array([60.0, 55.0]), np.array([23.2, 20.7]))


def tangle(seed: int) -> tuple[list[NDArray[np.float32]], list[NDArray[np.intp]]]:
    """Three meshes (12,3) before the camera of four random triangles each, which cut one another."""
    rng = np.random.default_rng(seed)
    meshes = [(rng.normal(0, 0.5, (12, 3)) + [0, 0, 3.0]).astype(np.float32) for _ in range(3)]
    return meshes, [rng.permutation(12).reshape(4, 3) for _ in meshes]


def cast_rays(
    meshes: Sequence[NDArray[np.float32]], faces: Sequence[NDArray[np.intp]]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Moeller-Trumbore for every pixel: depth (H,W), inf = nothing, and which triangle of all is hit."""
    triangles = np.concatenate([mesh[own] for mesh, own in zip(meshes, faces, strict=True)]).astype(float)
    grid = np.stack(np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1])), axis=-1)
    rays = CAMERA.rays(grid.reshape(-1, 2).astype(float))
    a, u, v = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(rays[:, None], v[None])
    determinant = (p * u).sum(-1)
    s = (p * -a).sum(-1) / determinant
    q = np.cross(-a, u)
    t = (rays[:, None] * q).sum(-1) / determinant
    depth = (v * q).sum(-1) / determinant
    depth = np.where((s >= 0) & (t >= 0) & (s + t <= 1) & (depth > 0), depth, np.inf)
    return depth.min(1).reshape(SIZE[::-1]), depth.argmin(1).reshape(SIZE[::-1])


def away_from_boundaries(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Pixels whose eight neighbours carry the same label."""
    padded = np.pad(labels, 1, mode="edge")
    height, width = labels.shape
    shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.all([part == labels for part in shifted], axis=0)
