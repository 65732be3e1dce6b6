"""What another reviewer's file brought: where opinions differ, each a click away from its case."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from sefd_viewer.features.people.judging import Disagreement, Disagreements
from sefd_viewer.features.people.model import PeopleFrame
from sefd_viewer.gui.labels import PlainLabel, plain_tip

CASE = Qt.ItemDataRole.UserRole
SHOWN = 4
"""How many are seen without scrolling."""


class DisagreementsPanel(QWidget):
    """Signals out: `chosen(record, person)`, `closed()`; hidden while there is nothing to tell."""

    chosen = Signal(str, object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel()
        self.title.setProperty("heading", True)
        done = QPushButton("Done")
        done.setProperty("kind", "ghost")
        done.setToolTip("Close this list; the verdicts stay")
        done.clicked.connect(self.closed)
        self.list = QListWidget()
        self.list.setProperty("flat", True)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 4, 8, 6)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.list)
        self.list.currentItemChanged.connect(self._choose)
        self.hide()

    def apply(self, old: PeopleFrame, new: PeopleFrame) -> None:
        """Show a frame's list."""
        if old.disagreements is new.disagreements:
            return
        self.list.blockSignals(True)
        self.list.clear()
        found = new.disagreements
        for one in found.items if found is not None else ():
            item = QListWidgetItem(words(one))
            item.setToolTip(plain_tip(words(one)))
            item.setData(CASE, (one.record, one.person))
            self.list.addItem(item)
        self.list.setCurrentRow(-1)
        self.list.blockSignals(False)
        self.list.setVisible(self.list.count() > 0)
        lines = min(self.list.count(), SHOWN)
        self.list.setFixedHeight(lines * (self.list.sizeHintForRow(0) + 2 * self.list.spacing()) + 4)
        self.title.setText(title(found) if found is not None else "")
        self.setVisible(found is not None)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(*item.data(CASE))


def title(found: Disagreements) -> str:
    """What merging a file gave, in one line."""
    count, taken = len(found.items), found.taken
    opinions = f"{count} disagreement{'s' * (count != 1)}" if count else "no disagreement"
    return f"{found.name}: {taken} verdict{'s' * (taken != 1)} taken in, {opinions}"


def words(one: Disagreement) -> str:
    """A disagreement in two lines: the case, and what each says."""
    person = f" · person {one.person}" if one.person is not None else ""
    return f"{one.record}{person}\n{one.mine}  |  {one.theirs}"
