"""The list of people by depth: drag a line, or Alt and an arrow, to bring a person nearer or farther."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from sefd_viewer.features.cameras.image_plane_frame import PlanePersonFrame
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

_KEY = Qt.ItemDataRole.UserRole
_PERSON = Qt.ItemDataRole.UserRole + 1
_PADDING = 8
_GRIP = 10
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class DepthList(SafeOverrides, QListWidget):
    """People, nearest first. `ordered(keys)` when a person was brought to another place."""

    ordered = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(DepthDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._before_drag: tuple[str, ...] | None = None
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("People by depth, nearest first")
        self.setToolTip("Drag a person nearer or farther, or press Alt with an arrow key")
        self.setProperty("flat", True)

    @property
    def order(self) -> tuple[str, ...]:
        """The keys as they stand."""
        return tuple(str(self.item(row).data(_KEY)) for row in range(self.count()))

    def show_people(self, people: Sequence[PlanePersonFrame]) -> None:
        """Show people, nearest first; who was selected stays selected."""
        item = self.currentItem()
        selected = item.data(_KEY) if item is not None else None
        self._before_drag = None
        self.clear()
        for person in people:
            item = QListWidgetItem(person.title)
            item.setData(_KEY, person.key)
            item.setData(_PERSON, person)
            self.addItem(item)
            if person.key == selected:
                self.setCurrentItem(item)
        self.updateGeometry()

    def move_current(self, step: int) -> None:
        """Bring the selected person nearer (-1) or farther (1)."""
        row = self.currentRow()
        if row >= 0 and 0 <= row + step < self.count():
            self._place(row, row + step)
            self.ordered.emit(self.order)

    def sizeHint(self) -> QSize:
        """As high as all lines together: the page around it scrolls."""
        lines = sum(self.sizeHintForRow(row) for row in range(self.count()))
        return QSize(240, max(lines, 24) + 2 * self.frameWidth() + 4)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a person."""
        super().mousePressEvent(event)
        if (
            event.button() == Qt.MouseButton.LeftButton
            and self.itemAt(event.position().toPoint()) is not None
        ):
            self._before_drag = self.order

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The person who is held goes where the pointer is."""
        if self._before_drag is None:
            return
        target = self.itemAt(QPoint(self.width() // 2, round(event.position().y())))
        if target is not None and self.row(target) != self.currentRow():
            self._place(self.currentRow(), self.row(target))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: tell the order, if it is another one."""
        super().mouseReleaseEvent(event)
        before, self._before_drag = self._before_drag, None
        if before is not None and self.order != before:
            self.ordered.emit(self.order)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt and an arrow move the selected person."""
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move_current(step)
        else:
            super().keyPressEvent(event)

    def _place(self, row: int, place: int) -> None:
        """Move a line and keep it selected."""
        self.insertItem(place, self.takeItem(row))
        self.setCurrentRow(place)


class DepthDelegate(SafeOverrides, QStyledItemDelegate):
    """Draws a person in two lines: name and depth, then the own camera."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines and some air."""
        return QSize(200, 2 * option.fontMetrics.height() + 2 * _PADDING - 2)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one person."""
        person: PlanePersonFrame = index.data(_PERSON)
        colors = current_colors()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect.adjusted(0, 1, 0, -1)
        self._paint_field(painter, option, area)
        self._paint_grip(painter, area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*person.color))
        text = area.adjusted(_PADDING + _GRIP + 22, _PADDING - 2, -_PADDING, -_PADDING + 2)
        first = QRect(text.left(), text.top(), text.width(), option.fontMetrics.height())
        painter.drawEllipse(QPointF(text.left() - 12, first.center().y() + 1), 5, 5)
        self._paint_line(painter, option, first, person.title, depth_words(person), colors.text)
        second = first.translated(0, option.fontMetrics.height() + 1)
        self._paint_line(painter, option, second, camera_words(person), moved_words(person), colors.quiet)
        painter.restore()

    def _paint_field(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect) -> None:
        colors = current_colors()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QColor(colors.accent if selected else colors.line))
        painter.setBrush(QColor(colors.raised if selected else colors.base))
        painter.drawRoundedRect(area.adjusted(0, 0, -1, -1), 6, 6)

    def _paint_grip(self, painter: QPainter, area: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_colors().faint))
        for column in (0, 5):
            for row in (-5, 0, 5):
                painter.drawEllipse(
                    QPointF(area.left() + _PADDING + column, area.center().y() + row), 1.3, 1.3
                )

    def _paint_line(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        area: QRect,
        left: str,
        right: str,
        color: str,
    ) -> None:
        painter.setPen(QColor(color))
        width = option.fontMetrics.horizontalAdvance(right)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        room = area.width() - width - 8
        shown = option.fontMetrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def depth_words(person: PlanePersonFrame) -> str:
    """How far away the person stands."""
    return f"{person.row.depth_m:.2f} m"


def moved_words(person: PlanePersonFrame) -> str:
    """Where the cameras put the person, if somebody chose another place."""
    return f"cameras say {person.row.depth_implied_m:.2f} m" if person.row.moved else ""


def camera_words(person: PlanePersonFrame) -> str:
    """The own camera in a few words."""
    fx, fy = person.row.focal
    focal = f"{fx:.0f}" if round(fx) == round(fy) else f"{fx:.0f} × {fy:.0f}"
    return f"own camera f {focal}: {person.row.depth_own_m:.2f} m"
