"""One photo of the board: a PhotoView that also shows what is pointed at in another view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from sefd_viewer.gui import words
from sefd_viewer.gui.photo_view import PhotoView

Array = NDArray[np.float64]
LINE = (0, 229, 255)
RING = 8.0


class BoardPhoto(PhotoView):
    """Shows an epipolar line and a ring; `enlarge_asked` comes with a double click."""

    enlarge_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: Array | None = None
        self._ring: Array | None = None
        self._label = ""

    def set_pointer(self, curve: Array | None, ring: Array | None, label: str = "") -> None:
        """Draw a curve (N, 2) and a ring at a point (2,), image pixels, with a label; None draws nothing."""
        if curve is not None or ring is not None or self._curve is not None or self._ring is not None:
            self._curve, self._ring, self._label = curve, ring, label
            self.update()

    def paint_content(self, painter: QPainter) -> None:
        """Draw the pointer over the photo."""
        super().paint_content(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._curve is not None and len(self._curve) > 1:
            painter.setClipRect(self._picture_area())
            self._paint_curve(painter, self._viewport.to_view(self._curve))
            painter.setClipping(False)
        if self._ring is not None:
            self._paint_ring(painter, QPointF(*self._viewport.to_view(self._ring)))

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Ask to be large, or to go back."""
        self._pressed = None
        self.enlarge_asked.emit()

    def _picture_area(self) -> QRectF:
        """Where the photo is on the screen."""
        corners = self._viewport.to_view(self._viewport.from_fraction(((0, 0), (1, 1))))
        return QRectF(QPointF(*corners[0]), QPointF(*corners[1]))

    def _paint_curve(self, painter: QPainter, points: Array) -> None:
        line = QPolygonF([QPointF(x, y) for x, y in points.tolist()])
        for color, width in ((QColor(0, 0, 0, 120), 3.0), (QColor(*LINE), 1.3)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(line)

    def _paint_ring(self, painter: QPainter, center: QPointF) -> None:
        for color, width in ((QColor(0, 0, 0, 140), 4.0), (QColor(*LINE), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(center, RING, RING)
        if self._label:
            area = QRect(0, 0, self.width(), self.height())
            words.paint_tag(painter, area, center + QPointF(RING + 2, -RING), self._label, LINE)
