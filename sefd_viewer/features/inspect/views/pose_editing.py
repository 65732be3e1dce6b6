"""Editing 2D poses on a photo: joints that can be dragged, and boxes for new people."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from sefd_viewer.features.inspect.pose_edits_frame import HandlesFrame, PoseEditingFrame
from sefd_viewer.gui import words
from sefd_viewer.gui.canvas import CLICK_DISTANCE
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.viewport import Viewport

RADIUS = 4.5
LARGE = 7.5
REACH = 11.0
"""How far from its middle, in logical pixels, a handle can be taken hold of."""
FULL_HEIGHT = 160.0
SMALLEST = 0.6

_WORDS = {"seen": "", "hidden": " (hidden)", "unplaced": " (not placed)"}


class Handle(NamedTuple):
    """One joint of one person."""

    person: str
    joint: int


def handle_at(
    handles: Sequence[HandlesFrame], viewport: Viewport, position: tuple[float, float]
) -> Handle | None:
    """The handle nearest to a position of the view, in logical pixels, None where none is in reach.

    Of joints on one spot one that is seen comes first.
    """
    found: list[tuple[float, str, int]] = []
    for frame in handles:
        distances = np.linalg.norm(viewport.to_view(frame.points) - position, axis=1)
        for joint in np.flatnonzero(distances <= REACH):
            late = 0.0 if frame.kinds[joint] == "seen" else 2.0
            found.append((float(distances[joint]) + late, frame.person, int(joint)))
    return Handle(*min(found)[1:]) if found else None


def paint_handles(
    painter: QPainter, handles: Sequence[HandlesFrame], viewport: Viewport, hovered: Handle | None
) -> None:
    """Draw everybody's handles; the one under the pointer is larger and named."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for frame in handles:
        points = viewport.to_view(frame.points)
        size = _size(points)
        for joint in np.flatnonzero(np.isfinite(points).all(axis=1)):
            if Handle(frame.person, int(joint)) != hovered:
                _paint_handle(painter, frame, int(joint), QPointF(*points[joint]), RADIUS * size)
    if hovered is not None:
        _paint_hovered(painter, handles, viewport, hovered)


def paint_box(painter: QPainter, box: QRectF) -> None:
    """Draw the box of a new person, in logical pixels."""
    painter.setBrush(QColor(255, 255, 255, 28))
    for color, width in ((QColor(0, 0, 0, 140), 3.0), (QColor(255, 255, 255), 1.3)):
        painter.setPen(QPen(color, width, Qt.PenStyle.DashLine))
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _size(points: np.ndarray) -> float:
    """Handles of a small figure are smaller, so that they do not cover it."""
    known = points[np.isfinite(points).all(axis=1)]
    height = float(np.ptp(known, axis=0).max()) if len(known) else 0.0
    return min(max(height / FULL_HEIGHT, SMALLEST), 1.0)


def _paint_handle(painter: QPainter, frame: HandlesFrame, joint: int, center: QPointF, radius: float) -> None:
    """Full where the networks see the joint, a ring where it is hidden, a thin dotted ring if not placed."""
    kind, color = frame.kinds[joint], QColor(*frame.color)
    painter.setBrush(color if kind == "seen" else QColor(0, 0, 0, 90))
    painter.setPen(QPen(QColor(0, 0, 0, 170), 3.4 if kind != "seen" else 3.0))
    painter.drawEllipse(center, radius, radius)
    style = Qt.PenStyle.DotLine if kind == "unplaced" else Qt.PenStyle.SolidLine
    rim = QColor(255, 255, 255) if kind == "seen" else color
    painter.setPen(QPen(rim, 1.4, style))
    painter.drawEllipse(center, radius, radius)


def _paint_hovered(
    painter: QPainter, handles: Sequence[HandlesFrame], viewport: Viewport, hovered: Handle
) -> None:
    frame = next((one for one in handles if one.person == hovered.person), None)
    if frame is None or hovered.joint >= len(frame.points):
        return
    x, y = viewport.to_view(frame.points[hovered.joint])
    if not np.isfinite((x, y)).all():
        return
    center = QPointF(float(x), float(y))
    _paint_handle(painter, frame, hovered.joint, center, LARGE)
    name = frame.names[hovered.joint] + _WORDS[frame.kinds[hovered.joint]]
    area = QRect(0, 0, *viewport.view_size)
    words.paint_tag(painter, area, center + QPointF(LARGE + 5, -LARGE), name, frame.color)


START_DISTANCE = 2.0
"""How far the pointer must move, in logical pixels, before a press on a joint is a drag."""
SMALLEST_BOX = 14.0
"""Shorter sides of a drawn box, in logical pixels, are taken for a slip."""

TIP = "Drag joints, or a box around somebody new. Space pans, Esc ends."
TIP_DRAG = "Esc puts the joint back"
TIP_BOX = "A person who fills this box is added"
_TIPS = {
    "seen": "Drag it (with Ctrl the whole person); a double-click hides it",
    "hidden": "Hidden from the networks. Drag or double-click to show it again",
    "unplaced": "Not placed yet, this is a guess. Drag it to its place",
}

_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@dataclass
class _Press:
    """A button that is down: where, on which handle, and whether it has become a drag.

    `grip` is from the pointer to the joint, so that the joint does not jump.
    """

    start: QPointF
    handle: Handle | None
    grip: QPointF
    now: QPointF
    moved: bool = False


class PoseEditor(QObject):
    """The pointer's tool while poses are edited; it changes nothing itself: signals out, `apply` in."""

    grabbed = Signal(str, int)  # person, joint
    dragged = Signal(float, float, bool)  # image point, whether the whole person comes along
    dropped = Signal()
    cancelled = Signal()
    toggled = Signal(str, int)  # person, joint
    box_drawn = Signal(float, float, float, float)  # x, y, width, height in image pixels
    left = Signal()
    keys: Container[int] = ()

    def __init__(self, view: PhotoView) -> None:
        super().__init__(view)
        self._view = view
        self._frame = PoseEditingFrame()
        self._hovered: Handle | None = None
        self._press: _Press | None = None
        self._panning = False
        view.hover_left.connect(self._forget_hover)

    def apply(self, new: PoseEditingFrame) -> None:
        """Show a frame's handles, or rest while poses are not edited."""
        was_on, self._frame = self._frame.on, new
        if was_on != new.on:
            self._press, self._hovered, self._panning = None, None, False
            self._view.set_tool(self if new.on else None)
            self._view.unsetCursor()
            if new.on:
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say()

    @property
    def hovered(self) -> Handle | None:
        """The joint under the pointer, or the one that is held."""
        return self._press.handle if self._press is not None and self._press.moved else self._hovered

    # ---- what the view asks of its tool

    def paint(self, painter: QPainter) -> None:
        """Draw the handles over the marks."""
        paint_handles(painter, self._frame.handles, self._view.viewport, self.hovered)
        box = self._drawn_box()
        if box is not None:
            paint_box(painter, box)

    def press(self, event: QMouseEvent) -> bool:
        """Take a press on a joint or on empty ground; False leaves it to the view, which pans."""
        if self._panning or event.button() not in (_LEFT, _RIGHT):
            return False
        handle = self._at(event.position())
        if event.button() == _RIGHT:
            if handle is not None:
                self.toggled.emit(handle.person, handle.joint)
            return handle is not None
        grip = self._place(handle) - event.position() if handle is not None else QPointF()
        self._press = _Press(event.position(), handle, grip, event.position())
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Drag what was pressed; without a press show what is under the pointer."""
        press = self._press
        if press is None:
            self._hover(event.position())
            return False
        press.now = event.position()
        far = (press.now - press.start).manhattanLength()
        if not press.moved and far >= (START_DISTANCE if press.handle is not None else CLICK_DISTANCE):
            press.moved = True
            if press.handle is not None:
                self._view.setCursor(Qt.CursorShape.CrossCursor)
                self.grabbed.emit(press.handle.person, press.handle.joint)
        if press.moved and press.handle is not None:
            x, y = self._image_point(press.now + press.grip)
            whole = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.dragged.emit(x, y, whole)
        self._say()
        return True

    def release(self, event: QMouseEvent) -> bool:
        """End a drag or a box; False leaves a click to the view."""
        press = self._press
        if press is None or event.button() != _LEFT:
            return False
        box = self._drawn_box()
        self._press = None
        if press.handle is not None and press.moved:
            self.dropped.emit()
        elif box is not None and min(box.width(), box.height()) >= SMALLEST_BOX:
            self._emit_box(box)
        elif not press.moved and press.handle is None:
            self._view.click(event.position())
        self._hover(event.position())
        self._say()
        return True

    def double_click(self, event: QMouseEvent) -> bool:
        """Switch a joint off or on."""
        handle = None if self._panning else self._at(event.position())
        if handle is not None and event.button() == _LEFT:
            self._press = None
            self.toggled.emit(handle.person, handle.joint)
        return handle is not None

    def key_pressed(self, key: int) -> bool:
        """Space pans while it is held; Escape takes a drag back, or ends the editing."""
        if key == Qt.Key.Key_Space:
            self._panning = True
            self._view.setCursor(Qt.CursorShape.OpenHandCursor)
            return True
        if key != Qt.Key.Key_Escape:
            return False
        if self._press is not None:
            self._cancel()
        else:
            self.left.emit()
        return True

    def key_released(self, key: int) -> bool:
        """Space was let go."""
        if key != Qt.Key.Key_Space:
            return False
        self.stop_panning()
        return True

    def stop_panning(self) -> None:
        """Forget that space is held: the keyboard went elsewhere."""
        if self._panning:
            self._panning = False
            self._view.unsetCursor()

    # ---- inside

    def _cancel(self) -> None:
        press, self._press = self._press, None
        if press is not None and press.handle is not None and press.moved:
            self.cancelled.emit()
        self._view.unsetCursor()
        self._say()

    def _say(self) -> None:
        """Tell in a corner of the photo what can be done where the pointer is."""
        self._view.cover.set_caption(self._tip() if self._frame.on else "")
        self._view.update()

    def _tip(self) -> str:
        if self._press is not None and self._press.moved:
            return TIP_BOX if self._press.handle is None else TIP_DRAG
        frame = next((one for one in self._frame.handles if one.person == self._hovered_person), None)
        if frame is None or self._hovered is None or self._hovered.joint >= len(frame.kinds):
            return TIP
        return _TIPS[frame.kinds[self._hovered.joint]]

    @property
    def _hovered_person(self) -> str | None:
        return None if self._hovered is None else self._hovered.person

    def _at(self, position: QPointF) -> Handle | None:
        return handle_at(self._frame.handles, self._view.viewport, (position.x(), position.y()))

    def _place(self, handle: Handle) -> QPointF:
        """Where a joint is in the view."""
        frame = next(one for one in self._frame.handles if one.person == handle.person)
        x, y = self._view.viewport.to_view(frame.points[handle.joint])
        return QPointF(float(x), float(y))

    def _image_point(self, position: QPointF) -> tuple[float, float]:
        x, y = self._view.viewport.to_image((position.x(), position.y()))
        return float(x), float(y)

    def _hover(self, position: QPointF) -> None:
        found = None if self._panning else self._at(position)
        if not self._panning:
            shape = Qt.CursorShape.SizeAllCursor if found is not None else self._shape_over(position)
            self._view.setCursor(shape)
        if found != self._hovered:
            self._hovered = found
            self._say()

    def _shape_over(self, position: QPointF) -> Qt.CursorShape:
        """A hand over somebody who can be selected, a cross where a box can be drawn."""
        person = self._view.person_under(position)
        chosen = person is not None and person != self._frame.selected
        return Qt.CursorShape.PointingHandCursor if chosen else Qt.CursorShape.CrossCursor

    def _forget_hover(self) -> None:
        if self._hovered is not None:
            self._hovered = None
            self._say()

    def _drawn_box(self) -> QRectF | None:
        """The box that is being drawn, in logical pixels, cut at the picture's edge."""
        press = self._press
        if press is None or press.handle is not None or not press.moved:
            return None
        viewport = self._view.viewport
        low, high = viewport.to_view(viewport.from_fraction(((0, 0), (1, 1))))
        ends = np.clip([[press.start.x(), press.start.y()], [press.now.x(), press.now.y()]], low, high)
        return QRectF(QPointF(*ends.min(axis=0)), QPointF(*ends.max(axis=0)))

    def _emit_box(self, box: QRectF) -> None:
        x, y = self._image_point(box.topLeft())
        right, bottom = self._image_point(box.bottomRight())
        self.box_drawn.emit(x, y, right - x, bottom - y)
