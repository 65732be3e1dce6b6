"""The wall: small pictures of the people shown, with their verdicts and worst findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
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

from sefd_viewer.gui.review.verdict_signs import FINDING, color_of, paint_sign
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.session.cache import LruCache
from sefd_viewer.session.review.crops import CropPictures, Key
from sefd_viewer.session.review.findings import worst_title
from sefd_viewer.session.review.frame import ReviewFrame
from sefd_viewer.session.review.verdict_columns import STATES

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset

GAP = 8
CAPTION = 20
RADIUS = 6
SIGN = 18
PIXMAPS = 600
SIDES = (96, 192, 384)
"""Pictures are made in these sizes, so that moving the size slider makes few new ones."""


class Wall(SafeOverrides, QAbstractScrollArea):
    """Signals out: `chosen(row)`; `apply` shows a frame. Only the tiles in view are looked at."""

    chosen = Signal(int)

    def __init__(self, crops: CropPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._crops = crops
        self._frame = ReviewFrame()
        self._dataset: Dataset | None = None
        self._pixmaps: LruCache[QPixmap] = LruCache(PIXMAPS)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Wall of pictures")
        self.viewport().setMouseTracking(True)
        crops.ready = self._ready

    def apply(self, old: ReviewFrame, new: ReviewFrame, dataset: Dataset | None) -> None:
        """Show a frame's rows in tiles."""
        if dataset is not self._dataset:
            self._pixmaps = LruCache(PIXMAPS)
        self._frame, self._dataset = new, dataset
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
                self._paint_tile(painter, line)
        finally:
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit as many tiles side by side as there is room for."""
        super().resizeEvent(event)
        self._place_bar()
        self._show_line()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a tile."""
        line = self.line_at(event.position().toPoint())
        if line is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(line)

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys from the window's own."""
        claims = event.type() == QEvent.Type.ShortcutOverride
        if isinstance(event, QKeyEvent) and claims and event.key() in self._steps() and not event.modifiers():
            event.accept()
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell who is under the pointer."""
        if event.type() == QEvent.Type.ToolTip:
            line = self.line_at(event.pos())  # type: ignore[attr-defined]
            words = self._about(line) if line is not None else ""
            QToolTip.showText(event.globalPos(), words, self)  # type: ignore[attr-defined]
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

    def _choose(self, line: int) -> None:
        assert self._frame.lines is not None
        self.chosen.emit(int(self._frame.lines.rows[line]))

    def _paint_tile(self, painter: QPainter, line: int) -> None:
        frame, colors = self._frame, current_colors()
        assert frame.lines is not None
        row, tile = int(frame.lines.rows[line]), self.tile(line)
        picture = QRect(tile.topLeft(), tile.size()).adjusted(0, 0, 0, -CAPTION)
        path = QPainterPath()
        path.addRoundedRect(QRectF(picture), RADIUS, RADIUS)
        painter.fillPath(path, QColor(colors.base))
        self._paint_picture(painter, picture, path, row)
        state = STATES[int(frame.verdicts.codes[row])] if frame.verdicts is not None else "unreviewed"
        if line == frame.line:
            painter.setPen(QPen(QColor(colors.accent), 3))
            painter.drawRoundedRect(QRectF(picture).adjusted(-1.5, -1.5, 1.5, 1.5), RADIUS + 1, RADIUS + 1)
        if state != "unreviewed":
            old = bool(frame.verdicts is not None and frame.verdicts.old[row])
            self._paint_badge(painter, picture, state, old=old)
        self._paint_caption(painter, QRect(tile.left(), picture.bottom() + 1, tile.width(), CAPTION), row)

    def _paint_picture(self, painter: QPainter, area: QRect, path: QPainterPath, row: int) -> None:
        pixmap = self._pixmap(row)
        if isinstance(pixmap, QPixmap):
            whole = self._frame.state.whole
            mode = Qt.AspectRatioMode
            size = pixmap.size().scaled(
                area.size(), mode.KeepAspectRatio if whole else mode.KeepAspectRatioByExpanding
            )
            target = QRect(QPoint(0, 0), size)
            target.moveCenter(area.center())
            painter.save()
            painter.setClipPath(path)
            painter.drawPixmap(target, pixmap)
            painter.restore()
        elif isinstance(pixmap, str):
            painter.setPen(QColor(current_colors().problem))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "no picture")

    def _paint_badge(self, painter: QPainter, picture: QRect, state: str, *, old: bool) -> None:
        spot = QRectF(picture.left() + 6, picture.bottom() - SIGN - 5, SIGN, SIGN)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("white"))
        painter.drawEllipse(spot.adjusted(-0.5, -0.5, 0.5, 0.5))
        paint_sign(painter, spot, state, old=old)
        if state == "bad":
            painter.setPen(QPen(color_of(state), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(picture).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _paint_caption(self, painter: QPainter, area: QRect, row: int) -> None:
        colors, findings = current_colors(), self._frame.findings
        worst = worst_title(findings, row) if findings is not None else ""
        if worst:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(FINDING))
            painter.drawEllipse(QRectF(area.left() + 2, area.center().y() - 3, 7, 7))
            area = area.adjusted(14, 0, 0, 0)
        words = worst or self._name(row)
        painter.setPen(QColor(colors.text if worst else colors.quiet))
        metrics = QFontMetrics(painter.font())
        painter.drawText(
            area,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, area.width()),
        )

    def _name(self, row: int) -> str:
        table = self._frame.table
        record, person = table.case(row) if table is not None else ("", None)
        return record if person is None or self._frame.state.whole else f"{record} · {person}"

    def _about(self, line: int) -> str:
        assert self._frame.lines is not None
        row = int(self._frame.lines.rows[line])
        record, person = self._frame.table.case(row) if self._frame.table is not None else ("", None)
        worst = worst_title(self._frame.findings, row) if self._frame.findings is not None else ""
        parts = (record, f"person {person}" if person is not None else "", worst)
        return "\n".join(part for part in parts if part)

    # ---- pictures

    def _key(self, row: int) -> Key:
        wanted = self._side * self.devicePixelRatioF()
        side = next((side for side in SIDES if side >= wanted * 0.8), SIDES[-1])
        return row, -side if self._frame.state.whole else side

    def _pixmap(self, row: int) -> QPixmap | str | None:
        key = self._key(row)
        pixmap = self._pixmaps.get(key)
        if pixmap is not None:
            return pixmap
        table, dataset = self._frame.table, self._dataset
        if table is None or dataset is None:
            return None
        found = self._crops.get(key, table.picture_of(dataset, row))
        if found is None or isinstance(found, str):
            return found
        height, width = found.shape[:2]
        image = QImage(found.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        pixmap = QPixmap.fromImage(image)
        self._pixmaps.put(key, pixmap)
        return pixmap

    def _ready(self, key: Key) -> None:
        line = self._frame.lines.line_of(key[0]) if self._frame.lines is not None else None
        if line is not None:
            self.viewport().update(self.tile(line))
