"""The page that tells how a method's file was read: to be read, copied and acted on."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.features.inspect.reading import Reading
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.controls import push_button, quiet_label
from sefd_viewer.gui.plain_text import PlainLabel, plain_tip

SAYS = "smpl-neutral, frames+2, in=cam01"


class ReadingPage(Card):
    """Signals out: `said(method, words)` what the file does not say itself, `shown(record)` a photo of what
    was left aside, `removed(method)`, `left` when the page is closed.
    """

    said = Signal(str, str)
    shown = Signal(str)
    removed = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._of, self._reading = parent, None  # type: tuple[QWidget, Reading | None]
        self.least = QSize(720, 560)
        self.title, self.aside_title = PlainLabel(), PlainLabel()
        self.text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.title.setProperty("type", "page")
        self.aside_title.setProperty("heading", True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setAccessibleName("How the file was read")
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
        self.again, self.copy = push_button("Read it again"), push_button("Copy")
        self.remove, self.done = push_button("Remove the method"), push_button("Done", primary=True)
        self._lay_out()
        self.again.clicked.connect(self._say)
        self.field.returnPressed.connect(self._say)
        self.copy.clicked.connect(self._copy)
        self.remove.clicked.connect(self._remove)
        self.done.clicked.connect(self.close_card)
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
        self.title.setText(f"How {new.info.title} was read")
        self.text.setText("".join(map(_section, new.sections)))
        self._list(new)
        if other:
            self.field.setText(new.info.said)
        if not self.isVisible():
            self.lie_over(self._of.window())
            self.open()
            self.done.setFocus()

    def close_card(self) -> None:
        """Hide the page, and tell that it was left."""
        super().close_card()
        self.left.emit()

    # ---- inside

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
        column.addWidget(self.text)
        column.addWidget(self.aside_title)
        column.addWidget(self.aside, 1)
        column.addStretch(0)
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


def _section(section: tuple[str, tuple[str, ...]]) -> str:
    title, lines = section
    told = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<b>{escape(title)}</b><ul style='margin-top:2px;margin-left:14px;-qt-list-indent:0'>{told}</ul>"
