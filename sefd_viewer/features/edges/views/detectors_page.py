"""Every detector's edges side by side, with their agreement with the edges of the bodies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.features.edges.model import DetectorFrame, DetectorsFrame, EdgeLabFrame
from sefd_viewer.features.edges.pictures import FALSE, HIT, MISSED
from sefd_viewer.gui.controls import Dot, NumberSlider, quiet_label
from sefd_viewer.gui.labels import USUAL_LINE, ElidedCombo, ElidedLabel, PlainLabel
from sefd_viewer.gui.panes import Pane, header, say
from sefd_viewer.gui.photo_view import PhotoView
from sefd_viewer.gui.tables import ExportButton, plain_table

_COLUMNS = (
    ("Detector", ""),
    ("F", "Harmonic mean of precision and recall, at the level where it is highest"),
    ("Precision", "Share of the found edges that are edges of a body"),
    ("Recall", "Share of the bodies' edges that were found"),
    ("Inner recall", "The same for edges inside a body, away from its outline"),
    ("Chamfer", "Mean distance between found and wanted edges, both ways"),
    ("PSNR", "Of what a network would be given, against the bodies' overlap edge: more is more alike"),
    ("SSIM", "Structural similarity of the same two maps, 1 for equal ones"),
    ("Level", "Strength from which an edge counts, chosen for the highest F"),
)


TABLE = 0.42
"""The largest share of the page's height that the table takes."""
_KINDS = {"overlap": "overlap, hidden parts too", "all": "in view"}


class DetectorPane(Pane):
    """One detector's edges."""

    def __init__(self) -> None:
        self.view = PhotoView()
        self._title, self._score = ElidedLabel(wants=True), quiet_label()
        self._title.setProperty("heading", True)
        super().__init__(header(self._title, self._score), self.view)

    def apply(self, frame: DetectorFrame) -> None:
        """Show a detector."""
        self._title.setText(frame.title)
        self._score.setText("" if frame.agreement is None else f"F {frame.agreement.f_score:.2f}")
        fresh = self.view.viewport.is_fit
        self.view.set_image(frame.picture)
        if fresh:
            self.view.fit()
        say(self.view, frame.words)


class DetectorsPage(QWidget):
    """Signals out: `tolerance_changed`, `missed_changed`, `wanted_chosen` (a method's key), `kind_chosen`."""

    tolerance_changed = Signal(float)
    missed_changed = Signal(bool)
    wanted_chosen = Signal(str)
    kind_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wanted = ElidedCombo()
        self.wanted.setAccessibleName("Method whose bodies say where edges should be")
        self.wanted.setToolTip("Whose bodies say where edges should be")
        self.kind = ElidedCombo()
        for key, title in _KINDS.items():
            self.kind.addItem(title, key)
        self.kind.setAccessibleName("Which edges of the bodies")
        self.kind.setToolTip("Overlap edge: everybody’s as if alone. In view: what a camera could see")
        self.tolerance = NumberSlider(0.0, 6.0, 0.5, decimals=1, unit=" px")
        self.tolerance.name("Tolerance")
        self.missed = QCheckBox("Show missed")
        self.table = _table()
        self.export = ExportButton("edge-detectors", lambda: _rows(self._panels))
        self._panes: list[DetectorPane] = []
        self._panels: Sequence[DetectorFrame] = ()
        self._box: tuple[float, float, float, float] | None = None
        self._grid = QGridLayout()
        self._grid.setSpacing(1)
        self._words = PhotoView()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls())
        layout.addLayout(self._grid, 1)
        layout.addWidget(self._words, 1)
        layout.addWidget(self.table)
        self.wanted.activated.connect(lambda _i: self.wanted_chosen.emit(self.wanted.currentData()))
        self.kind.activated.connect(lambda _i: self.kind_chosen.emit(self.kind.currentData()))
        self.tolerance.changed.connect(self.tolerance_changed)
        self.missed.toggled.connect(self.missed_changed)

    def apply(self, old: EdgeLabFrame, new: EdgeLabFrame) -> None:
        """Show a frame."""
        self.tolerance.set_value(new.state.tolerance)
        self.kind.setCurrentIndex(self.kind.findData(new.state.wanted_kind))
        self.missed.blockSignals(True)
        self.missed.setChecked(new.state.show_missed)
        self.missed.blockSignals(False)
        if not same(old.detectors, new.detectors):
            self._show(new.detectors)

    def fit(self) -> None:
        """Show every photo whole; somebody new is shown large again."""
        for pane in self._panes:
            pane.view.fit()

    def _show(self, frame: DetectorsFrame) -> None:
        self.wanted.clear()
        for method, title in frame.methods:
            self.wanted.addItem(title, method)
        self.wanted.setCurrentIndex(self.wanted.findData(frame.wanted))
        self.wanted.setEnabled(self.wanted.count() > 1)
        self._words.setVisible(frame.words is not None)
        say(self._words, frame.words)
        for number, panel in enumerate(frame.panels):
            self._pane(number).apply(panel)
        self._panels = frame.panels
        self._arrange()
        if frame.box != self._box and frame.panels and frame.panels[0].picture is not None:
            self._box = frame.box
            if frame.box is not None:
                self._panes[0].view.show_rect(frame.box)  # the others are linked
        for number, pane in enumerate(self._panes):
            pane.setVisible(number < len(frame.panels))
        self._fill(frame.panels)

    def _pane(self, number: int) -> DetectorPane:
        while number >= len(self._panes):
            pane = DetectorPane()
            if self._panes:
                self._panes[0].view.link_to(pane.view)
            self._panes.append(pane)
        return self._panes[number]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the photos for the new room."""
        super().resizeEvent(event)
        self._set_table_height()
        self._arrange()

    def _set_table_height(self) -> None:
        """As many rows as there are, but not more than leave the photos their room."""
        rows = sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        whole = self.table.horizontalHeader().height() + rows + 4
        self.table.setFixedHeight(min(whole, max(round(TABLE * self.height()), 3 * USUAL_LINE)))

    def _arrange(self) -> None:
        """One row of photos or two: as they are largest."""
        count = len(self._panels)
        shapes = [panel.picture.shape for panel in self._panels if panel.picture is not None]
        room = self._grid.geometry()
        two_rows = count > 2 and bool(shapes) and _two_rows(shapes[0][:2], count, room.width(), room.height())
        columns = -(-count // 2) if two_rows else max(count, 1)
        for number, pane in enumerate(self._panes):
            self._grid.addWidget(pane, *divmod(number, columns))
        for place in range(self._grid.columnCount()):
            self._grid.setColumnStretch(place, int(place < columns))
        for place in range(self._grid.rowCount()):
            self._grid.setRowStretch(place, int(place * columns < count))

    def _fill(self, panels: Sequence[DetectorFrame]) -> None:
        self.export.setEnabled(bool(_rows(panels)))
        rows = [(panel.title, _numbers(panel)) for panel in panels if panel.agreement is not None]
        best = [_best(values) for values in zip(*(numbers for _, numbers in rows), strict=True)]
        self.table.setRowCount(len(rows))
        for row, (title, numbers) in enumerate(rows):
            self.table.setItem(row, 0, QTableWidgetItem(title))
            for column, value in enumerate(numbers, start=1):
                item = QTableWidgetItem(_text(column, value))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                font = item.font()
                font.setBold(column < len(_COLUMNS) - 1 and value == best[column - 1])
                item.setFont(font)
                self.table.setItem(row, column, item)
        self._set_table_height()
        self.table.setVisible(bool(rows))

    def _controls(self) -> QWidget:
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(10, 6, 10, 6)
        line.setSpacing(8)
        for widget in (
            PlainLabel("Edges of"),
            self.wanted,
            self.kind,
            PlainLabel("Tolerance"),
            self.tolerance,
            self.missed,
        ):
            line.addWidget(widget)
        line.addStretch(1)
        for color, words in ((HIT, "found"), (FALSE, "not of a body"), (MISSED, "missed")):
            line.addWidget(Dot(color))
            line.addWidget(quiet_label(words))
        line.addWidget(self.export)
        return bar


def _two_rows(shape: Sequence[int], count: int, width: int, height: int) -> bool:
    """Whether photos (height, width) are larger in two rows than in one, in a room of this size."""
    one = min(width / count / shape[1], height / shape[0])
    two = min(width / -(-count // 2) / shape[1], height / 2 / shape[0])
    return two > one


def _table() -> QTableWidget:
    table = plain_table(_COLUMNS, "Agreement of each detector with the edges of the bodies")
    for column in range(len(_COLUMNS)):
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        heading = table.horizontalHeaderItem(column)
        assert heading is not None
        heading.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    return table


def _rows(panels: Sequence[DetectorFrame]) -> list[dict[str, Any]]:
    """The numbers unrounded; `chamfer` in pixels."""
    return [
        {
            "detector": panel.title,
            "f_score": panel.agreement.f_score,
            **vars(panel.agreement),
            **(vars(panel.likeness) if panel.likeness is not None else {}),
        }
        for panel in panels
        if panel.agreement is not None
    ]


def _numbers(panel: DetectorFrame) -> tuple[float, ...]:
    """The numbers of a row, chamfer with its sign turned: more is better in every column but the last."""
    agreement, likeness = panel.agreement, panel.likeness
    assert agreement is not None
    return (
        agreement.f_score,
        agreement.precision,
        agreement.recall,
        agreement.inner_recall,
        -agreement.chamfer,
        math.nan if likeness is None else likeness.psnr_db,
        math.nan if likeness is None else likeness.ssim,
        agreement.level,
    )


def _best(values: Sequence[float]) -> float:
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def _text(column: int, value: float) -> str:
    if math.isnan(value):
        return "–"
    if _COLUMNS[column][0] == "PSNR":
        return f"{value:.1f} dB"
    return f"{-value:.1f} px" if _COLUMNS[column][0] == "Chamfer" else f"{value:.2f}"
