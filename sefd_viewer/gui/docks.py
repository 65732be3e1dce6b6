"""The panels around the views: which belong beside a workspace, and how large they were there."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from sefd_viewer.app.state import Workspace
from sefd_viewer.gui.screen_fit import scrolling
from sefd_viewer.gui.workspaces import PANELS

LEAST = (150, 36)
"""Pixels (width, height) that a panel keeps on the smallest screen; there it scrolls."""


class Docks:
    """Panels of `window` by title; `leave` one workspace before another fills the middle, then `enter` it."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._arranged: dict[Workspace, QByteArray] = {}
        self.by_title: dict[str, QDockWidget] = {}

    def add(self, title: str, panel: QWidget, area: Qt.DockWidgetArea, *, scroll: bool = True) -> QDockWidget:
        """Put a panel at an edge of the window."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(title)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        dock.setWidget(scrolling(panel, LEAST) if scroll else panel)
        self._window.addDockWidget(area, dock)
        self.by_title[title] = dock
        return dock

    def leave(self, workspace: Workspace, *, entering: Workspace) -> None:
        """Remember how panels stand, and hide what the next workspace has not: else the window would grow."""
        self._arranged[workspace] = self._window.saveState()
        for title, dock in self.by_title.items():
            if title not in PANELS.get(entering, frozenset()):
                dock.hide()

    def enter(self, workspace: Workspace) -> None:
        """Show the panels that belong beside a workspace, as large as they were there before."""
        for title, dock in self.by_title.items():
            dock.setVisible(title in PANELS.get(workspace, frozenset()))
        if workspace in self._arranged:
            self._window.restoreState(self._arranged[workspace])
