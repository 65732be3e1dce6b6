"""What photo and mesh panels share: zoom and pan of an image, linking, words over it and a busy bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from sefd_viewer.gui import words
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.viewport import Viewport

Framing = Callable[[tuple[int, int]], tuple[float, float, float, float]]
"""The image rectangle (left, top, right, bottom) to show in a view of a size (width, height)."""
BAR_HEIGHT = 3
BAR_STEP_MS = 40
PATIENCE_MS = 300
"""What is awaited no longer than this needs no words."""


class Cover:
    """The words and the bar of one panel; it repaints the panel when they change."""

    def __init__(self, panel: QWidget, caption: str) -> None:
        self._panel = panel
        self._caption, self._title, self._hint = caption, "", ""
        self._progress: float | None = None
        self._patience = QTimer(panel, interval=PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(panel.update)
        self.timer = QTimer(panel, interval=BAR_STEP_MS)
        self.timer.timeout.connect(self._repaint_bar)

    @property
    def message(self) -> str:
        """Title and hint, a line each; empty without a message."""
        return "\n".join(part for part in (self._title, self._hint) if part)

    def set_caption(self, caption: str) -> None:
        """Name the picture; an empty text hides the caption."""
        if caption != self._caption:
            self._caption = caption
            self._panel.update()

    def set_message(self, title: str, hint: str = "", *, passing: bool = False) -> None:
        """Say why there is nothing to see, and what to do about it; an empty title hides the words.

        What is `passing` is written only when it takes longer than a moment.
        """
        if (title, hint) != (self._title, self._hint):
            if not passing:
                self._patience.stop()
            elif not self._title:
                self._patience.start()
            self._title, self._hint = title, hint
            self._panel.update()

    def set_busy(self, busy: bool) -> None:
        """Show or hide a moving bar at the upper edge."""
        self.set_progress(-1.0 if busy else None)

    def set_progress(self, done: float | None) -> None:
        """Show a share done, a moving bar for a negative one, no bar for None."""
        if done != self._progress:
            self._progress = done
            self.follow_visibility()
            self._repaint_bar()

    def follow_visibility(self) -> None:
        """Move the bar only while somebody can see it."""
        moving = self._progress is not None and self._progress < 0 and self._panel.isVisible()
        self.timer.start() if moving else self.timer.stop()

    def paint(self, painter: QPainter) -> None:
        """Draw everything over the picture."""
        area, palette = self._panel.rect(), self._panel.palette()
        if self._caption:
            words.paint_caption(painter, area, self._caption)
        if self._title and not self._patience.isActive():
            words.paint_message(painter, area, self._title, self._hint, palette)
        self.paint_bar(painter)

    def paint_bar(self, painter: QPainter) -> None:
        """Draw the bar, which hides what is below it."""
        if self._progress is not None:
            words.paint_progress(painter, self._bar(), self._progress, self._panel.palette())

    def only_bar_in(self, area: QRect) -> bool:
        """Whether nothing but the bar is to be painted: it moves 25 times a second."""
        return self._progress is not None and self._bar().contains(area)

    def _bar(self) -> QRect:
        return QRect(0, 0, self._panel.width(), BAR_HEIGHT)

    def _repaint_bar(self) -> None:
        self._panel.update(self._bar())


CLICK_DISTANCE = 4.0
WHEEL_STEP = 1.0015
RING = 2.0
"""Logical pixels of the line around a view that has the keyboard."""
BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class ImageCanvas(SafeOverrides, QWidget):
    """A widget that shows an image area which can be zoomed, panned, linked, and covered by words.

    Subclasses draw in `paint_content`. Positions are logical pixels; image points have pixel centres at
    integers.
    """

    view_changed = Signal(object)  # Viewport, after zoom, pan or fit, by hand or through a link
    hovered = Signal(float, float)  # image point under the pointer
    hover_left = Signal()
    person_clicked = Signal(str)
    background_clicked = Signal()

    def __init__(self, parent: QWidget | None = None, *, caption: str = "") -> None:
        super().__init__(parent)
        self._viewport = Viewport()
        self._framing: tuple[Framing, Viewport] | None = None
        self._probe: tuple[float, float] | None = None
        self._pressed: QPointF | None = None
        self._last: QPointF | None = None
        self._dragging = self._ringed = False
        self.cover = Cover(self, caption)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 60)

    # ---- what a subclass gives

    def paint_content(self, painter: QPainter) -> None:
        """Draw the panel's content over the background, in logical pixels."""

    def person_under(self, position: QPointF) -> str | None:  # noqa: ARG002
        """Return the key of the person at a position of the widget, or None."""
        return None

    # ---- zoom and pan

    @property
    def viewport(self) -> Viewport:
        """The part of the image that is shown."""
        return self._viewport

    def set_viewport(self, viewport: Viewport) -> None:
        """Show another part of the image, and let linked views follow."""
        if viewport == self._viewport:
            return
        moved = (viewport.center, viewport.zoom) != (self._viewport.center, self._viewport.zoom)
        self._viewport = viewport
        self.update()
        if moved:
            self.view_changed.emit(viewport)

    def fit(self) -> None:
        """Show the whole image."""
        self.set_viewport(self._viewport.fitted())

    def show_rect(self, xyxy: tuple[float, float, float, float]) -> None:
        """Show an image rectangle (left, top, right, bottom) as large as it fits, until somebody moves it."""
        self.keep_framed(lambda _size: xyxy)

    def keep_framed(self, framing: Framing) -> None:
        """Show the image rectangle that `framing` gives for the view's size, until somebody moves it."""
        self.set_viewport(self._viewport.showing(framing(self._viewport.view_size)))
        self._framing = framing, self._viewport

    def x_of(self, share: float) -> float:
        """Where a share of the picture's width is in the view, logical pixels."""
        return float(self._viewport.to_view(self._viewport.from_fraction((share, 0)))[0])

    def share_at(self, x: float) -> float:
        """The share of the picture's width at `x` in the view, logical pixels, within [0,1]."""
        column = float(self._viewport.to_image((x, 0))[0])
        return min(max((column + 0.5) / self._viewport.image_size[0], 0.0), 1.0)

    def link_to(self, other: ImageCanvas, *, normalised: bool = True) -> None:
        """Zoom, pan and probe together with another view from now on.

        With `normalised` both show the same part of the content, whatever the resolutions; otherwise the same
        pixels at the same magnification.
        """
        for leader, follower in ((self, other), (other, self)):
            leader.view_changed.connect(follower.follow if normalised else follower.follow_pixels)
            leader.hovered.connect(follower.probe_like_sender)
            leader.hover_left.connect(follower.clear_probe)
        other.follow(self._viewport) if normalised else other.follow_pixels(self._viewport)

    def follow(self, viewport: Viewport) -> None:
        """Show the same part of the content as another view."""
        self.set_viewport(self._viewport.like(viewport))

    def follow_pixels(self, viewport: Viewport) -> None:
        """Show the same pixels as another view."""
        self.set_viewport(self._viewport.like_pixels(viewport))

    # ---- probe

    def set_probe(self, x: float | None, y: float | None = None) -> None:
        """Show a cross-hair at an image point; None hides it."""
        probe = None if x is None or y is None else (x, y)
        if probe != self._probe:
            self._probe = probe
            self.update()

    def clear_probe(self) -> None:
        """Hide the cross-hair."""
        self.set_probe(None)

    def probe_like_sender(self, x: float, y: float) -> None:
        """Show the cross-hair where a linked view's pointer is (slot of its `hovered` signal)."""
        sender = self.sender()
        if isinstance(sender, ImageCanvas):
            point = self._viewport.from_fraction(sender.viewport.to_fraction((x, y)))
            self.set_probe(float(point[0]), float(point[1]))

    def is_dark(self) -> bool:
        """Whether the application's palette is a dark one."""
        return self.palette().color(QPalette.ColorRole.Window).lightness() < 128

    def background(self) -> QColor:
        """The neutral colour behind the picture."""
        return QColor(30, 31, 33) if self.is_dark() else QColor(236, 237, 239)

    def paint(self, painter: QPainter) -> None:
        """Draw all but the ring of the keyboard, in logical pixels from the upper left corner."""
        painter.fillRect(self.rect(), self.background())
        self.paint_content(painter)
        self.cover.paint(painter)

    # ---- Qt

    def sizeHint(self) -> QSize:
        """Ask for a usable size."""
        return QSize(480, 320)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw background, content and words, or the bar alone where nothing else is to be drawn."""
        painter = QPainter(self)
        try:
            if self.cover.only_bar_in(event.rect()):
                self.cover.paint_bar(painter)
            else:
                self.paint(painter)
            if self._ringed:
                painter.setOpacity(1.0)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), RING))
                painter.drawRect(QRectF(self.rect()).adjusted(RING / 2, RING / 2, -RING / 2, -RING / 2))
        finally:
            painter.end()  # Qt ends the process when an exception leaves a painter behind

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the same part of the image in view."""
        size, before = (max(event.size().width(), 1), max(event.size().height(), 1)), self._viewport
        self.set_viewport(replace(before, view_size=size))
        if self._framing is not None and self._framing[1] == before:
            self.keep_framed(self._framing[0])

    def showEvent(self, _event: QEvent) -> None:
        """Resume the busy bar."""
        self.cover.follow_visibility()

    def hideEvent(self, _event: QEvent) -> None:
        """Rest while nobody looks; no cross-hair waits for the next look."""
        self.cover.follow_visibility()
        self.clear_probe()
        self.hover_left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keyboard came here, where it came by the keyboard."""
        super().focusInEvent(event)
        self._show_ring(event.reason() in BY_KEYS)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard is elsewhere."""
        super().focusOutEvent(event)
        self._show_ring(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        position = event.position()
        factor = WHEEL_STEP ** (event.angleDelta().y() or event.angleDelta().x())
        self.set_viewport(self._viewport.zoomed(factor, (position.x(), position.y())))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._pressed = self._last = event.position()
        self._dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while a button is down, else report the image point."""
        position = event.position()
        if self._pressed is None or self._last is None:
            self._report_hover(position)
            return
        self._dragging |= (position - self._pressed).manhattanLength() >= CLICK_DISTANCE
        if self._dragging:
            self.drag(position - self._last, event)
            self._last = position

    def drag(self, step: QPointF, _event: QMouseEvent) -> None:
        """Move the picture with the pointer."""
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.set_viewport(self._viewport.panned(step.x(), step.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or report the person who was clicked."""
        clicked = self._pressed is not None and not self._dragging
        self._pressed = self._last = None
        self._dragging = False
        self.unsetCursor()
        if clicked and event.button() == Qt.MouseButton.LeftButton:
            self.click(event.position())

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Show the whole image."""
        self.fit()

    def leaveEvent(self, _event: QEvent) -> None:
        """Take the cross-hair away from the linked views."""
        self.hover_left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F shows the whole image."""
        if event.key() == Qt.Key.Key_F and not event.modifiers():
            self.fit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        self.update()

    # ---- inside

    def _show_ring(self, shown: bool) -> None:
        if shown != self._ringed:
            self._ringed = shown
            self.update()

    def _set_image_size(self, size: tuple[int, int]) -> None:
        if size != self._viewport.image_size:
            self._viewport = Viewport(
                size, self._viewport.view_size, self._viewport.center, self._viewport.zoom
            )

    def _report_hover(self, position: QPointF) -> None:
        x, y = self._viewport.to_image((position.x(), position.y()))
        self.hovered.emit(float(x), float(y))

    def click(self, position: QPointF) -> None:
        """Report what is at a position of the widget as clicked."""
        person = self.person_under(position)
        if person is None:
            self.background_clicked.emit()
        else:
            self.person_clicked.emit(person)
