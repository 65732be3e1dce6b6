"""The line above the photos: what is drawn on them, who is there, and what is missing in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from sefd_viewer.features.cameras.board.frame import BoardFrame, BoardPersonFrame
from sefd_viewer.gui.controls import ElidedLabel, color_chip
from sefd_viewer.gui.plain_text import plain_tip

LAYERS = (
    ("show_mesh", "Bodies", "The annotated bodies as each camera sees them"),
    ("show_joints", "Joints", "2D joints, and dashed where the 3D joints should be seen"),
    ("show_edges", "Edges", "Edges of the annotated bodies"),
    ("linked", "Link", "Zoom all photos together"),
)
CHIP = 12


class BoardBar(QWidget):
    """Signals out: `layer_toggled(field, on)` of the board's state, and `person_clicked(key)`."""

    layer_toggled = Signal(str, bool)
    person_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers = {field: self._toggle(field, title, tip) for field, title, tip in LAYERS}
        self.people: dict[str, QToolButton] = {}
        self.note = ElidedLabel()
        self._people = QHBoxLayout()
        self._people.setSpacing(2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 3, 8, 3)
        layout.setSpacing(2)
        for button in self.layers.values():
            layout.addWidget(button)
        layout.addSpacing(12)
        layout.addLayout(self._people)
        layout.addSpacing(8)
        layout.addWidget(self.note, 1)
        self.setFixedHeight(36)

    def apply(self, frame: BoardFrame) -> None:
        """Show what is drawn and who is there."""
        for field, button in self.layers.items():
            button.setChecked(getattr(frame.chosen, field))
        if list(self.people) != [person.key for person in frame.people]:
            self._rebuild(frame.people)
        for person in frame.people:
            button = self.people[person.key]
            button.setToolTip(plain_tip(f"{person.title}: {person.about} ({person.key})"))
            button.setChecked(person.key == frame.person)
        about = next((person.about for person in frame.people if person.key == frame.person), "")
        text = " · ".join(part for part in (about, *frame.notes) if part)
        self.note.setText(text)
        self.note.setToolTip("\n".join(frame.notes))

    def _toggle(self, field: str, title: str, tip: str) -> QToolButton:
        button = _button(title)
        button.setToolTip(plain_tip(tip))
        button.clicked.connect(lambda on: self.layer_toggled.emit(field, on))
        return button

    def _rebuild(self, people: tuple[BoardPersonFrame, ...]) -> None:
        for button in self.people.values():
            self._people.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.people = {person.key: self._person(person) for person in people}
        for button in self.people.values():
            self._people.addWidget(button)

    def _person(self, person: BoardPersonFrame) -> QToolButton:
        button = _button(person.title)
        button.setIcon(color_chip(person.color, CHIP))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda: self.person_clicked.emit(person.key))
        return button


def _button(title: str) -> QToolButton:
    button = QToolButton()
    button.setText(title)
    button.setCheckable(True)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrow keys step through moments
    return button
