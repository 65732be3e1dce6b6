"""Edges: detectors compared, dilation by size, stored maps audited."""

from sefd_viewer.app.derivations import Derivation
from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.features.edges import derive as edges

FEATURES = (
    Feature(
        id="edges",
        order=40,
        in_view=in_workspace("edges"),
        uses_networks=lambda _state: True,
        workspace=WorkspaceInfo(
            "Edges", "Detectors compared, dilation by size, stored maps audited", "Ctrl+4"
        ),
        view="sefd_viewer.features.edges.views.workspace:EdgeLab",
        derivations=(
            Derivation(edges.WANTED, edges.wanted_key, edges.wanted_job),
            Derivation(edges.FOUND, edges.found_key, edges.found_job),
            Derivation(edges.COMPARED, edges.compared_key, edges.compared_job),
            Derivation(edges.THICK, edges.thick_key, edges.thick_job),
            Derivation(edges.SIZES, edges.sizes_key, edges.sizes_job),
            Derivation(edges.PAIR, edges.pair_key, edges.pair_job),
        ),
    ),
)
