"""Explain: what the networks see, and what changes their minds."""

from sefd_viewer.app.derivations import Derivation
from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.features.explain.derive import JOBS, wants_hed

FEATURES = (
    Feature(
        id="explain",
        order=60,
        in_view=in_workspace("explain"),
        uses_networks=lambda _state: True,
        uses_hed=wants_hed,
        shows_edges=lambda _state: True,
        workspace=WorkspaceInfo("Explain", "What the networks see, and what changes their minds", "Ctrl+6"),
        view="sefd_viewer.features.explain.views.workspace:Explain",
        derivations=tuple(Derivation(*job) for job in JOBS),
    ),
)
