"""The tab "Residuals": how far each joint is off in each camera; a click chooses the joint everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Frame, same
from sefd_viewer.features.cameras.board.frame import BoardFrame, ResidualFrame
from sefd_viewer.features.cameras.board.residual_rows import residual_rows
from sefd_viewer.features.cameras.views.board.choice import Choice
from sefd_viewer.features.cameras.views.board.residual_model import ResidualModel
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.tables import ExportButton

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
        self.against = Choice(AGAINST, tip="What 2D joints are measured against")
        self.unit = Choice(UNITS, tip="In the picture, or of the viewing ray at the joint")
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

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's residuals."""
        before, now = old.board or BoardFrame(), new.board or BoardFrame()
        self.against.show_key(now.chosen.against)
        self.unit.show_key(now.chosen.unit)
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
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrow keys step through moments
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
