"""The diagnosis: its button, what it rests on, how far it is, and what it found in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.features.cameras.diagnosis import (
    SCOPES,
    DiagnosisLine,
    DiagnosisReport,
    DiagnosisState,
    LineKind,
    Scope,
)
from sefd_viewer.features.cameras.views.blocks import Section, wrapped
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.gui.panes import emptied

_INVITATION = "Searches all these choices for the combination that explains the people best."
_SIGNS: dict[LineKind, str] = {"fault": "✕", "person": "●", "fine": "✓", "note": "–"}
_TIPS: dict[LineKind, str] = {
    "fault": "Something that is read wrongly",
    "person": "A person, not the cameras",
    "fine": "Nothing is wrong",
    "note": "A remark",
}


class DiagnosisSection(Section):
    """Signals out: `started(scope)`, `stopped`, `applied(report, rejected lines)`, `copied(text)`, and
    `write` for a corrected copy."""

    started = Signal(str)
    stopped = Signal()
    applied = Signal(object, tuple)
    copied = Signal(str)
    write = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Diagnosis", parent)
        self.scope = QComboBox()
        self.scope.setAccessibleName("What the diagnosis rests on")
        self.start = QPushButton("Diagnose")
        self.start.setProperty("primary", True)
        self.stop = QPushButton("Stop")
        self.progress, self.stage = QProgressBar(textVisible=False), quiet_label("", wrap=True)
        self.problem = wrapped()
        self.problem.setProperty("problem", True)
        self.reports = QVBoxLayout()
        self.reports.setSpacing(10)
        self._lay_out()
        self.start.clicked.connect(lambda: self.started.emit(self.scope.currentData()))
        self.stop.clicked.connect(self.stopped)
        self.show_state(DiagnosisState())

    def show_scopes(self, scopes: tuple[Scope, ...]) -> None:
        """Offer these things to rest on; the choice stays where it can."""
        if tuple(self.scope.itemData(i) for i in range(self.scope.count())) == scopes:
            return
        chosen = self.scope.currentData() or "around"
        self.scope.clear()
        for scope in scopes:
            self.scope.addItem(SCOPES[scope], scope)
        self.scope.setCurrentIndex(max(self.scope.findData(chosen), 0))

    def show_state(self, state: DiagnosisState, *, rebuild: bool = True) -> None:
        """Show how a diagnosis stands."""
        if state.running:
            self.scope.setCurrentIndex(self.scope.findData(state.scope))
        self.scope.setEnabled(not state.running)
        self.start.setVisible(not state.running)
        self.stop.setVisible(state.running)
        self.progress.setVisible(state.running)
        self.progress.setRange(0, 0 if state.share is None else 1000)
        self.progress.setValue(round(1000 * (state.share or 0.0)))
        self.stage.setVisible(state.running or not state.reports)
        self.stage.setText(state.stage or _INVITATION)
        self.problem.setVisible(state.problem is not None)
        self.problem.setText(state.problem or "")
        if rebuild:
            emptied(self.reports)
            for report in state.reports:
                self.reports.addWidget(self._report(report))

    def _lay_out(self) -> None:
        self.head.addWidget(self.scope)
        self.head.addWidget(self.start)
        self.head.addWidget(self.stop)
        for part in (self.stage, self.progress, self.problem):
            self.rows.addWidget(part)
        self.rows.addLayout(self.reports)

    def _report(self, report: DiagnosisReport) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(_summary(report))
        rows = [LineRow(line) for line in report.lines]
        for line in rows:
            column.addWidget(line)
        if report.basis:
            column.addWidget(quiet_label(report.basis, wrap=True))
        row = QHBoxLayout()
        copy = QPushButton("Copy as text")
        copy.clicked.connect(lambda: self.copied.emit(report.text))
        row.addWidget(self._next_step(report, rows))
        row.addWidget(copy)
        row.addStretch(1)
        column.addLayout(row)
        return box

    def _next_step(self, report: DiagnosisReport, rows: Sequence[LineRow]) -> QPushButton:
        if report.by_sequence:
            write = QPushButton("Write corrected files…")
            write.setToolTip("A copy of the set in which what you tick is corrected")
            write.clicked.connect(self.write)
            return write
        apply = QPushButton("Apply")
        apply.setToolTip("Set the cards to what is ticked")
        apply.setEnabled(any(line.change is not None for line in report.lines))
        apply.clicked.connect(
            lambda: self.applied.emit(report, tuple(one.line for one in rows if not one.is_kept))
        )
        return apply


def _summary(report: DiagnosisReport) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    title = PlainLabel(report.title)
    title.setProperty("heading", True)
    amounts = PlainLabel(f"{report.before}  →  {report.after}" if report.before else "")
    amounts.setProperty("heading", True)
    row.addWidget(title, 1)
    row.addWidget(amounts)
    return box


class LineRow(QWidget):
    """A sentence with a sign or, for a fault, a tick (there at first if it is sure), and how sure."""

    def __init__(self, line: DiagnosisLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = line
        self.tick = QCheckBox(self)
        self.tick.setChecked(line.confidence == "sure")
        self.tick.setToolTip("Apply this finding")
        self.tick.setAccessibleName(line.text)
        self.tick.setVisible(line.change is not None)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.tick if line.change is not None else _sign(line.kind), 0, top)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(wrapped(line.text))
        if line.amounts:
            words.addWidget(quiet_label(line.amounts, wrap=True))
        row.addLayout(words, 1)
        if line.confidence:
            row.addWidget(_chip(line.confidence), 0, top)

    @property
    def is_kept(self) -> bool:
        """Whether the finding is to be applied."""
        return self.line.change is None or self.tick.isChecked()


def _sign(kind: LineKind) -> QLabel:
    sign = quiet_label(_SIGNS[kind])
    sign.setToolTip(_TIPS[kind])
    sign.setFixedWidth(14)
    sign.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    return sign


def _chip(confidence: str) -> QLabel:
    chip = PlainLabel(confidence)
    chip.setProperty("chip", True)
    chip.setProperty("strong", confidence == "sure")
    chip.setToolTip("How sure the diagnosis is of this")
    return chip
