"""The person list: pose source, score, errors where ground truth exists; and who is missing, and why."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from sefd_viewer.app.frame import Frame, PersonFrame
from sefd_viewer.app.methods import COLORS, TITLES
from sefd_viewer.gui.controls import ClickableRow, Dot, EyeButton, quiet_label
from sefd_viewer.gui.plain_text import PlainLabel

_HEADINGS = ("MPJPE", "PA-MPJPE", "MPVPE")
_EMPTY = "People appear here once a picture is open."


class PersonRow(ClickableRow):
    """One person: colour, name, pose source and score, an eye, and a small table of errors in mm."""

    eye_changed = Signal(str, bool)

    def __init__(self, person: PersonFrame, parent: QWidget | None = None) -> None:
        super().__init__("person_row", parent)
        self.key = person.key
        self.eye = EyeButton(f"Show {person.title}")
        self._table = QWidget()
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 6, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.addWidget(Dot(person.color), 0, 0)
        grid.addWidget(PlainLabel(person.title), 0, 1)
        grid.addWidget(_score(person.score), 0, 2)
        grid.addWidget(self.eye, 0, 3)
        grid.addWidget(quiet_label(person.source, wrap=True), 1, 1, 1, 3)
        if person.metrics:
            grid.addWidget(metrics_table(person), 2, 1, 1, 3)
        grid.setColumnStretch(1, 1)
        self.eye.set_open(person.visible)
        self.eye.toggled.connect(lambda on: self.eye_changed.emit(self.key, on))


class PeoplePanel(QWidget):
    """Signals out: `selected(key)` and `eye_changed(key, on)`; `apply` shows a frame's people."""

    selected = Signal(str)
    eye_changed = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, PersonRow] = {}
        self.skipped = quiet_label("", wrap=True)
        self.skipped.setContentsMargins(8, 6, 8, 2)
        self.skipped.setEnabled(False)
        self.skipped.hide()
        self.note = quiet_label(_EMPTY, wrap=True)
        self.note.setContentsMargins(8, 2, 8, 2)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.addWidget(self.note)
        layout.addLayout(self._list)
        layout.addWidget(self.skipped)
        layout.addStretch(1)

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame's people; rows are made anew when any of them changed."""
        if _looks(old.people) != _looks(new.people) or len(self.rows) != len(new.people):
            self._rebuild(new.people)
        note = new.people_note or ("" if new.people else _EMPTY)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.skipped.setText("\n".join(words[:1].upper() + words[1:] for words in new.skipped))
        self.skipped.setVisible(bool(new.skipped))
        for row in self.rows.values():
            row.set_selected(row.key == new.person)

    def _rebuild(self, people: tuple[PersonFrame, ...]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {person.key: PersonRow(person) for person in people}
        for key, widget in self.rows.items():
            self._list.addWidget(widget)
            widget.clicked.connect(lambda key=key: self.selected.emit(key))
            widget.eye_changed.connect(self.eye_changed)


def metrics_table(person: PersonFrame) -> QWidget:
    """Errors in millimetres: a line for each method."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 4, 0, 2)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(1)
    for column, heading in enumerate(_HEADINGS, start=2):
        grid.addWidget(_right(quiet_label(heading)), 0, column)
    for line, (method, metrics) in enumerate(person.metrics.items(), start=1):
        grid.addWidget(Dot(COLORS[method], diameter=8), line, 0)
        grid.addWidget(PlainLabel(TITLES[method]), line, 1)
        for column, value in enumerate((metrics.mpjpe_mm, metrics.pa_mpjpe_mm, metrics.mpvpe_mm), start=2):
            grid.addWidget(_right(PlainLabel("–" if math.isnan(value) else f"{value:.0f}")), line, column)
    grid.setColumnStretch(1, 1)
    table.setToolTip("Errors against the ground truth in millimetres; smaller is better")
    return table


def _score(score: float) -> QLabel:
    label = quiet_label(f"{score:.2f}")
    label.setToolTip("How sure the source is of this person, 0 to 1")
    return label


def _right(label: QLabel) -> QLabel:
    label.setAlignment(Qt.AlignmentFlag.AlignRight)
    return label


def _looks(people: tuple[PersonFrame, ...]) -> list[tuple[object, ...]]:
    return [(p.key, p.source, p.score, p.visible, tuple(p.metrics.items())) for p in people]
