"""Bring 2D poses from a file to the records they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sefd_viewer.datasets.images import image_size
from sefd_viewer.datasets.picture_index import PictureIndex
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.pose2d.merging import box_overlap
from sefd_viewer.pose2d.pose_file import PoseFile

Poses = Mapping[str, Sequence[Pose2D]]

_SAME_PERSON = 0.5
_NAMED = 5


def attach_poses(dataset: Dataset, poses: Poses) -> Dataset:
    """The data set with the poses of each picture as its people.

    A picture is found by the record's key or title, or by the end of its path (where no other record's fits
    as well), with or without ending. A person already there keeps key and body when the boxes overlap by
    half. Which records have no poses and which names fit no record is added to the problems. Raises
    PoseFileError where nobody has a picture here: that is another set's file.
    """
    called, _ = PictureIndex.of_records(dataset.records).called(poses, numbers=_numbered_file(poses))
    names = [called.get(position) for position in range(len(dataset.records))]
    records = [
        record if name is None else _with_people(record, _in_pixels(record, poses, name))
        for record, name in zip(dataset.records, names, strict=True)
    ]
    without = [record.title for record, name in zip(dataset.records, names, strict=True) if name is None]
    unused = [name for name in poses if name not in called.values()]
    if any(poses.values()) and not any(_name_of(record, poses) for record in dataset.records):
        here = _listed([record.title for record in dataset.records])
        raise PoseFileError(
            f"nobody in it belongs to a picture of {dataset.name}: it speaks of {_listed(unused)}, the set "
            f"has {here}",
            remedy="Open the pictures that it was made for, or name them as it does",
        )
    problems = (*_problem("without 2D poses", without), *_problem("named for 2D poses but not here", unused))
    return replace(dataset, records=records, problems=dataset.problems + problems)


def in_set(poses: PoseFile, dataset: Dataset) -> PoseFile:
    """The same people, each only of the picture of the set that the file means; no record is built for it.

    Names that may mean several pictures become a problem.
    """
    called, unsure = PictureIndex.of_set(dataset).called(poses, numbers=poses.numbered)
    words = f"left out, as several photos are called so: {_listed(unsure)}. Name pictures with folders"
    keys = {dataset.keys[position]: name for position, name in called.items()}
    return replace(poses, by_key=keys or None, problems=(*poses.problems, *([words] if unsure else [])))


def _numbered_file(poses: Poses) -> bool:
    return isinstance(poses, PoseFile) and poses.numbered


def picture_names(record: Record) -> tuple[str, ...]:
    """What a file of 2D poses may call a record's picture, the surest first."""
    path = record.image_path
    own = () if path is None else (path.as_posix(), path.name, path.stem)
    return (record.key, record.title, *own)


def poses_in(record: Record, poses: Poses) -> tuple[str | None, Sequence[Pose2D]]:
    """What a file calls a record's picture and who is in it, in pixels; None and nobody where it is silent.

    Raises SefdError where the picture's size is needed, and there is none.
    """
    known = poses.by_key if isinstance(poses, PoseFile) else None
    name = _name_of(record, poses) if known is None else known.get(record.key)
    return name, () if name is None else _in_pixels(record, poses, name)


def _in_pixels(record: Record, poses: Poses, name: str) -> Sequence[Pose2D]:
    if not isinstance(poses, PoseFile):
        return poses[name]
    return poses.in_pixels(name, lambda: _size(record))


def _size(record: Record) -> tuple[int, int]:
    """(width, height) of what the record shows."""
    if record.size is not None:
        return record.size
    if record.image_path is not None and record.read is None:
        return image_size(record.image_path)
    height, width = record.load().shape[:2]
    return width, height


def _name_of(record: Record, poses: Poses) -> str | None:
    names = picture_names(record)
    if isinstance(poses, PoseFile):
        return next((known for name in names if (known := poses.named(name)) is not None), None)
    return next((name for name in names if name in poses), None)


def _problem(what: str, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    return (f"{len(names)} pictures {what}: {_listed(names)}",)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


def _with_people(record: Record, poses: Sequence[Pose2D]) -> Record:
    known = list(record.people)
    people = []
    for pose in poses:
        person = _same_person(pose, known)
        if person is not None:
            known.remove(person)
        people.append(_posed(person, pose))
    return replace(record, people=_numbered((*people, *known)))


def _same_person(pose: Pose2D, known: Sequence[Person]) -> Person | None:
    boxed = [person for person in known if person.bbox_xywh is not None]
    best = max(boxed, key=lambda person: _overlap(person, pose), default=None)
    return best if best is not None and _overlap(best, pose) >= _SAME_PERSON else None


def _overlap(person: Person, pose: Pose2D) -> float:
    return 0.0 if person.bbox_xywh is None else box_overlap(np.asarray(person.bbox_xywh), pose.bbox_xywh)


def _posed(person: Person | None, pose: Pose2D) -> Person:
    if person is None:
        return Person("", pose.bbox_xywh, pose)
    return replace(person, pose2d=pose, bbox_xywh=pose.bbox_xywh)


def _numbered(people: Sequence[Person]) -> tuple[Person, ...]:
    """Give those without a key the lowest free number."""
    taken = {person.key for person in people}
    free = (str(number) for number in range(1, 2 * len(people) + 1) if str(number) not in taken)
    return tuple(person if person.key else replace(person, key=next(free)) for person in people)
