"""The table of people: numbers of every method side by side, taken from the run's frame when drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from sefd_viewer.app.run_table import RunColumn
from sefd_viewer.features.people.results.frame import ResultsFrame
from sefd_viewer.features.people.views.results.chosen_lines import chosen_lines
from sefd_viewer.features.people.views.results.shown_rows import ShownRows
from sefd_viewer.gui.plain_text import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors
from sefd_viewer.judgements.tags import BETWEEN, NO_TAGS

if TYPE_CHECKING:
    pass

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 26
PAGE = 128
PAGES_KEPT = 12
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ALONE = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
_TEXTS = (
    ("record", "Record", "The record's key"),
    ("person", "Person", "The person's key in the record"),
    ("tags", "Tags", "Words that somebody gave to the person (T)"),
)
_WIDE = {"record": 208, "tags": 160, "problem": 208}
_PROBLEM = ("problem", "Problem", "Why there are no numbers")


class PeopleModel(ShownRows, SafeOverrides, QAbstractTableModel):
    """Rows in the order of the frame's lines; only the pages looked at last are kept."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._frame = ResultsFrame()
        self._pages: dict[int, dict[str, Sequence[Any]]] = {}

    @property
    def columns(self) -> tuple[RunColumn, ...]:
        """The columns of numbers."""
        return self._frame.table.columns if self._frame.table is not None else ()

    def show(self, new: ResultsFrame) -> bool:
        """Show another frame; True when the rows are others."""
        old, self._frame = self._frame, new
        if old.lines is new.lines and old.table is new.table:
            if old.tags is not new.tags:
                self._pages.clear()
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(_TEXTS)))
            return False
        self.beginResetModel()
        self._pages.clear()
        self.endResetModel()
        return True

    def column_id(self, section: int) -> str:
        """What a column is called in the filter."""
        names = [name for name, _, _ in _TEXTS] + [column.id for column in self.columns]
        return names[section] if section < len(names) else _PROBLEM[0]

    def rowCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows are shown."""
        return len(self._frame.lines) if self._frame.lines is not None else 0

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns there are."""
        return len(_TEXTS) + len(self.columns) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's text."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            words = _text(self._value(index.row(), self.column_id(index.column())))
            return words if role == Qt.ItemDataRole.DisplayRole else plain_tip(words)
        if role == Qt.ItemDataRole.TextAlignmentRole and self._is_number(index.column()):
            return _RIGHT
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """A column's title and tip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        title, tip = self._about(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{tip}\nIn the filter: {self.column_id(section)}")
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and self._is_number(section) else None

    def _is_number(self, section: int) -> bool:
        return len(_TEXTS) <= section < len(_TEXTS) + len(self.columns)

    def _about(self, section: int) -> tuple[str, str]:
        if self._is_number(section):
            column = self.columns[section - len(_TEXTS)]
            return f"{column.title} {column.unit}".strip(), column.title
        _, title, tip = _TEXTS[section] if section < len(_TEXTS) else _PROBLEM
        return title, tip

    def _value(self, line: int, name: str) -> Any:
        number, place = divmod(line, PAGE)
        page = self._pages.get(number)
        if page is None:
            while len(self._pages) >= PAGES_KEPT:
                del self._pages[next(iter(self._pages))]
            assert self._frame.lines is not None
            assert self._frame.table is not None
            rows = self._frame.lines.rows[number * PAGE : (number + 1) * PAGE]
            part = self._frame.table.frame[rows]
            page = self._pages[number] = {name: part[name].to_list() for name in part.columns}
            page["tags"] = self._tags(page["record"], page["person"])
        return page[name][place]

    def _tags(self, records: Sequence[str], people: Sequence[str | None]) -> list[str]:
        tags = self._frame.tags or NO_TAGS
        return [BETWEEN.join(tags.of(case)) for case in zip(records, people, strict=True)]


class PeopleTable(SafeOverrides, QTableView):
    """Signals out: `chosen(row)`, `opened(row)` by double click or Enter, `sorted(column, descending)`."""

    chosen = Signal(int)
    opened = Signal(int)
    sorted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._applying = PeopleModel(self), False
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setProperty("roomy", True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("People of the run")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.hide()
        header.setHighlightSections(False)
        header.setSelectionModel(QItemSelectionModel(self._model, header))  # else it asks about every row
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.refresh_colors()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.sortIndicatorChanged.connect(self._ordered)
        self.selectionModel().currentRowChanged.connect(self._selected)
        self.activated.connect(lambda index: self.opened.emit(self._model.row_at(index.row())))

    def apply(self, old: ResultsFrame, new: ResultsFrame) -> None:
        """Show a frame's rows, order and case."""
        columns = () if old.table is None else old.table.columns
        others = self._model.show(new)
        if new.table is not None and columns != new.table.columns:
            self._size_columns()
        if others or (old.state.sort, old.state.descending) != (new.state.sort, new.state.descending):
            self._show_order(new)
        if others or old.line != new.line:
            self._show_line(new.line)

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

    def chosen_rows(self) -> NDArray[np.int32]:
        """The rows of the table that are selected."""
        lines = self._model.lines
        return lines.rows[chosen_lines(self)] if lines is not None else np.empty(0, np.int32)

    def _show_line(self, line: int | None) -> None:
        """Select a line, unless a person is just selecting it, maybe among others."""
        self._applying = True
        if line is None:
            self.selectionModel().clear()
        elif self.currentIndex().row() != line:
            place = self._model.index(line, 0)
            self.selectionModel().setCurrentIndex(place, _ALONE)
            self.scrollTo(place)
        self._applying = False

    def _show_order(self, new: ResultsFrame) -> None:
        header = self.horizontalHeader()
        names = [self._model.column_id(section) for section in range(self._model.columnCount())]
        order = Qt.SortOrder.DescendingOrder if new.state.descending else Qt.SortOrder.AscendingOrder
        header.blockSignals(True)
        header.setSortIndicator(names.index(new.state.sort) if new.state.sort in names else -1, order)
        header.blockSignals(False)

    def _size_columns(self) -> None:
        metrics = self.fontMetrics()
        for section in range(self._model.columnCount()):
            title = str(self._model.headerData(section, Qt.Orientation.Horizontal))
            wide = _WIDE.get(self._model.column_id(section), 0)
            self.setColumnWidth(section, max(metrics.horizontalAdvance(title) + 34, wide, 64))

    def _selected(self, current: QModelIndex) -> None:
        if current.isValid() and not self._applying:
            self.chosen.emit(self._model.row_at(current.row()))

    def _ordered(self, section: int, order: Qt.SortOrder) -> None:
        name = self._model.column_id(section) if section >= 0 else ""
        self.sorted.emit(name, order == Qt.SortOrder.DescendingOrder)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) < 2 else f"{value:.1f}"
    return str(value)
