"""What pages share: a picture that fills what room it has, a bar of colours with its ends, a quiet choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from sefd_viewer.gui.rgb_images import rgb_image
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.scene.meshes import ColorMap


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


BAR = QSize(64, 8)


class ColorBar(SafeOverrides, QWidget):
    """A strip of colours with the millimetres at both ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._map: ColorMap = "inferno"
        self._range = (0.0, 1.0)

    def show_scale(self, color_map: ColorMap, limits: tuple[float, float]) -> None:
        """Show a map over millimetres."""
        self._map, self._range = color_map, limits
        self.setToolTip("Millimetres; the same scale for every case")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for strip and numbers."""
        metrics = self.fontMetrics()
        return QSize(BAR.width() + sum(metrics.horizontalAdvance(text) for text in self._texts()) + 12, 18)

    def minimumSizeHint(self) -> QSize:
        """Never narrower: half a scale is none."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw strip and numbers."""
        import numpy as np

        from sefd_viewer.scene.meshes import color_table

        painter = QPainter(self)
        left, right = self._texts()
        begin = self.fontMetrics().horizontalAdvance(left) + 4
        strip = QRect(begin, (self.height() - BAR.height()) // 2, BAR.width(), BAR.height())
        colors = np.ascontiguousarray(color_table(self._map)[None])
        painter.drawImage(strip, QImage(colors.data, 256, 1, 768, QImage.Format.Format_RGB888))
        painter.setPen(QColor(current_colors().quiet))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignLeft, left)
        painter.drawText(self.rect().adjusted(strip.right() + 5, 0, 0, 0), middle, right)

    def _texts(self) -> tuple[str, str]:
        low, high = self._range
        sign = "+" if low < 0 else ""
        return f"{low:.0f}".replace("-", "\u2212"), f"{sign}{high:.0f} mm"
