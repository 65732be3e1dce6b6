"""What a data set is made of: people in records, records in a data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.parameters import SmplParameters, StoredSurface, TrueParameters
from sefd_viewer.datasets.images import load_image, shrink
from sefd_viewer.datasets.lazy_sequence import Instant, LazySequence
from sefd_viewer.errors import DatasetError, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D

STILLS = frozenset({"mscoco", "mpii", "crowdpose", "ochuman", "muco"})
"""Data sets of single pictures, whatever their names."""


@dataclass(frozen=True, eq=False)
class Joints3D:
    """Annotated 3D joints (J, 3) of a set in JOINT_SETS: metres, camera frame; nan where there is none."""

    joint_set: str
    points_camera: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Person:
    """One person in a record.

    `key` is unique within the record; `bbox_xywh` (4,) the tight box in image pixels; `smpl` in the camera
    frame of the record (metres); `camera` the person's own camera where it has one, else the record's holds.
    `smpl_world` are the parameters as files hold them that keep people in the world of the record's camera;
    `joints` are annotated in 3D; `other_poses` are 2D poses that the files hold beside `pose2d`. A
    `derived_box` was made from joints or the body where the files have no box. `area` is the annotated one in
    square pixels (MSCOCO: of the mask). `surface` is the true body in the camera frame where files hold
    vertices and no parameters.
    """

    key: str
    bbox_xywh: NDArray[np.float32] | None = None
    pose2d: Pose2D | None = None
    smpl: SmplParameters | None = None
    camera: PinholeCamera | None = None
    smpl_world: SmplParameters | None = None
    joints: Joints3D | None = None
    other_poses: tuple[Pose2D, ...] = ()
    derived_box: bool = False
    area: float | None = None
    surface: StoredSurface | None = None

    @property
    def truth(self) -> TrueParameters | None:
        """The true body: by its parameters, else the surface as it lies."""
        return self.smpl if self.smpl is not None else self.surface

    @property
    def annotated_box(self) -> NDArray[np.float32] | None:
        """The tight box x y w h (4,) in image pixels, None where nobody annotated one."""
        return None if self.derived_box else self.bbox_xywh


class SkipReason(Enum):
    """Why an annotated person is not shown, or is shown without a body."""

    CROWD = "marks a crowd, not one person"
    NO_KEYPOINTS = "has no labelled keypoints"
    INVALID_BOX = "has no box inside the picture"
    LOW_SCORE = "has a score below the threshold"
    DUPLICATE = "is there twice"
    MARKED_INVALID = "is marked as invalid"
    NO_SMPL = "has no SMPL parameters"
    BROKEN_SMPL = "has SMPL parameters that cannot be used"
    FIT_ERROR = "has a fit error above the threshold"
    NO_CAMERA = "has no usable camera"
    NO_BODY = "belongs to a body model that is not here"
    EXCLUDED = "is on the list of those to leave out"


@dataclass(frozen=True)
class SkippedPerson:
    """An annotated person who is left out of a record or, with `shown`, stays in it without a body.

    `key` is the person's, `detail` the value or the file that made the difference; `who` is the person as
    annotated, without a body, who is left out.
    """

    key: str
    reason: SkipReason
    detail: str = ""
    shown: bool = False
    who: Person | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        effect = "shown without a body" if self.shown else "left out"
        detail = f" ({self.detail})" if self.detail else ""
        return f"person {self.key} {self.reason.value}{detail}: {effect}"


@dataclass(frozen=True, eq=False)
class Record:
    """One picture with what is known about it; the pixels are read by `load`.

    The picture is `image` (H, W, 3) uint8 RGB, or what `read` returns, or the file `image_path`. `size` is
    (width, height). Records with the same `moment` show the same instant from several cameras (`view`).
    `skipped` says who is annotated but not shown, or shown without a body, and why. `world_up` is the
    direction away from the ground (unit vector) in the world of `camera`, where that is known. `camera` is
    rigid; `stated_camera` is what files state, whose R may mirror or scale (None: the same). `crowd_index` is
    how crowded CrowdPose calls the picture, 0 to 1. Of the people
    `painted_in_front` (keys, nearest first) the picture shows all, wherever their bodies stand: they were
    drawn over it.
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
    skipped: tuple[SkippedPerson, ...] = ()
    world_up: tuple[float, float, float] | None = None
    painted_in_front: tuple[str, ...] = ()
    stated_camera: PinholeCamera | None = None
    crowd_index: float | None = None

    def load(self, *, max_side: int | None = None) -> NDArray[np.uint8]:
        """Read the picture, (H, W, 3) uint8 RGB, shrunk to `max_side`; raises ImageError or DatasetError.

        A file whose pixels as stored are of the annotated `size` is not turned by its EXIF orientation.
        """
        if self.image is None and self.read is None and self.image_path is not None:
            return load_image(self.image_path, max_side=max_side, annotated=self.size)
        image = self.image if self.read is None else self.read()
        if image is None:
            raise DatasetError(
                "this photo has no picture file",
                where=self.title,
                remedy="Put the picture where the annotations say",
            )
        return image if max_side is None else shrink(image, max_side)

    def person(self, key: str) -> Person:
        """Return the person with this key; raises DatasetError when there is none."""
        for person in self.people:
            if person.key == key:
                return person
        raise DatasetError(
            f"there is no person {key}", where=self.title, remedy="Choose one of the people of this photo"
        )


@dataclass(frozen=True, eq=False)
class Dataset:
    """Records in order, where they come from (`root`), how they were read (`format`), what was wrong.

    `first` is the position of the record to show first, `parts` the data sets that it joins,
    `sources` the files of annotations that it was read from, there or not.
    """

    name: str
    root: Path | None
    format: str
    records: Sequence[Record]
    problems: tuple[str, ...] = ()
    first: int = 0
    parts: tuple[Dataset, ...] = ()
    sources: tuple[Path, ...] = ()

    def beginning(self, count: int) -> Iterator[Record]:
        """The first `count` records, without those that cannot be built."""
        for position in range(min(count, len(self.records))):
            with suppress(SefdError):
                yield self.records[position]

    @cached_property
    def keys(self) -> Sequence[str]:
        """The records' keys in order; records that are built when looked at are not built for it."""
        records = self.records
        return records.keys if isinstance(records, LazySequence) else [record.key for record in records]

    @cached_property
    def pictures_by_id(self) -> dict[int, str]:
        """The records' keys by the numbers that the files of annotations give their pictures.

        Numbers that several files give different pictures are left out, and so are data sets that are joined.
        """
        records, found = self.records, dict[int, str]()
        parts = records.parts if isinstance(records, LazySequence) else ()
        twice = set[int]()
        for part in parts:
            ids = getattr(getattr(part, "pictures", None), "ids", None)
            for number, key in zip(() if ids is None else ids.tolist(), part.keys, strict=False):
                twice |= {number} if number in found else set()
                found[number] = key
        return {number: key for number, key in found.items() if number not in twice}

    def position(self, key: str) -> int:
        """Where the record with this key is; raises DatasetError when there is none."""
        found = self.find(key)
        if found is None:
            raise DatasetError(
                f"there is no photo {key}", where=self.name, remedy="Choose one of the photos of this set"
            )
        return found

    def find(self, key: str) -> int | None:
        """Where the record with this key is, None when there is none."""
        records = self.records
        return records.find(key) if isinstance(records, LazySequence) else self._positions.get(key)

    def same_moment(self, record: Record) -> tuple[Record, ...]:
        """All views of the record's moment, itself included, in order."""
        if record.moment is None:
            return (record,)
        if isinstance(self.records, LazySequence):
            return tuple(self.records[i] for i in self.records.siblings(self.position(record.key)))
        return tuple(other for other in self.records if other.moment == record.moment)

    def photos_of_moment(self, record: Record) -> list[tuple[str, str | None]]:
        """Key and view of all photos of the record's moment, its own included; none is built for it."""
        if isinstance(self.records, LazySequence):
            places = self.records.siblings(self.position(record.key))
            return [(self.keys[place], self.records.instant(place)[1]) for place in places]
        return [(one.key, one.view) for one in self.same_moment(record)]

    def instant(self, position: int) -> Instant:
        """Moment and view of the record at a position; a record that is built when looked at is not built."""
        records = self.records
        if isinstance(records, LazySequence):
            return records.instant(position)
        return records[position].moment, records[position].view

    def image_path(self, position: int) -> Path | None:
        """The picture's file of the record at a position; None where it has none. As `instant`."""
        records = self.records
        if isinstance(records, LazySequence):
            return records.image_path(position)
        return records[position].image_path

    @cached_property
    def views(self) -> tuple[str, ...]:
        """The cameras of a set whose records are all there, in order; those of larger sets are numbered."""
        records = () if isinstance(self.records, LazySequence) else self.records
        return tuple(sorted({record.view for record in records if record.view is not None}, key=natural))

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {record.key: position for position, record in enumerate(self.records)}


def series_of(moment: str) -> str:
    """What a moment's name says before the number it ends with: its sequence, empty where it says nothing."""
    return re.sub(r"\d+\D*$", "", moment).rstrip("_-/ ")


def natural(name: str) -> tuple[tuple[int, str | int], ...]:
    """A sorting key that puts `frame 9` before `frame 10`."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts)


class Reader(Protocol):
    """One format: its `name`, whether a path looks like it, and opening it.

    `recognises` only looks (names, the first bytes), `open` raises DatasetError when it cannot go on. What is
    wrong with single records goes into the data set's or the record's problems.
    """

    @property
    def name(self) -> str:
        """The word for the format, for example `capture`."""

    def recognises(self, path: Path) -> bool:
        """Whether this reader is the right one for an existing file or folder."""

    def open(self, path: Path) -> Dataset:
        """Read what is needed to list the records; pictures are read later."""
