"""Whose pictures a file of bodies speaks of: by names, else by frame numbers, and what was not found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sefd_viewer.datasets.attaching import pictures_named
from sefd_viewer.datasets.body_files.people import FAR, SAME_BODY_MM, FoundFile, FoundPerson
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.photo_truth import FindBody
from sefd_viewer.pose2d.merging import box_overlap
from sefd_viewer.pose2d.pose_file import PoseFile

_SOME = 4
_VIRTUAL = 3.0
"""Focal lengths of so many pictures' sides see 19 degrees or less: no camera that films people does."""
_USUAL_SIZE = 1280, 720
_PERSON = re.compile(r"_\d+$")
"""The number of a person behind the name of a picture."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class MatchedPeople:
    """The people of a file by the position of the record, and in words how they were matched."""

    by_position: Mapping[int, Sequence[FoundPerson]]
    words: tuple[str, ...] = field(default_factory=tuple)


def matched(
    found: FoundFile, dataset: Dataset, *, later: int = 0, each: int = 1, within: str = ""
) -> MatchedPeople:
    """The people of each record of a data set; raises SefdError where none is of the set's pictures.

    Where frame numbers tell pictures, record k is frame `each` k + `later`, of the records `within` a
    folder, sequence or camera of this name alone, if one is given.
    """
    records = [_record(dataset, position) for position in range(len(dataset.records))]
    if found.people and all(one.annotation for one in found.people):
        own = _by_annotation(found.people, records)
        if not own.by_position:
            words = f"this file of {found.format} is about other annotations: {'; '.join(own.words)}"
            raise SefdError(words, where=dataset.root, remedy="Open the set that it was made for")
        return MatchedPeople(
            own.by_position, (f"{found.format}: {len(found.people)} bodies", *own.words, *found.notes)
        )
    by_name = _by_name(found.people, records)
    if by_name.by_position or not any(one.frame is not None for one in found.people):
        if not by_name.by_position:
            raise SefdError(
                f"this file of {found.format} is of other pictures: {'; '.join(by_name.words)}",
                remedy=f"The set's pictures are {_some([one.title for one in records])}",
            )
        result = by_name
    else:
        result = _by_frame(found, dataset, records, (each, later), within)
    about = f"{found.format}: {len(found.people)} bodies"
    return MatchedPeople(result.by_position, (about, *result.words, *found.notes))


def by_own_names(called: Collection[str], dataset: Dataset) -> tuple[str, ...]:
    """How the program's own archive, which calls pictures as `called`, fits a set, in words.

    Raises SefdError where it speaks of none of the set's pictures. No record is built unless none fits.
    """
    here, silent = set[str](), list[str]()
    for position, key in enumerate(dataset.keys):
        names = {key, *_file_names(dataset.image_path(position))} & set(called)
        here |= names
        silent += [] if names else [key]
    if not here:
        here = set(called) & {_record(dataset, position).title for position in range(len(dataset.keys))}
    absent = [name for name in called if name not in here]
    words = [f"{len(here)} of its {len(called)} pictures are in the set, found by name"]
    if not here:
        raise SefdError(
            f"this archive is of other pictures: not in the set are {_some(absent)}",
            remedy=f"The set's pictures are {_some(dataset.keys)}",
        )
    words += [f"not in the set: {_some(absent)}"] if absent else []
    words += [f"{_photos(len(silent))} not in the file: {_some(silent)}"] if silent else []
    return tuple(words)


def _file_names(path: Path | None) -> tuple[str, ...]:
    return () if path is None else (path.name, path.stem, str(path))


def about_bodies(found: FoundFile, find_body: FindBody) -> list[str]:
    """What the first body of a file tells about all: vertices of another body, betas left out."""
    one = next((one for one in found.people if one.pose is not None), None)
    if one is None or one.pose is None:
        return []
    try:
        body = find_body(one.body)
        posed = one.pose.vertices(body)
    except SefdError:
        return []  # told for each person
    words = []
    if one.pose.betas[body.betas_count :].any():
        words.append(
            f"of its {len(one.pose.betas)} betas {body.id} has {body.betas_count}: the others are left out"
        )
    if one.vertices is not None and one.vertices.shape == posed.shape:
        apart = one.vertices - posed
        mean = np.linalg.norm(apart - apart.mean(axis=0), axis=1).mean() * 1000
        if mean > SAME_BODY_MM:
            words.append(
                f"its own vertices are {mean:.0f} mm from those that {body.id} makes of its parameters: "
                "another gender or version of the body made them"
            )
    return words


def about_cameras(found: FoundFile, records: Sequence[Record]) -> list[str]:
    """What the first camera of a file tells about all: one of thousands of pixels stands nowhere."""
    one = next((one for one in found.people if one.camera is not None), None)
    if one is None or one.camera is None:
        return []
    size = next((record.size for record in records if record.size is not None), _USUAL_SIZE)
    focal = float(np.mean(one.camera(size).focal))
    if focal < _VIRTUAL * max(size):
        return []
    kind = "none: weak perspective" if float(one.shift[2]) == FAR else f"virtual: {focal:.0f} px"
    return [
        f"its camera is {kind}, so that depths between people mean nothing: bodies are drawn by it, and in "
        "3D they are brought to the photo's image plane, each by its own pixels"
    ]


def named_by_boxes(people: Sequence[FoundPerson], record: Record, least: float) -> dict[int, str]:
    """Which annotated person's key goes to whom of the people that nothing projects, by place in the list.

    Each takes the free person whose box overlaps most, and by `least`; without a box, the only person of the
    picture.
    """
    annotated = {person.key: person.bbox_xywh for person in record.people}
    overlaps = [
        (box_overlap(np.asarray(box), one.bbox_xywh), place, key)
        for place, one in enumerate(people)
        for key, box in annotated.items()
        if one.camera is None and one.bbox_xywh is not None and box is not None
    ]
    found: dict[int, str] = {}
    for overlap, place, key in sorted(overlaps, reverse=True):
        if overlap >= least and place not in found and key not in found.values():
            found[place] = key
    if len(people) == len(annotated) == 1 and people[0].camera is None:
        return {0: next(iter(annotated))}
    return found


def some_records(dataset: Dataset) -> list[Record]:
    """The first records, by whose pictures cameras are judged."""
    return [_record(dataset, position) for position in range(min(len(dataset.records), _SOME))]


def _record(dataset: Dataset, position: int) -> Record:
    try:
        return dataset.records[position]
    except SefdError:
        return Record(str(position), str(position))


def _by_annotation(people: Sequence[FoundPerson], records: Sequence[Record]) -> MatchedPeople:
    """Each to the record in which somebody is annotated under its id, and under that name."""
    places = {
        key: position
        for position, record in enumerate(records)
        for key in (*(one.key for one in record.people), *(one.key for one in record.skipped))
    }
    found: dict[int, list[FoundPerson]] = {}
    for one in people:
        if one.annotation in places:
            found.setdefault(places[one.annotation], []).append(replace(one, person=one.annotation))
    absent = [one.annotation for one in people if one.annotation not in places]
    words = [f"{len(people) - len(absent)} of its {len(people)} annotations are in the set, found by id"]
    if absent:
        words.append(f"not in the set: {_some(absent)}")
    return MatchedPeople(found, tuple(words))


def _by_name(people: Sequence[FoundPerson], records: Sequence[Record]) -> MatchedPeople:
    pictures: dict[str, list[FoundPerson]] = {}
    for one in people:
        if one.picture:
            pictures.setdefault(one.picture, []).append(one)
    found, here = _named(pictures, records)
    shorter: dict[str, list[str]] = {}
    for name in pictures:
        if name not in here and _PERSON.search(name):
            shorter.setdefault(_PERSON.sub("", name), []).append(name)
    for position, names in _named(shorter, records)[0].items():
        found.setdefault(position, [one for name in names for one in pictures[name]])
        here |= set(names)
    absent = [name for name in pictures if name not in here]
    words = [f"{len(here)} of its {len(pictures)} pictures are in the set, found by name"]
    if absent:
        words.append(f"not in the set: {_some(absent)}")
    if here and len(found) < len(records):
        silent = [record.title for position, record in enumerate(records) if position not in found]
        words.append(f"{_photos(len(silent))} not in the file: {_some(silent)}")
    return MatchedPeople(found, tuple(words))


def _named(called: Mapping[str, list[T]], records: Sequence[Record]) -> tuple[dict[int, list[T]], set[str]]:
    """What is called by the names of records' pictures, by position, and which of the names these are."""
    calls = pictures_named(records, PoseFile({name: [] for name in called})) if called else []
    found = {position: called[name] for position, name in enumerate(calls) if name is not None}
    return found, {name for name in calls if name is not None}


def _by_frame(
    found: FoundFile, dataset: Dataset, records: Sequence[Record], counted: tuple[int, int], within: str
) -> MatchedPeople:
    """By frame numbers: record k of those `within` is frame `each` k + `later`, which are `counted`."""
    each, later = counted
    chosen = [place for place, record in enumerate(records) if not within or within in _places(record)]
    if not chosen:
        known = sorted({place for record in records for place in _places(record)})
        words = f"no photo lies in {within!r}"
        raise SefdError(words, where=dataset.root, remedy=f"There are {_some(known)}")
    _require_one_sequence(found, dataset, [records[place] for place in chosen])
    by_position: dict[int, list[FoundPerson]] = {}
    frames = {one.frame for one in found.people if one.frame is not None}
    taken_for = {each * k + later: place for k, place in enumerate(chosen)}
    here = {frame: taken_for[frame] for frame in frames if frame in taken_for}
    for one in found.people:
        if one.frame in here:
            by_position.setdefault(here[one.frame], []).append(one)
    if not by_position:
        raise SefdError(
            f"this file of {found.format} speaks of frames {min(frames)} to {max(frames)}, "
            f"the set has {len(chosen)} photos",
            remedy="Open the video, or the folder of all its frames; NAME=FILE#frames+1 moves numbers, "
            "#frames*4 takes every fourth",
        )
    taken = f"frame {each if each > 1 else ''}k" + (f"{later:+d}" if later else "")
    whose = f" of {within}" if within else ""
    words_told = [f"{len(here)} of its {len(frames)} frames are in the set, photo k{whose} taken for {taken}"]
    beyond = sorted(frame for frame in frames if frame not in here)
    if beyond:
        words_told.append(f"frames that the set does not have: {_some([str(frame) for frame in beyond])}")
    if len(by_position) < len(records):
        words_told.append(f"{_photos(len(records) - len(by_position))} not in the file")
    return MatchedPeople(by_position, tuple(words_told))


def _places(record: Record) -> set[str]:
    """What a record's sequence may be called: its camera, and the folders of its picture and key."""
    folders = set(record.key.split("/")[:-1])
    if record.image_path is not None:
        folders.add(record.image_path.parent.name)
    return folders | ({record.view} if record.view is not None else set())


def _require_one_sequence(found: FoundFile, dataset: Dataset, records: Sequence[Record]) -> None:
    """Raise SefdError for a set in which a frame's number does not tell the picture."""
    folders = {record.image_path.parent for record in records if record.image_path is not None}
    views = {record.view for record in records}
    if len(folders) > 1 or len(views) > 1:
        what = f"{len(folders)} folders" if len(folders) > 1 else f"{len(views)} cameras"
        raise SefdError(
            f"this file of {found.format} tells pictures by frame numbers alone, and the set has {what}",
            where=dataset.root,
            remedy="Open the video, or the folder of the frames, that the file is of, or name that behind "
            "the file: NAME=FILE#in=FOLDER",
        )


def _photos(count: int) -> str:
    return "1 photo is" if count == 1 else f"{count} photos are"


def _some(names: Sequence[Any]) -> str:
    return ", ".join(map(str, names[:_SOME])) + (", ..." if len(names) > _SOME else "")
