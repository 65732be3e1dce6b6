"""The page with the cases to present: their order, notes, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import CHOICE, MethodChoice
from sefd_viewer.app.story import PRESENT, Case, Show
from sefd_viewer.features.present.actions import change_show
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.labels import PlainLabel

if TYPE_CHECKING:
    from sefd_viewer.gui.main_window import MainWindow

EMPTY = "No cases yet. Go to somebody and press Ctrl+D, or add those whom People lists."
SIZE = (620, 470)


class CasesPage(Card):
    """Follows the controller's list of cases; `run` runs a command by its name."""

    def __init__(self, parent: QWidget, controller: Controller, run: Callable[[str], None]) -> None:
        super().__init__(parent)
        self._controller, self._run = controller, run
        self._shown = Show()
        self.list = QListWidget()
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setToolTip("Drag to reorder")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.title = QLineEdit(placeholderText="The title, in large letters")
        self.note = QLineEdit(placeholderText="A note, below the slide and in the report")
        for field, name in ((self.title, "Title of the case"), (self.note, "Note about the case")):
            field.setAccessibleName(name)
        self.empty = quiet_label(EMPTY, wrap=True)
        self.before, self.after = self._box("before"), self._box("after")
        self._lay_out()
        self.least = QSize(*SIZE)
        self.list.model().rowsMoved.connect(lambda *_: self._reordered())
        self.list.currentRowChanged.connect(lambda _row: self._show_words())
        self.title.editingFinished.connect(lambda: self._written(title=self.title.text()))
        self.note.editingFinished.connect(lambda: self._written(note=self.note.text()))
        controller.store.connect(lambda _old, _new: self._apply())
        self._choice = MethodChoice()
        self._show(PRESENT.of(controller.state).show)

    def _apply(self) -> None:
        state = self._controller.state
        show = PRESENT.of(state).show
        if show != self._shown or CHOICE.of(state) is not self._choice:
            self._show(show)

    def _show(self, show: Show) -> None:
        row, self._shown = self.list.currentRow(), show
        self.list.blockSignals(True)
        self.list.clear()
        for number, case in enumerate(show.cases, start=1):
            item = QListWidgetItem(
                f"{number}   {case.title or case.record}" + (f"   —   {case.note}" if case.note else "")
            )
            item.setData(Qt.ItemDataRole.UserRole, case)
            self.list.addItem(item)
        self.list.setCurrentRow(min(max(row, 0), len(show.cases) - 1))
        self.list.blockSignals(False)
        self._choice = CHOICE.of(self._controller.state)
        said = show.of(self._choice)
        for box, method in ((self.before, said.before), (self.after, said.after)):
            box.clear()
            for info in self._choice.ordered():
                box.addItem(info.title, info.id)
            if box.findData(method) < 0:  # a story that another file's method is in
                box.addItem(f"{method} (not open)", method)
            box.setCurrentIndex(box.findData(method))
        self.empty.setVisible(not show.cases)
        self.list.setVisible(bool(show.cases))
        for button in (self.remove, self.save, self.report):
            button.setEnabled(bool(show.cases))
        self._show_words()

    def _show_words(self) -> None:
        row = self.list.currentRow()
        case = self._shown.cases[row] if 0 <= row < len(self._shown.cases) else None
        for field, words in ((self.title, case and case.title), (self.note, case and case.note)):
            field.setEnabled(case is not None)
            field.setText(words or "")
            field.setCursorPosition(0)

    def _written(self, **words: str) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._shown.cases):
            show = self._shown.with_words(row, **words)
            if show != self._shown:
                change_show(self._controller, show)

    def _reordered(self) -> None:
        from dataclasses import replace

        items = [self.list.item(row) for row in range(self.list.count())]
        cases: tuple[Case, ...] = tuple(item.data(Qt.ItemDataRole.UserRole) for item in items)
        change_show(self._controller, replace(self._shown, cases=cases))

    def _remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            change_show(self._controller, self._shown.without(row))

    def _method_chosen(self, name: str, box: QComboBox) -> None:
        from dataclasses import replace

        other, said = "after" if name == "before" else "before", self._shown.of(self._choice)
        changes = {name: box.currentData()}
        if box.currentData() == getattr(said, other):
            changes[other] = getattr(said, name)  # the two change places
        change_show(self._controller, replace(said, **changes))

    def _box(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName({"before": "Left", "after": "Right"}[name])
        box.activated.connect(lambda _i: self._method_chosen(name, box))
        return box

    def _leave_for(self, id: str) -> None:
        self.close_card()
        self._run(id)

    def _lay_out(self) -> None:
        heading = PlainLabel("Cases to present")
        heading.setProperty("heading", True)
        self.add, self.remove = QPushButton("Add whom I look at"), QPushButton("Remove")
        self.add.clicked.connect(lambda: self._run("add_case"))
        self.remove.clicked.connect(self._remove)
        open_, self.save = QPushButton("Open…"), QPushButton("Save…")
        open_.clicked.connect(lambda: self._run("open_cases"))
        self.save.clicked.connect(lambda: self._run("save_cases"))
        self.report = QPushButton("Report…")
        self.report.setToolTip("One HTML file about these cases, with their notes, from the run in People")
        self.report.clicked.connect(lambda: self._leave_for("report_cases"))
        blind, present = QPushButton("Blind A/B test…"), QPushButton("Present")
        present.setProperty("primary", True)
        blind.clicked.connect(lambda: self._leave_for("blind_test"))
        present.clicked.connect(lambda: self._leave_for("present"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addLayout(
            _row(heading, None, PlainLabel("Left"), self.before, PlainLabel("Right"), self.after)
        )
        layout.addWidget(self.empty)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.title)
        layout.addWidget(self.note)
        layout.addLayout(_row(self.add, self.remove, None, open_, self.save))
        layout.addLayout(_row(self.report, None, blind, present))


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """A line of widgets; None takes the room that is left."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addStretch(1) if widget is None else row.addWidget(widget)
    return row


def make_page(window: MainWindow, controller: Controller) -> CasesPage:
    """The page over the window, whose commands it runs."""
    return CasesPage(window, controller, window.actions_table.run)
