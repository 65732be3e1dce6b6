"""Inspect: what every method says of one person."""

from __future__ import annotations

from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.app.state import ViewerState
from sefd_viewer.features.inspect.commands import stage_commands
from sefd_viewer.features.inspect.edge_view import EDGE_VIEW, MORPH, asks
from sefd_viewer.features.inspect.model import STAGE, STAGE_FRAME
from sefd_viewer.features.inspect.panes import resolve
from sefd_viewer.features.inspect.plans import wants
from sefd_viewer.features.inspect.pose_edits_commands import pose_commands
from sefd_viewer.features.playback.frame import rests


def _shows_edges(state: ViewerState) -> bool:
    """Whether what networks see of edges is in view: their answers are worth asking for at once."""
    stage = STAGE.of(state)
    return stage.view == "edges" or any(one.view == "edges" for one in stage.own.values())


HINTS = "Drag turns   ·   wheel zooms   ·   Ctrl-drag moves   ·   double-click enlarges   ·   W wipes"

FEATURES = (
    Feature(
        id="inspect",
        order=10,
        in_view=in_workspace("inspect"),
        wants=wants,
        asks=asks,
        frame=STAGE_FRAME,
        resolve=resolve,
        uses_hed=lambda state: EDGE_VIEW.of(state).source == "hed" and STAGE.of(state).view == "edges",
        uses_networks=lambda state: not rests(state),
        shows_edges=_shows_edges,
        looks=(STAGE.id, MORPH.id),
        commands=lambda: (*stage_commands(), *pose_commands()),
        workspace=WorkspaceInfo("Inspect", "What every method says of one person", "Ctrl+1", hints=HINTS),
        view="sefd_viewer.features.inspect.views.workspace:make_inspect",
        keeps=("sefd_viewer.features.inspect.model:STAGE", "sefd_viewer.app.methods:CHOICE"),
    ),
)
