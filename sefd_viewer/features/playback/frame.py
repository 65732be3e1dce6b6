"""What the bar below the views shows: the frames, where one is, and the curves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.features.playback.derive import run_in_view, track_in_view
from sefd_viewer.features.playback.state import PlaybackState

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.playback.curves import Curves
    from sefd_viewer.features.playback.track import Track

_DRAWN = (
    "scene",
    "placed baseline",
    "placed student",
    "placed teacher",
    "truth",
    "metrics",
    "Drawing the bodies",
    "Drawing outlines",
    "Measuring errors",
    "Dimming the photo",
)
"""What is computed for a frame before it counts as shown."""


@dataclass(frozen=True, eq=False)
class PlaybackFrame:
    """`track` None: a single picture is in view. `span` are the first and last frame of the part played.

    `ready` says that everything of the frame in view is there, so that the next one can be asked for.
    """

    track: Track | None = None
    index: int | None = None
    span: tuple[int, int] = (0, 0)
    state: PlaybackState = field(default_factory=PlaybackState)
    curves: Curves | None = None
    worst: int | None = None
    ready: bool = False

    @property
    def playing(self) -> bool:
        """Whether frames follow one another now."""
        return self.state.playing and self.track is not None


def playback_frame(state: ViewerState, content: Content) -> PlaybackFrame:
    """Decide what the bar shows."""
    track = track_in_view(state, content) if state.workspace == "inspect" else None
    if track is None:
        return PlaybackFrame(state=state.playback, ready=is_shown(state, content))
    from sefd_viewer.features.playback.curves import curves_of

    run = run_in_view(state, content)
    curves = curves_of(content.notes, track, state.person, state.playback.curve, run)
    worst = curves.worst(state.overlay) if curves is not None else None
    if curves is not None and worst is None:
        worst = curves.worst(curves.methods[0])
    return PlaybackFrame(
        track=track,
        index=track.index(state.record),
        span=span_of(state.playback, track),
        state=state.playback,
        curves=curves,
        worst=worst,
        ready=is_shown(state, content),
    )


def span_of(playback: PlaybackState, track: Track) -> tuple[int, int]:
    """The first and last frame of the part that is played."""
    first, last = track.index(playback.first), track.index(playback.last)
    low = 0 if first is None else first
    high = len(track.keys) - 1 if last is None else last
    return (low, high) if low <= high else (0, len(track.keys) - 1)


def is_shown(state: ViewerState, content: Content) -> bool:
    """Whether all that the record in view shows is there, or cannot come."""
    outcome, scene = content.outcomes.get("scene"), content.scene
    if scene is None:
        failed = outcome is not None and outcome.problem is not None
        return failed and outcome.key[1] == state.record  # type: ignore[union-attr,index]
    if scene.record.key != state.record or any(name in content.running for name in _DRAWN):
        return False
    return rests(state) or not content.inference.pending


def rests(state: ViewerState) -> bool:
    """Whether the networks rest because photos alone are played."""
    return state.workspace == "inspect" and state.playback.playing and state.playback.photo_only
