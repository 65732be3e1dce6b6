"""Playback: what the bar of frames shows, the next frame, and what stays in view until it is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.absence import scene_outcome
from sefd_viewer.app.ahead import PhotoAhead, photo_ahead
from sefd_viewer.app.errors_in_mm import MetricsKey
from sefd_viewer.app.feature import features
from sefd_viewer.app.memo import memo, whole
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.app.people_view import run_of
from sefd_viewer.app.photos import SceneKey
from sefd_viewer.app.sequence import PLAYBACK, PlaybackState, Track, track_in_view, track_key
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.stages import PlacedStage, TruthStage
from sefd_viewer.features.playback.notes import NOTES
from sefd_viewer.features.playback.work import RunErrorsKey

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.playback.curves import Curves

AHEAD = 2
"""So many frames are worked out ahead, side by side."""
_DRAWN = (
    *(kind.title for kind in (SceneKey, PlacedStage, TruthStage, MetricsKey)),
    "Drawing the bodies",
    "Drawing outlines",
    "Measuring errors",
    "Dimming the photo",
)
"""What is computed for a frame before it counts as shown."""


@dataclass(frozen=True, eq=False)
class PlaybackFrame:
    """`track` None: a single picture is in view. `span` are the first and last frame of the part played.

    `looks` are how the methods of the curves are called and coloured. `ready` says that everything of the
    frame in view is there, `next_ready` that the next one was worked out, so that it can be asked for.
    """

    track: Track | None = None
    index: int | None = None
    span: tuple[int, int] = (0, 0)
    state: PlaybackState = field(default_factory=PlaybackState)
    curves: Curves | None = None
    looks: tuple[MethodInfo, ...] = ()
    worst: int | None = None
    ready: bool = False
    next_ready: bool = True

    @property
    def playing(self) -> bool:
        """Whether frames follow one another now."""
        return self.state.playing and self.track is not None


PLAYBACK_FRAME: Slice[PlaybackFrame] = Slice("playback", PlaybackFrame())


def wants(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """The frames, and what a run says of them."""
    if content.dataset is None or state.record is None:
        return
    yield track_key(state, content)
    yield run_key(state, content)
    yield from ahead(state, content)


def run_key(state: ViewerState, content: Content) -> RunErrorsKey | None:
    """What the run in view knows about the frames in view."""
    track, table = track_in_view(state, content), run_of(state, content)
    return None if track is None or table is None else RunErrorsKey(table, track)


def resolve(state: ViewerState, content: Content) -> PlaybackFrame:
    """Decide what the bar shows."""
    track, playback = track_in_view(state, content), PLAYBACK.of(state)
    if track is None:
        return PlaybackFrame(state=playback, ready=is_shown(state, content))
    from sefd_viewer.features.playback.curves import curves_of

    run = content.computed.value(run_key(state, content))
    curves = curves_of(NOTES.of(content), track, state.person, playback.curve, run)
    worst = curves.worst(state.overlay) if curves is not None else None
    if curves is not None and worst is None:
        worst = curves.worst(curves.methods[0])
    return PlaybackFrame(
        track=track,
        index=track.index(state.record),
        span=span_of(playback, track),
        state=playback,
        curves=curves,
        looks=() if curves is None else tuple(map(CHOICE.of(state).info, curves.methods)),
        worst=worst,
        ready=is_shown(state, content),
        next_ready=all(content.computed.get(key) is not None for key in ahead(state, content)[:1]),
    )


def span_of(playback: PlaybackState, track: Track) -> tuple[int, int]:
    """The first and last frame of the part that is played."""
    first, last = track.index(playback.first), track.index(playback.last)
    low = 0 if first is None else first
    high = len(track.keys) - 1 if last is None else last
    return (low, high) if low <= high else (0, len(track.keys) - 1)


def is_shown(state: ViewerState, content: Content) -> bool:
    """Whether all that the record in view shows is there, or cannot come."""
    outcome, scene = scene_outcome(content), content.scene
    if scene is None:
        return outcome is not None and outcome.problem is not None
    if scene.record.key != state.record or any(name in content.running for name in _DRAWN):
        return False
    return rests(state) or not content.inference.pending


def rests(state: ViewerState) -> bool:
    """Whether the networks rest because photos alone are played."""
    return PLAYBACK.of(state).playing and PLAYBACK.of(state).photo_only


def withholds(state: ViewerState, content: Content) -> bool:
    """While frames are played nothing is shown until the next one is whole, but where networks work."""
    coming = PLAYBACK.of(state).playing and not content.inference.pending
    return coming and track_in_view(state, content) is not None and not is_shown(state, content)


def held_back(old: Frame, new: Frame) -> Frame:
    """The new frame, with the pictures of the old one while those of the next are on their way.

    A photo that was played alone stays while it is loaded once more, with its people.
    """
    playback = PLAYBACK_FRAME.of(new)
    coming = playback.playing and not playback.ready
    words = new.photo.words
    again = new.record == old.record and words is not None and words.busy and playback.track is not None
    if not (coming or again) or old.photo.image is None:
        return new
    held = [feature.frame.id for feature in features() if feature.waits and feature.frame is not None]
    return replace(
        new,
        photo=old.photo,
        people=old.people,
        skipped=old.skipped,
        slices={**new.slices, **{id: old.slices[id] for id in held if id in old.slices}},
    )


# ---- from one frame to another


@memo
def ahead(state: ViewerState, content: Content) -> tuple[PhotoAhead, ...]:
    """The next frames, worked out while the one in view is looked at and no network is asked."""
    track, playback = track_in_view(state, content), PLAYBACK.of(state)
    if track is None or not playback.playing or content.scene_key is None or content.inference.pending:
        return ()
    here, found = whole(state), list[PhotoAhead]()
    index, span = track.index(state.record), span_of(playback, track)
    for _ in range(AHEAD):
        record = following(PlaybackFrame(track, index, span, playback))
        index = track.index(record)
        if record is None or index is None or record == state.record:
            break
        found.append(photo_ahead(at_frame(here, record), index % AHEAD, content))
    return tuple(found)


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
    return PLAYBACK.change(state, **changes)


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
        return with_playback(
            state, first=state.record, last=PLAYBACK.of(state).last if index <= high else None
        )
    return with_playback(state, last=state.record, first=PLAYBACK.of(state).first if index >= low else None)
