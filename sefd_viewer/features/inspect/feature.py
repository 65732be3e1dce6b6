"""Inspect: what every method says of the people of one photo."""

from sefd_viewer.app.feature import Feature, WorkspaceInfo, in_workspace
from sefd_viewer.features.inspect.pose_edits_commands import pose_commands
from sefd_viewer.features.playback.frame import rests

FEATURES = (
    Feature(
        id="inspect",
        order=10,
        in_view=in_workspace("inspect"),
        uses_networks=lambda state: not rests(state),
        shows_edges=lambda state: state.edge_source in ("student", "teacher"),
        commands=pose_commands,
        heading="Edit",
        workspace=WorkspaceInfo("Inspect", "Photo, edges and every method's bodies", "Ctrl+1"),
        view="sefd_viewer.features.inspect.views.workspace:make_inspect",
    ),
)
