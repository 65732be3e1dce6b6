"""Body meshes as 3D views take them: colours, normals, what lies under a point (numpy only)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.scene.cameras import SceneCamera

Color = tuple[int, int, int]
ColorMap = Literal["viridis", "inferno", "turbo", "diverging"]


DIVERGING: tuple[Color, Color, Color] = ((213, 94, 0), (236, 236, 236), (0, 114, 178))
"""Worse, equal, better: told apart with any colour vision."""


@dataclass(frozen=True, eq=False)
class BodyMesh:
    """One body of a 3D view: `vertices` (V, 3) metres, `faces` (F, 3) with outward winding, `color` RGB."""

    key: str
    vertices: NDArray[Any]
    faces: NDArray[Any]
    color: Color = (140, 140, 140)

    @property
    def is_drawable(self) -> bool:
        """Whether the mesh has faces and finite vertices."""
        return len(self.faces) > 0 and bool(np.isfinite(self.vertices).all())


def vertex_normals(vertices: NDArray[Any], faces: NDArray[Any]) -> NDArray[np.float32]:
    """Return unit normals (V, 3), the mean of the adjacent faces' normals weighted by area."""
    a, b, c = (vertices.take(faces[:, corner], axis=0).T for corner in range(3))
    (ux, uy, uz), (vx, vy, vz) = b - a, c - a
    index = faces.ravel()
    sums = [
        np.bincount(index, np.repeat(component, 3), minlength=len(vertices))
        for component in (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    ]
    normals = np.stack(sums, axis=1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def body_at(
    bodies: Iterable[BodyMesh], camera: SceneCamera, size: tuple[float, float], position: tuple[float, float]
) -> str | None:
    """Return the key of the foremost body at `position` in a view of `size` (y down), or None."""
    depths = {body.key: _depth_at(body, camera, size, position) for body in bodies}
    hit = {key: depth for key, depth in depths.items() if np.isfinite(depth)}
    return min(hit, key=hit.__getitem__) if hit else None


def _depth_at(
    body: BodyMesh, camera: SceneCamera, size: tuple[float, float], position: tuple[float, float]
) -> float:
    corners = camera.project(body.vertices, size)[body.faces]
    offsets = corners[:, :, :2] - np.asarray(position)
    turns = np.stack([_cross(offsets[:, i], offsets[:, (i + 1) % 3]) for i in range(3)], axis=1)
    inside = (turns >= 0).all(axis=1) | (turns <= 0).all(axis=1)
    return float(np.nanmin(corners[inside, :, 2].mean(axis=1))) if inside.any() else np.inf


def _cross(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def color_table(color_map: ColorMap) -> NDArray[np.uint8]:
    """The (256, 3) RGB colours of a map; `diverging` goes from vermilion over light grey to blue."""
    if color_map == "diverging":
        places = np.linspace(0, 1, 256)
        stops = np.array(DIVERGING, np.float64)
        channels = [np.interp(places, (0.0, 0.5, 1.0), stops[:, channel]) for channel in range(3)]
        return np.stack(channels, axis=1).round().astype(np.uint8)
    import cv2

    maps = {"viridis": cv2.COLORMAP_VIRIDIS, "inferno": cv2.COLORMAP_INFERNO, "turbo": cv2.COLORMAP_TURBO}
    steps = np.arange(256, dtype=np.uint8)[:, None]
    return np.ascontiguousarray(np.asarray(cv2.applyColorMap(steps, maps[color_map]), np.uint8)[:, 0, ::-1])
