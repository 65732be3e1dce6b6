"""The tab "Conventions": how cameras and bodies are read, as cards, with the error before and after."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import same
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.features.cameras.frame import CamerasFrame
from sefd_viewer.features.cameras.inspector import CardFrame, InspectorFrame
from sefd_viewer.features.cameras.views.blocks import Section, TabPage, number, wrapped
from sefd_viewer.features.cameras.views.diagnosis import DiagnosisSection
from sefd_viewer.features.cameras.views.step_row import StepRow
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip
from sefd_viewer.gui.panes import emptied

_ALL = "All cameras"


class StepCard(Section):
    """Steps of one stage.

    Signals out, `view` None for all cameras: `chosen(step, value, view)`, and `cleared(pairs, view)` with the
    steps that go back to their defaults.
    """

    chosen = Signal(str, object, object)
    cleared = Signal(tuple, object)

    def __init__(self, card: CardFrame, views: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(card.title, parent)
        self._views, self._conventions = views, Conventions()
        self.views = QComboBox(self)  # shown before it is laid out: it would be a window of its own
        self.reset = QToolButton()
        self.steps = {step.id: StepRow(step) for step in card.steps}
        self._per_camera = any(step.per_camera for step in card.steps)
        self.reset.setText("Reset")
        self.reset.setToolTip(plain_tip(f"{card.title}: everything as stated"))
        self.views.addItems([_ALL, *views])
        self.views.setAccessibleName(f"{card.title}: which cameras")
        self.views.setToolTip("Which cameras these choices are for")
        self.views.setVisible(self._per_camera and len(views) > 1)
        self.head.addWidget(self.reset)
        self.head.addWidget(self.views)
        for row in self.steps.values():
            self.rows.addWidget(row)
            row.chosen.connect(self._chosen)
        self.views.activated.connect(lambda _index: self._show())
        self.reset.clicked.connect(self._reset)

    @property
    def view(self) -> str | None:
        """The camera that is chosen, None for all."""
        return None if self.views.currentIndex() <= 0 else self.views.currentText()

    def show_conventions(self, conventions: Conventions) -> None:
        """Show the values in force."""
        self._conventions = conventions
        self._show()

    def _show(self) -> None:
        changed = False
        for row in self.steps.values():
            values = self._values(row)
            mixed = any(value != values[0] for value in values)
            row.show_value(values[0], mixed=mixed)
            changed = changed or mixed or values[0] != row.step.default
        self.reset.setVisible(changed)

    def _values(self, row: StepRow) -> list[Any]:
        """The values in force for the chosen camera, or for every camera."""
        if not row.step.per_camera:
            return [self._conventions.option(row.step.id)]
        chosen = [self.view] if self.view is not None else self._views or [None]
        return [self._conventions.option(row.step.id, view) for view in chosen]

    def _chosen(self, step: str, value: object) -> None:
        view = self.view if self.steps[step].step.per_camera else None
        self.chosen.emit(step, value, view)

    def _reset(self) -> None:
        changed = (row for row in self.steps.values() if self._values(row) != [row.step.default])
        self.cleared.emit(tuple((row.step.id, row.step.default) for row in changed), self.view)


_METRES_FROM_MM, _FAR_PX, _NOISE = 10_000.0, 10_000.0, 0.1
_TIPS = {
    "Between the views": "2D joints against the points triangulated from them",
    "Bodies in the pictures": "2D joints against the annotated body's joints",
    "Bodies at the joints": "Viewing rays of the 2D joints against the annotated body's joints",
}


class InspectorTab(TabPage):
    """Signals out: what was `chosen` and `cleared` in the cards, and what the buttons ask for."""

    chosen = Signal(str, object, object)
    cleared = Signal(tuple, object)
    all_cleared = Signal()
    calibration_wanted = Signal()
    calibration_dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.errors = ErrorSection()
        self.diagnosis = DiagnosisSection()
        self.cards: dict[str, StepCard] = {}
        self._shown = InspectorFrame()
        self._chain = QVBoxLayout()
        self._chain.setSpacing(self.column.spacing())
        self.column.addWidget(self.errors)
        self.column.addWidget(self.diagnosis)
        self.column.addLayout(self._chain)
        self.column.addStretch(1)
        self.errors.reset.clicked.connect(self.all_cleared)
        self.errors.open.clicked.connect(self.calibration_wanted)
        self.errors.drop.clicked.connect(self.calibration_dropped)
        self.show_frame(InspectorFrame())

    def apply(self, old: CamerasFrame, new: CamerasFrame) -> None:
        """Show a frame's cards, errors and diagnosis."""
        if new.inspector is not None and not same(old.inspector, new.inspector):
            self.show_frame(new.inspector)

    def show_frame(self, frame: InspectorFrame) -> None:
        """Show cards, errors and diagnosis, or why there are none; cards are made anew for other steps."""
        self.show_words(frame.words)
        if frame.words is not None:
            return
        before, self._shown = self._shown, frame
        self.errors.show_frame(frame)
        self.diagnosis.show_scopes(frame.scopes)
        reports = frame.diagnosis.reports
        self.diagnosis.show_state(frame.diagnosis, rebuild=before.diagnosis.reports is not reports)
        if (before.cards, before.views) != (frame.cards, frame.views):
            self._rebuild(frame)
        if frame.conventions is not None:
            for card in self.cards.values():
                card.show_conventions(frame.conventions)

    def _rebuild(self, frame: InspectorFrame) -> None:
        emptied(self._chain)
        self.cards = {card.stage: StepCard(card, frame.views) for card in frame.cards}
        for card in self.cards.values():
            self._chain.addWidget(card)
            card.chosen.connect(self.chosen)
            card.cleared.connect(self.cleared)


class ErrorSection(Section):
    """The error as stated and as read now, what is read otherwise, and whose cameras these are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Error", parent)
        self.reset = QPushButton("All as stated")
        self.reset.setToolTip("Read everything as its files state it")
        self.open = QPushButton("Open another calibration…")
        self.open.setToolTip("Read these views with the cameras of another file")
        self.drop = QPushButton("Back to its own")
        self.drop.setToolTip("Read these views with their own cameras again")
        self.calibration, self.differences = wrapped(), quiet_label("", wrap=True)
        self.unfold = QToolButton()
        self.unfold.setCheckable(True)
        self.unfold.setToolTip("List what is read otherwise")
        self.unfold.setArrowType(Qt.ArrowType.RightArrow)
        self.unfold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.unfold.setStyleSheet("QToolButton { padding: 2px 6px 2px 0px; }")
        self.unfold.toggled.connect(self._turn_arrow)
        self.unfold.toggled.connect(self.differences.setVisible)
        self._table = QWidget()
        self.head.addWidget(self.reset)
        self.rows.addWidget(self._table)
        self.rows.addWidget(self.calibration)
        self.rows.addWidget(self.unfold, 0, Qt.AlignmentFlag.AlignLeft)
        self.rows.addWidget(self.differences)
        row = QHBoxLayout()
        row.addWidget(self.open)
        row.addWidget(self.drop)
        row.addStretch(1)
        self.rows.addLayout(row)

    def show_frame(self, frame: InspectorFrame) -> None:
        """Show a frame's errors."""
        table = _errors_table(frame)
        self.rows.replaceWidget(self._table, table)
        self._table.hide()
        self._table.deleteLater()
        self._table = table
        count = len(frame.differences)
        self.reset.setEnabled(count > 0)
        self.differences.setText("\n".join(f"• {line}" for line in frame.differences))
        self.differences.setVisible(count > 0 and self.unfold.isChecked())
        self.unfold.setVisible(count > 0)
        self.unfold.setText(f"{count} {'thing is' if count == 1 else 'things are'} read otherwise")
        self.calibration.setText(_whose(frame))
        self.calibration.setVisible(bool(self.calibration.text()))
        self.drop.setVisible(frame.calibration is not None)

    def _turn_arrow(self, on: bool) -> None:
        self.unfold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)


def _whose(frame: InspectorFrame) -> str:
    """Whose cameras these are, and whether all is as stated."""
    if frame.calibration is not None:
        return f"Cameras of {frame.calibration}" + ("" if frame.differences else ", as stated")
    return "" if frame.differences else "Everything is read as its files state it."


def _errors_table(frame: InspectorFrame) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    for column, title in enumerate(("as stated", "", "now"), start=1):
        grid.addWidget(number(title, quiet=True), 0, column)
    for line, (name, (before, after, unit)) in enumerate(frame.errors.items(), start=1):
        label = PlainLabel(name)
        label.setToolTip(plain_tip(f"{_TIPS[name]}: medians of each camera, averaged"))
        grid.addWidget(label, line, 0)
        grid.addWidget(number(_amount(before, unit), quiet=True), line, 1)
        grid.addWidget(number("→", quiet=True), line, 2)
        now = number(_amount(after, unit), strong=True)
        if after > 1.05 * before + _NOISE:
            now.setProperty("problem", True)
        grid.addWidget(now, line, 3)
    if not frame.errors:
        grid.addWidget(quiet_label("Nothing to compare at this moment"), 1, 0, 1, 4)
    return table


def _amount(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "–"
    if unit == "mm" and value >= _METRES_FROM_MM:
        return f"{value / 1000:,.0f} m"
    if unit == "px" and value >= _FAR_PX:
        return "far off"
    return f"{value:.1f} {unit}" if value < 1000 else f"{value:,.0f} {unit}"
