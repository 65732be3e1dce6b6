"""The tab "Residuals": how far each joint is off in each camera; a click chooses the joint everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from sefd_viewer.app.frame import same
from sefd_viewer.app.photo_titles import camera_title
from sefd_viewer.features.cameras.frame import CamerasFrame, ResidualFrame, residual_rows
from sefd_viewer.features.cameras.residuals import joint_title, shades
from sefd_viewer.gui.controls import Segments, quiet_label
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.tables import ExportButton
from sefd_viewer.gui.theme import current_colors

Index = QModelIndex | QPersistentModelIndex
Array = NDArray[np.float64]
MISSING = "–"
APART, ALL = "3D", "All"
STRONGEST = 190
"""Alpha of the colour behind the largest errors."""

_ROLES = frozenset(
    (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.BackgroundRole,
        Qt.ItemDataRole.ForegroundRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.FontRole,
    )
)


class ResidualModel(SafeOverrides, QAbstractTableModel):
    """Columns: the joint, one for each camera, all cameras together, and body against triangulated point."""

    def __init__(self) -> None:
        super().__init__()
        self._frame = ResidualFrame()
        self._values: Array = np.zeros((0, 0))
        self._shades: Array = np.zeros((0, 0))
        self._titles: tuple[str, ...] = ()
        self._outliers: frozenset[str] = frozenset()
        self._order: NDArray[np.intp] = np.arange(0)
        self._sorted_by: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    def show_frame(self, frame: ResidualFrame) -> None:
        """Show other numbers, in the order chosen before."""
        table = frame.table
        self.beginResetModel()
        self._frame = frame
        if table is None:
            self._values, self._titles = np.zeros((0, 0)), ()
        else:
            columns = [table.errors_px, np.array(list(table.by_joint.values()))[:, None]]
            self._titles = (*table.views, ALL)
            if frame.apart_mm is not None:
                columns.append(frame.apart_mm[:, None])
                self._titles += (APART,)
            self._values = np.concatenate(columns, axis=1)
        self._shades = self._shaded()
        self._outliers = frozenset(() if table is None else (*table.outlier_views, *table.outlier_joints))
        self._order = np.arange(len(self._values))
        self.endResetModel()
        self.sort(*self._sorted_by)

    def joint(self, row: int) -> str | None:
        """The joint of a row, None beyond the ends."""
        table = self._frame.table
        inside = table is not None and 0 <= row < len(self._order)
        return table.joints[self._order[row]] if table is not None and inside else None

    def row(self, joint: str | None) -> int | None:
        """The row of a joint, None when it is not here."""
        return next((row for row in range(len(self._order)) if self.joint(row) == joint), None)

    # ---- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One row for each joint."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The joint's name, and the numbers."""
        return 0 if parent.isValid() or not self._titles else 1 + len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell."""
        if role not in _ROLES:  # a view asks for ten, for every cell that it paints
            return None
        joint = self.joint(index.row())
        if joint is None:
            return None
        if index.column() == 0:
            return self._name(joint, role)
        return self._number(int(self._order[index.row()]), index.column() - 1, role)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The cameras' names, with their own error below."""
        if orientation != Qt.Orientation.Horizontal or section > len(self._titles):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and section and self._stands_out(self._titles[section - 1]):
            return QColor(current_colors().problem)
        if role == Qt.ItemDataRole.ToolTipRole and section:
            return plain_tip(self._tip(self._titles[section - 1]))
        if role == Qt.ItemDataRole.DisplayRole:
            return "Joint\n" if section == 0 else self._heading(section - 1)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the joints by a column; unknown numbers come last; -1 is the joints' own order."""
        self._sorted_by = (column, order)
        self.layoutAboutToBeChanged.emit()
        self._order = self._sorted(column, order == Qt.SortOrder.DescendingOrder)
        self.layoutChanged.emit()

    # ---- inside

    def _shaded(self) -> Array:
        """Shares 0..1 of the strongest colour for every number."""
        shaded = shades(self._values, self._frame.height_px, self._frame.unit)
        if self._frame.apart_mm is not None and shaded.size:
            shaded[:, -1] = shades(self._values[:, -1], self._frame.height_px, "mm")
        return shaded

    def _sorted(self, column: int, descending: bool) -> NDArray[np.intp]:
        if not 0 < column <= len(self._titles):
            rows = np.arange(len(self._values))
            return rows[::-1] if descending and column == 0 else rows
        values = self._values[:, column - 1]
        key = np.where(np.isfinite(values), -values if descending else values, np.inf)
        return np.argsort(key, kind="stable")

    def _name(self, joint: str, role: int) -> object:
        outlier = joint in self._outliers
        if role == Qt.ItemDataRole.DisplayRole:
            return joint_title(joint)
        if role == Qt.ItemDataRole.ForegroundRole and outlier:
            return QColor(current_colors().problem)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "Far above the other joints" if outlier else None
        if role == Qt.ItemDataRole.FontRole and outlier:
            return _bold()
        return None

    def _number(self, row: int, column: int, role: int) -> object:
        value, share = self._values[row, column], self._shades[row, column]
        if role == Qt.ItemDataRole.DisplayRole:
            return short_number(value) if np.isfinite(value) else MISSING
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.BackgroundRole and np.isfinite(share):
            return QColor(0xD5, 0x5E, 0x00, round(STRONGEST * float(share)))
        return None

    def _tip(self, title: str) -> str:
        if title == APART:
            return "Distance in space of the body's joint from the triangulated point, in millimetres"
        if title == ALL:
            return "Median over the cameras"
        camera = camera_title(title, self._frame.views)
        return f"{camera}: " + (
            "far above the other cameras" if self._stands_out(title) else "median over the joints"
        )

    def _stands_out(self, title: str) -> bool:
        return title in self._outliers

    def _heading(self, column: int) -> str:
        values = self._values[:, column]
        known = values[np.isfinite(values)]
        name = column_name(title := self._titles[column], self._frame.views)
        if not known.size:
            return f"{name}\n"
        median = float(np.median(known))
        in_mm = title == APART or self._frame.unit == "mm"
        return f"{name}\n{median:,.0f} mm" if in_mm else f"{name}\n{short_number(median)} px"


def short_number(value: float) -> str:
    """An error with one decimal, from a hundred on with none: no more digits than a narrow column holds."""
    return f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def column_name(title: str, views: Sequence[str]) -> str:
    """What stands above a narrow column: a camera's number or name, as in "Camera 1 (54138969)"."""
    camera = camera_title(title, views).removeprefix("Camera ").partition(" (")[0]
    return title if title in (ALL, APART) else camera


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font


AGAINST = (("triangulated", "Triangulated"), ("body", "Body"))
UNITS = (("px", "px"), ("mm", "mm"))


class ResidualTab(QWidget):
    """Signals out: `joint_chosen(name)`, `against_chosen(key)`, `unit_chosen(key)`, `told(words)`."""

    joint_chosen = Signal(str)
    against_chosen = Signal(str)
    unit_chosen = Signal(str)
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ResidualModel()
        self.table = _table(self.model)
        self.against = Segments(AGAINST, name="What 2D joints are measured against", by_tab=True)
        self.unit = Segments(UNITS, name="In the picture, or of the viewing ray at the joint", by_tab=True)
        self.note = quiet_label("", wrap=True)
        self.words = quiet_label("", wrap=True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setContentsMargins(16, 16, 16, 16)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 4)
        layout.setSpacing(6)
        self._residuals = ResidualFrame()
        self.export = ExportButton("residuals", lambda: residual_rows(self._residuals))
        layout.addLayout(_row((self.against, self.unit, self.export)))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.words, 1)
        self.note.setContentsMargins(10, 0, 10, 2)
        layout.addWidget(self.note)
        self.table.clicked.connect(self._clicked)
        self.export.told.connect(self.told)
        self.against.chosen.connect(self.against_chosen)
        self.unit.chosen.connect(self.unit_chosen)

    def apply(self, before: CamerasFrame, now: CamerasFrame) -> None:
        """Show a frame's residuals."""
        self.against.set_chosen(now.chosen.against)
        self.unit.set_chosen(now.chosen.unit)
        if not same(before.residuals, now.residuals):
            self._show(before.residuals, now.residuals)
        self._select(now.chosen.joint)

    def _show(self, before: ResidualFrame, frame: ResidualFrame) -> None:
        if frame.words is not None and frame.words.busy and before.table is not None:
            return  # the numbers of the moment before stay until the next ones come
        self._residuals = frame
        self.export.setEnabled(frame.table is not None)
        self.model.show_frame(frame)
        self.note.setText(frame.note)
        if self.model.columnCount():
            header = self.table.horizontalHeader()
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setVisible(frame.table is not None)
        self.words.setVisible(frame.table is None)
        words = frame.words
        self.words.setText("" if words is None else f"<b>{escape(words.title)}</b><br>{escape(words.hint)}")
        self.words.setToolTip("" if words is None else plain_tip(f"{words.title}. {words.hint}"))

    def _clicked(self, index: QModelIndex) -> None:
        joint = self.model.joint(index.row())
        if joint is not None:
            self.joint_chosen.emit(joint)

    def _select(self, joint: str | None) -> None:
        """Mark the chosen joint's row."""
        row, selection = self.model.row(joint), self.table.selectionModel()
        if row is None:
            selection.clearSelection()
            return
        flags = QItemSelectionModel.SelectionFlag
        selection.select(self.model.index(row, 0), flags.ClearAndSelect | flags.Rows)


def _table(model: ResidualModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setSortingEnabled(True)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # arrow keys step through moments after a click
    table.setAccessibleName("Errors of the joints in each camera")
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(24)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setMinimumSectionSize(54)
    header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
    header.setSortIndicatorClearable(True)
    header.setHighlightSections(False)
    return table


def _row(widgets: Sequence[QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(10, 0, 10, 0)
    row.addWidget(widgets[0])
    row.addStretch(1)
    for widget in widgets[1:]:
        row.addWidget(widget)
    return row
