"""Edges of body meshes, hidden bodies included: the teacher's structural channel (supplement S4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.edges.image_edges import canny, dilate, kernel_for_box
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import Buffers, Faces, faces_of_each, projected_box, render_buffers

_GRADIENT_REACH = 2  # Sobel and non-maximum suppression, one pixel each

OWN_EDGE_REACH = 5
"""Side of the square around each pixel of a person in which his edges lie: two pixels either way."""


@dataclass(frozen=True, eq=False)
class _Body:
    """One person: the part of the image that his edges can reach, his buffers and edges there."""

    part: tuple[slice, slice]
    buffers: Buffers
    kernel: int
    edge: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class MeshEdges:
    """Edge maps of the full image, each (H,W) float32 in [0,1], dilated; made when they are asked for."""

    _bodies: tuple[_Body | None, ...]
    _size: tuple[int, int]
    _settings: EdgeSettings

    @cached_property
    def singles(self) -> tuple[NDArray[np.float32], ...]:
        """One for each person, as if alone."""
        return tuple(_placed(body, self._size) for body in self._bodies)

    @cached_property
    def all(self) -> NDArray[np.float32]:
        """Everyone in one depth-tested picture; hidden parts vanish."""
        return _all_edges(self._drawn, self._size, self._settings)

    @cached_property
    def overlap(self) -> NDArray[np.float32]:
        """min(1, sum of the singles); hidden bodies stay. The teacher's input."""
        overlap = np.zeros((self._size[1], self._size[0]), np.float32)
        for body in self._drawn:
            overlap[body.part] += body.edge
        return np.minimum(overlap, 1, out=overlap)

    @cached_property
    def occluded(self) -> NDArray[np.float32]:
        """max(0, overlap - all); only what others hide."""
        occluded = self.overlap - self.all
        return np.maximum(occluded, 0, out=occluded)

    @property
    def _drawn(self) -> list[_Body]:
        return [body for body in self._bodies if body is not None]


def mesh_edges(
    vertices_camera: Sequence[NDArray[np.floating]],
    faces: Faces,
    camera: PinholeCamera,
    size: tuple[int, int],
    settings: EdgeSettings,
    *,
    boxes: Sequence[NDArray[np.floating] | None] | None = None,
) -> MeshEdges:
    """Edges of the flat-shaded render of each mesh, (V,3) camera metres, in an image of `size` (w, h).

    Each person is dilated by the settings' rule for his own tight box: `boxes` (bbox_xywh, pixels) where
    given, else the box of his projected vertices. Only the part of the image that a person can reach is
    rendered and searched. The release uses the soft variant here. Raises ValueError when `boxes` and the
    meshes differ in number.
    """
    triangles = faces_of_each(faces, len(vertices_camera))
    if boxes is not None and len(boxes) != len(vertices_camera):
        raise ValueError(f"{len(boxes)} boxes for {len(vertices_camera)} meshes")
    bodies: list[_Body | None] = []
    for i, (vertices, own_faces) in enumerate(zip(vertices_camera, triangles, strict=True)):
        extent = projected_box(vertices, camera, size)
        if extent is None:
            bodies.append(None)
            continue
        given = boxes[i] if boxes is not None else None
        kernel = kernel_for_box(extent if given is None else given, settings)
        bodies.append(_draw(vertices, own_faces, camera, size, settings, extent, kernel))
    return MeshEdges(tuple(bodies), size, settings)


def _draw(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    camera: PinholeCamera,
    size: tuple[int, int],
    settings: EdgeSettings,
    extent: NDArray[np.floating],
    kernel: int,
) -> _Body:
    region = reached_region(extent, size, settings, kernel)
    buffers = render_buffers([vertices], faces, camera, size, region_xyxy=region, front_only=True)
    edge = dilate(canny(buffers.shade, settings), kernel)
    np.minimum(edge, 1, out=edge)
    return _Body((slice(region[1], region[3]), slice(region[0], region[2])), buffers, kernel, edge)


def reached_region(
    extent: NDArray[np.floating], size: tuple[int, int], settings: EdgeSettings, kernel: int
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (the last two excluded) of the part of an image that a person's edges reach.

    `extent` is the bbox_xywh of his projected vertices, cut to the image of `size`.
    """
    reach = settings.gaussian_size // 2 + _GRADIENT_REACH + kernel // 2 + 1
    left, top = np.maximum(np.floor(extent[:2]) - reach, 0).astype(int)
    right, bottom = np.minimum(np.ceil(extent[:2] + extent[2:]) + 1 + reach, size).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _placed(body: _Body | None, size: tuple[int, int]) -> NDArray[np.float32]:
    image = np.zeros((size[1], size[0]), np.float32)
    if body is not None:
        image[body.part] = body.edge
    return image


def _all_edges(bodies: Sequence[_Body], size: tuple[int, int], settings: EdgeSettings) -> NDArray[np.float32]:
    """Edges of everyone in one depth-tested picture, within the smallest rectangle around all of them."""
    image = np.zeros((size[1], size[0]), np.float32)
    if not bodies:
        return image
    rows, columns = ([body.part[axis] for body in bodies] for axis in (0, 1))
    top, left = min(s.start for s in rows), min(s.start for s in columns)
    part = slice(top, max(s.stop for s in rows)), slice(left, max(s.stop for s in columns))
    shade, person_id = _depth_tested(bodies, part)
    edge = _dilate_each(canny(shade, settings), person_id, [body.kernel for body in bodies])
    np.minimum(edge, 1, out=image[part])
    return image


def _depth_tested(
    bodies: Sequence[_Body], part: tuple[slice, slice]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Shade and person of the nearest body at each pixel of `part`, from the buffers of each alone."""
    from sefd_viewer.render.rasterise import lay_nearer

    shape = part[0].stop - part[0].start, part[1].stop - part[1].start
    depth, shade = np.full(shape, np.inf, np.float32), np.ones(shape, np.float32)
    person_id = np.zeros(shape, np.uint8)
    for number, body in enumerate(bodies, start=1):
        own = tuple(slice(b.start - p.start, b.stop - p.start) for b, p in zip(body.part, part, strict=True))
        lay_nearer(body.buffers.depth, body.buffers.shade, number, depth[own], person_id[own], shade[own])
    return shade, person_id


def _dilate_each(
    edge: NDArray[np.float32], person_id: NDArray[np.uint8], kernels: Sequence[int]
) -> NDArray[np.float32]:
    """Dilate the edges on and around each person by his own kernel; the stronger wins where people meet."""
    if len(set(kernels)) == 1:
        return dilate(edge, kernels[0])
    dilated = np.zeros_like(edge)
    around = np.ones((OWN_EDGE_REACH, OWN_EDGE_REACH), np.uint8)
    for kernel in sorted(set(kernels)):
        numbers = [n for n, own in enumerate(kernels, start=1) if own == kernel]
        near = cv2.dilate(np.isin(person_id, numbers).astype(np.uint8), around)
        np.maximum(dilated, dilate(edge * near, kernel), out=dilated)
    return dilated
