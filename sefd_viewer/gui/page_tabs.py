"""The tabs of a workspace's pages, for mouse and keyboard, and the pages behind them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

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
        self.setAccessibleName("Pages")
        self.currentChanged.connect(self.turned)

    def show_place(self, place: int) -> None:
        """Mark the page that is in view."""
        self.blockSignals(True)
        self.setCurrentIndex(place)
        self.blockSignals(False)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that go through tabs from the window's own."""
        return claimed(event, _STEPS) or super().event(event)


class PageStack(QStackedWidget):
    """Pages of which the one in view says how much room is needed: a wide one must not widen the others."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(lambda _place: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:
        """What the page in view needs."""
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()
