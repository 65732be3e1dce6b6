"""Depth-tested pictures of body meshes: who and which face is seen at each pixel, how far, how bright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera

Faces = NDArray[np.integer] | Sequence[NDArray[np.integer]]
"""One (F,3) array for all meshes, or one for each."""

_MOST_PEOPLE = 255


@dataclass(frozen=True, eq=False)
class Buffers:
    """What the camera sees of several meshes, pixel by pixel; background where no mesh is.

    depth: (H,W) float32, metres along the camera's axis, inf = background.
    person_id: (H,W) uint8, 0 = background, else index of the mesh + 1.
    face_id: (H,W) int32, face of that mesh, -1 = background.
    shade: (H,W) float32, flat shading, 1 = background.
    origin: pixel (x, y) of the image at which the buffers' first pixel lies.
    """

    depth: NDArray[np.float32]
    person_id: NDArray[np.uint8]
    face_id: NDArray[np.int32]
    shade: NDArray[np.float32]
    origin: tuple[int, int] = (0, 0)

    @classmethod
    def empty(cls, size: tuple[int, int], *, origin: tuple[int, int] = (0, 0)) -> Buffers:
        """Background everywhere; `size` is (width, height)."""
        shape = (size[1], size[0])
        return cls(
            np.full(shape, np.inf, np.float32),
            np.zeros(shape, np.uint8),
            np.full(shape, -1, np.int32),
            np.ones(shape, np.float32),
            origin,
        )

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.depth.shape[1], self.depth.shape[0]

    def box(self, person: int) -> NDArray[np.float32] | None:
        """bbox_xywh (image pixels) around the seen pixels of mesh `person` (from 0), None if none is seen."""
        seen = self.person_id == person + 1
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if not rows.size:
            return None
        x, y = columns[0] + self.origin[0], rows[0] + self.origin[1]
        return np.array([x, y, np.ptp(columns) + 1, np.ptp(rows) + 1], np.float32)


def render_buffers(
    meshes: Sequence[NDArray[np.floating]],
    faces: Faces,
    camera: PinholeCamera,
    size: tuple[int, int],
    *,
    region_xyxy: tuple[int, int, int, int] | None = None,
    front_only: bool = False,
) -> Buffers:
    """Render meshes, each (V,3) camera metres, into buffers of the image of `size` (width, height).

    With `region_xyxy` (left, top, right, bottom; whole pixels, right and bottom excluded) the buffers hold
    that part alone. Lens distortion moves the vertices; edges between them stay straight. `front_only` skips
    faces seen from behind: the same picture of a closed mesh in less time. Raises ValueError for more than
    255 meshes.
    """
    from sefd_viewer.render.rasterise import draw_mesh, flat_shades, to_depth

    if len(meshes) > _MOST_PEOPLE:
        raise ValueError(f"{len(meshes)} meshes in one picture; at most {_MOST_PEOPLE} can be told apart")
    left, top, right, bottom = region_xyxy or (0, 0, *size)
    buffers = Buffers.empty((max(right - left, 0), max(bottom - top, 0)), origin=(left, top))
    buffers.depth.fill(0)  # holds 1/z until the last mesh is drawn
    targets = (buffers.depth, buffers.person_id, buffers.face_id, buffers.shade)
    for index, (mesh, triangles) in enumerate(zip(meshes, faces_of_each(faces, len(meshes)), strict=True)):
        vertices = np.ascontiguousarray(mesh, np.float32)
        screen = project_to_screen(vertices, camera, origin=(left, top))
        draw_mesh(screen, triangles, flat_shades(vertices, triangles), index + 1, front_only, *targets)
    to_depth(buffers.depth)
    return buffers


def faces_of_each(faces: Faces, count: int) -> list[NDArray[np.int32]]:
    """One contiguous (F,3) int32 array for each of `count` meshes; a single array serves all."""
    if isinstance(faces, np.ndarray) and faces.ndim == 2:
        return [np.ascontiguousarray(faces, np.int32)] * count
    return [np.ascontiguousarray(triangles, np.int32) for triangles in faces]


def project_to_screen(
    vertices: NDArray[np.floating], camera: PinholeCamera, *, origin: tuple[int, int] = (0, 0)
) -> NDArray[np.float64]:
    """(V,3) camera metres to (V,3): pixel x, y (counted from `origin`), 1/z (0 where not drawable)."""
    from sefd_viewer.render.rasterise import screen_points

    points = np.ascontiguousarray(vertices, np.float32)
    focal = np.asarray(camera.focal, np.float64)
    principal_point = np.asarray(camera.principal_point, np.float64)
    screen = screen_points(points, focal, principal_point, np.asarray(origin, np.float64))
    if np.any(camera.distortion):
        drawable = screen[:, 2] > 0
        screen[drawable, :2] = camera.project_camera(points[drawable]) - np.asarray(origin)
    return screen


def projected_box(
    vertices: NDArray[np.floating], camera: PinholeCamera, size: tuple[int, int]
) -> NDArray[np.float32] | None:
    """Tight bbox_xywh (pixels) of the projected vertices (V,3), cut to the image; None if outside it."""
    from sefd_viewer.render.rasterise import extent

    return box_in_picture(extent(project_to_screen(vertices, camera)), size)


def box_in_picture(extent_xyxy: Sequence[float], size: tuple[int, int]) -> NDArray[np.float32] | None:
    """bbox_xywh (pixels) of an extent (lowest x, y, highest x, y) cut to the image; None if outside it."""
    low_x, low_y, high_x, high_y = extent_xyxy
    left, top = max(low_x, 0.0), max(low_y, 0.0)
    right, bottom = min(high_x, size[0] - 1.0), min(high_y, size[1] - 1.0)
    if left > right or top > bottom:
        return None
    return np.array([left, top, right - left, bottom - top], np.float32)
