"""What a data set is made of: people in records, records in a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.images import load_image
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.poses import Pose2D


@dataclass(frozen=True, eq=False)
class Person:
    """One person in a record.

    `key` is unique within the record; `bbox_xywh` (4,) the tight box in image pixels; `smpl` in the camera
    frame of the record (metres); `camera` the person's own camera where it has one, else the record's holds.
    """

    key: str
    bbox_xywh: NDArray[np.float32] | None = None
    pose2d: Pose2D | None = None
    smpl: SmplParameters | None = None
    camera: PinholeCamera | None = None


@dataclass(frozen=True, eq=False)
class Record:
    """One picture with what is known about it; the pixels are read by `load`.

    The picture is `image` (H, W, 3) uint8 RGB, or what `read` returns, or the file `image_path`. `size` is
    (width, height). Records with the same `moment` show the same instant from several cameras (`view`).
    """

    key: str
    title: str
    image_path: Path | None = None
    image: NDArray[np.uint8] | None = None
    read: Callable[[], NDArray[np.uint8]] | None = None
    size: tuple[int, int] | None = None
    camera: PinholeCamera | None = None
    people: tuple[Person, ...] = ()
    moment: str | None = None
    view: str | None = None
    problems: tuple[str, ...] = ()

    def load(self) -> NDArray[np.uint8]:
        """Read the picture, (H, W, 3) uint8 RGB; raises ImageError or DatasetError."""
        if self.image is not None:
            return self.image
        if self.read is not None:
            return self.read()
        if self.image_path is None:
            raise DatasetError("this record has no picture", where=self.title)
        return load_image(self.image_path)

    def person(self, key: str) -> Person:
        """Return the person with this key; raises DatasetError when there is none."""
        for person in self.people:
            if person.key == key:
                return person
        raise DatasetError(f"there is no person {key}", where=self.title)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Records in order, where they come from (`root`), how they were read (`format`), what was wrong.

    `first` is the position of the record to show first.
    """

    name: str
    root: Path | None
    format: str
    records: Sequence[Record]
    problems: tuple[str, ...] = ()
    first: int = 0

    def position(self, key: str) -> int:
        """Where the record with this key is; raises DatasetError when there is none."""
        for position, record in enumerate(self.records):
            if record.key == key:
                return position
        raise DatasetError(f"there is no record {key}", where=self.name)

    def same_moment(self, record: Record) -> tuple[Record, ...]:
        """All views of the record's moment, itself included, in order."""
        if record.moment is None:
            return (record,)
        return tuple(other for other in self.records if other.moment == record.moment)
