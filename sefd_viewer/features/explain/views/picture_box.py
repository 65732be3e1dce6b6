"""What the pages share: a small picture that fills what room it has, and a choice shown without telling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from sefd_viewer.gui.rgb_images import rgb_image
from sefd_viewer.gui.safe_overrides import SafeOverrides


class PictureBox(SafeOverrides, QWidget):
    """Shows a square picture (H,W,3) uint8 as large as it fits."""

    def __init__(self, parent: QWidget | None = None, *, least: int = 64) -> None:
        super().__init__(parent)
        self._pixels: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self.setMinimumSize(least, least)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_picture(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show another picture; None shows nothing."""
        if pixels is self._pixels:
            return
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        self._image = None
        if self._pixels is not None:
            self._image = rgb_image(self._pixels)
        self.update()

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """What is shown."""
        return self._pixels

    def sizeHint(self) -> QSize:
        """A usable size."""
        return QSize(140, 140)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture in the upper left corner, at the screen's own resolution."""
        if self._image is None:
            return
        painter = QPainter(self)
        side = min(self.width(), self.height())
        place = QRect(0, 0, side, side)
        size = place.size() * self.devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        painter.drawImage(place, self._image.scaled(size, keep, smooth))
        painter.end()


def choose(box: QComboBox, value: object) -> None:
    """Show the item that holds `value`."""
    box.blockSignals(True)
    box.setCurrentIndex(max(box.findData(value), 0))
    box.blockSignals(False)
