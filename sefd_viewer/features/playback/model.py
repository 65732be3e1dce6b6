"""Playback: what the bar of frames shows, the next frame, and what stays in view until it is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.ahead import PhotoAhead, is_drawn, photo_ahead
from sefd_viewer.app.feature import features
from sefd_viewer.app.memo import memo, whole
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.app.people_view import run_of
from sefd_viewer.app.sequence import PLAYBACK, PlaybackState, Track, track_in_view, track_key
from sefd_viewer.app.slices import Slice
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
LARGE_BYTES, VERY_LARGE_BYTES = 6_000_000, 30_000_000
"""Of larger pictures one is worked out ahead, or none: all values together have their bound."""


@dataclass(frozen=True)
class Travel:
    """How somebody goes from photo to photo: at `record`, by `step`, 0 after a jump or before any step.

    `frames`: along the frames of one view, not through the data set.
    """

    record: str | None = None
    step: int = 0
    frames: bool = False


TRAVEL: Slice[Travel] = Slice("travel", Travel())


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
    choice = CHOICE.of(state)
    order, hidden = tuple(info.id for info in choice.ordered()), choice.hidden
    curves = curves_of(NOTES.of(content), track, state.person, playback.curve, run, order, hidden)
    worst = curves.worst(state.overlay) if curves is not None else None
    if curves is not None and worst is None:
        worst = curves.worst(curves.methods[0])
    return PlaybackFrame(
        track=track,
        index=track.index(state.record),
        span=span_of(playback, track),
        state=playback,
        curves=curves,
        looks=() if curves is None else tuple(map(choice.info, curves.methods)),
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


@memo
def is_shown(state: ViewerState, content: Content) -> bool:
    """Whether all that the record in view shows is there, or cannot come."""
    networks = content.scene is None or rests(state) or not content.inference.pending
    return networks and is_drawn(state, content)


def rests(state: ViewerState) -> bool:
    """Whether the networks rest because photos alone are played."""
    return PLAYBACK.of(state).playing and PLAYBACK.of(state).photo_only


def withholds(state: ViewerState, content: Content) -> bool:
    """While frames are played nothing is shown until the next one is whole, but where networks work.

    Nor is anything of a photo that is worked out already.
    """
    if PhotoAhead.title in content.running:
        return True
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
    """The next photos, worked out while the one in view is looked at and no network is asked."""
    scene = content.scene
    size = 0 if scene is None else scene.image.nbytes
    count = AHEAD - (size > LARGE_BYTES) - (size > VERY_LARGE_BYTES)
    if content.scene_key is None or content.inference.pending or not count:
        return ()
    playing = PLAYBACK.of(state).playing
    coming = _played(state, content) if playing else _on_the_way(state, content)
    here = whole(state) if coming else state
    return tuple(
        photo_ahead(at_frame(here, key) if selected else here.with_record(key), place % AHEAD, content)
        for key, place, selected in coming[:count]
    )


Coming = tuple[str, int, bool]
"""A photo's key, its place, and whether who is selected stays so."""


def _played(state: ViewerState, content: Content) -> list[Coming]:
    """The frames that follow while they are played."""
    track, playback, found = track_in_view(state, content), PLAYBACK.of(state), list[Coming]()
    if track is None:
        return found
    index, span = track.index(state.record), span_of(playback, track)
    for _ in range(AHEAD):
        record = following(PlaybackFrame(track, index, span, playback))
        index = track.index(record)
        if record is None or index is None or record == state.record:
            break
        found.append((record, index, True))
    return found


def _on_the_way(state: ViewerState, content: Content) -> list[Coming]:
    """The photos that the steps of somebody lead to; before any step see `_beside`."""
    travel, dataset, track = TRAVEL.of(content), content.dataset, track_in_view(state, content)
    keys = () if dataset is None else dataset.keys
    if travel.frames:
        keys = () if track is None else track.keys
    here = dataset.find(state.record or "") if dataset is not None else None
    if travel.frames and track is not None:
        here = track.index(state.record)
    if here is None or travel.record != state.record:
        return []
    if not travel.step:
        return _beside(state, track)
    places = [here + travel.step * further for further in range(1, AHEAD + 1)]
    return [(keys[place], place, travel.frames) for place in places if 0 <= place < len(keys)]


def _beside(state: ViewerState, track: Track | None) -> list[Coming]:
    """The frames on both sides where bodies are read from files: little work, of which no network has any."""
    here = None if track is None else track.index(state.record)
    if track is None or here is None or all(info.kind != "file" for info in CHOICE.of(state).shown()):
        return []
    keys = [track.keys[place] for place in (here + 1, here - 1) if 0 <= place < len(track.keys)]
    return [(key, number, state.person is not None) for number, key in enumerate(keys)]


def note_travel(state: ViewerState, content: Content) -> Content:
    """The content with the step that led to the photo in view."""
    before = TRAVEL.of(content)
    if before.record == state.record:
        return content
    track, dataset = track_in_view(state, content), content.dataset
    travel = Travel(state.record)
    steps = not PLAYBACK.of(state).playing and before.record is not None
    if steps and dataset is not None and state.record is not None:
        step = _between(dataset.find(before.record or ""), dataset.find(state.record))
        along = 0 if track is None else _between(track.index(before.record), track.index(state.record))
        frames = bool(along) and (not step or state.person is not None)
        travel = Travel(state.record, along if frames else step, frames)
    return TRAVEL.put(content, travel)


def _between(before: int | None, here: int | None) -> int:
    """The step from one place to the next or the one before; 0 where it is none."""
    return here - before if before is not None and here is not None and abs(here - before) == 1 else 0


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
