"""What one picture's maps are made of, small enough to be sent to another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import SmplParameters
from sefd_viewer.datasets.images import image_size
from sefd_viewer.datasets.records import Dataset, Record, SkippedPerson, SkipReason
from sefd_viewer.edge_maps.layout import MapLayout
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera

Size = tuple[int, int]

_DAMAGE = (SkipReason.BROKEN_SMPL, SkipReason.NO_BODY)


@dataclass(frozen=True, eq=False)
class MapPerson:
    """A body in the frame of its camera (metres), which has no extrinsics.

    `box` x y w h (4,) is the annotated tight one (image pixels), None where there is none.
    """

    key: str
    smpl: SmplParameters
    camera: PinholeCamera
    box: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class MapJob:
    """One picture: whose edges go into its maps, and the maps' `paths`, relative to the output folder.

    `paths` is one for everyone, or one for each of `people`; none when nobody has a body. `size` is the
    annotated one (width, height); `bodiless` people are annotated without a body; `fault` says why the record
    cannot be used, if so. Those `painted` over the photo (places in `people`, nearest first) hide all others.
    """

    key: str
    photo: Path | None
    size: Size | None
    people: tuple[MapPerson, ...]
    paths: tuple[PurePosixPath, ...]
    bodiless: int = 0
    fault: str | None = None
    painted: tuple[int, ...] = ()

    def photo_size(self) -> Size:
        """(width, height) of the photo's file, or the annotated one where there is no file.

        Raises ImageError for a photo that cannot be read, DatasetError when nothing tells the size.
        """
        if self.photo is not None and self.photo.is_file():
            return image_size(self.photo, annotated=self.size)
        if self.size is None:
            raise DatasetError("neither the photo nor an annotated size is there", where=self.key)
        return self.size


SizedJob = tuple[MapJob, Size]
"""A job and (width, height) of its photo."""


@dataclass(frozen=True)
class Selection:
    """Which records: number `shard` (from 1) of `shards` interleaved parts, the first `limit` of them."""

    shard: int = 1
    shards: int = 1
    limit: int | None = None

    def positions(self, dataset: Dataset) -> range:
        """The records' positions."""
        return range(self.shard - 1, len(dataset.records), self.shards)[: self.limit]


def plan_jobs(dataset: Dataset, layout: MapLayout, positions: range) -> Iterator[MapJob]:
    """The jobs of these records, each planned when it is asked for."""
    return (plan_job(dataset.records[position], layout) for position in positions)


def plan_job(record: Record, layout: MapLayout) -> MapJob:
    """What is to be done for a record. Damage is a fault: a map without that person misleads."""
    people = tuple(_people(record))
    paths: tuple[PurePosixPath, ...] = ()
    if people and layout.settings.kind == "single":
        paths = tuple(layout.path(record, person.key) for person in people)
    elif people:
        paths = (layout.path(record),)
    bodiless = len(record.people) - len(people)
    fault = "; ".join(str(skipped) for skipped in record.skipped if _is_damage(skipped)) or None
    keys = [person.key for person in people]
    painted = tuple(keys.index(key) for key in record.painted_in_front if key in keys)
    return MapJob(record.key, record.image_path, record.size, people, paths, bodiless, fault, painted)


def _people(record: Record) -> Iterator[MapPerson]:
    shared = None if record.camera is None else record.camera.without_extrinsics()
    for person in record.people:
        camera = shared if person.camera is None else person.camera.without_extrinsics()
        if person.smpl is not None and camera is not None:
            yield MapPerson(person.key, person.smpl, camera, person.annotated_box)


def _is_damage(skipped: SkippedPerson) -> bool:
    """Whether a person's body was annotated and cannot be had; those never fitted are simply not drawn."""
    unusable_camera = skipped.reason is SkipReason.NO_CAMERA and not skipped.detail
    return skipped.reason in _DAMAGE or unusable_camera
