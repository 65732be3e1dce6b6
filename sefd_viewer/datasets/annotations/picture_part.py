"""The pictures of one annotation file as records that are built when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.people import PeopleBuilder, Size
from sefd_viewer.datasets.annotations.problems import shown
from sefd_viewer.datasets.lazy_sequence import Instant
from sefd_viewer.datasets.records import Record
from sefd_viewer.geometry.cameras import PinholeCamera

CameraOf = Callable[[int], PinholeCamera | None]


@dataclass(frozen=True, eq=False)
class Moments:
    """Which pictures show the same instant: equal `codes` (N,); words for a picture's instant and view."""

    codes: NDArray[np.int64]
    moment: Callable[[int], str]
    view: Callable[[int], str]


@dataclass(frozen=True, eq=False)
class PicturePart:
    """N pictures of `folder` by `names`, with their people in rows offsets[i] to offsets[i + 1].

    `sizes` (N, 2) are width and height in pixels (nan is unknown), `camera_of` gives a picture's camera,
    `title` its words (else its name); `faults` say what is wrong with which picture.
    """

    folder: Path
    names: Sequence[str]
    keys: Sequence[str]
    sizes: NDArray[np.float64]
    offsets: NDArray[np.int64]
    builder: PeopleBuilder
    camera_of: CameraOf = lambda _position: None
    title: Callable[[int], str] | None = None
    moments: Moments | None = None
    faults: Mapping[int, Sequence[str]] = field(default_factory=dict)
    world_up: tuple[float, float, float] | None = None

    def build(self, position: int) -> Record:
        """The record of a picture with its people."""
        path = self.folder / self.names[position]
        size, camera = self._size(position), self.camera_of(position)
        rows = range(int(self.offsets[position]), int(self.offsets[position + 1]))
        group = self.builder.group(rows, size, camera)
        missing = () if path.is_file() else (f"{shown(str(path))}: the picture is not there",)
        return Record(
            self.keys[position],
            shown(self.names[position]) if self.title is None else self.title(position),
            image_path=path,
            size=size,
            camera=camera,
            people=group.people,
            moment=None if self.moments is None else self.moments.moment(position),
            view=None if self.moments is None else self.moments.view(position),
            problems=(*missing, *self.faults.get(position, ()), *group.problems),
            skipped=group.skipped,
            world_up=self.world_up,
        )

    def siblings(self, position: int) -> Sequence[int]:
        """The pictures of the same moment."""
        if self.moments is None:
            return [position]
        return np.flatnonzero(self.moments.codes == self.moments.codes[position]).tolist()

    def instant(self, position: int) -> Instant:
        """Moment and view of a picture."""
        if self.moments is None:
            return None, None
        return self.moments.moment(position), self.moments.view(position)

    def _size(self, position: int) -> Size:
        width, height = self.sizes[position]
        return None if np.isnan(width) else (int(width), int(height))


def unique_keys(names: Sequence[str], prefix: str = "") -> list[str]:
    """A key per picture: its name, with a number where a name is there again."""
    keys, seen = [], set()
    for position, name in enumerate(names):
        key = f"{prefix}{name}" if name.isascii() else shown(f"{prefix}{name}")
        key = f"{key} #{position}" if key in seen else key
        seen.add(key)
        keys.append(key)
    return keys
