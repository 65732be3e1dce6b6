"""The methods at the left: which are shown, how good each is on this person, and what the chosen one is."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.inspect.frames import MethodList, MethodRow
from sefd_viewer.gui.controls import color_chip, push_button, quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

WIDE, ROW, MM, BAR = 285, 30, 58, 72
ROW_ROLE = Qt.ItemDataRole.UserRole
DROP = "Drop a file of predictions here (.json .npz .pkl .parquet), or a folder of meshes."


class MethodListPanel(SafeOverrides, QWidget):
    """Signals out: `toggled(method)`, `chosen(method)`, `yardstick(method)`, `menu_wanted(method, place)`,
    `add_wanted`, `renamed(method)`, `coloured(method)`, `explained(method)` how its file was read,
    `dropped(path)` a file or folder of predictions.
    """

    toggled = Signal(str)
    chosen = Signal(str)
    yardstick = Signal(str)
    menu_wanted = Signal(str, QPoint)
    add_wanted = Signal()
    renamed = Signal(str)
    coloured = Signal(str)
    explained = Signal(str)
    dropped = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("method_list")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._list = MethodList()
        self.title, self.count, self.add = PlainLabel("Methods"), quiet_label(), push_button("+ Add")
        self.title.setProperty("heading", True)
        self.table = MethodTable()
        self.about = quiet_label(wrap=True)
        self.name = PlainLabel()
        self.name.setProperty("heading", True)
        self.rename, self.color = push_button("Rename…"), push_button("Colour…")
        self.against, self.read = push_button("Yardstick"), push_button("How it was read…")
        self.against.setToolTip("Measure all others against it (Enter)")
        self.chosen_parts = QWidget()
        self._lay_out()
        self._connect()

    def apply(self, new: MethodList) -> None:
        """Show the methods."""
        if same(self._list, new):
            return
        self._list = new
        shown = sum(row.shown for row in new.rows)
        self.count.setText(f"{shown} of {len(new.rows)} shown")
        self.table.show_list(new)
        chosen = next((row for row in new.rows if row.info.id == new.chosen), None)
        self.chosen_parts.setVisible(chosen is not None)
        if chosen is not None:
            self.name.setText(chosen.info.title)
            self.about.setText("\n".join(new.about))
            self.read.setVisible(chosen.info.kind in ("file", "command"))
            self.against.setEnabled(not chosen.is_baseline)

    def wide(self) -> int:
        """How wide the list is, which grows with the text."""
        return round(WIDE * max(self.fontMetrics().height() / 17, 1.0))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Each is one more method."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.dropped.emit(url.toLocalFile())
        event.acceptProposedAction()

    # ---- inside

    def _connect(self) -> None:
        self.add.clicked.connect(self.add_wanted)
        self.table.toggled.connect(self.toggled)
        self.table.chosen.connect(self.chosen)
        self.table.opened.connect(self.yardstick)
        self.table.menu_wanted.connect(self.menu_wanted)
        for button, signal in (
            (self.rename, self.renamed),
            (self.color, self.coloured),
            (self.against, self.yardstick),
            (self.read, self.explained),
        ):
            button.clicked.connect(lambda _on=False, signal=signal: signal.emit(self._list.chosen))

    def _lay_out(self) -> None:
        column, head = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(8)
        for widget in (self.title, self.count):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.add)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        below = QVBoxLayout(self.chosen_parts)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(6)
        below.addWidget(self.name)
        below.addWidget(self.about)
        for pair in ((self.rename, self.color), (self.against, self.read)):
            row = QHBoxLayout()
            row.setSpacing(6)
            for button in pair:
                row.addWidget(button)
            row.addStretch(1)
            below.addLayout(row)
        column.addWidget(self.chosen_parts)
        column.addWidget(quiet_label(DROP, wrap=True))


class MethodTable(SafeOverrides, QTableWidget):
    """A row each: whether it is shown, its error and a bar of the difference. Space shows or hides, Enter
    makes it the yardstick.
    """

    toggled = Signal(str)
    chosen = Signal(str)
    opened = Signal(str)
    menu_wanted = Signal(str, QPoint)

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setHorizontalHeaderLabels(["on this person", "mm", "against"])
        self.setAccessibleName("Methods, the best on this person first")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setObjectName("method_table")
        self.setItemDelegateForColumn(2, _Bars(self))
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, wide in ((1, MM), (2, BAR)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, wide)
        self.setMinimumHeight(120)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.scale_mm, self._filling = 20.0, False
        self.itemChanged.connect(self._checked)
        self.currentCellChanged.connect(lambda row, *_rest: self._choose(row))
        self.cellDoubleClicked.connect(lambda row, _column: self.opened.emit(self._id(row)))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)

    def show_list(self, new: MethodList) -> None:
        """Show these methods; nothing is told."""
        self._filling, self.scale_mm = True, new.scale_mm
        self.setRowCount(len(new.rows))
        self.setColumnWidth(1, round(MM * max(self.fontMetrics().height() / 17, 1.0)))
        self.verticalHeader().setDefaultSectionSize(max(ROW, self.fontMetrics().height() + 10))
        for place, row in enumerate(new.rows):
            before = self.item(place, 0)
            if before is None or not same(before.data(ROW_ROLE), row):
                for column, item in enumerate(_items(row)):
                    self.setItem(place, column, item)
            if row.info.id == new.chosen:
                self.setCurrentCell(place, 0)
        if new.chosen is None:
            self.setCurrentCell(-1, -1)
        self.viewport().update()  # bars of rows that stay have another scale
        self._filling = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter makes the row's method the yardstick, Space shows or hides it."""
        row = self.currentRow()
        if row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self._id(row))
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.toggled.emit(self._id(row))
        else:
            super().keyPressEvent(event)

    def _id(self, row: int) -> str:
        item = self.item(row, 0)
        return "" if item is None else str(item.data(ROW_ROLE).info.id)

    def _checked(self, item: QTableWidgetItem) -> None:
        if not self._filling and item.column() == 0:
            self.toggled.emit(self._id(item.row()))

    def _choose(self, row: int) -> None:
        if not self._filling and row >= 0:
            self.chosen.emit(self._id(row))

    def _menu(self, place: QPoint) -> None:
        row = self.rowAt(place.y())
        if row >= 0:
            self.menu_wanted.emit(self._id(row), self.viewport().mapToGlobal(place))


def _items(row: MethodRow) -> tuple[QTableWidgetItem, QTableWidgetItem, QTableWidgetItem]:
    title = " ".join(filter(None, (row.info.title, row.info.variant)))
    name, mm, bar = QTableWidgetItem(title), QTableWidgetItem(row.mm or "–"), QTableWidgetItem()
    name.setIcon(color_chip(row.info.color, 10))
    name.setFlags(name.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    name.setCheckState(Qt.CheckState.Checked if row.shown else Qt.CheckState.Unchecked)
    mm.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    apart = "" if math.isnan(row.change_mm) else f"{row.change_mm:+.1f} mm to the yardstick"
    words = "the yardstick" if row.is_baseline else apart
    for item in (name, mm, bar):
        item.setData(ROW_ROLE, row)
        item.setToolTip(plain_tip(f"{title}: {words}" if words else title))
    bar.setData(Qt.ItemDataRole.AccessibleTextRole, words)
    return name, mm, bar


class _Bars(QStyledItemDelegate):
    """A bar about zero: to the left better, to the right worse."""

    def __init__(self, table: MethodTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row's bar."""
        super().paint(painter, option, index)
        row, colors, area = index.data(ROW_ROLE), current_colors(), option.rect.adjusted(4, 0, -8, 0)
        middle, half = area.center().x(), area.width() / 2
        top = area.center().y() - 4
        painter.fillRect(QRectF(area.left(), top, area.width(), 8), QColor(colors.line))
        if row is not None and not math.isnan(row.change_mm):
            length = half * max(min(row.change_mm / self._table.scale_mm, 1.0), -1.0)
            color = {"better": colors.better, "worse": colors.worse}.get(row.tone, colors.quiet)
            painter.fillRect(QRectF(middle, top, length, 8).normalized(), QColor(color))
        painter.fillRect(QRectF(middle, top - 2, 1, 12), QColor(colors.quiet))
