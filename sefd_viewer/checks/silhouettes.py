"""Bodies' silhouettes and outlines in a piece of the picture, resized so that bodies are alike in size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import Buffers, Faces, render_buffers

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
