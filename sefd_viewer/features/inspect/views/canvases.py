"""The pictures of the stage: the photo, and a method's bodies over it or turned; hands move all alike."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.cache import LruCache
from sefd_viewer.features.inspect.frames import PaneFrame
from sefd_viewer.features.inspect.work import Drawing
from sefd_viewer.gui import words
from sefd_viewer.gui.canvas import WHEEL_STEP, ImageCanvas
from sefd_viewer.gui.layers import Pixels, ScreenLayer, photo_layer
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.gui.viewport import Viewport

DEGREES_PER_PIXEL = 0.45
REACH = 14.0
"""Logical pixels within which the pointer is at a joint."""
DASH, GAP, WIDTH = 7.0, 5.0, 1.8
FLOOR_ALPHA = 90
Lines = Sequence[NDArray[np.float32]]
BEFORE = QColor(240, 200, 66)


class Gestures(QObject):
    """What a hand does on a picture. `alone` (Alt is down) means this pane only; points are image pixels."""

    turned = Signal(float, float, bool)  # degrees to the right and down
    panned = Signal(float, float, bool)  # image pixels
    zoomed = Signal(float, float, float, bool)  # factor, image point
    ended = Signal()
    enlarged = Signal()
    homed = Signal()
    stepped = Signal(int)  # along the strip
    turns = True
    """Whether a drag turns bodies; else it moves the picture, as it does on the photo."""
    _space = False

    def hold(self, event: QKeyEvent, *, down: bool) -> bool:
        """Remember whether Space is down; whether the event was about it."""
        if event.key() != Qt.Key.Key_Space:
            return False
        self._space = down if not event.isAutoRepeat() else self._space
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Enter and Home; whether it was one of them."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enlarged.emit()
        elif event.key() == Qt.Key.Key_Home:
            self.homed.emit()
        else:
            return False
        return True

    def drag(self, canvas: ImageCanvas, step: QPointF, event: QMouseEvent, *, turns: bool) -> None:
        """A pointer moved with a button down: middle, Ctrl and Space move the picture, else it turns."""
        alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        moves = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier) or self._space
        if turns and self.turns and not moves and not event.buttons() & Qt.MouseButton.MiddleButton:
            self.turned.emit(step.x() * DEGREES_PER_PIXEL, step.y() * DEGREES_PER_PIXEL, alone)
        else:
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
            scale = canvas.viewport.scale
            self.panned.emit(step.x() / scale, step.y() / scale, alone)

    def wheel(self, canvas: ImageCanvas, event: QWheelEvent) -> None:
        """Shift goes along the strip, two fingers move the picture, a wheel zooms at the pointer."""
        alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        notch = event.angleDelta().y() or event.angleDelta().x()
        fingers = event.phase() != Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.stepped.emit(-1 if notch > 0 else 1)
        elif fingers and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step = QPointF(event.pixelDelta()) / canvas.viewport.scale
            self.panned.emit(step.x(), step.y(), alone)
        else:
            self.zoom(canvas, WHEEL_STEP**notch, event.position(), alone=alone)
        event.accept()

    def pinch(self, canvas: ImageCanvas, event: QEvent) -> bool:
        """Zoom by two fingers that part on a touch pad; whether it was that."""
        zooms = isinstance(event, QNativeGestureEvent) and (
            event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        )
        if isinstance(event, QNativeGestureEvent) and zooms:
            self.zoom(canvas, 1.0 + event.value(), event.position())
        return zooms

    def zoom(self, canvas: ImageCanvas, factor: float, position: QPointF, *, alone: bool = False) -> None:
        """Come nearer at a position of the canvas."""
        x, y = canvas.viewport.to_image((position.x(), position.y()))
        self.zoomed.emit(factor, float(x), float(y), alone)


class PhotoCanvas(PhotoView):
    """The photo with its layers and marks, zoomed and moved with the other panes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gestures = Gestures(self)

    def background(self) -> QColor:
        """The ground that all panes have."""
        return QColor(current_colors().deep)

    def drag(self, step: QPointF, event: QMouseEvent) -> None:
        """Move the picture: there is nothing to turn."""
        self.gestures.drag(self, step, event, turns=False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, or go along the strip."""
        self.gestures.wheel(self, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        super().mouseReleaseEvent(event)
        self.gestures.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter enlarges the pane, Home goes back to the photo's camera."""
        if not self.gestures.key(event):
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge the pane, unless a tool takes it."""
        if self._tool is None or not self._tool.double_click(event):
            self.gestures.enlarged.emit()


class BodyCanvas(ImageCanvas):
    """A method's bodies: over the muted photo, or turned above a floor, with the truth's outline."""

    joint_pointed = Signal(int)  # the joint under the pointer, -1 for none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gestures = Gestures(self)
        self._image: Pixels | None = None
        self._frame = PaneFrame("")
        self._photo: ScreenLayer | None = None  # these two are made when painted, and go when out of sight
        self._drawn: dict[int, QImage] = {}
        self._pointed, self._told = -1, ""
        self._pointer: QPointF | None = None

    def show_pane(self, pane: PaneFrame, photo: Pixels | None) -> None:
        """Show a frame's pane over a photo."""
        if photo is self._image and pane is self._frame:
            return
        if photo is not self._image:
            self._image, self._photo = photo, None
            if photo is not None:
                self._set_image_size((photo.shape[1], photo.shape[0]))
        self._frame = pane
        kept = {id(one.rgba) for one in (pane.drawing, pane.right) if one is not None}
        self._drawn = {key: image for key, image in self._drawn.items() if key in kept}
        self.update()

    def point_at(self, joint: int, told: str) -> None:
        """Ring a joint; `told` stands beside the pointer where it is on this picture."""
        if (joint, told) != (self._pointed, self._told):
            self._pointed, self._told = joint, told
            self.update()

    def background(self) -> QColor:
        """The ground on which turned bodies stand."""
        return QColor(current_colors().deep)

    # ---- Qt

    def paint_content(self, painter: QPainter) -> None:
        """Draw photo, floor, bodies, outline and the joint under the pointer."""
        pane = self._frame
        if self._image is not None and pane.backdrop > 0:
            self._photo = self._photo or photo_layer(self._image)
            painter.setOpacity(pane.backdrop)
            if shown := self._photo.on_screen(self._viewport, self.devicePixelRatioF()):
                painter.drawImage(QPointF(*shown[1]), shown[0])
            painter.setOpacity(1.0)
        self._paint_bodies(painter, pane)
        self._paint_outline(painter, pane)
        self._paint_before(painter, pane)
        self._paint_joint(painter, pane)

    def drag(self, step: QPointF, event: QMouseEvent) -> None:
        """Turn the bodies, or move the picture."""
        self.gestures.drag(self, step, event, turns=True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, or go along the strip."""
        self.gestures.wheel(self, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, else tell the joint under the pointer."""
        self._pointer = event.position()
        super().mouseMoveEvent(event)
        if self._pressed is None:
            self.joint_pointed.emit(self._joint_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        super().mouseReleaseEvent(event)
        self.gestures.ended.emit()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Enlarge the pane, or show all again."""
        self.gestures.enlarged.emit()

    def hideEvent(self, event: QEvent) -> None:
        """Let go of what was made for the screen."""
        super().hideEvent(event)
        self._photo, self._drawn = None, {}

    def leaveEvent(self, event: QEvent) -> None:
        """No joint is pointed at any more."""
        self._pointer = None
        self.joint_pointed.emit(-1)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space moves the picture while it is held; Enter enlarges the pane, Home goes back to the photo."""
        if not self.gestures.key(event) and not self.gestures.hold(event, down=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space was let go."""
        if not self.gestures.hold(event, down=False):
            super().keyReleaseEvent(event)

    # ---- inside

    def _paint_bodies(self, painter: QPainter, pane: PaneFrame) -> None:
        if pane.drawing is not None:
            self._paint_floor(painter, pane.drawing)
        column = None if pane.divided is None else self.x_of(pane.divided)
        for drawing, left in ((pane.drawing, True), (pane.right, False)):
            if drawing is None:
                continue
            if column is not None:
                area = QRectF(self.rect())
                area.setRight(column) if left else area.setLeft(column)
                painter.setClipRect(area)
            self._paint_drawing(painter, drawing)
            painter.setClipping(False)

    def _paint_drawing(self, painter: QPainter, drawing: Drawing) -> None:
        """The drawing where it belongs: pixel by pixel if it was made for this view, else stretched."""
        key = id(drawing.rgba)
        image = self._drawn.get(key) or self._drawn.setdefault(key, _image(drawing.rgba))
        corners = self._viewport.to_view(np.array(drawing.extent).reshape(2, 2))
        target = QRectF(QPointF(*corners[0]), QPointF(*corners[1]))
        ratio = self.devicePixelRatioF()
        if abs(target.width() * ratio - image.width()) < 1.5:
            image.setDevicePixelRatio(ratio)
            corner = QPointF(round(target.x() * ratio) / ratio, round(target.y() * ratio) / ratio)
            painter.drawImage(corner, image)
        else:
            image.setDevicePixelRatio(1.0)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, image)

    def _paint_floor(self, painter: QPainter, drawing: Drawing) -> None:
        if drawing.floor is None or drawing.strength is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(current_colors().faint)
        seen = self._viewport.to_view(drawing.floor)
        level = np.rint(drawing.strength * 4).astype(int)
        for strength in range(1, 5):
            color.setAlpha(FLOOR_ALPHA * strength // 4)
            painter.setPen(QPen(color, 1.0))
            painter.drawLines([QLineF(*a, *b) for a, b in seen[level == strength].tolist()])

    def _paint_outline(self, painter: QPainter, pane: PaneFrame) -> None:
        if not pane.outline:
            return
        key = self._viewport, self.devicePixelRatioF(), pane.backdrop == 0 and not self.is_dark()
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            _paint_dashed(painter, pane.outline, self._viewport, light=key[2])
            return
        drawn = _outlines.get(id(pane.outline))
        if drawn is None or drawn.lines is not pane.outline or drawn.key != key:
            drawn = _Outlined(pane.outline, key, _dashed(pane.outline, *key))
            _outlines.put(id(pane.outline), drawn)
        painter.drawImage(0, 0, drawn.image)

    def _paint_before(self, painter: QPainter, pane: PaneFrame) -> None:
        """The outline of an older answer, in yellow."""
        if not pane.before:
            return
        scale, (x, y) = self._viewport.scale, self._viewport.origin
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.save()
        painter.setTransform(QTransform(scale, 0, 0, scale, x + scale / 2, y + scale / 2), True)
        for color, width in ((QColor(0, 0, 0, 90), WIDTH + 1.8), (BEFORE, WIDTH)):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(_path(pane.before))
        painter.restore()

    def _paint_joint(self, painter: QPainter, pane: PaneFrame) -> None:
        points = pane.points
        if points is None or not 0 <= self._pointed < len(points):
            return
        place = self._viewport.to_view(points[self._pointed])
        if not np.isfinite(place).all():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 160), 4.0), (QColor(255, 255, 255), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(*place), 6.0, 6.0)
        if self._pointer is not None and self._told:
            words.paint_lines(painter, self.rect(), self._pointer, self._told)

    def _joint_at(self, position: QPointF) -> int:
        points = self._frame.points
        if points is None:
            return -1
        distance = np.linalg.norm(self._viewport.to_view(points) - (position.x(), position.y()), axis=1)
        distance = np.nan_to_num(distance, nan=np.inf)
        return int(distance.argmin()) if distance.min() <= REACH else -1


class _Outlined(NamedTuple):
    """An outline as it is drawn in all panes that look alike."""

    lines: Lines
    key: tuple[Viewport, float, bool]
    image: QImage


_outlines: LruCache[_Outlined] = LruCache(2)
"""On the photo, and turned: dashes take long to draw, and several panes have the same."""


def _dashed(lines: Lines, viewport: Viewport, ratio: float, light: bool) -> QImage:
    width, height = viewport.view_size
    image = QImage(ceil(width * ratio), ceil(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    _paint_dashed(painter, lines, viewport, light=light)
    painter.end()
    return image


def _paint_dashed(painter: QPainter, lines: Lines, viewport: Viewport, *, light: bool) -> None:
    path, scale, (x, y) = _path(lines), viewport.scale, viewport.origin
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setTransform(QTransform(scale, 0, 0, scale, x + scale / 2, y + scale / 2), True)
    halo, line = QColor(0, 0, 0, 70), QColor(45, 48, 53) if light else QColor(255, 255, 255)
    for color, width in ((halo, WIDTH + 1.4), (line, WIDTH)):
        pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([DASH / width, GAP / width])
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(path)
    painter.restore()


def _image(rgba: NDArray[np.uint8]) -> QImage:
    height, width = rgba.shape[:2]
    shared = QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)
    return shared.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _path(lines: Sequence[NDArray[np.float32]]) -> QPainterPath:
    path = QPainterPath()
    for line in lines:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
        path.closeSubpath()
    return path
