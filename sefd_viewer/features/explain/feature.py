"""Explain: what the networks see, and what changes their minds."""

from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.app.method_weights import weights_queries
from sefd_viewer.features.explain.actions import Sweeps, explain_commands
from sefd_viewer.features.explain.commanded import LabCommands
from sefd_viewer.features.explain.frames import EXPLAIN_FRAME
from sefd_viewer.features.explain.pages import asks, edge_networks, resolve, wants

FEATURES = (
    Feature(
        id="explain",
        order=60,
        in_view=in_workspace("explain"),
        wants=wants,
        asks=lambda state, content: (*weights_queries(state, content), *asks(state, content)),
        frame=EXPLAIN_FRAME,
        resolve=resolve,
        uses_networks=lambda _state: True,
        shows_edges=lambda _state: True,
        edge_networks=edge_networks,
        commands=explain_commands,
        heading="Explain",
        service=Sweeps,
        workspace=WorkspaceInfo(
            "Explain", "What the networks see, and what changes their minds", "Ctrl+5", about_person=True
        ),
        view="sefd_viewer.features.explain.views.workspace:Explain",
        keeps=("sefd_viewer.features.explain.model:EXPLAIN",),
    ),
    Feature(id="lab_commands", order=61, in_view=in_workspace("explain"), service=LabCommands),
)
