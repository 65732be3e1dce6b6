"""Body meshes as the 3D views take them: vertices in the camera's frame, colours, normals (numpy only)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]
ColorMap = Literal["viridis", "inferno", "turbo", "diverging"]


DIVERGING: tuple[Color, Color, Color] = ((213, 94, 0), (236, 236, 236), (0, 114, 178))
"""Worse, equal, better: told apart with any colour vision."""


@dataclass(frozen=True, eq=False)
class BodyMesh:
    """One body of a 3D view.

    `vertices_camera` (V, 3) metres in the camera's frame (x right, y down, z forward), `faces` (F, 3) with
    outward winding, `color` RGB. `scalars` (V,), an error in millimetres for example, replaces the colour by
    `color_map` over `scalar_range` (its own range when None). `label` is written above the head.
    """

    key: str
    vertices_camera: NDArray[Any]
    faces: NDArray[Any]
    color: Color = (140, 140, 140)
    opacity: float = 1.0
    scalars: NDArray[Any] | None = None
    scalar_range: tuple[float, float] | None = None
    color_map: ColorMap = "inferno"
    label: str = ""

    @property
    def is_drawable(self) -> bool:
        """Whether the mesh has faces and finite vertices."""
        return len(self.faces) > 0 and bool(np.isfinite(self.vertices_camera).all())


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


def vertex_colors(body: BodyMesh) -> NDArray[np.uint8]:
    """Return (V, 3) RGB: the body's colour, or its scalars through the colour map."""
    if body.scalars is None:
        return np.tile(np.array(body.color, np.uint8), (len(body.vertices_camera), 1))
    values = np.nan_to_num(np.asarray(body.scalars, np.float64))
    low, high = body.scalar_range or (float(values.min()), float(values.max()))
    scaled = np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0)
    return color_table(body.color_map)[(scaled * 255).astype(np.uint8)]


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
