"""The page that gives people tags and takes them: a field, and below it the tags that are known."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.person import person_name
from sefd_viewer.features.people.service import PeopleService
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.controls import quiet_label
from sefd_viewer.gui.icons import icon
from sefd_viewer.gui.labels import PlainLabel
from sefd_viewer.judgements.tags import Tags, words_of

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_TAG, _BORNE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
"""What an item is about, and whether all the people bear it."""


class TagsPage(Card):
    """Acts on the rows that `chosen` tells when the page is opened; `say` tells why it does not open."""

    def __init__(
        self,
        parent: QWidget,
        service: PeopleService,
        known: Callable[[], tuple[PeopleTable | None, Tags]],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._service, self._known, self._say = service, known, say
        self._rows: list[int] = []
        self.title = PlainLabel()
        self.title.setProperty("heading", True)
        self.field = QLineEdit(placeholderText="A tag; commas part several")
        self.list = QListWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        for widget in (self.title, self.field, self.list):
            layout.addWidget(widget)
        layout.addWidget(
            quiet_label("Enter adds or removes the tag and closes; a click leaves the page open")
        )
        self.least = QSize(420, 300)
        self.field.textChanged.connect(self.show_known)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._toggle)

    def open(self) -> None:
        """Begin with an empty field, for the rows that are chosen now."""
        self._rows = self._service.selecting.rows()
        if not len(self._rows):
            self._say("Choose somebody first")
            return
        self.title.setText(self._words())
        self.field.clear()
        self.show_known()
        super().open()
        self.field.setFocus()

    def show_known(self, typed: str = "") -> None:
        """List the known tags that hold what is typed, each with whether the people bear it."""
        table, tags = self._known()
        counts = tags.counts(table.cases(self._rows)) if table is not None else {}
        self.list.clear()
        for tag in tags.known:
            if typed.strip().lower() in tag.lower():
                self._add(tag, counts.get(tag, 0))
        same = [row for row in range(self.list.count()) if self.list.item(row).data(_TAG) == typed.strip()]
        self.list.setCurrentRow(same[0] if same else -1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter work while one types."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _STEPS:
                row = self.list.currentRow() + _STEPS[Qt.Key(event.key())]
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._use()
                return True
        return super().eventFilter(watched, event)

    def _use(self) -> None:
        """Do what Enter means: toggle the tag that is marked, else give what is typed."""
        marked = self.list.currentItem()
        if marked is not None:
            self._toggle(marked)
        else:
            for tag in words_of(self.field.text()):
                self._give(self._rows, tag, on=True)
        self.close_card()

    def _toggle(self, item: QListWidgetItem) -> None:
        self._give(self._rows, item.data(_TAG), on=not item.data(_BORNE))
        self.show_known(self.field.text())

    def _give(self, rows: list[int], tag: str, *, on: bool) -> None:
        try:
            self._service.verdicts.tag(rows, tag, on=on)
        except SefdError as error:
            self._say(str(error))

    def _add(self, tag: str, count: int) -> None:
        total = len(self._rows)
        words = f"{tag}   {count:,} of {total:,}" if 0 < count < total else tag
        item = QListWidgetItem(icon("ticked" if count == total else "not_ticked"), words)
        item.setData(_TAG, tag)
        item.setData(_BORNE, count == total)
        self.list.addItem(item)

    def _words(self) -> str:
        table, _ = self._known()
        assert table is not None
        if len(self._rows) > 1:
            return f"Tags of {len(self._rows):,} people"
        row = self._rows[0]
        return f"Tags of {person_name(table, row)} · {table.place(row)}"
