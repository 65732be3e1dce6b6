"""Edges: detectors compared, dilation by size, stored maps audited."""

from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.features.edges.actions import Audits, edge_commands
from sefd_viewer.features.edges.model import EDGES_FRAME, edge_networks, resolve, settle, wants

FEATURES = (
    Feature(
        id="edges",
        order=40,
        in_view=in_workspace("edges"),
        wants=wants,
        frame=EDGES_FRAME,
        resolve=resolve,
        uses_networks=lambda _state: True,
        edge_networks=edge_networks,
        settle=settle,
        commands=edge_commands,
        heading="Edges",
        service=Audits,
        workspace=WorkspaceInfo(
            "Edges", "Detectors compared, dilation by size, stored maps audited", "Ctrl+4", about_person=True
        ),
        view="sefd_viewer.features.edges.views.workspace:EdgeLab",
        keeps=("sefd_viewer.features.edges.model:EDGES",),
    ),
)
