"""The pointer's tool that drags an occluder over crop or photo; arrow keys move it in small steps."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from sefd_viewer.features.explain.model import Occluder
from sefd_viewer.gui.photo_view import PhotoView

HIGH = 256
"""Occluders are in pixels of an area that is so high."""


class OccluderTool(QObject):
    """`moved(Occluder)` while it is dragged; a press beside it brings its middle there."""

    moved = Signal(object)
    keys: Container[int] = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)

    def __init__(self, view: PhotoView) -> None:
        super().__init__(view)
        self._view = view
        self._occluder = Occluder()
        self._grip: tuple[float, float] | None = None
        view.setCursor(Qt.CursorShape.SizeAllCursor)

    def apply(self, occluder: Occluder) -> None:
        """Show where it is."""
        self._occluder = occluder
        self._view.update()

    def paint(self, painter: QPainter) -> None:
        """Draw a thin frame around it."""
        one, half = self._occluder, self._occluder.size / 2
        corners = [self._place(one.x + side * half, one.y + side * half) for side in (-1, 1)]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255), 1.0)):
            painter.setPen(
                QPen(color, width, Qt.PenStyle.DashLine if width == 1.0 else Qt.PenStyle.SolidLine)
            )
            painter.drawRect(QRectF(*corners))

    def press(self, event: QMouseEvent) -> bool:
        """Take it where it is held, or bring it here."""
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        x, y = self._area_point(event.position())
        one = self._occluder
        inside = max(abs(x - one.x), abs(y - one.y)) <= one.size / 2
        self._grip = (one.x - x, one.y - y) if inside else (0.0, 0.0)
        self._drag(event.position())
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Drag it."""
        if self._grip is None:
            return False
        self._drag(event.position())
        return True

    def release(self, _event: QMouseEvent) -> bool:
        """Leave it here."""
        held, self._grip = self._grip is not None, None
        return held

    def double_click(self, _event: QMouseEvent) -> bool:
        """Two quick presses are no wish to fit."""
        return True

    def key_pressed(self, key: int) -> bool:
        """Arrow keys move it by two pixels of an area that is 256 high."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1)}
        step = {**steps, Qt.Key.Key_Down: (0, 1)}.get(Qt.Key(key))
        if step is not None:
            self._move_to(self._occluder.x + 2 * step[0], self._occluder.y + 2 * step[1])
        return step is not None

    def key_released(self, _key: int) -> bool:
        """Nothing was held."""
        return False

    def stop_panning(self) -> None:
        """The keyboard went elsewhere: nothing to do."""

    def _drag(self, position: QPointF) -> None:
        assert self._grip is not None
        x, y = self._area_point(position)
        self._move_to(x + self._grip[0], y + self._grip[1])

    def _move_to(self, x: float, y: float) -> None:
        ends = self._view.viewport.image_size[0] / self._scale() - 1.0, HIGH - 1.0
        inside = [min(max(round(value, 1), 0.0), end) for value, end in zip((x, y), ends, strict=True)]
        self.moved.emit(replace(self._occluder, x=inside[0], y=inside[1]))

    def _scale(self) -> float:
        return self._view.viewport.image_size[1] / HIGH

    def _area_point(self, position: QPointF) -> tuple[float, float]:
        x, y = self._view.viewport.to_image((position.x(), position.y()))
        return (float(x) + 0.5) / self._scale() - 0.5, (float(y) + 0.5) / self._scale() - 0.5

    def _place(self, x: float, y: float) -> QPointF:
        scale = self._scale()
        return QPointF(*self._view.viewport.to_view(((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5)))
