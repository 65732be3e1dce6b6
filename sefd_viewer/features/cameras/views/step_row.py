"""One step of the chain in a card: its name and unit at the left, its choice at the right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.cameras.diagnosis.convention_steps import ConventionStep, NumberRange
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides

OTHER = "another number"
MIXED = "differs by camera"
_CONTROL_WIDTH = 188


class StepRow(QWidget):
    """`chosen(step id, value)` when a person chose; `show_value` shows without telling anybody."""

    chosen = Signal(str, object)

    def __init__(self, step: ConventionStep, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self.title = PlainLabel(step.title)
        self.unit = quiet_label(step.unit)
        self.choice = Choice(step)
        self.numbers = [NumberBox(step.number) for _ in range(step.number.count)] if step.number else []
        self._lay_out()
        self._connect()

    def show_value(self, value: Any, *, mixed: bool) -> None:
        """Show the value in force; `mixed` where cameras differ."""
        is_option = any(option.value == value for option in self.step.options)
        self.choice.show_value(MIXED if mixed else value if is_option else OTHER)
        parts = value if isinstance(value, tuple) else (value,)
        for box, part in zip(self.numbers, parts, strict=False):
            box.show_number(part if isinstance(part, float | int) else 1.0)
        for box in self.numbers:
            box.setEnabled(self.step.unavailable is None)
            box.setVisible(not self.choice.isVisibleTo(self) or (not is_option and not mixed))
        self._mark(changed=mixed or value != self.step.default)

    # ---- inside

    def _mark(self, *, changed: bool) -> None:
        font = self.title.font()
        font.setBold(changed)
        self.title.setFont(font)
        if self.title.property("changed") != changed:
            self.title.setProperty("changed", changed)
            self.title.style().unpolish(self.title)
            self.title.style().polish(self.title)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.title)
        left.addWidget(self.unit)
        right = QHBoxLayout()
        right.setSpacing(4)
        right.addWidget(self.choice)
        for box in self.numbers:
            right.addWidget(box)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 1, 0, 1)
        grid.setHorizontalSpacing(8)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(0, 1)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.unit.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        help_words = self.step.unavailable or self.step.help
        self.setToolTip(plain_tip(f"{self.step.title}: {help_words}"))
        self.choice.setAccessibleName(self.step.title)
        self.choice.setVisible(len(self.step.options) > 1 or not self.numbers)
        for name, box in zip(("x", "y") if len(self.numbers) == 2 else ("",), self.numbers, strict=False):
            box.setAccessibleName(f"{self.step.title} {name}".strip())
            box.setPrefix(f"{name} " if name else "")
        self.setEnabled(self.step.unavailable is None)

    def _connect(self) -> None:
        self.choice.picked.connect(self._picked)
        for box in self.numbers:
            box.valueChanged.connect(lambda _value: self._number_changed())

    def _picked(self, value: object) -> None:
        if value == OTHER:
            for box in self.numbers:
                box.setVisible(True)
            self.numbers[0].setFocus()
        else:
            self.chosen.emit(self.step.id, value)

    def _number_changed(self) -> None:
        values = tuple(box.value() for box in self.numbers)
        self.chosen.emit(self.step.id, values if len(values) > 1 else values[0])


class Choice(SafeOverrides, QComboBox):
    """The options of a step; a step that takes numbers too offers another number."""

    picked = Signal(object)

    def __init__(self, step: ConventionStep, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[Any] = [option.value for option in step.options]
        for option in step.options:
            self.addItem(option.title)
        if step.number is not None:
            self._values.append(OTHER)
            self.addItem(f"{OTHER}…")
        self.setPlaceholderText(MIXED)
        self.setFixedWidth(_CONTROL_WIDTH)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(lambda index: self.picked.emit(self._values[index]))

    def show_value(self, value: Any) -> None:
        """Show an option, or that cameras differ."""
        found = [index for index, one in enumerate(self._values) if one == value and value != MIXED]
        self.setCurrentIndex(found[0] if found else -1)
        self.setToolTip(plain_tip(self.currentText() or MIXED))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the page instead of changing a value by accident."""
        event.ignore()


class NumberBox(SafeOverrides, QDoubleSpinBox):
    """A number in a range; the wheel scrolls the page unless the box has the keyboard."""

    def __init__(self, numbers: NumberRange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(numbers.lowest, numbers.highest)
        self.setSingleStep(numbers.step)
        self.setDecimals(3 if numbers.step < 0.01 else 2)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(_CONTROL_WIDTH if numbers.count == 1 else (_CONTROL_WIDTH - 4) // 2)

    def show_number(self, value: float) -> None:
        """Show a number without telling anybody."""
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the number only while it has the keyboard."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
