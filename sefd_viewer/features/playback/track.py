"""Which records follow the one in view as frames of the same view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sefd_viewer.app.slices import Whole
from sefd_viewer.datasets.records import STILLS, series_of

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset

STRETCH = 16_000
"""Frames are looked for at most this many records before and behind the one in view."""
FEWEST_BY_NAME = 3
"""Pictures without a view are frames when so many names count on in equal steps."""


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


def track_of(dataset: Dataset, position: int) -> Track | None:
    """The frames among which the record at `position` is, None when it is a single picture."""
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
