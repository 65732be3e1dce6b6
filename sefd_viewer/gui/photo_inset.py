"""The whole photo, small: where the panes look, and a click on somebody selects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from sefd_viewer.app.person_frames import PersonBarFrame
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.app.small_pictures import Image

WIDEST = 132
"""Pixels of a broad photo; a portrait is as narrow as its height makes it."""
MOVED = 4
"""Pixels from which a press is a drag."""
STEP = 0.1
"""How far an arrow key moves the panes, as a share of what they show."""


class PhotoInset(SafeOverrides, QWidget):
    """Signals out: `panned(dx, dy)` in pixels of the photo, `clicked(x, y)` on it."""

    panned = Signal(float, float)
    clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = PersonBarFrame()
        self._pixmap: QPixmap | None = None
        self._shown: Image | None = None
        self._grabbed: QPointF | None = None
        self._pressed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Whole photo")
        self.setToolTip("Drag the frame to move the panes; click somebody to select them")

    def apply(self, new: PersonBarFrame) -> None:
        """Show a frame's photo and what of it the panes show."""
        self._frame = new
        if new.image is not self._shown:
            self._shown = new.image
            self._pixmap = None if new.image is None else rgb_pixmap(new.image)
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the photo at this height."""
        width, height = self._frame.size
        room = max(self.height(), 40)
        return QSize(min(round(room * width / height), WIDEST) if height else 50, room)

    @property
    def area(self) -> QRectF:
        """Where the photo is drawn."""
        width, height = self._frame.size
        if not (width and height):
            return QRectF(self.rect())
        scale = min(self.width() / width, self.height() / height)
        size = QPointF(width * scale, height * scale)
        corner = QPointF((self.width() - size.x()) / 2, (self.height() - size.y()) / 2)
        return QRectF(corner.x(), corner.y(), size.x(), size.y())

    @property
    def crop(self) -> QRectF | None:
        """Where the frame of what the panes show is drawn."""
        if self._frame.crop is None or not self._frame.size[0]:
            return None
        x, y, width, height = self._frame.crop
        area, scale = self.area, self._scale
        found = QRectF(area.left() + x * scale, area.top() + y * scale, width * scale, height * scale)
        return found.intersected(area)

    @property
    def _scale(self) -> float:
        return self.area.width() / max(self._frame.size[0], 1)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Be as wide as the height wants."""
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the photo, dimmed outside what the panes show."""
        painter, colors = QPainter(self), current_colors()
        try:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._pixmap is None:
                painter.fillRect(self.rect(), QColor(colors.base))
                return
            area, crop = self.area, self.crop
            painter.drawPixmap(area, self._pixmap, QRectF(self._pixmap.rect()))
            if crop is not None:
                self._dim_around(painter, area, crop)
                painter.setPen(QPen(QColor(colors.accent), 2))
                painter.drawRect(crop.adjusted(1, 1, -1, -1))
            if self.hasFocus():
                painter.setPen(QPen(QColor(colors.text), 1, Qt.PenStyle.DotLine))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        finally:
            painter.end()

    def _dim_around(self, painter: QPainter, area: QRectF, crop: QRectF) -> None:
        shade = QColor(0, 0, 0, 90)
        painter.fillRect(QRectF(area.topLeft(), QPointF(area.right(), crop.top())), shade)
        painter.fillRect(QRectF(QPointF(area.left(), crop.bottom()), area.bottomRight()), shade)
        painter.fillRect(QRectF(QPointF(area.left(), crop.top()), crop.bottomLeft()), shade)
        painter.fillRect(QRectF(crop.topRight(), QPointF(area.right(), crop.bottom())), shade)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the frame, or select who is there."""
        if event.button() != Qt.MouseButton.LeftButton or self._pixmap is None:
            return
        crop, place = self.crop, event.position()
        self._pressed = place
        if crop is not None and crop.contains(place):
            self._grabbed = place
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the panes with the frame."""
        if self._grabbed is not None:
            moved = (event.position() - self._grabbed) / self._scale
            self._grabbed = event.position()
            self.panned.emit(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the frame go; where it was not moved, that was a click."""
        pressed, self._pressed, self._grabbed = self._pressed, None, None
        self.unsetCursor()
        if pressed is not None and (event.position() - pressed).manhattanLength() < MOVED:
            self._click(pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the panes."""
        key = Qt.Key
        steps = {key.Key_Left: (-1, 0), key.Key_Right: (1, 0), key.Key_Up: (0, -1), key.Key_Down: (0, 1)}
        step, crop = steps.get(key(event.key())), self._frame.crop
        if step is None or crop is None:
            super().keyPressEvent(event)
            return
        self.panned.emit(step[0] * STEP * crop[2], step[1] * STEP * crop[3])

    def _click(self, place: QPointF) -> None:
        area = self.area
        x, y = (place.x() - area.left()) / self._scale, (place.y() - area.top()) / self._scale
        if 0 <= x < self._frame.size[0] and 0 <= y < self._frame.size[1]:
            self.clicked.emit(x, y)
