"""From one frame to another: the next to play, a step, the worst, the part that is played."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.playback.frame import PlaybackFrame

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState


def following(playback: PlaybackFrame) -> str | None:
    """The record played after the one in view, None at the end."""
    if playback.track is None or playback.index is None:
        return None
    first, last = playback.span
    index = playback.index + 1
    if not first <= index <= last:
        if not playback.state.loop and playback.index >= last:
            return None
        index = first
    return playback.track.keys[index] if index != playback.index else None


def stepped(playback: PlaybackFrame, step: int) -> str | None:
    """The record `step` frames further, None beyond the ends."""
    if playback.track is None or playback.index is None:
        return None
    index = playback.index + step
    return playback.track.keys[index] if 0 <= index < len(playback.track.keys) else None


def with_playback(state: ViewerState, **changes: Any) -> ViewerState:
    """Return the state with other choices about playback."""
    return replace(state, playback=replace(state.playback, **changes))


def begun(state: ViewerState, playback: PlaybackFrame) -> ViewerState:
    """Return the state in which frames are played: from the beginning when the end is in view."""
    state = with_playback(state, playing=True)
    if playback.track is not None and following(playback) is None and playback.span[0] != playback.index:
        state = replace(state, record=playback.track.keys[playback.span[0]])
    return state


def at_frame(state: ViewerState, key: str) -> ViewerState:
    """Return the state with another frame in view; who is selected or hidden stays so."""
    return replace(state, record=key)


def with_edge_of_part(state: ViewerState, playback: PlaybackFrame, *, first: bool) -> ViewerState:
    """Let the part that is played begin, or end, with the frame in view."""
    index, (low, high) = playback.index or 0, playback.span
    if first:
        return with_playback(state, first=state.record, last=state.playback.last if index <= high else None)
    return with_playback(state, last=state.record, first=state.playback.first if index >= low else None)
