"""Views under a thin line with their names, side by side; tabs of pages, and the pages behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from sefd_viewer.app.frame import Words
from sefd_viewer.gui.labels import ElidedLabel, TextLine
from sefd_viewer.gui.own_keys import claimed
from sefd_viewer.gui.safe_overrides import SafeOverrides

if TYPE_CHECKING:
    from sefd_viewer.gui.canvas import ImageCanvas  # NumPy comes with it, after the first paint


HEADER, LEAST = 32, 110
"""Pixels of the line with a view's name, and of a view where there is little room: its page scrolls."""


class Pane(QWidget):
    """A view under a thin line with its name."""

    def __init__(self, header: QWidget, view: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        view.setMinimumHeight(max(view.minimumHeight(), LEAST))
        layout.addWidget(header)
        layout.addWidget(view, 1)
        self._lines = layout

    def add_bar(self, bar: QWidget) -> None:
        """Put a second line under the name."""
        self._lines.insertWidget(1, bar)


def header(*parts: QWidget) -> QWidget:
    """A line of widgets above a view; an elided label takes the room that is left, else nothing does."""
    line = TextLine(HEADER)
    layout = QHBoxLayout(line)
    layout.setContentsMargins(10, 0, 8, 0)
    layout.setSpacing(8)
    for part in parts:
        elided = isinstance(part, ElidedLabel)
        if isinstance(part, QLabel) and not elided and part is not parts[-1]:
            part.setProperty("heading", True)
        layout.addWidget(part, 1 if elided else 0)
    if not any(isinstance(part, ElidedLabel) for part in parts):
        layout.addStretch(1)
    return line


def row_of(*panes: QWidget) -> QSplitter:
    """Views side by side; a person can move the lines between them."""
    row = QSplitter(Qt.Orientation.Horizontal)
    row.setChildrenCollapsible(False)
    row.setHandleWidth(1)
    for pane in panes:
        row.addWidget(pane)
        row.setStretchFactor(row.indexOf(pane), 1)
    return row


def emptied(layout: QLayout) -> None:
    """Take away what stands in a layout, for what comes in its place."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def say(view: ImageCanvas, words: Words | None) -> None:
    """Show words in a view, and whether it waits; None takes them away."""
    if words is None:
        view.cover.set_message("")
        view.cover.set_busy(False)
    else:
        view.cover.set_message(words.title, words.hint, passing=words.busy)
        view.cover.set_busy(words.busy)


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
