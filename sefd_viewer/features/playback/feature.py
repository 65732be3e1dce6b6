"""Playback: the frames of a sequence one after the other, and the curve of errors below the views."""

from sefd_viewer.app.derivations import Derivation
from sefd_viewer.app.feature import Feature, in_workspace
from sefd_viewer.features.playback.commands import playback_commands
from sefd_viewer.features.playback.derive import JOBS

FEATURES = (
    Feature(
        id="playback",
        order=70,
        in_view=in_workspace("inspect"),
        commands=playback_commands,
        heading="Play",
        view="sefd_viewer.features.playback.views.bar:make_bar",
        derivations=tuple(Derivation(*job) for job in JOBS),
    ),
)
