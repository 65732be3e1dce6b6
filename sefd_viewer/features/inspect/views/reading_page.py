"""The page that tells how a method's file was read, and runs a method's command: to be read and acted on."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QTextCursor
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.method_commands import SOME, CommandRun
from sefd_viewer.features.inspect.reading import Reading, said_with
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.controls import NumberSlider, push_button, quiet_label
from sefd_viewer.gui.labels import PlainLabel, plain_tip

SAYS = "smpl-neutral, frames+2, in=cam01, near=0.4, person 2=1"
RESTS_MS = 500
"""So long a slider stands still before the file is matched anew."""


class ReadingPage(Card):
    """Signals out: `said(method, words)` what the file does not say itself, `shown(record)` a photo of what
    was left aside, `removed(method)`, `left` when the page is closed. `run_wanted(method, command, scope,
    minutes)` and `end_wanted(method)` are about a method's command.
    """

    said = Signal(str, str)
    shown = Signal(str)
    removed = Signal(str)
    left = Signal()
    run_wanted = Signal(str, str, str, float)
    end_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.command = CommandBox()
        self._of, self._reading = parent, None  # type: tuple[QWidget, Reading | None]
        self.least = QSize(760, 640)
        self.title, self.aside_title = PlainLabel(), PlainLabel()
        self.text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.title.setProperty("type", "page")
        self.aside_title.setProperty("heading", True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setAccessibleName("How the file was read")
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._told = QScrollArea(widgetResizable=True)
        self._told.setWidget(self.text)
        self._told.setFrameShape(QFrame.Shape.NoFrame)
        self._told.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.aside = QTableWidget(0, 3)
        self.aside.setHorizontalHeaderLabels(["Photo", "Who", "Why it was left aside"])
        self.aside.setAccessibleName("Left aside; Enter shows the photo")
        self.aside.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.aside.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.aside.setTabKeyNavigation(False)
        self.aside.verticalHeader().hide()
        self.aside.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.field = QLineEdit(placeholderText=SAYS)
        self.field.setAccessibleName("What the file does not say itself")
        self.near, self.overlap = NumberSlider(0.05, 1.0, 0.05), NumberSlider(0.1, 0.9, 0.05)
        self.near.setToolTip("Joints within this part of the box's diagonal, on average, are somebody's")
        self.overlap.setToolTip("How much boxes have to share where a body has no joints")
        self._rest = QTimer(self, singleShot=True, interval=RESTS_MS)
        self.again, self.copy = push_button("Read it again"), push_button("Copy")
        self.remove, self.done = push_button("Remove the method"), push_button("Done", primary=True)
        self._lay_out()
        self.again.clicked.connect(self._say)
        self.field.returnPressed.connect(self._say)
        for name, slider in (("near", self.near), ("overlap", self.overlap)):
            slider.name(f"How close: {name}")
            slider.changed.connect(lambda value, name=name: self._set_nearness(name, value))
        self._rest.timeout.connect(self._say)
        self.copy.clicked.connect(self._copy)
        self.remove.clicked.connect(self._remove)
        self.done.clicked.connect(self.close_card)
        self.command.run.clicked.connect(self._run)
        self.command.end.clicked.connect(self._end)
        self.aside.activated.connect(lambda index: self._show(index.row()))

    def apply(self, new: Reading | None) -> None:
        """Show what is known; open when something is to be told, close when nothing is."""
        if new is None:
            if self.isVisible():
                super().close_card()
            self._reading = None
            return
        other = self._reading is None or self._reading.info.id != new.info.id
        self._reading = new
        self.title.setText(f"How {new.info.title} was read" if new.run is None else new.info.title)
        self.command.setVisible(new.run is not None)
        if new.run is not None:
            self.command.apply(new.run, new.photos, other=other)
        self.text.setText("".join(map(_section, new.sections)))
        self._list(new)
        if other:
            self.field.setText(new.info.said)
        self._nearness.setVisible(new.near is not None or self._rest.isActive())
        for slider, now in ((self.near, new.near), (self.overlap, new.overlap)):
            if now is not None and not self._rest.isActive():
                slider.set_value(now)
        if not self.isVisible():
            self.lie_over(self._of.window())
            self.open()
            (self.done if new.run is None else self.command.run).setFocus()

    def close_card(self) -> None:
        """Hide the page, and tell that it was left."""
        super().close_card()
        self.left.emit()

    # ---- inside

    def _set_nearness(self, name: str, value: float) -> None:
        self.field.setText(said_with(self.field.text(), name, round(value, 2)))
        self._rest.start()

    def _list(self, new: Reading) -> None:
        count = len(new.aside)
        self.aside_title.setText(f"Left aside: {count:,}")
        for part in (self.aside_title, self.aside):
            part.setVisible(bool(count))
        self.aside.setRowCount(count)
        for row, one in enumerate(new.aside):
            for column, words in enumerate((one.title, one.who, one.why)):
                item = QTableWidgetItem(words)
                item.setToolTip(plain_tip(words))
                self.aside.setItem(row, column, item)
        self.aside.resizeColumnToContents(0)
        self.aside.resizeColumnToContents(1)

    def _show(self, row: int) -> None:
        if self._reading is not None and 0 <= row < len(self._reading.aside):
            record = self._reading.aside[row].record
            self.close_card()
            self.shown.emit(record)

    def _run(self) -> None:
        if self._reading is not None:
            box = self.command
            command = " ".join(box.text.text().split())
            self.run_wanted.emit(self._reading.info.id, command, box.scope.currentData(), box.limit.value())

    def _end(self) -> None:
        if self._reading is not None:
            self.end_wanted.emit(self._reading.info.id)

    def _say(self) -> None:
        if self._reading is not None:
            self.said.emit(self._reading.info.id, self.field.text().strip())

    def _copy(self) -> None:
        if self._reading is not None:
            QApplication.clipboard().setText(self._reading.text)

    def _remove(self) -> None:
        if self._reading is not None:
            method = self._reading.info.id
            self.close_card()
            self.removed.emit(method)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.command)
        column.addWidget(self._told, 3)
        column.addWidget(self.aside_title)
        column.addWidget(self.aside, 2)
        self._nearness = QWidget()
        close = QHBoxLayout(self._nearness)
        close.setContentsMargins(0, 0, 0, 0)
        close.addWidget(quiet_label("A body is somebody's: joints within"))
        close.addWidget(self.near)
        close.addWidget(quiet_label("of the box; boxes share"))
        close.addWidget(self.overlap)
        column.addWidget(self._nearness)
        row = QHBoxLayout()
        row.addWidget(quiet_label("What the file does not say"))
        row.addWidget(self.field, 1)
        row.addWidget(self.again)
        column.addLayout(row)
        last = QHBoxLayout()
        for button in (self.copy, self.remove):
            last.addWidget(button)
        last.addStretch(1)
        last.addWidget(self.done)
        column.addLayout(last)


class CommandBox(QWidget):
    """A command, over which photos it is to run and how long, how far it is, and what it prints."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QLineEdit()
        self.text.setAccessibleName("The command")
        self.scope, self.limit = QComboBox(), QSpinBox()
        self.scope.setAccessibleName("Over which photos it runs")
        self.limit.setRange(0, 24 * 60)
        self.limit.setSpecialValueText("no limit")
        self.limit.setSuffix(" min at most")
        self.limit.setAccessibleName("Minutes after which it is ended")
        self.run, self.end = push_button("Run", primary=True), push_button("End it")
        self.bar, self.words = QProgressBar(textVisible=False), quiet_label()
        self.bar.setMaximumHeight(6)
        self.output = QPlainTextEdit(readOnly=True)
        self.output.setAccessibleName("What the command prints")
        self.output.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._photos = -1
        self._lay_out()

    def apply(self, run: CommandRun, photos: int, *, other: bool) -> None:
        """Show how it stands; another method begins anew."""
        if other:
            self.text.setText(run.command)
            self.text.setCursorPosition(0)
        if self._photos != photos:
            self._offer(photos)
        for widget in (self.text, self.scope, self.limit):
            widget.setEnabled(not run.busy)
        self.run.setVisible(not run.busy)
        self.end.setVisible(run.busy)
        self.run.setText("Run again" if run.written or run.problem else "Run")
        self.bar.setVisible(run.busy)
        self.bar.setRange(0, 0 if run.share is None else 1000)
        self.bar.setValue(round((run.share or 0) * 1000))
        self.words.setText(run.words)
        self.words.setVisible(run.busy)
        self.output.setVisible(bool(run.lines))
        self.output.setFixedHeight((12 if run.busy else 5) * self.fontMetrics().lineSpacing())
        text = "\n".join(run.lines)
        if text != self.output.toPlainText():
            self.output.setPlainText(text)
            self.output.moveCursor(QTextCursor.MoveOperation.End)

    def _offer(self, photos: int) -> None:
        self._photos, chosen = photos, self.scope.currentIndex()
        self.scope.clear()
        self.scope.addItem("On this photo", "photo")
        self.scope.addItem(f"On up to {min(SOME, photos)} photos from here on", "some")
        self.scope.addItem(f"On all {photos:,} photos", "all")
        self.scope.setCurrentIndex(max(chosen, 0))

    def _lay_out(self) -> None:
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.text)
        for widget in (self.scope, self.limit, self.words):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.end)
        row.addWidget(self.run)
        column.addLayout(row)
        column.addWidget(self.bar)
        column.addWidget(self.output)


def _section(section: tuple[str, tuple[str, ...]]) -> str:
    title, lines = section
    told = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<b>{escape(title)}</b><ul style='margin-top:2px;margin-left:14px;-qt-list-indent:0'>{told}</ul>"
