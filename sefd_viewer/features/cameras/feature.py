"""Cameras: all views of one moment, and how well cameras and bodies agree."""

from __future__ import annotations

from dataclasses import replace

from sefd_viewer.app.content import Content
from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.app.state import ViewerState
from sefd_viewer.features.cameras.board.commands import board_commands
from sefd_viewer.features.cameras.conventions.choices import placed
from sefd_viewer.features.cameras.conventions.commands import convention_commands
from sefd_viewer.features.cameras.derive import DERIVATIONS


def _settle(state: ViewerState, content: Content) -> ViewerState:
    """The board reads every subject as was chosen for it."""
    board = placed(state.board, content.dataset, state.record)
    return state if board is state.board else replace(state, board=board)


FEATURES = (
    Feature(
        id="cameras",
        order=20,
        in_view=in_workspace("cameras"),
        uses_networks=lambda state: state.board.tab == "image_plane",
        settle=_settle,
        commands=lambda: (*board_commands(), *convention_commands()),
        heading="Cameras",
        workspace=WorkspaceInfo("Cameras", "All cameras of one moment, and how well they agree", "Ctrl+2"),
        view="sefd_viewer.features.cameras.views.board.wiring:make_board",
        derivations=DERIVATIONS,
    ),
)
