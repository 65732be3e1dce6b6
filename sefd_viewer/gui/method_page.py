"""The page of preferences about methods: names, colours, order, which are shown, and the yardstick."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import CHOICE, SEES, TRUTH, MethodChoice, MethodInfo
from sefd_viewer.app.settings import Preferences
from sefd_viewer.gui.controls import ColorButton, push_button
from sefd_viewer.gui.preferences import Form, PageOfSettings, small

ABOUT = (
    "Every method has one name and one colour everywhere, remembered for the next start. The colours that "
    "the program brings can be told apart by colour-blind people. All are measured against the yardstick."
)


def method_page(controller: Controller) -> PageOfSettings:
    """The page; it follows what is chosen elsewhere."""
    form, lines = Form(), QWidget()
    column = QVBoxLayout(lines)
    column.setContentsMargins(0, 0, 0, 0)
    rows: dict[str, MethodLine] = {}
    form.add_wide(small(ABOUT), "methods colour-blind yardstick")
    form.add_wide(lines, "method name colour order shown yardstick baseline student teacher truth")
    form.end()

    def refresh(_now: Preferences) -> None:
        choice = CHOICE.of(controller.state)
        order = [info.id for info in choice.ordered()]
        for gone in set(rows) - set(order):
            row = rows.pop(gone)
            row.hide()
            row.deleteLater()
        for place, id in enumerate(order):
            if id not in rows:
                rows[id] = MethodLine(controller, id)
            if column.indexOf(rows[id]) != place:
                column.insertWidget(place, rows[id])
            rows[id].refresh(choice)

    return PageOfSettings(form.widget, form.rows, refresh)


class MethodLine(QWidget):
    """One method: colour, name, whether it is shown, its place, and whether it is the yardstick."""

    def __init__(self, controller: Controller, id: str) -> None:
        super().__init__()
        self._controller, self.id = controller, id
        info = self._choice.info(id)
        self.color = ColorButton(f"Colour of {info.title}")
        self.name = QLineEdit()
        self.name.setAccessibleName(f"Name of {info.title}")
        self.name.setMaximumWidth(200)
        self.shown, self.yardstick = QCheckBox("Shown"), QRadioButton("Yardstick")
        self.shown.setAccessibleName(f"Show {info.title}")
        self.yardstick.setAccessibleName(f"Measure all others against {info.title}")
        self.yardstick.setAutoExclusive(False)
        self.up, self.down = self._arrow("↑", "earlier", info), self._arrow("↓", "later", info)
        self.usual = push_button("Back")
        self.usual.setAccessibleName(f"Reset the name and colour of {info.title}")
        row = QHBoxLayout()
        row.setSpacing(10)
        for widget in (self.color, self.name, self.shown, self.yardstick, self.up, self.down, self.usual):
            row.addWidget(widget)
        row.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 8, 0, 8)
        whole.addLayout(row)
        whole.addWidget(small(_about(info)))
        self._connect()

    def refresh(self, choice: MethodChoice) -> None:
        """Show what holds now."""
        info, order = choice.info(self.id), [one.id for one in choice.ordered() if one.id != TRUTH]
        self.color.set_color(info.color)
        if not self.name.hasFocus():
            self.name.setText(info.title)
        self.shown.setChecked(self.id not in choice.hidden)
        self.yardstick.setChecked(choice.baseline == self.id)
        for widget in (self.yardstick, self.up, self.down):
            widget.setVisible(self.id != TRUTH)
        place = order.index(self.id) if self.id in order else 0
        self.up.setEnabled(place > 0)
        self.down.setEnabled(place + 1 < len(order))
        self.usual.setVisible(self.id in choice.looks)

    # ---- inside

    @property
    def _choice(self) -> MethodChoice:
        return CHOICE.of(self._controller.state)

    def _choose(self, choice: MethodChoice) -> None:
        self._controller.store.set(with_choice(self._controller.state, choice))

    def _connect(self) -> None:
        self.color.chosen.connect(lambda rgb: self._choose(self._choice.changed(self.id, color=rgb)))
        self.name.editingFinished.connect(self._rename)
        self.shown.clicked.connect(lambda _on: self._choose(self._choice.toggled(self.id)))
        self.yardstick.clicked.connect(lambda _on: self._make_yardstick())
        self.usual.clicked.connect(lambda: self._choose(self._choice.as_usual(self.id)))
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))

    def _make_yardstick(self) -> None:
        self._choose(replace(self._choice, baseline=self.id))
        self.refresh(self._choice)

    def _rename(self) -> None:
        name = self.name.text().strip()
        if name and name != self._choice.title(self.id):
            self._choose(self._choice.changed(self.id, title=name))

    def _move(self, step: int) -> None:
        order = [one.id for one in self._choice.ordered() if one.id != TRUTH]
        place = order.index(self.id)
        rest = [one for one in order if one != self.id]
        before = rest[place + step] if place + step < len(rest) else TRUTH
        self._choose(self._choice.moved(self.id, before))

    def _arrow(self, sign: str, words: str, info: MethodInfo) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setToolTip(f"{words.capitalize()} in the order")
        button.setAccessibleName(f"{info.title} {words}")
        return button


def _about(info: MethodInfo) -> str:
    if info.kind == "truth":
        return "The annotated bodies, where a set has any; always the last one."
    return SEES.get(info.id, info.source)
