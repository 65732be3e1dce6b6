"""Which widget each workspace is, and which panels stand beside it; widgets are made at first use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget, QWidget

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.frame import Frame
from sefd_viewer.app.state import Workspace


class WorkspaceView(Protocol):
    """What a workspace's widget can do besides being a widget."""

    def apply(self, old: Frame, new: Frame) -> None:
        """Show a frame; only what differs from `old` changes."""

    def fit(self) -> None:
        """Show everything in every view."""


@dataclass(frozen=True)
class WorkspaceSeat:
    """How the widget of a workspace is made, and the titles of the panels (docks) beside it."""

    make: Callable[[Controller], WorkspaceView]
    panels: frozenset[str]


def _inspect(controller: Controller) -> WorkspaceView:
    from sefd_viewer.gui import wiring
    from sefd_viewer.gui.central import CentralArea

    central = CentralArea()
    wiring.connect_central(central, controller)
    return central


def _review(controller: Controller) -> WorkspaceView:
    from sefd_viewer.features.people.views.review.wiring import make_review

    return make_review(controller)


def _edge_lab(controller: Controller) -> WorkspaceView:
    from sefd_viewer.features.edges.views.workspace import EdgeLab

    return EdgeLab(controller)


def _cameras(controller: Controller) -> WorkspaceView:
    from sefd_viewer.features.cameras.views.board.board_view import BoardView
    from sefd_viewer.features.cameras.views.board.wiring import connect_board

    board = BoardView(controller)
    connect_board(board, controller)
    return board


def _results(controller: Controller) -> WorkspaceView:
    from sefd_viewer.features.people.views.results.workspace import Results

    return Results(controller)


def _explain(controller: Controller) -> WorkspaceView:
    from sefd_viewer.features.explain.views.workspace import Explain

    return Explain(controller)


SEATS: dict[Workspace, WorkspaceSeat] = {
    "inspect": WorkspaceSeat(_inspect, frozenset({"Records", "Layers", "Edge settings", "People"})),
    "cameras": WorkspaceSeat(_cameras, frozenset()),
    "review": WorkspaceSeat(_review, frozenset()),
    "results": WorkspaceSeat(_results, frozenset()),
    "explain": WorkspaceSeat(_explain, frozenset({"Records"})),
    "edges": WorkspaceSeat(_edge_lab, frozenset({"Records", "Edge settings"})),
}


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
            view = self._views[workspace] = SEATS[workspace].make(self._controller)
            self.addWidget(view)  # type: ignore[arg-type]
        return self._views[workspace]

    def fit(self) -> None:
        """Show everything in every view of the workspace in view."""
        self.view(self._controller.state.workspace).fit()
