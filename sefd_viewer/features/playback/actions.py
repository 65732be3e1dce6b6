"""The commands of playback: play, step, the worst frame, the part that is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.pose_edits import POSE_EDITING
from sefd_viewer.app.sequence import PLAYBACK
from sefd_viewer.features.playback.model import (
    PLAYBACK_FRAME,
    at_frame,
    begun,
    stepped,
    with_edge_of_part,
    with_playback,
)

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import Ask, CommandContext, Run

    Effect = Callable[[Controller], None]


def playback_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    return [
        Command(
            "play",
            "Play",
            effect("play"),
            ("Space",),
            "Play the frames of this view",
            can_play,
            _is_on("playing"),
        ),
        Command(
            "next_frame",
            "Next frame",
            effect("next_frame"),
            ("PgDown",),
            "Of the same view",
            _has_step(1),
            paced=True,
        ),
        Command(
            "previous_frame",
            "Previous frame",
            effect("previous_frame"),
            ("PgUp",),
            "Of the same view",
            _has_step(-1),
            paced=True,
        ),
        Command(
            "worst_frame",
            "Worst frame",
            effect("worst_frame"),
            ("Shift+W",),
            "The highest point of the curve of the method on the photo",
            lambda c: PLAYBACK_FRAME.of(c.frame).worst is not None,
        ),
        Command("part_begins", "Play from here", effect("part_begins"), ("Shift+A",), "", _has_track),
        Command("part_ends", "Play up to here", effect("part_ends"), ("Shift+B",), "", _has_track),
        Command("whole_sequence", "Play the whole sequence", effect("whole_sequence"), (), "", _has_part),
        Command(
            "playback_loops",
            "Begin again at the end",
            effect("playback_loops"),
            (),
            "",
            _has_track,
            _is_on("loop"),
        ),
        Command(
            "playback_photo_only",
            "Play photos alone",
            effect("playback_photo_only"),
            (),
            "The networks rest while playing",
            _has_track,
            _is_on("photo_only"),
        ),
        Command(
            "film_sequence",
            "Film the sequence…",
            _film,
            ("Ctrl+Alt+F",),
            "The frames that are played, photo and 3D views, as MP4",
            can_play,
        ),
    ]


def _film(context: CommandContext) -> None:
    """Ask for a file and film the frames that are played."""
    if path := context.shell.ask("film"):
        context.shell.call("sefd_viewer.features.playback.views.films:film_sequence", path)


def _has_track(controller: Controller) -> bool:
    return PLAYBACK_FRAME.of(controller.frame).track is not None


def can_play(controller: Controller) -> bool:
    """A sequence is in view, and no 2D poses are edited."""
    return _has_track(controller) and not POSE_EDITING.of(controller.state).on


def _has_part(controller: Controller) -> bool:
    playback = PLAYBACK.of(controller.state)
    return _has_track(controller) and (playback.first, playback.last) != (None, None)


def _has_step(step: int) -> Ask:
    return lambda controller: stepped(PLAYBACK_FRAME.of(controller.frame), step) is not None


def _is_on(field: str) -> Ask:
    return lambda controller: bool(getattr(PLAYBACK.of(controller.state), field))


def _play(controller: Controller) -> None:
    state = controller.state
    changed = (
        with_playback(state, playing=False)
        if PLAYBACK.of(state).playing
        else begun(state, PLAYBACK_FRAME.of(controller.frame))
    )
    controller.store.set(changed, remember=False)


def _step(step: int) -> Effect:
    def run(controller: Controller) -> None:
        key = stepped(PLAYBACK_FRAME.of(controller.frame), step)
        if key is not None:
            controller.store.set(at_frame(controller.state, key))

    return run


def _worst(controller: Controller) -> None:
    playback, state = PLAYBACK_FRAME.of(controller.frame), controller.state
    if playback.track is not None and playback.worst is not None:
        stopped = with_playback(state, playing=False)
        controller.store.set(at_frame(stopped, playback.track.keys[playback.worst]))


def _edge(*, first: bool) -> Effect:
    def run(controller: Controller) -> None:
        controller.store.set(
            with_edge_of_part(controller.state, PLAYBACK_FRAME.of(controller.frame), first=first),
            remember=False,
        )

    return run


def _whole(controller: Controller) -> None:
    controller.store.set(with_playback(controller.state, first=None, last=None), remember=False)


def _toggle(field: str) -> Effect:
    def run(controller: Controller) -> None:
        state = controller.state
        changed = with_playback(state, **{field: not getattr(PLAYBACK.of(state), field)})
        controller.store.set(changed, remember=False)

    return run


EFFECTS: dict[str, Effect] = {
    "play": _play,
    "next_frame": _step(1),
    "previous_frame": _step(-1),
    "worst_frame": _worst,
    "part_begins": _edge(first=True),
    "part_ends": _edge(first=False),
    "whole_sequence": _whole,
    "playback_loops": _toggle("loop"),
    "playback_photo_only": _toggle("photo_only"),
}
"""What each command does, for the menu and for the bar's buttons."""


def effect(id: str) -> Run:
    """What the command of this name does."""
    return lambda context: EFFECTS[id](context.controller)
