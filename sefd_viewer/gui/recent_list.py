"""The recent sets: a line each with picture, name, contents and how far one came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from sefd_viewer.app.recent import RecentSet
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

LINE, PICTURE, MOST = 60, 44, 6
SET = Qt.ItemDataRole.UserRole
_OWN = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete)
GONE = "not there now"


class RecentList(SafeOverrides, QListWidget):
    """Up and Down, Enter opens (or finds what is gone), Del forgets."""

    chosen = Signal(str)
    forgotten = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recent")
        self.setAccessibleName("Recent sets")
        self.setItemDelegate(_Line(self))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.filled = False
        self.itemClicked.connect(self._choose)

    def show_sets(self, sets: Sequence[RecentSet]) -> None:
        """List them, the newest first."""
        self.filled = True
        row = self.currentRow()
        self.clear()
        for one in sets:
            item = QListWidgetItem()
            item.setData(SET, one)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{one.name}, {one.contents}, {state_words(one)}"
            )
            item.setToolTip(plain_tip("the shipped sample" if one.path == SAMPLE else one.path))
            self.addItem(item)
        if not sets:
            item = QListWidgetItem("Nothing yet: what you open is listed here")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        self.setCurrentRow(min(max(row, 0), self.count() - 1))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for the first lines."""
        lines = min(max(self.count(), 1), MOST)
        return QSize(300, lines * _line_height(self) + 4)

    def minimumSizeHint(self) -> QSize:
        """Room for two lines; the rest scrolls."""
        return QSize(120, min(self.count(), 2) * _line_height(self) + 4)

    def event(self, event: QEvent) -> bool:
        """These keys are the list's own."""
        return True if claimed(event, _OWN) else super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Del forgets."""
        item = self.currentItem()
        one = item.data(SET) if item is not None else None
        if one is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(one.path)
        elif one is not None and event.key() == Qt.Key.Key_Delete:
            self.forgotten.emit(one.path)
        else:
            super().keyPressEvent(event)

    def _choose(self, item: QListWidgetItem) -> None:
        if (one := item.data(SET)) is not None:
            self.chosen.emit(one.path)


class _Line(SafeOverrides, QStyledItemDelegate):
    """Draws one set."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:  # type: ignore[override]
        """A line's height."""
        return QSize(100, _line_height(option.widget))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        """Draw picture, name, contents and state."""
        colors, one, area = current_colors(), index.data(SET), option.rect
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if one is None:
            painter.setPen(QColor(colors.quiet))
            flags = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area.adjusted(14, 0, -14, 0), flags, str(index.data()))
            painter.restore()
            return
        _ground(painter, option, index.row())
        picture = QRect(area.left() + 12, area.center().y() - PICTURE // 2, PICTURE, PICTURE)
        _draw_picture(painter, picture, one.picture)
        right = _draw_state(painter, area, one, option.font)
        text = QRect(picture.right() + 13, area.top(), right - picture.right() - 24, area.height())
        _two_lines(painter, text, one.name, one.contents or _where(one), option.font)
        painter.restore()


def state_words(one: RecentSet) -> str:
    """How far one came with a set, or that it is gone."""
    return f"{GONE}\nFind it…" if one.there is False else one.state


def _line_height(widget: QWidget) -> int:
    return max(LINE, 2 * widget.fontMetrics().height() + 24)


def _where(one: RecentSet) -> str:
    from sefd_viewer.app.places import home_words

    return home_words(Path(one.path).parent)


def _ground(painter: QPainter, option: QStyleOptionViewItem, row: int) -> None:
    colors, area = current_colors(), option.rect
    state, flags = option.state, QStyle.StateFlag
    if state & (flags.State_MouseOver | flags.State_Selected):
        path = QPainterPath()
        path.addRoundedRect(area.adjusted(3, 3, -3, -3), 7, 7)
        hovered = bool(state & flags.State_MouseOver)
        painter.fillPath(path, QColor(colors.raised if hovered else colors.base))
        if state & flags.State_HasFocus and state & flags.State_Selected:
            painter.setPen(QPen(QColor(colors.accent), 1.5))
            painter.drawPath(path)
    if row:
        painter.setPen(QColor(colors.line))
        painter.drawLine(area.topLeft(), area.topRight())


def _draw_picture(painter: QPainter, area: QRect, file: str) -> None:
    path = QPainterPath()
    path.addRoundedRect(area, 5, 5)
    painter.fillPath(path, QColor(current_colors().raised))
    pixmap = QPixmap(file) if file else QPixmap()
    if not pixmap.isNull():
        painter.save()
        painter.setClipPath(path)
        painter.drawPixmap(area, pixmap)
        painter.restore()


def _draw_state(painter: QPainter, area: QRect, one: RecentSet, font: QFont) -> int:
    """Draw the state at the right; where it begins."""
    words, colors = state_words(one), current_colors()
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 12 / 13)
    painter.setFont(small)
    painter.setPen(QColor(colors.worse if one.there is False else colors.quiet))
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    room = QRect(area.left() + area.width() // 2, area.top(), area.width() // 2 - 14, area.height())
    painter.drawText(room, flags | Qt.TextFlag.TextWordWrap, words)
    return painter.boundingRect(room, flags | Qt.TextFlag.TextWordWrap, words).left()


def _two_lines(painter: QPainter, area: QRect, name: str, below: str, font: QFont) -> None:
    colors, bold, small = current_colors(), QFont(font), QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    small.setPointSizeF(font.pointSizeF() * 12 / 13)
    half = area.height() // 2
    for part, color, face, words, up in (
        (area.adjusted(0, 0, 0, -half), colors.text, bold, name, Qt.AlignmentFlag.AlignBottom),
        (area.adjusted(0, half, 0, 0), colors.quiet, small, below, Qt.AlignmentFlag.AlignTop),
    ):
        painter.setFont(face)
        painter.setPen(QColor(color))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, part.width())
        painter.drawText(part, up | Qt.AlignmentFlag.AlignLeft, shown)
