"""Everybody shown as small pictures: with the difference to the baseline, or with findings and verdicts."""

from __future__ import annotations

import math
from operator import attrgetter, is_not
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from sefd_viewer.app.cache import LruCache
from sefd_viewer.app.filtering import compared
from sefd_viewer.app.small_pictures import MOST_BYTES
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.features.people.person import finding_words, person_name, person_place, person_tip
from sefd_viewer.features.people.views.verdict_signs import COLORS, TITLES, paint_badge
from sefd_viewer.gui.labels import grown, plain_tip
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.rgb_images import rgb_pixmap
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.strip_list import difference_words
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.app.person_pictures import PersonPictures
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.features.people.pictures import Tiles

GAP, RADIUS, PIXMAPS = 10, 6, 600
SHORT_UNDER = 94
"""Lines (px) below which cameras are called in short."""
FULL_BAR_MM = 20.0
"""The difference whose bar is full."""
_LEFT, _RIGHT = (
    side | Qt.AlignmentFlag.AlignVCenter for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)
_SEEN = ("table", "lines", "dataset", "method", "baseline", "detectors", "pictured")
_CHOSEN = ("face", "tile", "whole", "layers", "picked", "detector")
_PAINTED = attrgetter(*_SEEN, *(f"state.{name}" for name in _CHOSEN))


class Grid(NamedTuple):
    """How tiles stand: how many side by side, the side of a picture and the words below it, pixels."""

    columns: int
    side: int
    caption: int

    @property
    def pitch(self) -> int:
        """From a tile to the one below it."""
        return self.side + self.caption + GAP

    def tile(self, line: int, top: int) -> QRect:
        """Where the tile of a line is when the view is scrolled down to `top`."""
        row, column = divmod(line, self.columns)
        left = GAP + column * (self.side + GAP)
        return QRect(left, GAP + row * self.pitch - top, self.side, self.side + self.caption)


class Pictures(SafeOverrides, QAbstractScrollArea):
    """Signals out: `chosen(row)`, `picked(rows, row)`, `opened(row)` by double click or Enter.

    `tiles` show the annotated bodies, `drawn` those of the method that is compared; those in view are asked.
    """

    chosen = Signal(int)
    picked = Signal(object, int)
    opened = Signal(int)

    def __init__(self, tiles: Tiles, drawn: PersonPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame, self._tiles, self._drawn = PeopleFrame(), tiles, drawn
        self._picked: frozenset[int] = frozenset()
        self._errors: tuple[object, NDArray[np.float64], NDArray[np.float64]] | None = None
        self._pixmaps: LruCache[tuple[Image, QPixmap]] = LruCache(PIXMAPS, MOST_BYTES)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Pictures of the people shown")
        self.viewport().setMouseTracking(True)
        tiles.listen(lambda key: self._ready(key[0], key[1]))
        drawn.listen(lambda key: self._ready(key.record, key.person))

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's people."""
        if new.dataset is not old.dataset:
            self._pixmaps = LruCache(PIXMAPS, MOST_BYTES)
        self._frame, self._picked = new, frozenset(new.state.picked)
        others = old.lines is not new.lines or old.state.tile != new.state.tile
        if others or old.state.face != new.state.face:
            self._place_bar()
        if others or old.line != new.line:
            self._show_line(centred=others)
        if any(map(is_not, _PAINTED(old), _PAINTED(new))):
            self.viewport().update()
        elif old.line != new.line:
            for line in (one for one in (old.line, new.line) if one is not None):
                self.viewport().update(self.tile(line))

    # ---- where tiles are

    def tile(self, line: int) -> QRect:
        """Where the tile of a line is in the viewport."""
        return self._grid.tile(line, self.verticalScrollBar().value())

    def line_at(self, position: QPoint) -> int | None:
        """The line whose tile is at a position of the viewport."""
        return next((line for line in range(*self._visible()) if self.tile(line).contains(position)), None)

    @property
    def _grid(self) -> Grid:
        """Tiles as large as wished for, or a little more where that fills the line."""
        width = self.viewport().width() - GAP
        columns = max(width // (grown(self, self._frame.state.tile) + GAP), 1)
        return Grid(columns, max(width // columns - GAP, 24), 2 * self.fontMetrics().height() + 10)

    def _count(self) -> int:
        return len(self._frame.lines) if self._frame.lines is not None else 0

    def _visible(self) -> tuple[int, int]:
        top, grid = self.verticalScrollBar().value(), self._grid
        first = max((top - GAP) // grid.pitch, 0)
        last = (top + self.viewport().height()) // grid.pitch + 1
        return first * grid.columns, min(last * grid.columns, self._count())

    def _place_bar(self) -> None:
        grid, bar = self._grid, self.verticalScrollBar()
        rows = -(-self._count() // grid.columns)
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(grid.pitch // 3)
        bar.setRange(0, max(rows * grid.pitch + GAP - self.viewport().height(), 0))

    def _show_line(self, *, centred: bool = False) -> None:
        """Scroll the least that brings the person in view onto the screen, or them into the middle."""
        if self._frame.line is None:
            return
        tile, bar, height = self.tile(self._frame.line), self.verticalScrollBar(), self.viewport().height()
        least = min(tile.top() - GAP, 0) or max(tile.bottom() - height + GAP, 0)
        bar.setValue(bar.value() + (tile.center().y() - height // 2 if centred else least))

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles in view that are to be drawn anew."""
        painter, seen = QPainter(self.viewport()), event.region()
        try:
            painter.fillRect(self.viewport().rect(), QColor(current_colors().window))
            hints = QPainter.RenderHint
            painter.setRenderHints(hints.Antialiasing | hints.SmoothPixmapTransform)
            grid, top, current = self._grid, self.verticalScrollBar().value(), self._frame.line
            for line in range(*self._visible()):
                tile = grid.tile(line, top)
                if seen.intersects(tile):
                    self._paint_tile(painter, tile, grid.side, self._row(line), current=line == current)
        finally:
            painter.end()

    def _paint_tile(self, painter: QPainter, tile: QRect, side: int, row: int, *, current: bool) -> None:
        colors = current_colors()
        card = QPainterPath()
        card.addRoundedRect(QRectF(tile), RADIUS, RADIUS)
        painter.fillPath(card, QColor(colors.base))
        picture = QRect(tile.topLeft(), QSize(side, side))
        painter.save()
        painter.setClipPath(card)
        self._paint_picture(painter, picture, row)
        painter.restore()
        area = tile.adjusted(8, side + 4, -8, -4)
        if self._frame.state.face == "compare":
            self._paint_errors(painter, picture, area, row)
        else:
            self._paint_finding(painter, area, row)
        self._paint_badge(painter, picture, row)
        pen = QPen(QColor(colors.accent), 2 if current else 1.5) if current or row in self._picked else None
        painter.setPen(pen or QPen(QColor(colors.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(tile).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _paint_picture(self, painter: QPainter, area: QRect, row: int) -> None:
        pixmap = self._pixmap(row)
        if isinstance(pixmap, QPixmap):
            mode = Qt.AspectRatioMode
            whole = self._frame.state.whole
            kept = mode.KeepAspectRatio if whole else mode.KeepAspectRatioByExpanding
            target = QRect(QPoint(0, 0), pixmap.size().scaled(area.size(), kept))
            target.moveCenter(area.center())
            painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
            painter.drawPixmap(target, pixmap)
        elif isinstance(pixmap, str):
            painter.setPen(QColor(current_colors().problem))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "no picture")

    def _paint_errors(self, painter: QPainter, picture: QRect, area: QRect, row: int) -> None:
        """The method's error, its difference to the baseline with a bar, and where."""
        colors, found = current_colors(), self._numbers()
        error, apart = (float(one[row]) for one in found) if found is not None else (math.nan, math.nan)
        sure = math.isfinite(apart) and abs(apart) >= 0.5
        color = QColor(colors.quiet if not sure else colors.worse if apart > 0 else colors.better)
        if sure:
            middle, wide = picture.center().x(), picture.width() / 2
            length = wide * min(abs(apart) / FULL_BAR_MM, 1.0)
            left = middle if apart > 0 else middle - length
            painter.fillRect(QRectF(left, picture.bottom() - 3, length, 4), color)
        first = "" if math.isnan(error) else f"{error:.0f}"
        second = difference_words(apart)
        assert self._frame.table is not None
        self._write(painter, area, row, (first or person_name(self._frame.table, row), second), color)

    def _paint_finding(self, painter: QPainter, area: QRect, row: int) -> None:
        """The person's name and what the chosen detector measured."""
        frame, table = self._frame, self._frame.table
        assert table is not None
        chosen = next((one for one in frame.detectors if one.id == frame.state.detector), None)
        said = person_name(table, row), finding_words(table, row, chosen)
        self._write(painter, area, row, said, QColor(current_colors().worse))

    def _write(self, painter: QPainter, area: QRect, row: int, said: tuple[str, str], color: QColor) -> None:
        """Two words in the first line, the second in colour; camera and frame below."""
        first, second = said
        colors, height = current_colors(), self.fontMetrics().height()
        line = QRect(area.topLeft(), QSize(area.width(), height))
        below = area.adjusted(0, height + 1, 0, 0)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(color)
        painter.drawText(line, _RIGHT, second)
        room = line.width() - painter.fontMetrics().horizontalAdvance(second) - 6
        painter.setPen(QColor(colors.text))
        words = painter.fontMetrics().elidedText(first, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, _LEFT, words)
        painter.setFont(self.font())
        painter.setPen(QColor(colors.quiet))
        place = person_place(self._frame.table, row, short=line.width() < SHORT_UNDER)
        words = self.fontMetrics().elidedText(place, Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, _LEFT, words)

    def _paint_badge(self, painter: QPainter, picture: QRect, row: int) -> None:
        assert self._frame.table is not None
        cells = self._frame.table.cells(row)
        state = cells["verdict"]
        if state not in COLORS:
            return
        words = TITLES[state] + (", old" if cells["verdict_old"] else "")
        painter.setFont(self.font())
        paint_badge(painter, picture.topLeft() + QPoint(6, 6), words, state)

    # ---- what is written

    def _numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """The method's errors and differences to the baseline by row."""
        frame, table = self._frame, self._frame.table
        if table is None or table.run is None or not frame.method:
            return None
        key = (id(table), frame.method, frame.baseline)
        if self._errors is None or self._errors[0] != key:
            self._errors = key, *compared(table, frame.method, frame.baseline)
        return self._errors[1], self._errors[2]

    def _pixmap(self, row: int) -> QPixmap | str | None:
        found = self._picture(row)
        if found is None or isinstance(found, str):
            return found
        known = self._pixmaps.get(id(found))
        if known is None:
            known = found, rgb_pixmap(found)
            self._pixmaps.put(id(found), known)
        return known[1]

    def _picture(self, row: int) -> Image | str | None:
        frame, table, dataset, state = self._frame, self._frame.table, self._frame.dataset, self._frame.state
        if table is None or dataset is None:
            return None
        if state.face == "compare" and not state.whole:
            (record, person), position, box = table.case(row), int(table.positions[row]), table.box(row)
            return self._drawn.get(record, person, frame.pictured, lambda: (dataset.records[position], box))
        side, body = state.tile * self.devicePixelRatioF(), state.face == "check" and "mesh" in state.layers
        return self._tiles.get(table, dataset, row, side, whole=state.whole, body=body)

    # ---- Qt

    def sizeHint(self) -> QSize:
        """Room for two tiles."""
        return QSize(2 * self._frame.state.tile + 3 * GAP, 200)

    def minimumSizeHint(self) -> QSize:
        """Room for a tile."""
        return QSize(self._frame.state.tile + 3 * GAP, 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit as many tiles side by side as there is room for."""
        line = self._frame.line
        seen = line is not None and self.viewport().rect().intersects(self.tile(line))
        super().resizeEvent(event)
        self._place_bar()
        if seen:
            self._show_line(centred=True)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a tile; with Ctrl pick one more or one less, with Shift all from the person to here."""
        line = self.line_at(event.position().toPoint())
        if line is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pick_run(line)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pick_one(line)
        else:
            self.chosen.emit(self._row(line))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the person in Inspect."""
        line = self.line_at(event.position().toPoint())
        if line is not None:
            self.opened.emit(self._row(line))

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys from the window's own."""
        return claimed(event, self._steps()) or super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell who is under the pointer."""
        if event.type() == QEvent.Type.ToolTip:
            line = self.line_at(event.pos())  # type: ignore[attr-defined]
            words = person_tip(self._frame.table, self._row(line)) if line is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self)  # type: ignore[attr-defined]
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys and page keys go through the tiles, Enter opens Inspect."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._frame.line is not None:
            self.opened.emit(self._row(self._frame.line))
            return
        step = self._steps().get(event.key())
        if step is None or not self._count():
            super().keyPressEvent(event)
            return
        line = self._frame.line
        self.chosen.emit(self._row(min(max((line if line is not None else -1) + step, 0), self._count() - 1)))

    # ---- inside

    def _steps(self) -> dict[int, int]:
        key, grid = Qt.Key, self._grid
        page = max(self.viewport().height() // grid.pitch, 1) * grid.columns
        return {
            key.Key_Left: -1,
            key.Key_Right: 1,
            key.Key_Up: -grid.columns,
            key.Key_Down: grid.columns,
            key.Key_PageUp: -page,
            key.Key_PageDown: page,
            key.Key_Home: -self._count(),
            key.Key_End: self._count(),
        }

    def _row(self, line: int) -> int:
        assert self._frame.lines is not None
        return int(self._frame.lines.rows[line])

    def _pick_run(self, line: int) -> None:
        """Pick everybody from the person in view to a tile."""
        lines, now = self._frame.lines, self._frame.line
        assert lines is not None
        first, last = sorted((line if now is None else now, line))
        rows = tuple(sorted(int(row) for row in lines.rows[first : last + 1]))
        self.picked.emit(rows, self._row(line if now is None else now))

    def _pick_one(self, line: int) -> None:
        """Pick one more tile, or one less."""
        row, now = self._row(line), self._frame.line
        rows = set(self._frame.state.picked) or ({self._row(now)} if now is not None else set())
        rows ^= {row}
        if rows:
            self.picked.emit(tuple(sorted(rows)), row if row in rows else min(rows))

    def _ready(self, record: str, person: str | None) -> None:
        table, lines = self._frame.table, self._frame.lines
        row = table.row(record, person) if table is not None else None
        line = lines.line_of(row) if lines is not None else None
        if line is not None:
            self.viewport().update(self.tile(line))
