"""The pictures of one annotation file, as read or as the index kept them; records are built at a look."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Labels
from sefd_viewer.datasets.annotations.people import PeopleBuilder
from sefd_viewer.datasets.annotations.rows import PartRows, PictureRows
from sefd_viewer.datasets.images import turned_words
from sefd_viewer.datasets.inputs import Stamps
from sefd_viewer.datasets.lazy_sequence import Instant
from sefd_viewer.datasets.progress import Problems
from sefd_viewer.datasets.records import Record
from sefd_viewer.errors import shown
from sefd_viewer.plain_files import is_file


@dataclass(frozen=True, eq=False)
class KeyPlaces:
    """Finds the position of a key; with `order` (N,), the positions by rising key, it needs no memory."""

    keys: Sequence[str]
    order: NDArray[np.integer] | None = None

    def find(self, key: str) -> int | None:
        """The key's position, None when it is not there."""
        if self.order is None:
            return self._by_key.get(key)
        order = self.order
        place = bisect_left(order, key, key=lambda position: self.keys[int(position)])
        position = int(order[place]) if place < len(order) else -1
        return position if position >= 0 and self.keys[position] == key else None

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.keys)}


@dataclass(frozen=True, eq=False)
class ReadPart:
    """What a file says; `problems` are sentences about it and those beside it.

    `sources` are the files that said it, `looked_at` all on which it depends, as they were before. `places`
    finds keys; `index` is the folder of the index, where there is one.
    """

    rows: PartRows
    problems: tuple[str, ...]
    sources: Stamps
    looked_at: Stamps
    places: KeyPlaces
    index: Path | None = None


def fresh_part(rows: PartRows, sources: Stamps, looked_at: Stamps, problems: Problems) -> ReadPart:
    """A part that was just read; that a file changed meanwhile is one of its problems."""
    for file in sources.changed_files():
        problems.add(file, "this changed while it was read. Open the data set again")
    return ReadPart(rows, problems.sentences(), sources, looked_at, KeyPlaces(rows.pictures.keys))


@dataclass(frozen=True, eq=False)
class PicturePart:
    """Pictures in `folder` with their people; `sources` are the files that said so, as they were then.

    `places` finds keys; `world_up` is the direction away from the ground in the world of the cameras.
    `index` is the folder of the index, where there is one.
    """

    folder: Path
    pictures: PictureRows
    builder: PeopleBuilder
    sources: Stamps
    places: KeyPlaces
    world_up: tuple[float, float, float] | None = None
    index: Path | None = None

    @property
    def keys(self) -> Sequence[str]:
        """One key per picture."""
        return self.pictures.keys

    def find(self, key: str) -> int | None:
        """Where the picture with this key is, None when it is not here."""
        return self.places.find(key)

    def build(self, position: int) -> Record:
        """The record of a picture with its people."""
        pictures = self.pictures
        path = self.image_path(position)
        size = pictures.size(position)
        stated = None if pictures.cameras is None else pictures.cameras.at(position)
        camera = None if stated is None else stated.rigid()
        group = self.builder.group(self.rows_of(position), size, camera)
        words = turned_words(path, size) if is_file(path) else "the picture is not there"
        told = () if words is None else (f"{shown(str(path))}: {words}",)
        return Record(
            pictures.keys[position],
            pictures.title(position),
            image_path=path,
            size=size,
            camera=camera,
            people=group.people,
            moment=_word(pictures.moments, position),
            view=_word(pictures.views, position),
            problems=(*self._changed(), *told, *pictures.faults.get(position, ()), *group.problems),
            skipped=group.skipped,
            world_up=self.world_up,
            stated_camera=stated,
            crowd_index=pictures.crowd_index(position),
        )

    def siblings(self, position: int) -> Sequence[int]:
        """The pictures of the same moment."""
        moments = self.pictures.moments
        return [position] if moments is None else moments.same(position)

    def instant(self, position: int) -> Instant:
        """Moment and view of a picture."""
        pictures = self.pictures
        return _word(pictures.moments, position), _word(pictures.views, position)

    def image_path(self, position: int) -> Path:
        """The file of a picture, there or not."""
        return self.folder / self.pictures.names[position]

    def rows_of(self, position: int) -> range:
        """The rows of a picture's people."""
        offsets = self.pictures.offsets
        return range(int(offsets[position]), int(offsets[position + 1]))

    def _changed(self) -> tuple[str, ...]:
        """Words when the annotations are no longer what was read."""
        return tuple(
            f"{shown(str(file))}: this has changed since it was read. Open the data set again"
            for file in self.sources.changed_files()
        )


def _word(labels: Labels | None, position: int) -> str | None:
    return None if labels is None else labels.at(position)
