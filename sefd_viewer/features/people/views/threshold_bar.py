"""A histogram of what a detector measured, with the threshold as a line that is dragged through it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from sefd_viewer.app.findings import DetectorFrame
from sefd_viewer.features.people.views.verdict_signs import FINDING
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

HEIGHT = 34
FOOT = 8
"""Room below the bars for the handle."""
STEPS = 200
"""How many thresholds a range has."""


class ThresholdBar(SafeOverrides, QWidget):
    """`moved(threshold)` while it is dragged or moved with the arrow keys; double click: `reset()`."""

    moved = Signal(float)
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detector: DetectorFrame | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def show_detector(self, detector: DetectorFrame) -> None:
        """Show a detector's values and threshold."""
        self._detector = detector
        self.setAccessibleName(f"Threshold of {detector.title}")
        self.update()

    # ---- Qt

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bars, ground line and handle."""
        if self._detector is None:
            return
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_bars(painter, self._detector)
            self._paint_handle(painter, self._detector)
        finally:
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the threshold to the pointer."""
        self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the threshold."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Go back to the detector's own threshold."""
        self.reset.emit()

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys from the window's own."""
        return claimed(event, _STEPS) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the threshold by a step."""
        step = _STEPS.get(event.key())
        if step is None or self._detector is None:
            super().keyPressEvent(event)
            return
        detector = self._detector
        self._set(detector.threshold + step * (detector.high - detector.low) / STEPS)

    # ---- inside

    def _drag(self, event: QMouseEvent) -> None:
        if self._detector is None or event.button() == Qt.MouseButton.RightButton:
            return
        share = (event.position().x() - _INSET) / max(self.width() - 2 * _INSET, 1)
        self._set(self._detector.low + share * (self._detector.high - self._detector.low))

    def _set(self, value: float) -> None:
        detector = self._detector
        assert detector is not None
        step = (detector.high - detector.low) / STEPS
        steps = round((min(max(value, detector.low), detector.high) - detector.low) / step) if step else 0
        new = round(detector.low + steps * step, 6)
        if new != detector.threshold:
            self.moved.emit(new)

    def _x(self, value: float) -> float:
        detector = self._detector
        assert detector is not None
        share = (value - detector.low) / max(detector.high - detector.low, 1e-9)
        return _INSET + min(max(share, 0.0), 1.0) * (self.width() - 2 * _INSET)

    def _paint_bars(self, painter: QPainter, detector: DetectorFrame) -> None:
        colors, ground = current_colors(), self.height() - FOOT
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.drawLine(0, ground, self.width(), ground)
        if detector.bars is None:
            return
        quiet, found = QColor(colors.faint), QColor(FINDING)
        if not detector.on:
            quiet.setAlpha(90)
            found.setAlpha(90)
        heights = np.sqrt(detector.bars / max(int(detector.bars.max()), 1)) * (ground - 2)
        width = (self.width() - 2 * _INSET) / len(detector.bars)
        middle = detector.low + (np.arange(len(heights)) + 0.5) * (detector.high - detector.low) / len(
            heights
        )
        painter.setPen(Qt.PenStyle.NoPen)
        for bar in np.flatnonzero(detector.bars):
            beyond = (middle[bar] > detector.threshold) == detector.above
            height = max(float(heights[bar]), 1.5)
            painter.setBrush(found if beyond else quiet)
            painter.drawRect(QRectF(_INSET + bar * width, ground - height, max(width - 1, 1), height))

    def _paint_handle(self, painter: QPainter, detector: DetectorFrame) -> None:
        colors, x, ground = current_colors(), self._x(detector.threshold), self.height() - FOOT
        color = QColor(colors.accent if self.hasFocus() else colors.text if detector.on else colors.faint)
        painter.setPen(QPen(color, 1.2))
        painter.drawLine(QRectF(x, 1, 0, ground - 1).topLeft(), QRectF(x, ground, 0, 0).topLeft())
        painter.setBrush(color)
        corners = [(x, ground - 1.0), (x - 4.5, ground + 6.0), (x + 4.5, ground + 6.0)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QRectF(cx, cy, 0, 0).topLeft() for cx, cy in corners]))


_INSET = 6
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}
