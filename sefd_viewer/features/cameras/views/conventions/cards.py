"""The cards of the inspector: one for each stage of the chain from the body to the pixel."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QToolButton, QWidget

from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.features.cameras.conventions.inspector_frame import CardFrame
from sefd_viewer.features.cameras.views.conventions.blocks import Section
from sefd_viewer.features.cameras.views.conventions.step_row import StepRow
from sefd_viewer.gui.plain_text import plain_tip

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
        self.views = QComboBox()
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
