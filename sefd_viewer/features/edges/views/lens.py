"""A photo panel with a magnifier: the pixels around the pointer, large, in a corner of the panel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.rgb_images import rgb_image

SIDE = 23
"""Image pixels across the magnifier; odd, so that the pointer's pixel is in its middle."""
ROOM = 0.42
"""Share of the panel's smaller side that the magnifier takes, at most LARGEST logical pixels."""
LARGEST = 230


class LensView(PhotoView):
    """Shows the pixels around the probe while there is one, every one a square."""

    def __init__(self, parent: QWidget | None = None, *, caption: str = "") -> None:
        super().__init__(parent, caption=caption)
        self.hovered.connect(self.set_probe)

    def paint_content(self, painter: QPainter) -> None:
        """Draw the photo and the magnifier over it."""
        super().paint_content(painter)
        if self._probe is not None and self._image is not None:
            self._paint_lens(painter, *self._probe)

    def _paint_lens(self, painter: QPainter, x: float, y: float) -> None:
        assert self._image is not None
        picture = rgb_image(magnified(self._image, x, y))
        side = min(int(ROOM * min(self.width(), self.height())), LARGEST)
        corner = QRect(self.width() - side - 10, self.height() - side - 10, side, side)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.drawImage(corner, picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 170), 1.5))
        painter.drawRect(corner)


def magnified(image: NDArray[np.uint8], x: float, y: float) -> NDArray[np.uint8]:
    """The SIDE x SIDE pixels around an image point, black outside the image."""
    part = np.zeros((SIDE, SIDE, 3), np.uint8)
    left, top = round(x) - SIDE // 2, round(y) - SIDE // 2
    columns = slice(max(left, 0), min(left + SIDE, image.shape[1]))
    rows = slice(max(top, 0), min(top + SIDE, image.shape[0]))
    if rows.start < rows.stop and columns.start < columns.stop:
        part[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = image[
            rows, columns
        ]
    return part
