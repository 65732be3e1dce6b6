"""Which widget each workspace is, and which panels stand beside it; widgets are made at first use."""

from __future__ import annotations

import importlib
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.feature import workspaces
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.state import Workspace


class WorkspaceView(Protocol):
    """What a workspace's widget can do besides being a widget."""

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame; only what differs from `old` changes."""

    def fit(self) -> None:
        """Show everything in every view."""


PANELS: dict[Workspace, frozenset[str]] = {
    "inspect": frozenset({"Records", "Layers", "Edge settings", "People"}),
    "explain": frozenset({"Records"}),
    "edges": frozenset({"Records", "Edge settings"}),
}
"""The titles of the panels (docks) beside a workspace."""


def make_view(workspace: Workspace, controller: Controller) -> WorkspaceView:
    """The widget of a workspace, as its feature makes it."""
    feature = next(feature for feature in workspaces() if feature.id == workspace)
    module, _, name = feature.view.partition(":")
    view: WorkspaceView = getattr(importlib.import_module(module), name)(controller)
    return view


class WorkspaceStack(QStackedWidget):
    """Shows the frame's workspace; the others keep what they showed and cost nothing until they come back."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._views: dict[Workspace, WorkspaceView] = {}
        self._shown: dict[Workspace, Frame] = {}

    def apply(self, new: Frame) -> None:
        """Show a frame in its workspace."""
        view = self.view(new.workspace)
        view.apply(self._shown.get(new.workspace, Frame()), new)
        self._shown[new.workspace] = new
        self.setCurrentWidget(view)  # type: ignore[arg-type]
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """What the workspace in view needs: a wide one must not squeeze the panels beside the others."""
        view = self.currentWidget()
        return super().minimumSizeHint() if view is None else view.minimumSizeHint()

    def view(self, workspace: Workspace) -> WorkspaceView:
        """The widget of a workspace, made at first use."""
        if workspace not in self._views:
            view = self._views[workspace] = make_view(workspace, self._controller)
            self.addWidget(view)  # type: ignore[arg-type]
        return self._views[workspace]

    def fit(self) -> None:
        """Show everything in every view of the workspace in view."""
        self.view(self._controller.state.workspace).fit()
