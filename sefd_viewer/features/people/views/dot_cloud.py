"""Very many dots of one colour on a plot, drawn as one picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from sefd_viewer.gui.safe_overrides import SafeOverrides


class DotCloud(SafeOverrides, pg.GraphicsObject):
    """Dots at `x`, `y` (N,) in the plot's coordinates, `size` pixels across; `color` with its alpha."""

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64], color: QColor, size: float) -> None:
        super().__init__()
        self._x, self._y, self._color, self._size = x, y, color, size
        self._bounds = QRectF(x.min(), y.min(), np.ptp(x), np.ptp(y))

    def boundingRect(self) -> QRectF:
        """Around all dots' centres."""
        return self._bounds

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the dots that are in view."""
        world = painter.worldTransform()
        seen = world.mapRect(self.viewRect())
        ratio = painter.device().devicePixelRatio()
        shape = int(np.ceil(seen.height() * ratio)), int(np.ceil(seen.width() * ratio))
        columns = (self._x * world.m11() + world.dx() - seen.left()) * ratio
        rows = (self._y * world.m22() + world.dy() - seen.top()) * ratio
        pixels = picture_of_dots(columns, rows, shape, self._color, self._size * ratio)
        image = QImage(
            pixels.data, shape[1], shape[0], 4 * shape[1], QImage.Format.Format_ARGB32_Premultiplied
        )
        painter.save()
        painter.resetTransform()
        painter.drawImage(QRectF(seen.left(), seen.top(), shape[1] / ratio, shape[0] / ratio), image)
        painter.restore()


def picture_of_dots(
    columns: NDArray[np.float64],
    rows: NDArray[np.float64],
    shape: tuple[int, int],
    color: QColor,
    size: float,
) -> NDArray[np.uint8]:
    """(H,W,4) BGRA, premultiplied: n dots over each other count as the root of n layers.

    So single dots are seen beside thousands. `columns` and `rows` (N,) are pixels; dots whose centre is
    outside the picture are left out.
    """
    height, width = shape
    column, row = np.floor(columns).astype(np.int64), np.floor(rows).astype(np.int64)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    counts = np.bincount(row[inside] * width + column[inside], minlength=height * width)
    dots = cv2.filter2D(counts.reshape(height, width).astype(np.float32), -1, _disc(size))
    alpha = 1 - (1 - color.alphaF()) ** np.sqrt(dots)
    bgra = np.array([color.blue(), color.green(), color.red(), 255], np.float32)
    return np.ascontiguousarray(np.rint(alpha[..., None] * bgra), np.uint8)


def _disc(size: float) -> NDArray[np.float32]:
    """How much of each pixel a disc of `size` pixels across covers."""
    reach = int(np.ceil(size / 2))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.clip(size / 2 + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
