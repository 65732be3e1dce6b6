"""Find or run anything: commands by what people call them, and the photos of the set that is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.commands import commands_of
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.finding import matching
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.gui.action_table import shortcut_text
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.labels import plain_tip
from sefd_viewer.gui.safe_overrides import SafeOverrides
from sefd_viewer.gui.theme import current_colors

MOST_PHOTOS = 40
COMMAND = Qt.ItemDataRole.UserRole
RIGHT = Qt.ItemDataRole.UserRole + 1
PHOTO = Qt.ItemDataRole.UserRole + 2


class PaletteDelegate(SafeOverrides, QStyledItemDelegate):
    """Draws a line with its key, or what it is, at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        """Draw one line."""
        super().paint(painter, option, index)
        colors = current_colors()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QColor(colors.on_accent if selected else colors.quiet))
        area = option.rect.adjusted(0, 0, -12, 0)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, flags, str(index.data(RIGHT) or ""))


class Palette(Card):
    """One field and what it finds; `run` gets the id of the command that was chosen."""

    def __init__(self, parent: QWidget, controller: Controller, run: Callable[[str], None]) -> None:
        super().__init__(parent)
        self.setAccessibleName("Find or run anything")
        self._controller, self._run = controller, run
        self.field = QLineEdit(placeholderText="Find or run anything: a command, a setting, a photo")
        self.field.setAccessibleName("Find or run anything")
        self.list = QListWidget()
        self.list.setAccessibleName("What was found")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.list.setItemDelegate(PaletteDelegate(self.list))
        self.least = QSize(560, 420)
        self.field.textChanged.connect(self.search)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)

    def open(self) -> None:
        """Begin with an empty field and all commands."""
        self.field.clear()
        self.search("")
        super().open()
        self.field.setFocus()

    def search(self, words: str) -> None:
        """List the commands that fit, the best first, then the photos."""
        self.list.clear()
        chosen = self._controller.settings.keys
        for command in matching(words, list(commands_of(self._controller.state).values())):
            item = QListWidgetItem(command.title)
            item.setData(COMMAND, command.id)
            item.setData(RIGHT, "".join(shortcut_text(key) for key in command.keys(chosen)[:1]))
            item.setToolTip(plain_tip(command.tip))
            if not command.enabled(self._controller):
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        dataset = self._controller.content.dataset
        if dataset is not None and len(words.strip()) > 1:
            self._controller.searches.find(dataset, words, lambda found: self._add_photos(words, found))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down, Enter and Escape work while one types."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if event.key() in steps:
                row = self.list.currentRow() + steps[Qt.Key(event.key())]
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _add_photos(self, words: str, positions: Sequence[int]) -> None:
        dataset = self._controller.content.dataset
        if dataset is None or words != self.field.text():
            return  # something else is typed meanwhile
        for position in positions[:MOST_PHOTOS]:
            record = dataset.records[position]
            item = QListWidgetItem(photo_title(record, dataset))
            item.setData(PHOTO, record.key)
            item.setData(RIGHT, "photo")
            self.list.addItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.close_card()
        if item.data(PHOTO) is None:
            self._run(item.data(COMMAND))
        else:
            store = self._controller.store
            store.set(store.state.with_record(item.data(PHOTO)))
