"""The records table: quiet rows, a sign for the verdict, a bar for the worst finding."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from sefd_viewer.features.people.review.columns import COLUMNS
from sefd_viewer.features.people.review.frame import ReviewFrame
from sefd_viewer.features.people.views.review.table_model import EXCESS, OLD, STATE, ReviewModel, alignment
from sefd_viewer.features.people.views.review.verdict_signs import FINDING, paint_sign
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 27
PADDING = 8
SIGN = 15
RECORD = [column.id for column in COLUMNS].index("record")


class RowDelegate(SafeOverrides, QStyledItemDelegate):
    """Draws cells: the selected row raised, with a bar of the accent colour at its left."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        colors = current_colors()
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            current = index.row() == self._view.currentIndex().row()
            painter.fillRect(rect, QColor(colors.line if current else colors.raised))
            if index.column() == 0:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(colors.accent))
        kind = COLUMNS[index.column()].kind
        area = rect.adjusted(PADDING, 0, -PADDING, 0)
        if kind == "verdict":
            area = self._paint_verdict(painter, area, index)
        elif kind == "finding":
            self._paint_excess(painter, rect, index)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if text:
            faint = kind == "flag" and text == "no"
            painter.setPen(QColor(colors.faint if faint else colors.text))
            mode = Qt.TextElideMode.ElideMiddle if index.column() == RECORD else Qt.TextElideMode.ElideRight
            words = painter.fontMetrics().elidedText(text, mode, area.width())
            painter.drawText(area, alignment(COLUMNS[index.column()]), words)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(60, ROW_HEIGHT)

    def _paint_verdict(self, painter: QPainter, area: QRect, index: Index) -> QRect:
        """Draw the sign; returns what is left for the word."""
        sign = QRectF(area.left(), area.center().y() - SIGN / 2 + 0.5, SIGN, SIGN)
        paint_sign(painter, sign, index.data(STATE) or "unreviewed", old=bool(index.data(OLD)))
        return area.adjusted(SIGN + 6, 0, 0, 0)

    def _paint_excess(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Draw how grave the worst finding is as a thin line below its name."""
        excess = index.data(EXCESS)
        if excess is not None:
            width = round((rect.width() - 2 * PADDING) * min(max(excess, 0.04), 1.0))
            line = QRect(rect.left() + PADDING, rect.bottom() - 3, width, 2)
            painter.fillRect(line, QColor(FINDING))


class RecordsTable(SafeOverrides, QTableView):
    """Signals out: `chosen(row)` or `picked(rows, row)` by hand or key, `sorted(column, descending)`."""

    chosen = Signal(int)
    picked = Signal(object, int)
    sorted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ReviewModel(self)
        self._applying = False
        self._told: tuple[int, ...] = ()
        self.setModel(self._model)
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Records")
        self.setCornerButtonEnabled(False)
        self._set_up_headers()
        self.selectionModel().selectionChanged.connect(self._selected)

    def apply(self, old: ReviewFrame, new: ReviewFrame) -> None:
        """Show a frame's rows, order and case."""
        others = self._model.show(new)
        header = self.horizontalHeader()
        if (old.state.sort, old.state.descending) != (new.state.sort, new.state.descending) or others:
            self._show_order(header, new)
        if old.table is not new.table and new.table is not None:
            for section, column in enumerate(COLUMNS):
                self.setColumnHidden(section, column.id in new.table.empty_columns)
        picked = old.state.picked != new.state.picked and new.state.picked != self._told
        if others or old.line != new.line or picked:
            self._show_line(new)

    def jump(self, line: int) -> None:
        """Bring a line into view, in the middle when it was far away."""
        index = self._model.index(line, 0)
        near = self.visualRect(index).intersects(self.viewport().rect())
        hint = QAbstractItemView.ScrollHint
        self.scrollTo(index, hint.EnsureVisible if near else hint.PositionAtCenter)

    def _show_line(self, new: ReviewFrame) -> None:
        line = new.line
        self._applying = True
        if line is None:
            self.clearSelection()
            self.scrollToTop()
        else:
            left = self.horizontalScrollBar().value()
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(self._model.index(line, 0), flag.NoUpdate)
            if not new.state.picked or new.state.picked != self._told:
                self.selectionModel().select(self._selection(new, line), flag.ClearAndSelect)
            self.jump(line)
            self.horizontalScrollBar().setValue(left)
        self._applying = False

    def _show_order(self, header: QHeaderView, new: ReviewFrame) -> None:
        ids = [column.id for column in COLUMNS]
        order = Qt.SortOrder.DescendingOrder if new.state.descending else Qt.SortOrder.AscendingOrder
        header.blockSignals(True)
        header.setSortIndicator(ids.index(new.state.sort) if new.state.sort in ids else -1, order)
        header.blockSignals(False)

    def _selection(self, new: ReviewFrame, line: int) -> QItemSelection:
        """The lines of the rows picked, or the one line."""
        assert new.lines is not None
        picked = np.sort(new.lines.lines[list(new.state.picked)]) if new.state.picked else np.array([line])
        picked = picked[picked >= 0]
        breaks = np.flatnonzero(np.diff(picked) > 1) + 1
        selection, last = QItemSelection(), self._model.columnCount() - 1
        for run in np.split(picked, breaks):
            if len(run):
                ends = self._model.index(int(run[0]), 0), self._model.index(int(run[-1]), last)
                selection.select(*ends)
        return selection

    def _selected(self, *_changes: QItemSelection) -> None:
        """Tell which rows are selected, and which of them is the case."""
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
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.hide()
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSectionsMovable(True)
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        letter = self.fontMetrics().averageCharWidth()
        for section, column in enumerate(COLUMNS):
            self.setColumnWidth(section, letter * max(column.width, len(column.title) + 2) + 2 * PADDING)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(False)
        header.setSectionsClickable(True)
        header.sortIndicatorChanged.connect(self._ordered)

    def _ordered(self, section: int, order: Qt.SortOrder) -> None:
        column = COLUMNS[section].id if section >= 0 else "row"
        self.sorted.emit(column, section >= 0 and order == Qt.SortOrder.DescendingOrder)
