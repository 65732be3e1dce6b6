"""Playback: the frames of a sequence one after the other, and the curve of errors below the views."""

from sefd_viewer.app.feature import Feature, in_workspace
from sefd_viewer.features.playback.actions import playback_commands
from sefd_viewer.features.playback.model import (
    PLAYBACK_FRAME,
    held_back,
    note_travel,
    resolve,
    rests,
    wants,
    withholds,
)
from sefd_viewer.features.playback.notes import note

FEATURES = (
    Feature(
        id="playback",
        order=70,
        in_view=in_workspace("inspect"),
        wants=wants,
        note=lambda state, content: note_travel(state, note(state, content)),
        frame=PLAYBACK_FRAME,
        resolve=resolve,
        rests=rests,
        withholds=withholds,
        hold=held_back,
        commands=playback_commands,
        heading="Play",
        view="sefd_viewer.features.playback.views.bar:make_bar",
        keeps=("sefd_viewer.app.sequence:PLAYBACK",),
    ),
)
