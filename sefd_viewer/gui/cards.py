"""Pages that lie over the window for a moment: the keys, what was wrong with a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.command import Command
from sefd_viewer.app.commands import commands_of, groups_of
from sefd_viewer.app.controller import Controller
from sefd_viewer.gui.action_table import shortcut_text
from sefd_viewer.gui.controls import quiet_label, text_label
from sefd_viewer.gui.labels import TEXT_CHANGED, PlainLabel
from sefd_viewer.gui.safe_overrides import SafeOverrides

HOLD_KEYS = (
    ("Shift (held)", "The photo alone"),
    ("Wheel", "Zoom"),
    ("Drag", "Pan; turn in 3D"),
    ("Double click", "Fit"),
)


class Card(SafeOverrides, QFrame):
    """A framed page over its parent, `least` large where there is room: Escape or a click outside closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._below = parent
        self.least = QSize()
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(36)
        shadow.setOffset(0, 8)
        shadow.setColor(QColor(0, 0, 0, 110))
        self.setGraphicsEffect(shadow)
        self._before: QWidget | None = None
        self.hide()

    def lie_over(self, below: QWidget) -> None:
        """Open over another widget from now on."""
        self.setParent(below)
        self._below = below

    def open(self) -> None:
        """Show the page over the parent, with the keyboard."""
        self._before = self.window().focusWidget()
        if not self.accessibleName():  # a screen reader says what the page is headed
            self.setAccessibleName(next((one.text() for one in self.findChildren(QLabel)), ""))
        self.place()
        self.show()
        self.raise_()
        self.setFocus()
        self._below.installEventFilter(self)

    def close_card(self) -> None:
        """Hide the page; the keyboard goes back to where it was."""
        self._below.removeEventFilter(self)
        self.hide()
        if self._before is not None:
            self._before.setFocus()
            self._before = None

    def toggle(self) -> None:
        """Open the page, or close it."""
        self.close_card() if self.isVisible() else self.open()

    def place(self) -> None:
        """Lie in the middle, a little above."""
        parent = self._below
        wanted = self.sizeHint().expandedTo(self.least)
        width, height = min(wanted.width(), parent.width() - 60), min(wanted.height(), parent.height() - 80)
        self.resize(width, height)
        self.move(QPoint((parent.width() - width) // 2, max((parent.height() - height) // 3, 30)))

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in TEXT_CHANGED and self.isVisible():
            self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the parent's size; a click beside the page closes it."""
        if watched is self._below:
            if event.type() == QEvent.Type.Resize:
                self.place()
            elif event.type() == QEvent.Type.MouseButtonPress:
                self.close_card()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        else:
            super().keyPressEvent(event)


SHEET_COLUMNS = 3
HEAD_LINES = 2
"""What a heading takes, in lines of keys."""


class ShortcutSheet(Card):
    """Every key on one page, as they are now."""

    def __init__(self, parent: QWidget, controller: Controller) -> None:
        super().__init__(parent)
        self._controller = controller
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 16, 22, 18)
        outer.addWidget(heading("Keyboard shortcuts"))
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName("All keys")
        outer.addWidget(self._area)

    def open(self) -> None:
        """Show the keys as they are now."""
        body = QWidget()
        columns = QHBoxLayout(body)
        columns.setContentsMargins(0, 6, 12, 6)
        columns.setSpacing(28)
        state = self._controller.state
        commands, chosen = commands_of(state), self._controller.settings.keys
        listed = ((title, [commands[id] for id in ids if id in commands]) for title, ids in groups_of(state))
        groups = [(title, _lines(found, chosen)) for title, found in listed]
        groups = [(title, lines) for title, lines in groups if lines]
        groups.append(("Mouse and held keys", HOLD_KEYS))
        share = sum(len(keys) + HEAD_LINES for _, keys in groups) / SHEET_COLUMNS
        column, used = _column(columns), 0
        for title, keys in groups:
            lines = len(keys) + HEAD_LINES
            if used + lines / 2 > share and columns.count() < SHEET_COLUMNS:
                column, used = _column(columns), 0
            _add_group(column, title, keys)
            used += lines
        self._area.setWidget(body)
        self.least = body.sizeHint() + QSize(64, 90)
        super().open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The key that opened the page closes it too."""
        if event.text() == "?":
            self.close_card()
        else:
            super().keyPressEvent(event)


class ProblemsPage(Card):
    """What was wrong with the open data set, one line each; the words can be copied."""

    def __init__(self, parent: QWidget, problems: Callable[[], Sequence[str]]) -> None:
        super().__init__(parent)
        self._problems = problems
        self._count = quiet_label("")
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName("Problems of this data set")
        copy = QPushButton("Copy all")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 16, 22, 18)
        outer.setSpacing(10)
        outer.addWidget(heading("Problems of this data set"))
        outer.addWidget(self._count)
        outer.addWidget(self.text)
        outer.addWidget(copy, 0, Qt.AlignmentFlag.AlignRight)
        self.least = QSize(760, 420)

    def open(self) -> None:
        """Show the problems of the data set that is open now."""
        problems = self._problems()
        noun = "problem" if len(problems) == 1 else "problems"
        self._count.setText(f"{len(problems)} {noun}. Everything else was read.")
        self.text.setPlainText("\n".join(problems))
        super().open()


def heading(text: str) -> QLabel:
    """A page's title."""
    return text_label(text, "card")


def _lines(found: Sequence[Command], chosen: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    commands = [command for command in found if command.keys(chosen)]
    digits = [command for command in commands if command.id.startswith("person_")]
    keys = [
        (" or ".join(map(shortcut_text, command.keys(chosen))), command.title)
        for command in commands
        if command not in digits
    ]
    return tuple([("1 to 9", "Select a person")] * bool(digits) + keys)


def _column(columns: QHBoxLayout) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    columns.addLayout(grid)
    columns.setAlignment(grid, Qt.AlignmentFlag.AlignTop)
    return grid


def _add_group(grid: QGridLayout, title: str, keys: Sequence[tuple[str, str]]) -> None:
    """Add a heading and a line for each key."""
    if grid.count():
        grid.setRowMinimumHeight(grid.rowCount(), 10)
    heading = PlainLabel(title)
    heading.setProperty("heading", True)
    grid.addWidget(heading, grid.rowCount() + 1, 0, 1, 2)
    for key, words in keys:
        line = grid.rowCount()
        grid.addWidget(quiet_label(key), line, 0)
        grid.addWidget(PlainLabel(words), line, 1)
