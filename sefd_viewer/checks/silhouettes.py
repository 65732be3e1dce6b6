"""Bodies' silhouettes in a piece of the picture, and how near the picture's own edges are, by direction."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import Buffers, Faces, render_buffers

_DIRECTIONS = 6
_BLUR = 1.0
_WEAKEST = 6.0
"""Grey levels per pixel below which nothing counts as an edge."""

_FAR = 9.0
"""Times `near`, from where closeness is nothing."""

_DENSITY = 0.12
"""At most this share of the pixels are edges: in textured pictures only the strongest ones count."""


@dataclass(frozen=True, eq=False)
class EdgeField:
    """Closeness to an edge of each direction (D, H, W), 1 on it and 0 far from it."""

    closeness: NDArray[np.float32]

    def share(self, points: NDArray[np.floating], across: NDArray[np.floating]) -> float:
        """Mean closeness of points (N, 2), pixels, to edges that run as the outline does; nan: few inside.

        `across` (N,) is the direction across the outline, radians.
        """
        _, height, width = self.closeness.shape
        column, row = np.rint(points).astype(np.intp).T
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        if inside.mean() < 0.6:
            return float("nan")
        direction = _direction(across[inside])
        return float(self.closeness[direction, row[inside], column[inside]].mean())


def edge_field(grey: NDArray[np.float32], *, near: float) -> EdgeField:
    """The field of a grey picture (H, W) in 0 to 255; closeness falls to 1/e at `near` pixels."""
    soft = cv2.GaussianBlur(grey, (0, 0), _BLUR)
    dx = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    dy = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    edges = _thin_edges(dx, dy)
    direction = _direction(np.arctan2(dy, dx))
    return EdgeField(np.stack([_closeness(edges, direction, d, near) for d in range(_DIRECTIONS)]))


def _thin_edges(dx: NDArray[np.float32], dy: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels (H, W) whose gradient is strong and the largest across the edge."""
    strength = cv2.magnitude(dx, dy)
    crest = strength >= np.where(
        np.abs(dx) > np.abs(dy),
        np.maximum(np.roll(strength, 1, 1), np.roll(strength, -1, 1)),
        np.maximum(np.roll(strength, 1, 0), np.roll(strength, -1, 0)),
    )
    candidates = crest & (strength > _WEAKEST)
    most = int(_DENSITY * strength.size)
    if int(candidates.sum()) > most:
        limit = np.partition(strength[candidates], -most)[-most]
        candidates &= strength >= limit
    return np.asarray(candidates)


def _closeness(
    edges: NDArray[np.bool_], direction: NDArray[np.intp], wanted: int, near: float
) -> NDArray[np.float32]:
    """Closeness (H, W) to edges of the wanted direction or one beside it."""
    apart = np.abs(direction - wanted)
    alike = np.minimum(apart, _DIRECTIONS - apart) <= 1
    distance = cv2.distanceTransform((~(edges & alike)).astype(np.uint8), cv2.DIST_L2, 3)
    return np.exp(-np.square(np.minimum(distance / near, _FAR)), dtype=np.float32)


def _direction(across: NDArray[np.floating]) -> NDArray[np.intp]:
    """Directions as one of D, opposite ones alike."""
    return np.rint(across / (np.pi / _DIRECTIONS)).astype(np.intp) % _DIRECTIONS


BODY_PX = 192
"""Pixels of a body's longer side in a piece; small bodies stay small."""

_RIM_BLUR = 2.0


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the picture, grey (H, W) 0 to 255, resized by `scale`.

    `camera` is that of the piece, `corner` (2,) its first pixel in the picture.
    """

    grey: NDArray[np.float32]
    camera: PinholeCamera
    corner: NDArray[np.float64]
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.grey.shape[1], self.grey.shape[0]

    def in_picture(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Pixels (N, 2) of the whole picture for pixels of the piece."""
        return (points + 0.5) / self.scale - 0.5 + self.corner

    def render(self, vertices: NDArray[np.floating], faces: Faces) -> Buffers:
        """One body (V, 3), camera metres, alone."""
        return render_buffers([vertices], faces, self.camera, self.size, front_only=True)


@dataclass(frozen=True, eq=False)
class Outline:
    """Pixels (N, 2) x, y of a piece along a silhouette, and the direction (N,) across it in radians."""

    points: NDArray[np.float64]
    across: NDArray[np.float64]

    def only(self, kept: NDArray[np.bool_]) -> Outline:
        """The points that are marked (N,)."""
        return Outline(self.points[kept], self.across[kept])

    @property
    def pixels(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns."""
        return self.points[:, 1].astype(np.intp), self.points[:, 0].astype(np.intp)


def cut_piece(
    picture: NDArray[np.uint8],
    camera: PinholeCamera,
    box: NDArray[np.floating],
    *,
    margin: float,
    scale: float,
) -> Piece:
    """The part of a picture (H, W, 3) around a box x y w h, `margin` pixels more on each side, resized."""
    height, width = picture.shape[:2]
    low = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
    high = np.minimum(np.ceil(box[:2] + box[2:] + margin), (width, height)).astype(int)
    columns, rows = np.maximum(np.round((high - low) * scale), 1).astype(int).tolist()
    part = np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]])
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = np.asarray(cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    moved = camera.shifted(-float(low[0]), -float(low[1])).resized(scale)
    return Piece(small, moved, low.astype(np.float64), scale)


def outline_of(buffers: Buffers) -> Outline:
    """The outline of all that was rendered, except where the piece cuts it off."""
    inside = (buffers.person_id > 0).astype(np.uint8)
    rim = np.asarray(cv2.erode(inside, np.ones((3, 3), np.uint8), borderValue=1)) != inside
    row, column = np.nonzero(rim)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), _RIM_BLUR)
    dx = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0))[row, column]
    dy = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1))[row, column]
    points = np.stack([column, row], axis=1).astype(np.float64)
    return Outline(points, np.arctan2(dy, dx).astype(np.float64))
