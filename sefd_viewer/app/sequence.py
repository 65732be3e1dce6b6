"""Frames of a sequence: which records follow the one in view, and how they are played."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from sefd_viewer.app.keys import Key
from sefd_viewer.app.slices import Slice, Whole

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset

Curve = Literal["error", "motion"]

STRETCH = 16_000
"""Frames are looked for at most this many records before and behind the one in view."""
FEWEST_BY_NAME = 3
"""Pictures without a view are frames when so many names count on in equal steps."""


@dataclass(frozen=True)
class PlaybackState:
    """`first` and `last` are keys of the records between which is played, None: without a limit.

    While `playing` with `photo_only` the networks rest. `curve` None shows errors where there are any, else
    how far joints move.
    """

    fleeting: ClassVar[frozenset[str]] = frozenset({"playing"})

    playing: bool = False
    rate: float = 10.0
    loop: bool = True
    photo_only: bool = False
    first: str | None = None
    last: str | None = None
    curve: Curve | None = None


PLAYBACK: Slice[PlaybackState] = Slice("playback", PlaybackState())


def stopped(state: ViewerState) -> ViewerState:
    """The state in which no frames are played."""
    return PLAYBACK.change(state, playing=False) if PLAYBACK.of(state).playing else state


@dataclass(frozen=True, eq=False)
class Track(Whole):
    """Frames in order: the records' keys, and their names on the axis; `view` is empty for a video."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    view: str = ""

    def index(self, key: str | None) -> int | None:
        """Where a record is, None when it is not among them."""
        return self._places.get(key) if key is not None else None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key: index for index, key in enumerate(self.keys)}


@dataclass(frozen=True)
class TrackKey(Key["Track | None"]):
    """The frames among which a record of the data set that was opened as number `opened` is."""

    title: ClassVar[str] = "Looking for the frames of a sequence"

    opened: int
    record: str
    dataset: Dataset = field(compare=False)

    def work(self) -> Track | None:
        """Look for the frames."""
        position = self.dataset.find(self.record)
        return track_of(self.dataset, position) if position is not None else None

    @property
    def about(self) -> Hashable:
        """The data set."""
        return self.opened


def track_key(state: ViewerState, content: Content) -> TrackKey | None:
    """What finds the frames, looked for anew when the record in view is not among those known."""
    if content.dataset is None or state.record is None:
        return None
    known = content.computed.newest(TrackKey, content.opened)
    if known is not None and track_in_view(state, content) is not None:
        return cast("TrackKey", known.key)
    return TrackKey(content.opened, state.record, content.dataset)


def track_in_view(state: ViewerState, content: Content) -> Track | None:
    """The frames among which the record in view is, None for a single picture or while it is not known."""
    outcome = content.computed.newest(TrackKey, content.opened)
    track = None if outcome is None else outcome.value
    return track if track is not None and track.index(state.record) is not None else None


def track_of(dataset: Dataset, position: int) -> Track | None:
    """The frames among which the record at `position` is, None when it is a single picture."""
    from sefd_viewer.datasets.records import STILLS, series_of

    moment, view = dataset.instant(position)
    if moment is None or view is None:
        return _by_name(dataset, position) if dataset.format not in STILLS else None
    low, high = max(position - STRETCH, 0), min(position + STRETCH, len(dataset.records))
    series = series_of(moment)
    keys, names = [], []
    for place in range(low, high):
        other, seen_from = dataset.instant(place)
        if seen_from == view and other is not None and series_of(other) == series:
            keys.append(dataset.keys[place])
            names.append(other)
    return Track(tuple(keys), tuple(names), view) if len(keys) > 1 else None


def _by_name(dataset: Dataset, position: int) -> Track | None:
    """Records whose names count on in equal steps: frames of a video, or of a folder of frames."""
    here = _number(dataset.keys[position])
    if here is None:
        return None
    before = list(_counting(dataset, position, -1))
    after = list(_counting(dataset, position, 1))
    step = after[0][0] - here if after else here - before[0][0] if before else 0
    chosen = [*reversed(_in_step(before, here, -step)), (here, dataset.keys[position])]
    chosen += _in_step(after, here, step)
    if len(chosen) < FEWEST_BY_NAME:
        return None
    keys = tuple(key for _, key in chosen)
    return Track(keys, keys)


def _counting(dataset: Dataset, position: int, way: int) -> Iterator[tuple[int, str]]:
    """Number and key of the neighbours of the same series, one after the other."""
    from sefd_viewer.datasets.records import series_of

    series = series_of(dataset.keys[position])
    for distance in range(1, STRETCH):
        place = position + way * distance
        if not 0 <= place < len(dataset.records):
            return
        key = dataset.keys[place]
        number = _number(key)
        if number is None or series_of(key) != series:
            return
        yield number, key


def _in_step(found: list[tuple[int, str]], here: int, step: int) -> list[tuple[int, str]]:
    """The first ones that count on by `step`."""
    count = 0
    while step and count < len(found) and found[count][0] == here + step * (count + 1):
        count += 1
    return found[:count]


def _number(key: str) -> int | None:
    """The number with which a name ends."""
    found = re.search(r"(\d+)\D*$", key)
    return int(found.group(1)) if found is not None else None
