"""The scale of bodies that are coloured by millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.scene.meshes import ColorMap

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
