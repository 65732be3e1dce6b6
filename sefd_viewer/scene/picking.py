"""Which body lies under a point of the view (numpy only)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.scene.cameras import SceneCamera
from sefd_viewer.scene.meshes import BodyMesh


def body_at(
    bodies: Iterable[BodyMesh], camera: SceneCamera, size: tuple[float, float], position: tuple[float, float]
) -> str | None:
    """Return the key of the foremost body at `position` in a view of `size` (y down), or None."""
    depths = {body.key: _depth_at(body, camera, size, position) for body in bodies if body.is_drawable}
    hit = {key: depth for key, depth in depths.items() if np.isfinite(depth)}
    return min(hit, key=hit.__getitem__) if hit else None


def _depth_at(
    body: BodyMesh, camera: SceneCamera, size: tuple[float, float], position: tuple[float, float]
) -> float:
    corners = camera.project(body.vertices_camera, size)[body.faces]
    offsets = corners[:, :, :2] - np.asarray(position)
    turns = np.stack([_cross(offsets[:, i], offsets[:, (i + 1) % 3]) for i in range(3)], axis=1)
    inside = (turns >= 0).all(axis=1) | (turns <= 0).all(axis=1)
    return float(np.nanmin(corners[inside, :, 2].mean(axis=1))) if inside.any() else np.inf


def _cross(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
