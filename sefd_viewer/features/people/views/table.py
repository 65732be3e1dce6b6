"""Everybody as a table: numbers, findings and verdicts side by side, taken from the frame when drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from sefd_viewer.app.people_table import PeopleColumn
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.features.people.views.verdict_signs import COLORS, TITLES, sign_icon
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT, PAGE, PAGES_KEPT = 26, 128, 12
FIRST = ("verdict", "record", "person", "camera", "frame", "worst", "hidden", "tags")
"""Columns that stand before the numbers of methods."""
LAST = ("not_measured", "problem", "issues", "note", "reviewer")
HIDDEN = ("moment", "truth", "poses", "disagree", "finding", "box_w", "box_h", "score")
"""Columns that are shown when somebody asks for them."""
_WIDE = {
    "record": 150,
    "worst": 190,
    "tags": 130,
    "note": 180,
    "issues": 160,
    "problem": 200,
    "not_measured": 200,
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PeopleModel(SafeOverrides, QAbstractTableModel):
    """Rows in the order of the frame's lines; only the pages looked at last are kept."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._frame = PeopleFrame()
        self.columns: tuple[PeopleColumn, ...] = ()
        self._pages: dict[int, dict[str, Sequence[Any]]] = {}
        self._icons: dict[str, QIcon] = {}

    def show(self, new: PeopleFrame) -> bool:
        """Show another frame; True when rows or columns are others."""
        old, self._frame = self._frame, new
        columns = _ordered(new)
        if old.lines is new.lines and columns == self.columns:
            if old.table is not new.table:
                self._pages.clear()
                if self.rowCount() and columns:
                    last = self.index(self.rowCount() - 1, len(columns) - 1)
                    self.dataChanged.emit(self.index(0, 0), last)
            return False
        self.beginResetModel()
        self._pages.clear()
        self.columns = columns
        self.endResetModel()
        return True

    def row_at(self, line: int) -> int:
        """The row of the table at a line."""
        assert self._frame.lines is not None
        return int(self._frame.lines.rows[line])

    def rows_in(self, runs: Sequence[tuple[int, int]]) -> list[int]:
        """The rows of the table, rising, in runs of lines (first, last)."""
        if self._frame.lines is None or not runs:
            return []
        parts = [self._frame.lines.rows[first : last + 1] for first, last in runs]
        return np.unique(np.concatenate(parts)).tolist()

    def rowCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows are shown."""
        return (
            len(self._frame.lines) if self._frame.lines is not None and self._frame.table is not None else 0
        )

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns there are."""
        return len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's text, and the sign of a verdict."""
        column = self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            words = self._words(index.row(), column)
            return words if role == Qt.ItemDataRole.DisplayRole else plain_tip(words)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.kind == "number" else _LEFT
        if role == Qt.ItemDataRole.DecorationRole and column.id == "verdict":
            state = str(self._value(index.row(), "verdict"))
            return self._icons.setdefault(state, sign_icon(state)) if state in COLORS else None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """A column's title and tip."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{self._frame.named(column.title, column.method)} {column.unit}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            names = " or ".join(dict.fromkeys((column.id, *column.names[:1])))
            return plain_tip(f"{column.tip or column.title}\nIn the filter: {names}")
        return (
            (_RIGHT if column.kind == "number" else _LEFT)
            if role == Qt.ItemDataRole.TextAlignmentRole
            else None
        )

    def _words(self, line: int, column: PeopleColumn) -> str:
        value = self._value(line, column.id)
        if column.id == "verdict":
            old = ", old" if self._value(line, "verdict_old") else ""
            return "" if value == "unreviewed" else f"{TITLES[str(value)]}{old}"
        return _text(value)

    def _value(self, line: int, name: str) -> Any:
        number, place = divmod(line, PAGE)
        page = self._pages.get(number)
        if page is None:
            while len(self._pages) >= PAGES_KEPT:
                del self._pages[next(iter(self._pages))]
            assert self._frame.lines is not None
            assert self._frame.table is not None
            part = self._frame.table.frame[self._frame.lines.rows[number * PAGE : (number + 1) * PAGE]]
            page = self._pages[number] = {column: part[column].to_list() for column in part.columns}
        return page[name][place]


class PeopleTableView(SafeOverrides, QTableView):
    """Signals out: `chosen(row)` or `picked(rows, row)`, `opened(row)`, `sorted(column, descending)`."""

    chosen = Signal(int)
    picked = Signal(object, int)
    opened = Signal(int)
    sorted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._applying = PeopleModel(self), False
        self._told: tuple[int, ...] = ()
        self._wanted: dict[str, bool] = {}
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setProperty("roomy", True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("People")
        self._set_up_headers()
        self.refresh_colors()
        self.selectionModel().selectionChanged.connect(self._selected)
        self.activated.connect(lambda index: self.opened.emit(self._model.row_at(index.row())))

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's rows, order and person."""
        columns = self._model.columns
        others = self._model.show(new)
        if columns != self._model.columns:
            self._size_columns()
        if others or (old.order, old.state.descending) != (new.order, new.state.descending):
            self._show_order(new)
        if others or old.line != new.line or new.state.picked not in (old.state.picked, self._told):
            self._show_line(new)

    def refresh_colors(self) -> None:
        """The selected row is raised, not bright: its numbers are to be read."""
        colors, palette = current_colors(), self.palette()
        palette.setColor(QPalette.ColorRole.Highlight, QColor(colors.raised))
        palette.setColor(QPalette.ColorRole.HighlightedText, QColor(colors.text))
        self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh_colors()

    # ---- inside

    def _show_line(self, new: PeopleFrame) -> None:
        """Select the person's line, or those picked."""
        line, flag = new.line, QItemSelectionModel.SelectionFlag
        self._applying = True
        if line is None:
            self.selectionModel().clear()
        else:
            place = self._model.index(line, 0)
            self.selectionModel().setCurrentIndex(place, flag.NoUpdate)
            if not new.state.picked or new.state.picked != self._told:
                self.selectionModel().select(self._selection(new, line), flag.ClearAndSelect)
            left = self.horizontalScrollBar().value()
            self.scrollTo(place)
            self.horizontalScrollBar().setValue(left)
        self._applying = False

    def _selection(self, new: PeopleFrame, line: int) -> QItemSelection:
        """The lines of the rows picked, or the one line."""
        assert new.lines is not None
        picked = np.sort(new.lines.lines[list(new.state.picked)]) if new.state.picked else np.array([line])
        picked = picked[picked >= 0]
        selection, last = QItemSelection(), max(self._model.columnCount() - 1, 0)
        for run in np.split(picked, np.flatnonzero(np.diff(picked) > 1) + 1):
            if len(run):
                selection.select(self._model.index(int(run[0]), 0), self._model.index(int(run[-1]), last))
        return selection

    def _selected(self, *_changes: QItemSelection) -> None:
        """Tell which rows are selected, and whose is the person in view."""
        current = self.currentIndex()
        if self._applying or not current.isValid():
            return
        selection = self.selectionModel().selection()
        runs = [selection.at(number) for number in range(selection.count())]
        rows = self._model.rows_in([(run.top(), run.bottom()) for run in runs])
        self._told = tuple(rows) if len(rows) > 1 else ()
        if len(rows) > 1:
            row = self._model.row_at(current.row())
            self.picked.emit(self._told, row if row in self._told else rows[0])
        elif rows:
            self.chosen.emit(rows[0])

    def _set_up_headers(self) -> None:
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.hide()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSelectionModel(QItemSelectionModel(self._model, header))  # else it asks about every row
        header.setDefaultAlignment(_LEFT)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.sortIndicatorChanged.connect(self._ordered)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)

    def _show_order(self, new: PeopleFrame) -> None:
        header, table = self.horizontalHeader(), new.table
        column = table.column(new.order) if table is not None and new.order else None
        ids = [one.id for one in self._model.columns]
        order = Qt.SortOrder.DescendingOrder if new.state.descending else Qt.SortOrder.AscendingOrder
        header.blockSignals(True)
        place = ids.index(column.id) if column is not None and column.id in ids else -1
        header.setSortIndicator(place, order)
        header.blockSignals(False)

    def _size_columns(self) -> None:
        metrics = self.fontMetrics()
        for section, column in enumerate(self._model.columns):
            title = str(self._model.headerData(section, Qt.Orientation.Horizontal))
            wide = max(metrics.horizontalAdvance(title) + 34, _WIDE.get(column.id, 0), 64)
            self.setColumnWidth(section, min(wide, 240))
            self.setColumnHidden(section, not self._wanted.get(column.id, _usual(column)))

    def _offer_columns(self, place: QPoint) -> None:
        """Let a person choose which columns are shown."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for section, column in enumerate(self._model.columns):
            action = menu.addAction(str(self._model.headerData(section, Qt.Orientation.Horizontal)))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(section))
            action.toggled.connect(
                lambda on, section=section, id=column.id: self.show_column(section, id, on)
            )
        menu.popup(self.horizontalHeader().mapToGlobal(place))

    def show_column(self, section: int, id: str, on: bool) -> None:
        """Show or hide a column, also of the next run."""
        self._wanted[id] = on
        self.setColumnHidden(section, not on)

    def _ordered(self, section: int, order: Qt.SortOrder) -> None:
        name = self._model.columns[section].id if 0 <= section < len(self._model.columns) else ""
        self.sorted.emit(name, order == Qt.SortOrder.DescendingOrder)


def _ordered(frame: PeopleFrame) -> tuple[PeopleColumn, ...]:
    """The columns as they stand: who, what is wrong, the methods' numbers, the rest."""
    filled = {column.id: column for column in frame.table.filled} if frame.table is not None else {}
    first = [id for id in FIRST if id in filled]
    errors = [id for id, one in filled.items() if one.method is not None]
    last = [id for id in LAST if id in filled]
    rest = [id for id in filled if id not in (*first, *errors, *last)]
    return tuple(filled[id] for id in (*first, *errors, *rest, *last) if id != "finding")


def _usual(column: PeopleColumn) -> bool:
    """Whether a column is shown unless somebody says otherwise."""
    if column.method is not None:
        return column.id.endswith(("mpjpe_mm", "mpvpe_mm", "reprojection_px"))
    return column.detector is None and column.id not in HIDDEN


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) < 2 else f"{value:.1f}"
    return str(value)
