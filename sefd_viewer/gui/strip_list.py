"""The people of the strip as small pictures side by side; only those in view are looked at."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip, QWidget

from sefd_viewer.app.cache import LruCache
from sefd_viewer.app.person_frames import Cell, StripFrame
from sefd_viewer.gui.labels import grown, plain_tip
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import Colors, current_colors

if TYPE_CHECKING:
    from sefd_viewer.app.person_pictures import PersonPicture, PersonPictures
    from sefd_viewer.app.small_pictures import Image

TOGETHER_MS = 40
"""Pictures that come within so many milliseconds are drawn together."""
WIDE, SMALL, LOW_PICTURE = 88, 74, 60
"""Width of a tile where there is room, and in a low window; the height of a picture there. Pixels."""
LOW, VERY_LOW = 820, 480
"""Heights of the window (px of usual text) below which tiles are small, then have no picture."""
GAP, EDGE, BAR, RADIUS = 6, 12, 4, 6
SMALLER = 0.86
"""The size of the text in a tile as a share of the window's."""
_ELIDE = Qt.TextElideMode.ElideRight
_TOP_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_TOP_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
TILES, TILES_BYTES = 200, 12_000_000
"""How many are kept as they were drawn."""


class StripList(SafeOverrides, QAbstractScrollArea):
    """Signals out: `chosen(row)`, `opened(row)` by double click, `left` when a new order waits no more.

    It scrolls the selected person into view, and never moves what lies under the pointer.
    """

    chosen = Signal(int)
    opened = Signal(int)
    left = Signal()

    def __init__(self, pictures: PersonPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures, self._frame, self._side = pictures, StripFrame(), WIDE
        self._tiles: LruCache[tuple[object, tuple[object, ...], QPixmap]] = LruCache(TILES, TILES_BYTES)
        self._waits = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("People")
        self.viewport().setMouseTracking(True)
        self._drawn_soon = QTimer(self, interval=TOGETHER_MS, singleShot=True)
        self._drawn_soon.timeout.connect(self._draw_changed)
        self._changed: set[int] = set()
        pictures.listen(self._draw_soon)
        self._height = LOW
        self.set_height(LOW)

    def _draw_soon(self, key: PersonPicture) -> None:
        people = self._frame.people
        row = None if people is None else people.row(key.record, key.person)
        if row is not None:
            self._changed.add(row)
            if not self._drawn_soon.isActive():
                self._drawn_soon.start()

    def _draw_changed(self) -> None:
        """Draw the tiles in view whose pictures arrived."""
        for line in range(*self._visible()):
            if int(self._frame.rows[line]) in self._changed:
                self.viewport().update(self.tile(line))
        self._changed.clear()

    def set_height(self, height: int) -> None:
        """Small tiles in a low window, given its height in pixels; numbers alone in a very low one."""
        self._height, low = height, height < grown(self, LOW)
        self._side = grown(self, SMALL if low else WIDE)
        self._text = 2 * QFontMetrics(self._font).height() + 7
        picture = WIDE if not low else LOW_PICTURE
        self._picture = 0 if height < grown(self, VERY_LOW) else picture
        self.setFixedHeight(self._picture + BAR + self._text + 10)
        self._place_bar()
        self._show_line()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_height"):
            self.set_height(self._height)

    def apply(self, _old: StripFrame, new: StripFrame) -> None:
        """Show a frame's people and who is selected.

        What is ordered anew because numbers came in waits until the pointer is elsewhere.
        """
        self._waits = self._ordered_under_pointer(new)
        if self._waits:
            new = replace(new, rows=self._frame.rows)
        old, self._frame = self._frame, new
        if new.people is None:
            self._tiles = LruCache(TILES, TILES_BYTES)
        if old.rows is not new.rows:
            self._place_bar()
        if old.row != new.row or old.rows is not new.rows:
            self._show_line()
            self.setAccessibleDescription(self._told())
        self.viewport().update()

    def _ordered_under_pointer(self, new: StripFrame) -> bool:
        old = self._frame
        asked = (old.order, old.filter) != (new.order, new.filter) or len(old.rows) == 0
        return old.rows is not new.rows and not asked and self.viewport().underMouse()

    # ---- where tiles are

    def tile(self, line: int) -> QRect:
        """Where the tile of a line is in the viewport."""
        left = EDGE + line * (self._side + GAP) - self.horizontalScrollBar().value()
        return QRect(left, 1, self._side, self._picture + BAR + self._text)

    def line_at(self, position: QPoint) -> int | None:
        """The line whose tile is at a position of the viewport."""
        line = (position.x() - EDGE + self.horizontalScrollBar().value()) // (self._side + GAP)
        inside = 0 <= line < len(self._frame.rows) and self.tile(line).contains(position)
        return line if inside else None

    def _visible(self) -> tuple[int, int]:
        left, pitch = self.horizontalScrollBar().value() - EDGE, self._side + GAP
        return max(left // pitch, 0), min(
            (left + self.viewport().width()) // pitch + 1, len(self._frame.rows)
        )

    def _place_bar(self) -> None:
        bar, width = self.horizontalScrollBar(), self.viewport().width()
        bar.setPageStep(width)
        bar.setSingleStep(self._side + GAP)
        bar.setRange(0, max(len(self._frame.rows) * (self._side + GAP) + 2 * EDGE - GAP - width, 0))

    def _show_line(self) -> None:
        """Scroll the least that brings the selected person and the next ones into view.

        Who is wholly out of view comes to the left, wherever one was before: a view reopened looks the same.
        """
        line = self._frame.line
        if line is None:
            return
        tile, bar, width = self.tile(line), self.horizontalScrollBar(), self.viewport().width()
        room = EDGE + (self._side + GAP if width > 4 * self._side else 0)
        if tile.left() < room or tile.left() > width:
            bar.setValue(bar.value() + tile.left() - room)
        elif tile.right() > width - room:
            bar.setValue(bar.value() + tile.right() + 1 - width + room)

    # ---- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles in view, as far as they changed."""
        painter, colors, seen = QPainter(self.viewport()), current_colors(), event.region()
        try:
            painter.fillRect(self.viewport().rect(), QColor(colors.window))
            hints = QPainter.RenderHint
            painter.setRenderHint(hints.Antialiasing)
            for line in range(*self._visible()):
                tile = self.tile(line)
                if seen.intersects(tile):
                    self._paint(painter, tile, int(self._frame.rows[line]), colors)
        finally:
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the selected person in view."""
        super().resizeEvent(event)
        self._place_bar()
        self._show_line()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll along the strip."""
        turn = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turn.x() or turn.y()) * 3 * (self._side + GAP) // 120)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a person."""
        line = self.line_at(event.position().toPoint())
        if line is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(int(self._frame.rows[line]))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a person."""
        line = self.line_at(event.position().toPoint())
        if line is not None:
            self.opened.emit(int(self._frame.rows[line]))

    def leaveEvent(self, event: QEvent) -> None:
        """Show the order that came in meanwhile."""
        super().leaveEvent(event)
        if self._waits:
            self.left.emit()

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys from the window's own."""
        return claimed(event, self._steps()) or super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell who is under the pointer."""
        if isinstance(event, QHelpEvent):
            line = self.line_at(event.pos())
            people = self._frame.people
            words = "" if line is None or people is None else people.cell(int(self._frame.rows[line])).about
            QToolTip.showText(event.globalPos(), plain_tip(words), self)
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go through the people."""
        step, count, line = self._steps().get(event.key()), len(self._frame.rows), self._frame.line
        if step is None or not count:
            super().keyPressEvent(event)
            return
        self.chosen.emit(int(self._frame.rows[min(max((-1 if line is None else line) + step, 0), count - 1)]))

    def _steps(self) -> dict[int, int]:
        key, page = Qt.Key, max(self.viewport().width() // (self._side + GAP), 1)
        count = len(self._frame.rows)
        return {
            key.Key_Left: -1,
            key.Key_Right: 1,
            key.Key_PageUp: -page,
            key.Key_PageDown: page,
            key.Key_Home: -count,
            key.Key_End: count,
        }

    # ---- inside

    def _told(self) -> str:
        """Who is selected, for screen readers."""
        people, line = self._frame.people, self._frame.line
        if people is None or line is None or self._frame.row is None:
            return ""
        return f"{line + 1} of {len(self._frame.rows)}: {people.cell(self._frame.row).about}"

    def _paint(self, painter: QPainter, tile: QRect, row: int, colors: Colors) -> None:
        painter.drawPixmap(tile.topLeft(), self._tile(row, tile.size(), colors))
        if row == self._frame.row:
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _tile(self, row: int, size: QSize, colors: Colors) -> QPixmap:
        """A row's tile, drawn once: a strip is painted again whenever somebody else is selected."""
        assert self._frame.people is not None
        cell, picture = self._frame.people.cell(row), self._frame.people.picture(row, self._pictures)
        ratio, scale = self.devicePixelRatioF(), self._frame.scale_mm
        made_of = (cell, scale, colors, ratio, size, self.font().key())
        known = self._tiles.get((row, self._side))
        if known is not None and known[0] is picture and known[1] == made_of:
            return known[2]
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, QRect(QPoint(0, 0), size), cell, picture, colors)
        painter.end()
        self._tiles.put((row, self._side), (picture, made_of, pixmap))
        return pixmap

    def _draw(
        self, painter: QPainter, tile: QRect, cell: Cell, picture: Image | str | None, colors: Colors
    ) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(tile), RADIUS, RADIUS)
        painter.fillPath(path, QColor(colors.base))
        painter.save()
        painter.setClipPath(path)
        area = QRect(tile.left(), tile.top(), tile.width(), self._picture)
        if self._picture:
            self._draw_picture(painter, area, picture, colors)
        corner = area if self._picture else tile.adjusted(0, tile.height() - 24, 0, 0)
        _paint_decision(painter, corner, cell.decision, colors)
        bar = QRect(tile.left(), area.bottom() + 1, tile.width(), BAR)
        paint_difference(painter, bar, cell.difference_mm / self._frame.scale_mm, colors)
        painter.restore()
        self._draw_text(painter, tile.adjusted(6, self._picture + BAR + 2, -6, -2), cell, colors)

    def _draw_picture(
        self, painter: QPainter, area: QRect, picture: Image | str | None, colors: Colors
    ) -> None:
        """The picture as it fills a tile: heads matter more than feet where something is cut."""
        if isinstance(picture, str):
            painter.setPen(QColor(colors.problem))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "no picture")
        elif picture is not None:
            size, ratio = area.size(), self.devicePixelRatioF()
            modes = Qt.AspectRatioMode, Qt.TransformationMode
            whole = rgb_pixmap(picture).scaled(
                size * ratio, modes[0].KeepAspectRatioByExpanding, modes[1].SmoothTransformation
            )
            wide, high = round(size.width() * ratio), round(size.height() * ratio)
            left, top = (whole.width() - wide) // 2, (whole.height() - high) // 4
            painter.drawPixmap(area, whole, QRect(left, top, wide, high))

    def _draw_text(self, painter: QPainter, area: QRect, cell: Cell, colors: Colors) -> None:
        font = self._font
        painter.setFont(font)
        painter.setPen(difference_color(cell.difference_mm, colors))
        painter.drawText(area, _TOP_RIGHT, difference_words(cell.difference_mm))
        painter.setPen(QColor(colors.quiet))
        metrics = painter.fontMetrics()
        below = area.adjusted(0, metrics.height() + 1, 0, 0)
        painter.drawText(below, _TOP_LEFT, metrics.elidedText(cell.place, _ELIDE, area.width()))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(colors.text))
        painter.drawText(area, _TOP_LEFT, "–" if math.isnan(cell.error_mm) else f"{cell.error_mm:.0f}")

    @property
    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(self.fontInfo().pointSizeF() * SMALLER)
        return font


def _paint_decision(painter: QPainter, area: QRect, decision: str, colors: Colors) -> None:
    """What was decided about the annotation, in the picture's corner."""
    sign = {"good": "✓", "bad": "✗", "unsure": "?", "fixed": "✎"}.get(decision, "")
    if not sign:
        return
    spot = QRect(area.right() - 19, area.top() + 4, 16, 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors.base))
    painter.drawEllipse(spot)
    painter.setPen(
        {"good": QColor(colors.better), "bad": QColor(colors.worse)}.get(decision, QColor(colors.warn))
    )
    painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, sign)


def difference_words(value: float) -> str:
    """ "+16", "-3", "±0" below half a millimetre, nothing where it is unknown."""
    if math.isnan(value):
        return ""
    return "±0" if abs(value) < 0.5 else f"{value:+.0f}".replace("-", "\u2212")


def difference_color(value: float, colors: Colors) -> QColor:
    """Green where a method is better, orange where it is worse."""
    if math.isnan(value) or abs(value) < 0.5:
        return QColor(colors.quiet)
    return QColor(colors.worse if value > 0 else colors.better)


def paint_difference(painter: QPainter, area: QRect, share: float, colors: Colors) -> None:
    """A bar about zero in the middle: to the right what is worse, `share` 1 fills its half."""
    painter.fillRect(area, QColor(colors.line))
    if math.isnan(share):
        return
    length = min(abs(share), 1.0) * area.width() / 2
    middle = area.left() + area.width() / 2
    left = middle if share > 0 else middle - length
    color = QColor(colors.worse if share > 0 else colors.better)
    painter.fillRect(QRectF(left, area.top(), length, area.height()), color)
