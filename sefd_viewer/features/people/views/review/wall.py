"""The wall: small pictures of the people shown, with their verdicts and worst findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from sefd_viewer.features.people.review.crops import CropPictures, Key
from sefd_viewer.features.people.review.frame import ReviewFrame
from sefd_viewer.features.people.views.review.tiles import CAPTION, Tiles
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.plain_text import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset

GAP = 8


class Wall(SafeOverrides, QAbstractScrollArea):
    """Signals out: `chosen(row)` or `picked(rows, row)`; `apply` shows a frame.

    Only the tiles in view are looked at.
    """

    chosen = Signal(int)
    picked = Signal(object, int)

    def __init__(self, crops: CropPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = ReviewFrame()
        self._tiles = Tiles(crops)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Wall of pictures")
        self.viewport().setMouseTracking(True)
        crops.ready = self._ready

    def apply(self, old: ReviewFrame, new: ReviewFrame, dataset: Dataset | None) -> None:
        """Show a frame's rows in tiles."""
        self._frame = new
        self._tiles.show(new, dataset, self.devicePixelRatioF())
        if old.lines is not new.lines or old.state.tile != new.state.tile:
            self._place_bar()
        if old.line != new.line or old.state.tile != new.state.tile or old.lines is not new.lines:
            self._show_line()
        self.viewport().update()

    # ---- where tiles are

    @property
    def columns(self) -> int:
        """How many tiles stand side by side."""
        return max((self.viewport().width() - GAP) // (self._frame.state.tile + GAP), 1)

    def tile(self, line: int) -> QRect:
        """Where the tile of a line is in the viewport."""
        row, column = divmod(line, self.columns)
        left = GAP + column * self._pitch[0]
        top = GAP + row * self._pitch[1] - self.verticalScrollBar().value()
        return QRect(left, top, self._side, self._side + CAPTION)

    def line_at(self, position: QPoint) -> int | None:
        """The line whose tile is at a position of the viewport."""
        first, last = self._visible()
        return next((line for line in range(first, last) if self.tile(line).contains(position)), None)

    @property
    def _pitch(self) -> tuple[int, int]:
        return self._side + GAP, self._side + CAPTION + GAP

    @property
    def _side(self) -> int:
        """As large as wished for, or a little more where that fills the line."""
        return max((self.viewport().width() - GAP) // self.columns - GAP, 24)

    def _count(self) -> int:
        return len(self._frame.lines) if self._frame.lines is not None else 0

    def _visible(self) -> tuple[int, int]:
        top = self.verticalScrollBar().value()
        first = max((top - GAP) // self._pitch[1], 0)
        last = (top + self.viewport().height()) // self._pitch[1] + 1
        return first * self.columns, min(last * self.columns, self._count())

    def _place_bar(self) -> None:
        rows = -(-self._count() // self.columns)
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._pitch[1] // 3)
        bar.setRange(0, max(rows * self._pitch[1] + GAP - self.viewport().height(), 0))

    def _show_line(self) -> None:
        """Scroll the least that brings the case in view onto the screen."""
        line = self._frame.line
        if line is None:
            return
        tile, bar, height = self.tile(line), self.verticalScrollBar(), self.viewport().height()
        if tile.top() < GAP:
            bar.setValue(bar.value() + tile.top() - GAP)
        elif tile.bottom() > height - GAP:
            bar.setValue(bar.value() + tile.bottom() - height + GAP)

    # ---- Qt

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the tiles in view."""
        painter = QPainter(self.viewport())
        try:
            painter.fillRect(self.viewport().rect(), QColor(current_colors().window))
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            for line in range(*self._visible()):
                self._tiles.paint(painter, self.tile(line), self._row(line), current=line == self._frame.line)
        finally:
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit as many tiles side by side as there is room for."""
        super().resizeEvent(event)
        self._place_bar()
        self._show_line()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a tile; with Ctrl pick one more or one less, with Shift all from the case to here."""
        line = self.line_at(event.position().toPoint())
        if line is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pick_run(line)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pick_one(line)
        else:
            self._choose(line)

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys from the window's own."""
        return claimed(event, self._steps()) or super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell who is under the pointer."""
        if event.type() == QEvent.Type.ToolTip:
            line = self.line_at(event.pos())  # type: ignore[attr-defined]
            words = self._tiles.about(self._row(line)) if line is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self)  # type: ignore[attr-defined]
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys and page keys go through the tiles."""
        step = self._steps().get(event.key())
        if step is None or not self._count():
            super().keyPressEvent(event)
            return
        line = self._frame.line
        self._choose(min(max((line if line is not None else -1) + step, 0), self._count() - 1))

    # ---- inside

    def _steps(self) -> dict[int, int]:
        key, page = Qt.Key, max(self.viewport().height() // self._pitch[1], 1) * self.columns
        return {
            key.Key_Left: -1,
            key.Key_Right: 1,
            key.Key_Up: -self.columns,
            key.Key_Down: self.columns,
            key.Key_PageUp: -page,
            key.Key_PageDown: page,
            key.Key_Home: -self._count(),
            key.Key_End: self._count(),
        }

    def _row(self, line: int) -> int:
        assert self._frame.lines is not None
        return int(self._frame.lines.rows[line])

    def _choose(self, line: int) -> None:
        self.chosen.emit(self._row(line))

    def _pick_run(self, line: int) -> None:
        """Pick everything from the case to a tile."""
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

    def _ready(self, key: Key) -> None:
        line = self._frame.lines.line_of(key[0]) if self._frame.lines is not None else None
        if line is not None:
            self.viewport().update(self.tile(line))
