"""Where a body's outline should be: for points on its rim the strongest edge of the picture across it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import render_buffers

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_RIM_PX = 1.5
_LEAST_EDGE = 0.03
"""Grey values in [0, 1] per pixel, below which there is no edge."""


@dataclass(frozen=True, eq=False)
class Outline:
    """N points of one body's rim in one picture: `rows` (N,) of the points asked for and, in pixels, the
    places `targets` (N, 2) of the edges that they belong on and the `normals` (N, 2), of length one, across.
    """

    rows: NDArray[np.int64]
    targets: Array
    normals: Array


def silhouette(
    vertices_world: NDArray[np.floating],
    faces: NDArray[np.int32],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> Mask:
    """Where a body (V, 3) covers the picture of (width, height)."""
    vertices = camera.to_camera(vertices_world).astype(np.float32)
    buffers = render_buffers([vertices], faces, camera.without_extrinsics(), size)
    return np.asarray(buffers.person_id > 0)


def outline(
    image: Image,
    covered: Mask,
    pixels: Array,
    *,
    reach_px: int,
    hidden: Mask | None = None,
) -> Outline:
    """The rim points among those at `pixels` (K, 2), each with its edge.

    `image` (H, W, 3) is searched up to `reach_px` across the border of `covered` (H, W); rim points where
    `hidden` (H, W) is true, outside the picture, or without an edge are left out.
    """
    rows = _on_rim(covered, pixels, hidden, reach_px)
    smooth = cv2.GaussianBlur(covered.astype(np.float32), (0, 0), 2.0)
    inward = np.stack([_at(cv2.Sobel(smooth, cv2.CV_32F, *by), pixels[rows]) for by in ((1, 0), (0, 1))], -1)
    length = np.linalg.norm(inward, axis=-1)
    rows, normals = rows[length > 1e-3], -inward[length > 1e-3] / length[length > 1e-3, None]
    offsets, strength = _strongest_edge(image, pixels[rows], normals, reach_px)
    kept = strength > _LEAST_EDGE
    targets = pixels[rows] + offsets[:, None] * normals
    return Outline(rows[kept], targets[kept], normals[kept])


def _on_rim(covered: Mask, pixels: Array, hidden: Mask | None, margin: int) -> NDArray[np.int64]:
    """Rows of `pixels` within 1.5 px of the border of `covered`, well inside the picture and not hidden."""
    height, width = covered.shape
    inside = ((pixels >= margin) & (pixels < np.array([width, height]) - margin)).all(axis=-1)
    rows = np.flatnonzero(inside)
    x, y = np.round(pixels[rows]).astype(int).T
    depth = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3)
    rim = (depth[y, x] <= _RIM_PX) & (hidden is None or ~hidden[y, x])
    return rows[rim]


def _strongest_edge(image: Image, points: Array, normals: Array, reach_px: int) -> tuple[Array, Array]:
    """For points (N, 2) the offset (N,) px along the normals of the strongest near edge, and its strength."""
    steps = np.arange(-reach_px, reach_px + 1)
    places = points[:, None] + steps[:, None] * normals[:, None]
    strength = _strength_across(image, places, normals)
    near = np.exp(-0.5 * (steps / (0.6 * reach_px)) ** 2)
    best = np.argmax(strength * near, axis=1)
    return steps[best].astype(np.float64), strength[np.arange(len(points)), best]


def _strength_across(image: Image, places: Array, normals: Array) -> Array:
    """Change of colour per pixel across the normals (N, 2) at places (N, S, 2): the strongest channel."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32) / 255
    x, y = places.astype(np.float32).transpose(2, 0, 1)
    step = normals.astype(np.float32)
    ahead, behind = (
        cv2.remap(smooth, x + sign * step[:, :1], y + sign * step[:, 1:], cv2.INTER_LINEAR)
        for sign in (1, -1)
    )
    change: Array = np.abs(ahead - behind).max(axis=-1) / 2
    return change


def _at(picture: NDArray[Any], pixels: Array) -> Array:
    x, y = pixels.astype(np.float32).T[:, :, None]
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR)[:, 0].astype(np.float64)


def union(masks: Sequence[Mask], grown_px: int) -> Mask | None:
    """Where any of the masks is, some pixels wider; None without any."""
    if not masks:
        return None
    together = np.any(masks, axis=0).astype(np.uint8)
    size = 2 * grown_px + 1
    return np.asarray(cv2.dilate(together, np.ones((size, size), np.uint8)) > 0)
