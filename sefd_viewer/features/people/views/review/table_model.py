"""The rows as Qt sees them: values are taken from the polars frame a page at a time, when they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from sefd_viewer.app.findings import worst_title
from sefd_viewer.features.people.review.columns import COLUMNS, Column
from sefd_viewer.features.people.review.frame import ReviewFrame
from sefd_viewer.features.people.review.rows import OF_FINDINGS, OF_VERDICTS
from sefd_viewer.features.people.review.verdict_columns import STATES, issue_words
from sefd_viewer.features.people.views.review.verdict_signs import TITLES
from sefd_viewer.gui.plain_text import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

if TYPE_CHECKING:
    from sefd_viewer.app.findings import FindingColumns
    from sefd_viewer.features.people.review.verdict_columns import VerdictColumns

Index = QModelIndex | QPersistentModelIndex
STATE = Qt.ItemDataRole.UserRole
"""The verdict's state; with `OLD` whether it is about another annotation."""
OLD = Qt.ItemDataRole.UserRole + 1
EXCESS = Qt.ItemDataRole.UserRole + 2
"""How far the worst finding is beyond its threshold, None without one."""
Texts = Mapping[str, Sequence[str]]
"""The texts of a page's cells, by column."""
PAGE = 128
PAGES_KEPT = 12
_ALIGNMENT = {
    True: Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    False: Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
}


class ReviewModel(SafeOverrides, QAbstractTableModel):
    """Rows in the order of the frame's lines. Nothing is kept per row but the pages looked at last."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._frame = ReviewFrame()
        self._pages: dict[int, Texts] = {}
        self._verdicts: dict[int, Texts] = {}
        self._findings: dict[int, Texts] = {}

    def show(self, new: ReviewFrame) -> bool:
        """Show another frame; True when the rows are others, so that a view must find its place again."""
        old, self._frame = self._frame, new
        if old.lines is not new.lines or old.table is not new.table:
            self.beginResetModel()
            for pages in (self._pages, self._verdicts, self._findings):
                pages.clear()
            self.endResetModel()
            return True
        if old.verdicts is not new.verdicts or old.findings is not new.findings:
            if old.verdicts is not new.verdicts:
                self._verdicts.clear()
            if old.findings is not new.findings:
                self._findings.clear()
            if self.rowCount():
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(COLUMNS) - 1))
        return False

    def row_at(self, line: int) -> int:
        """The row of the table at a line."""
        assert self._frame.lines is not None
        return int(self._frame.lines.rows[line])

    def rows_in(self, runs: Sequence[tuple[int, int]]) -> list[int]:
        """The rows of the table, rising, in runs of lines (first, last)."""
        assert self._frame.lines is not None
        rows = self._frame.lines.rows
        parts = [rows[first : last + 1] for first, last in runs]
        return np.unique(np.concatenate(parts)).tolist() if parts else []

    def rowCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows are shown."""
        return len(self._frame.lines) if self._frame.lines is not None else 0

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns there are."""
        return len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, sign and tip of a cell."""
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._text(index.row(), column))
        if role in (STATE, OLD, EXCESS):
            return self._sign(self.row_at(index.row()), role)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """A column's title and tip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.tip}\nIn the filter: {column.id}"
        return alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _sign(self, row: int, role: int) -> Any:
        verdicts, findings = self._frame.verdicts, self._frame.findings
        if role == EXCESS:
            return float(findings.excess[row]) if findings is not None and findings.found[row] else None
        if verdicts is None:
            return None
        return STATES[int(verdicts.codes[row])] if role == STATE else bool(verdicts.old[row])

    def _text(self, line: int, column: Column) -> str:
        number, place = divmod(line, PAGE)
        if column.id in OF_VERDICTS:
            page = _kept(self._verdicts, number, self._verdict_page)
        elif column.id in OF_FINDINGS:
            page = _kept(self._findings, number, self._finding_page)
        else:
            page = _kept(self._pages, number, self._page)
        return page[column.id][place]

    def _rows(self, number: int) -> NDArray[np.int32]:
        assert self._frame.lines is not None
        return self._frame.lines.rows[number * PAGE : (number + 1) * PAGE]

    def _page(self, number: int) -> Texts:
        """What the index says about a page's rows, column by column."""
        rows, table = self._rows(number), self._frame.table
        assert table is not None
        own = [column for column in COLUMNS if column.id in table.frame.columns]
        part = table.frame.select([column.id for column in own])[rows]
        texts = {column.id: [_words(value, column) for value in part[column.id].to_list()] for column in own}
        return {column.id: texts.get(column.id) or [""] * len(rows) for column in COLUMNS}

    def _verdict_page(self, number: int) -> Texts:
        rows, verdicts = self._rows(number), self._frame.verdicts
        return _verdict_texts(verdicts, rows) if verdicts is not None else _nothing(OF_VERDICTS, len(rows))

    def _finding_page(self, number: int) -> Texts:
        rows, findings = self._rows(number), self._frame.findings
        return _finding_texts(findings, rows) if findings is not None else _nothing(OF_FINDINGS, len(rows))


def _kept(pages: dict[int, Texts], number: int, make: Callable[[int], Texts]) -> Texts:
    """A page, made when it is not there; the oldest ones are dropped."""
    page = pages.get(number)
    if page is None:
        while len(pages) >= PAGES_KEPT:
            del pages[next(iter(pages))]
        page = pages[number] = make(number)
    return page


def _nothing(columns: Iterable[str], count: int) -> Texts:
    return {column: [""] * count for column in columns}


def alignment(column: Column) -> Qt.AlignmentFlag:
    """Where the values of a column stand in their cells."""
    return _ALIGNMENT[column.right]


def _words(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.kind == "flag":
        return "yes" if value else "no"
    if column.kind == "number":
        return f"{value:,.{column.decimals}f}" if np.isfinite(value) else "not a number"
    return str(value)


def _verdict_texts(verdicts: VerdictColumns, rows: NDArray[np.int32]) -> Texts:
    own = [verdicts.by_row.get(int(row)) for row in rows]
    return {
        "verdict": [_state_words(verdicts, int(row)) for row in rows],
        "issues": [issue_words(verdict) if verdict is not None else "" for verdict in own],
        "note": [verdict.note if verdict is not None else "" for verdict in own],
        "reviewer": [verdict.reviewer if verdict is not None else "" for verdict in own],
    }


def _state_words(verdicts: VerdictColumns, row: int) -> str:
    state = STATES[int(verdicts.codes[row])]
    if state == "unreviewed":
        return ""
    return f"{TITLES[state]}, old" if verdicts.old[row] else TITLES[state]


def _finding_texts(findings: FindingColumns, rows: NDArray[np.int32]) -> Texts:
    return {
        "worst": [worst_title(findings, int(row)) for row in rows],
        "findings": [str(count) if count else "" for count in findings.counts[rows].tolist()],
    }
