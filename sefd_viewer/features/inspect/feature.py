"""Inspect: what every method says of one person."""

from __future__ import annotations

from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.app.method_commands import CommandService
from sefd_viewer.app.method_weights import shows_teachers, weights_queries
from sefd_viewer.app.state import ViewerState
from sefd_viewer.features.inspect.commands import stage_commands
from sefd_viewer.features.inspect.edge_frame import note_edges
from sefd_viewer.features.inspect.edge_view import MORPH, SHOWN_IN, asks, edge_networks, in_edges, with_canny
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.features.inspect.panes import resolve
from sefd_viewer.features.inspect.plans import panes_are_seen, wants
from sefd_viewer.features.inspect.pose_edits_actions import pose_commands
from sefd_viewer.features.inspect.pose_edits_frame import POSE_EDITING_FRAME, pose_editing_frame
from sefd_viewer.features.inspect.pose_edits_service import make_service, poses_of


def _shows_edges(state: ViewerState) -> bool:
    """Whether what networks see of edges is in view: their answers are worth asking for at once."""
    stage = STAGE.of(state)
    return shows_teachers(state) or in_edges(state) or any(one.view == "edges" for one in stage.own.values())


def never(_state: ViewerState) -> bool:
    """Of a view that another feature places: it has no state of its own."""
    return False


HINTS = {
    "photo": ("Drag turns", "wheel zooms", "Ctrl-drag moves", "double-click enlarges", "W wipes"),
    "turned": (
        "All bodies turn together",
        "Alt-drag turns one",
        "pointing at a joint shows it in every pane",
        "C back to the photo's camera",
    ),
    "edges": ("The pictures follow a slider, the network answers when you let go", "wheel zooms"),
}
"""What hands can do on the stage, by its view."""

FEATURES = (
    Feature(
        id="inspect",
        order=10,
        in_view=lambda state: state.workspace in SHOWN_IN,
        wants=wants,
        asks=lambda state, content: (*asks(state, content), *weights_queries(state, content)),
        frame=STAGE_FRAME,
        resolve=resolve,
        edge_networks=edge_networks,
        uses_networks=lambda _state: True,
        waits=True,
        shows_edges=_shows_edges,
        shows_photo=panes_are_seen,
        settle=with_canny,
        note=note_edges,
        looks=(STAGE.id, MORPH.id),
        commands=stage_commands,
        service=CommandService,
        pages={"add_method": "sefd_viewer.features.inspect.views.add_method_page:AddMethodPage"},
        workspace=WorkspaceInfo(
            "Inspect",
            "What every method says of one person",
            "Ctrl+1",
            hints=lambda frame: HINTS[STAGE_FRAME.of(frame).view],
            about_person=True,
        ),
        view="sefd_viewer.features.inspect.views.workspace:make_inspect",
        keeps=(
            "sefd_viewer.features.inspect.model:STAGE",
            "sefd_viewer.features.inspect.edge_view:EDGE_VIEW",
            "sefd_viewer.app.methods:CHOICE",
        ),
    ),
    Feature(
        id="edge_stage",
        order=11,
        in_view=never,
        view="sefd_viewer.features.inspect.views.edge_stage:EdgeStage",
    ),
    Feature(
        id="edge_controls",
        order=12,
        in_view=never,
        view="sefd_viewer.features.inspect.views.edge_stage:EdgeControls",
    ),
    Feature(
        id="pose_editing",
        order=13,
        in_view=in_workspace("inspect"),
        frame=POSE_EDITING_FRAME,
        resolve=pose_editing_frame,
        found=lambda controller, source: poses_of(controller).found(source),
        commands=pose_commands,
        heading="Inspect",
        service=make_service,
    ),
)
