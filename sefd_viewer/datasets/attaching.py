"""Bring 2D poses from a file to the records they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.pose2d.merging import box_overlap

Poses = Mapping[str, Sequence[Pose2D]]

_SAME_PERSON = 0.5
_NAMED = 5


def attach_poses(dataset: Dataset, poses: Poses) -> Dataset:
    """The data set with the poses of each picture as its people.

    A picture is found by the record's key, title or file name (if no other record has it), with or without
    ending. A person already there keeps key and body when the boxes overlap by half. Which records have no
    poses and which names fit no record is added to the problems.
    """
    shared = Counter(name for record in dataset.records for name in _file_names(record))
    names = [_matching(record, poses, shared) for record in dataset.records]
    records = [
        record if name is None else _with_people(record, poses[name])
        for record, name in zip(dataset.records, names, strict=True)
    ]
    without = [record.title for record, name in zip(dataset.records, names, strict=True) if name is None]
    used = {id(poses[name]) for name in names if name is not None}
    unused = [name for name in poses if id(poses[name]) not in used]
    problems = (*_problem("without 2D poses", without), *_problem("named for 2D poses but not here", unused))
    return replace(dataset, records=records, problems=dataset.problems + problems)


def _file_names(record: Record) -> tuple[str, ...]:
    return () if record.image_path is None else (record.image_path.name, record.image_path.stem)


def _matching(record: Record, poses: Poses, shared: Counter[str]) -> str | None:
    own = [name for name in _file_names(record) if shared[name] == 1]
    return next((name for name in (record.key, record.title, *own) if name in poses), None)


def _problem(what: str, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    some = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return (f"{len(names)} pictures {what}: {some}",)


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
