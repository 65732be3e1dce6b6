"""The tabs of a workspace's pages, for mouse and keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QTabBar, QWidget

from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.safe_overrides import SafeOverrides

_STEPS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)


class PageTabs(SafeOverrides, QTabBar):
    """Signal out: `turned(place)` when a person goes to another page; `show_place` tells nobody."""

    turned = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.currentChanged.connect(self.turned)

    def show_place(self, place: int) -> None:
        """Mark the page that is in view."""
        self.blockSignals(True)
        self.setCurrentIndex(place)
        self.blockSignals(False)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that go through tabs from the window's own."""
        return claimed(event, _STEPS) or super().event(event)
