"""The verdict of the case in view: four buttons, kinds of issues, a note, and who judges."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.features.people.review.frame import CaseFrame, ReviewFrame
from sefd_viewer.features.people.views.review.buttons import word_button
from sefd_viewer.features.people.views.review.flow_layout import FlowLayout
from sefd_viewer.features.people.views.review.verdict_signs import COLORS, TITLES, sign_icon
from sefd_viewer.gui.controls import ElidedLabel
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

KEYS = {"good": "G", "bad": "B", "unsure": "U", "fixed": "X"}
_BUTTON = """
QToolButton {{ border: 1px solid {color}; padding: 6px 4px; border-radius: 6px; }}
QToolButton:checked {{ background: {color}; color: white; font-weight: 600; }}
QToolButton:disabled {{ border-color: palette(mid); }}
"""


class VerdictBar(QWidget):
    """Four buttons, and whether a verdict brings the next case into view."""

    judged = Signal(str)
    go_on_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.states = {state: self._button(state) for state in COLORS}
        self.go_on = QCheckBox("Then go on")
        self.go_on.setToolTip("After a verdict, bring the next unreviewed row into view")
        self.go_on.toggled.connect(self.go_on_changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 4)
        layout.setSpacing(6)
        for button in self.states.values():
            layout.addWidget(button)
        layout.addSpacing(4)
        layout.addWidget(self.go_on)

    def apply(self, new: ReviewFrame) -> None:
        """Show the verdict of a frame's case."""
        for state, button in self.states.items():
            button.setChecked(new.case is not None and new.case.state == state)
            button.setEnabled(new.case is not None)
        self.go_on.blockSignals(True)
        self.go_on.setChecked(new.state.go_on)
        self.go_on.blockSignals(False)

    def _button(self, state: str) -> QToolButton:
        tip = f"{TITLES[state]} ({KEYS[state]})"
        button = word_button(f"{TITLES[state]}  {KEYS[state]}", checkable=True, tip=tip)
        button.setIcon(sign_icon(state))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setStyleSheet(_BUTTON.format(color=COLORS[state]))
        button.clicked.connect(lambda: self.judged.emit(state))
        return button


class VerdictForm(SafeOverrides, QWidget):
    """Issues, note and reviewer: signals out for what changes; `apply` shows a frame."""

    issues_changed = Signal(tuple)
    note_changed = Signal(str)
    reviewer_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips: dict[str, QToolButton] = {}
        self.note = QLineEdit(placeholderText="Note (Enter keeps it)")
        self.note.setAccessibleName("Note")
        self.reviewer = QLineEdit(placeholderText="Reviewer")
        self.reviewer.setToolTip("Who judges; remembered for the next time")
        self.reviewer.setAccessibleName("Reviewer")
        self.reviewer.setFixedWidth(90)
        self.old = PlainLabel(wordWrap=True)
        self.old.setProperty("problem", True)
        self.old.hide()
        self.place = ElidedLabel()
        self._flow = FlowLayout(gap=3)
        self._arrange()
        self._connect()

    def apply(self, old: ReviewFrame, new: ReviewFrame) -> None:
        """Show the verdict of a frame's case."""
        if not self.chips and new.case is not None:
            self._add_chips()
        case = new.case
        for widget in (*self.chips.values(), self.note):
            widget.setEnabled(case is not None)
        self._show_case(case or CaseFrame(("", None), ""), same=_key(old) == _key(new))
        if not self.reviewer.hasFocus():
            self.reviewer.setText(new.reviewer)
        self._show_place(new)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Escape in a field gives the keyboard back to the rows."""
        pressed = event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            watched.clearFocus()
            return True
        return super().eventFilter(watched, event)

    def _show_case(self, case: CaseFrame, *, same: bool) -> None:
        for id, chip in self.chips.items():
            chip.setChecked(id in case.issues)
        if not same or not self.note.hasFocus():
            self.note.setText(case.note)
        changed = f": {case.changed} changed" if case.changed else ""
        self.old.setText(f"This verdict is about another annotation{changed}." if case.old else "")
        self.old.setVisible(case.old)

    def _show_place(self, new: ReviewFrame) -> None:
        words = new.place_problem or new.place
        if self.place.text() != words:
            self.place.setText(words)
            self.place.setToolTip(plain_tip(words))

    def _add_chips(self) -> None:
        from sefd_viewer.judgements import ISSUE_KINDS

        for id, title in ISSUE_KINDS.items():
            chip = word_button(title, checkable=True)
            chip.setObjectName("chip")
            chip.clicked.connect(self._chips_clicked)
            self.chips[id] = chip
            self._flow.addWidget(chip)

    def _chips_clicked(self) -> None:
        self.issues_changed.emit(tuple(id for id, chip in self.chips.items() if chip.isChecked()))

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(7)
        layout.addWidget(self.old)
        layout.addLayout(self._flow)
        line = QHBoxLayout()
        line.addWidget(self.note, 1)
        line.addWidget(self.reviewer)
        layout.addLayout(line)
        layout.addWidget(self.place)
        layout.addStretch(1)

    def _connect(self) -> None:
        self.note.editingFinished.connect(lambda: self.note_changed.emit(self.note.text().strip()))
        self.note.returnPressed.connect(self.note.clearFocus)
        self.reviewer.editingFinished.connect(lambda: self.reviewer_changed.emit(self.reviewer.text()))
        self.reviewer.returnPressed.connect(self.reviewer.clearFocus)
        for field in (self.note, self.reviewer):
            field.installEventFilter(self)


def _key(frame: ReviewFrame) -> object:
    return frame.case.key if frame.case is not None else None
