"""Methods by metric: mean and difference to the baseline, the interval below; grey is what may be chance."""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QInputDialog,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from sefd_viewer.app.people import HIDDEN
from sefd_viewer.evaluation.runs.intervals import Mean
from sefd_viewer.features.people.comparing import (
    LARGER_IS_BETTER,
    METRICS,
    CompareTable,
    Comparison,
    MethodRow,
    as_csv,
    as_latex,
    digits,
    heading,
)
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.gui.labels import grown, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

Index = QModelIndex | QPersistentModelIndex
ROW, HEADER, MOST_HIGH = 48, 27, 267
CELL = Qt.ItemDataRole.UserRole
BAR, HEADING = 150, 24
"""Width of the bar of better, same and worse; and of what stands beside a heading's words."""
WIDEST = "−88.8 to +88.8 · chance"


class CompareView(SafeOverrides, QTableWidget):
    """Signals out: `baseline_chosen(method)`, `filtered(method, sign)` by a click into a bar (-1: better),
    `limit_changed(share)`, `metrics_changed(tuple)`, `told(words)`.
    """

    baseline_chosen = Signal(str)
    filtered = Signal(str, int)
    limit_changed = Signal(float)
    metrics_changed = Signal(tuple)
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self._table: CompareTable | None = None
        self._metrics: tuple[str, ...] = ()
        self.setItemDelegate(_Cells(self))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Methods compared; Enter on a row makes it the yardstick")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(60)
        header.sectionClicked.connect(self._header_clicked)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._menu)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.activated.connect(lambda index: self._make_baseline(index.row()))

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's comparison."""
        if old.compare is new.compare and self._table is not None:
            return
        self._table, self._metrics = new.compare, new.state.metrics
        table = new.compare
        rows = table.rows if table is not None else ()
        metrics = table.metrics if table is not None else ()
        self.clear()
        self.setRowCount(len(rows))
        self.setColumnCount(len(metrics) + 2)
        titles = [heading(metric, table) for metric in metrics] if table is not None else []
        for column, title in enumerate(("Method", *titles, "person by person")):
            item = QTableWidgetItem(title)
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(column, item)
            self._explain(item, column)
        for line, row in enumerate(rows):
            for column in range(self.columnCount()):
                cell = QTableWidgetItem()
                cell.setData(CELL, (row, metrics[column - 1] if 0 < column <= len(metrics) else None))
                cell.setToolTip(plain_tip(self._tip(row, column)))
                cell.setData(Qt.ItemDataRole.AccessibleTextRole, self._tip(row, column) or row.title)
                self.setItem(line, column, cell)
        self.setVisible(bool(rows))
        self._spread()

    @property
    def table(self) -> CompareTable | None:
        """What is shown."""
        return self._table

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        super().resizeEvent(event)
        self._spread()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_table"):
            self._spread()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a row makes it the baseline, one into its bar filters."""
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setCurrentIndex(index)
        row: MethodRow = index.siblingAtColumn(0).data(CELL)[0]
        if index.column() == self.columnCount() - 1 and self._table and row.method != self._table.baseline:
            sign = bar_sign(row, bar_rect(self.visualRect(index)), event.position().x())
            if sign:
                self.filtered.emit(row.method, sign)
                return
        self._make_baseline(index.row())

    def copy(self, form: str) -> str:
        """Put the table on the clipboard as "latex" or "csv"; returns it."""
        if self._table is None:
            return ""
        words = as_latex(self._table) if form == "latex" else as_csv(self._table)
        QApplication.clipboard().setText(words)
        self.told.emit(f"The table is on the clipboard as {'LaTeX' if form == 'latex' else 'CSV'}")
        return words

    # ---- inside

    def _spread(self) -> None:
        columns = self.columnCount()
        if columns < 2 or not self.rowCount():
            return
        room, between = self.viewport().width(), range(1, columns - 1)
        least = [max(self._least(column), grown(self, 70)) for column in between]
        first = max(round(room * 0.17), grown(self, 130))
        last = max(round(room * 0.16), BAR + 20, self._least(columns - 1), grown(self, 160))
        if first + last + sum(least) > room:
            first = max(room - last - sum(least), grown(self, 130))
        count = max(len(least), 1)
        even, spare = (room - first - last) // count, room - first - last - sum(least)
        widths = [even if even >= max(least) else wide + max(spare, 0) // count for wide in least]
        for column, wide in enumerate((first, *widths, last)):
            self.setColumnWidth(column, wide)
        self._grow(first + last + sum(widths) > room)

    def _least(self, column: int) -> int:
        """The width that a column's heading and numbers need, in pixels."""
        item, metrics = self.horizontalHeaderItem(column), self.horizontalHeader().fontMetrics()
        words = metrics.horizontalAdvance(item.text()) if item is not None else 0
        return max(words, QFontMetrics(_font(self.font(), larger=-2)).horizontalAdvance(WIDEST)) + HEADING

    def _grow(self, scrolls: bool) -> None:
        """As high as the rows at this size of text, within bounds."""
        row, header = max(ROW, grown(self, ROW)), max(HEADER, grown(self, HEADER))
        self.verticalHeader().setDefaultSectionSize(row)
        self.horizontalHeader().setFixedHeight(header)
        bar = self.horizontalScrollBar().sizeHint().height() if scrolls else 0
        most = max(MOST_HIGH, header + 3 * row)
        self.setFixedHeight(min(header + row * self.rowCount() + 1, most) + bar)

    def _explain(self, item: QTableWidgetItem, column: int) -> None:
        metric = (
            self._table.metrics[column - 1] if self._table and 0 < column <= len(self._table.metrics) else ""
        )
        if metric == HIDDEN:
            item.setToolTip("A click changes from which share on somebody counts as hidden")
        elif metric:
            item.setToolTip(
                "Mean over the people, and the difference to the yardstick with its 95 % interval"
            )

    def _tip(self, row: MethodRow, column: int) -> str:
        table = self._table
        if table is None:
            return ""
        if not 0 < column <= len(table.metrics):
            return f"{row.better} better, {row.same} the same, {row.worse} worse" if column else row.title
        metric = table.metrics[column - 1]
        cell = row.cells.get(metric) or Comparison()
        if cell.mean is None or not cell.mean.count:
            return "Nobody has a number here"
        title, unit = METRICS[metric]
        words = [f"{row.title}: {title} {cell.mean.mean:.{digits(metric)}f} {unit}".strip()]
        if not math.isnan(cell.mean.low):
            words.append(f"{cell.mean.between()} (95 %) over {cell.mean.count} people")
        if metric == HIDDEN and table.depth_findings:
            words.append(f"{table.depth_findings} of {table.hidden} hidden people have depth findings")
        return "\n".join(words)

    def _header_clicked(self, column: int) -> None:
        table = self._table
        if table is None or not 0 < column <= len(table.metrics) or table.metrics[column - 1] != HIDDEN:
            return
        share, done = QInputDialog.getDouble(
            self, "Hidden people", "Hidden from this share on (%)", 100 * table.hidden_from, 0, 100, 0
        )
        if done:
            self.limit_changed.emit(share / 100)

    def _make_baseline(self, line: int) -> None:
        item = self.item(line, 0)
        if item is not None:
            self.baseline_chosen.emit(item.data(CELL)[0].method)

    def _menu(self, place: QPoint) -> None:
        """Which metrics are shown, and copying."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for metric, (title, _) in METRICS.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(metric in self._metrics)
            action.toggled.connect(lambda on, metric=metric: self._choose(metric, on))
        menu.addSeparator()
        menu.addAction("Copy as LaTeX").triggered.connect(lambda: self.copy("latex"))
        menu.addAction("Copy as CSV").triggered.connect(lambda: self.copy("csv"))
        menu.popup(self.mapToGlobal(place))

    def _choose(self, metric: str, on: bool) -> None:
        chosen = {*self._metrics, metric} if on else {*self._metrics} - {metric}
        self.metrics_changed.emit(tuple(one for one in METRICS if one in chosen))


class _Cells(SafeOverrides, QStyledItemDelegate):
    """Draws a method's name, two lines of numbers, or the bar of better, same and worse."""

    def __init__(self, view: CompareView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(80, grown(self._view, ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        data, table = index.data(CELL), self._view.table
        if data is None or table is None:
            return
        row, metric = data
        rect: QRect = option.rect
        colors = current_colors()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.method == table.baseline:
            tint = QColor(colors.accent)
            tint.setAlpha(36)
            painter.fillRect(rect, tint)
        painter.fillRect(QRect(rect.left(), rect.top(), rect.width(), 1), QColor(colors.line))
        if index.column() == 0:
            self._paint_name(painter, rect, row)
        elif metric is not None:
            self._paint_numbers(painter, rect.adjusted(10, 4, -10, -4), row.cells.get(metric), metric)
        else:
            self._paint_people(painter, rect, row, is_baseline=row.method == table.baseline)
        painter.restore()

    def _paint_name(self, painter: QPainter, rect: QRect, row: MethodRow) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*row.color))
        painter.drawEllipse(QRectF(rect.left() + 14, rect.center().y() - 4.5, 10, 10))
        painter.setFont(_font(self._view.font(), weight=QFont.Weight.DemiBold))
        painter.setPen(QColor(current_colors().text))
        area = rect.adjusted(34, 0, -4, 0)
        words = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_numbers(self, painter: QPainter, area: QRect, cell: Comparison | None, metric: str) -> None:
        colors, right = current_colors(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        mean = cell.mean if cell is not None else None
        if cell is None or mean is None or not mean.count:
            painter.setPen(QColor(colors.faint))
            painter.drawText(area, right, "–")
            return
        places, below = digits(metric), _interval(cell, metric)
        top = QRect(area)
        if below:
            top.setHeight(area.height() // 2 + 2)
        wide = self._paint_difference(painter, top, cell, metric)
        painter.setFont(_font(self._view.font(), weight=QFont.Weight.DemiBold, larger=1))
        painter.setPen(QColor(colors.text))
        painter.drawText(top.adjusted(0, 0, -wide, 0), right, f"{mean.mean:.{places}f}")
        if below:
            painter.setFont(_font(self._view.font(), larger=-2))
            painter.setPen(QColor(colors.faint))
            painter.drawText(
                QRect(area.left(), top.bottom(), area.width(), area.bottom() - top.bottom()), right, below
            )

    def _paint_difference(self, painter: QPainter, area: QRect, cell: Comparison, metric: str) -> int:
        """The difference at the right; returns the room it took."""
        colors, apart = current_colors(), cell.apart
        if apart is None or not apart.count or math.isnan(apart.mean):
            return 0
        words = f"{apart.mean:+.{digits(metric)}f}".replace("-", "−")
        gain = apart.mean > 0 if metric in LARGER_IS_BETTER else apart.mean < 0
        color = colors.quiet if not cell.is_sure else colors.better if gain else colors.worse
        painter.setFont(_font(self._view.font(), weight=QFont.Weight.DemiBold))
        painter.setPen(QColor(color))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        return painter.fontMetrics().horizontalAdvance(words) + 8

    def _paint_people(self, painter: QPainter, rect: QRect, row: MethodRow, *, is_baseline: bool) -> None:
        colors, right = current_colors(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        total = row.better + row.same + row.worse
        if is_baseline or not total:
            painter.setPen(QColor(colors.quiet))
            painter.drawText(rect.adjusted(0, 0, -10, 0), right, "the yardstick" if is_baseline else "–")
            return
        bar, left = bar_rect(rect), float(bar_rect(rect).left())
        for count, color in ((row.better, colors.better), (row.same, colors.line), (row.worse, colors.worse)):
            width = bar.width() * count / total
            painter.fillRect(QRectF(left, bar.top(), width, bar.height()), QColor(color))
            left += width
        painter.setFont(_font(self._view.font(), larger=-2))
        painter.setPen(QColor(colors.quiet))
        words = QRect(rect.left(), bar.bottom() + 2, rect.width() - 10, rect.bottom() - bar.bottom() - 2)
        painter.drawText(words, right, f"{row.better} better, {row.worse} worse")


def bar_rect(cell: QRect) -> QRect:
    """Where the bar of better, same and worse is in its cell."""
    width = min(BAR, cell.width() - 20)
    return QRect(cell.right() - 10 - width, cell.top() + 9, width, 13)


def bar_sign(row: MethodRow, bar: QRect, x: float) -> int:
    """What a click at `x` means: -1 the better part, 1 the worse, 0 beside them."""
    total = row.better + row.same + row.worse
    share = (x - bar.left()) / max(bar.width(), 1) * total
    if not total or not 0 <= share <= total:
        return 0
    return -1 if share < row.better else 1 if share >= row.better + row.same else 0


def _interval(cell: Comparison, metric: str) -> str:
    """The interval below a number: of the difference, of the baseline its own."""
    of: Mean | None = cell.apart if cell.apart is not None else cell.mean
    if of is None or not of.count or math.isnan(of.low):
        return ""
    form = f"+.{digits(metric)}f" if cell.apart is not None else f".{digits(metric)}f"
    words = of.between(form).replace("-", "−")
    return f"{words} · chance" if cell.apart is not None and not cell.is_sure else words


def _font(font: QFont, *, weight: QFont.Weight | None = None, larger: int = 0) -> QFont:
    found = QFont(font)
    if weight is not None:
        found.setWeight(weight)
    if larger:
        found.setPointSizeF(max(found.pointSizeF() + 0.75 * larger, 6.0))
    return found
