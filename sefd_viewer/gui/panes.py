"""Views under a thin line with their names, side by side, and the words that stand in an empty one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from sefd_viewer.gui.canvas import ImageCanvas
from sefd_viewer.gui.controls import ElidedLabel
from sefd_viewer.session.frame import Words


class Pane(QWidget):
    """A view under a thin line with its name."""

    def __init__(self, header: QWidget, view: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        header.setFixedHeight(32)
        layout.addWidget(header)
        layout.addWidget(view, 1)


def header(*parts: QWidget) -> QWidget:
    """A line of widgets above a view; the last one takes the room that is left."""
    line = QWidget()
    layout = QHBoxLayout(line)
    layout.setContentsMargins(10, 0, 8, 0)
    layout.setSpacing(8)
    for part in parts[:-1]:
        if isinstance(part, QLabel):
            part.setProperty("heading", True)
        layout.addWidget(part)
    last = parts[-1]
    if isinstance(last, ElidedLabel):
        layout.addWidget(last, 1)
    else:
        layout.addWidget(last)
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


def say(view: ImageCanvas, words: Words | None) -> None:
    """Show words in a view, and whether it waits; None takes them away."""
    if words is None:
        view.set_message(None)
        view.set_busy(False)
    else:
        view.set_message(words.title, words.hint)
        view.set_busy(words.busy)
