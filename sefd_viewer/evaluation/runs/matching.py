"""Whose pictures a file of bodies speaks of: by names, else by frame numbers, and what was not found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from sefd_viewer.datasets.body_files.people import FoundFile, FoundPerson
from sefd_viewer.datasets.picture_index import PictureIndex, Rank, folders_of, of_one_picture
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.pose2d.merging import box_overlap

_SOME = 4


@dataclass(frozen=True, eq=False)
class MatchedPeople:
    """The people of a file by the position of the record, and in words how they were matched."""

    by_position: Mapping[int, Sequence[FoundPerson]]
    words: tuple[str, ...] = field(default_factory=tuple)
    by_name: bool = False


def matched(
    found: FoundFile, dataset: Dataset, *, later: int | None = None, each: int = 1, within: str = ""
) -> MatchedPeople:
    """The people of each record of a data set; raises SefdError where none is of the set's pictures.

    Only records `within` a folder, sequence or camera of this name count, if one is given. The picture called
    n is called n + `later` in the file; where frame numbers alone tell pictures, or the set has one of `each`
    frames, record k of these is frame `each` k + `later`.
    """
    records = [record_at(dataset, position) for position in range(len(dataset.records))]
    if found.people and all(one.annotation for one in found.people):
        own = _by_annotation(found.people, records)
        if not own.by_position:
            words = f"this file of {found.format} is about other annotations: {'; '.join(own.words)}"
            raise SefdError(words, where=dataset.root, remedy="Open the set that it was made for")
        return MatchedPeople(
            own.by_position, (f"{found.format}: {len(found.people)} bodies", *own.words, *found.notes)
        )
    chosen = _within(dataset, records, within)
    by_name = _by_name(_renumbered(found.people, -(later or 0)), records, chosen)
    if by_name.by_position and each == 1:
        result = replace(by_name, words=(*by_name.words, *([_MOVED.format(later)] if later else [])))
    elif any(one.frame is not None for one in found.people):
        result = _by_frame(found, dataset, records, chosen, (each, later or 0), within)
    else:
        raise SefdError(
            f"this file of {found.format} is of other pictures: {'; '.join(by_name.words)}",
            remedy=f"The set's pictures are {_some([one.title for one in records])}",
        )
    about = f"{found.format}: {len(found.people)} bodies"
    return replace(result, words=(about, *result.words, *found.notes))


def by_own_names(called: Collection[str], dataset: Dataset) -> tuple[dict[int, str], tuple[str, ...]]:
    """How the program's own files, which call pictures as `called`, fit a set: names by position, and words.

    Raises SefdError where they speak of none of the set's pictures. No record is built unless none fits.
    """
    found, unsure = PictureIndex.of_set(dataset).called(called)
    if not found and not unsure:
        records = [record_at(dataset, position) for position in range(len(dataset.keys))]
        found, unsure = PictureIndex.of_records(records).called(called)
    here = set(found.values())
    absent = [name for name in called if name not in here and name not in unsure]
    words = [f"{len(here)} of its {len(called)} pictures are in the set, found by name"]
    if unsure:
        words.append(
            f"left out, as several photos are called so: {_some(unsure)}. Name pictures with folders"
        )
    if not here:
        left = [*words[1:], *([f"not in the set are {_some(absent)}"] if absent else [])]
        raise SefdError(
            f"this archive is of other pictures: {'; '.join(left)}",
            remedy=f"The set's pictures are {_some(dataset.keys)}",
        )
    silent = [key for position, key in enumerate(dataset.keys) if position not in found]
    words += [f"not in the set: {_some(absent)}"] if absent else []
    words += [f"{_photos(len(silent))} not in the file: {_some(silent)}"] if silent else []
    return found, tuple(words)


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


def record_at(dataset: Dataset, position: int) -> Record:
    """A record, or an empty one in place of one that cannot be read."""
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


@dataclass
class _Claims:
    """Who speaks of a picture, by its position, how surely, and by what name; and names that stay unclear."""

    of: dict[int, list[tuple[Rank, str, Sequence[FoundPerson]]]] = field(default_factory=dict)
    unsure: dict[str, Sequence[str]] = field(default_factory=dict)
    """What may be of several photos or one that others claim as well, and their titles."""

    def add(self, place: int, rank: Rank, name: str, people: Sequence[FoundPerson]) -> None:
        self.of.setdefault(place, []).append((rank, name, people))

    def settled(self, records: Sequence[Record]) -> tuple[dict[int, list[FoundPerson]], set[str]]:
        """The people of each picture, by the surest names alone, and these; others' are `unsure`."""
        found, here = dict[int, list[FoundPerson]](), set[str]()
        for place, claimed in sorted(self.of.items()):
            best = max(rank for rank, _, _ in claimed)
            surest = [(name, people) for rank, name, people in claimed if rank == best]
            if of_one_picture(one.inside for _, people in surest for one in people[:1]):
                found[place] = [one for _, people in surest for one in people]
                here |= {name for name, _ in surest}
            else:
                self.unsure |= {name: (records[place].title,) for name, _ in surest}
        return found, here

    def words(self) -> list[str]:
        """What stays unclear, in words, and what would make it clear."""
        return [f"{self.unclear}. {_CALL_FOLDERS}"] if self.unsure else []

    @property
    def unclear(self) -> str:
        """The first of what stays unclear, in words."""
        name, titles = next(iter(self.unsure.items()))
        which = (
            f"one of {len(titles)} photos: {_some(titles)}"
            if len(titles) > 1
            else f"{titles[0]}, as others may"
        )
        more = f", and {len(self.unsure) - 1} more" if len(self.unsure) > 1 else ""
        return f"left out, as no folder says which photo is meant: {name} may be {which}{more}"


_CALL_FOLDERS = (
    "Call folders as the set's cameras or sequences are, or person_1, person_2 where each is a person's, or "
    "name the set's folder behind the file: #in=FOLDER"
)


def _by_name(
    people: Sequence[FoundPerson], records: Sequence[Record], chosen: Sequence[int]
) -> MatchedPeople:
    called: dict[tuple[str, str], list[FoundPerson]] = {}
    for one in people:
        if one.picture:
            called.setdefault((one.picture, _folder(one)), []).append(one)
    index, claims = PictureIndex.of_records([records[place] for place in chosen]), _Claims()
    several = len({folder for _, folder in called}) > 1
    names = {key: _path(*key) if several else key[0] for key in called}
    found_as = {
        key: index.find(key[0], folders_of(own[0].inside), people=True) for key, own in called.items()
    }
    surest = max((meant.rank for meant in found_as.values() if not meant.unsure), default=(0, 0))
    for key, meant in found_as.items():
        places = [chosen[place] for place in meant.positions]
        if meant.unsure and meant.rank >= surest:
            claims.unsure[names[key]] = [records[place].title for place in places]
        for place in () if meant.unsure else places:
            claims.add(place, meant.rank, names[key], called[key])
    found, here = claims.settled(records)
    absent = [name for name in names.values() if name not in here and name not in claims.unsure]
    words = [f"{len(here)} of its {len(called)} pictures are in the set, found by name", *claims.words()]
    if absent:
        words.append(f"not in the set: {_some(absent)}")
    if here and len(found) < len(records):
        silent = [record.title for position, record in enumerate(records) if position not in found]
        words.append(f"{_photos(len(silent))} not in the file: {_some(silent)}")
    return MatchedPeople(found, tuple(words), by_name=True)


_MOVED = "the photo called n is n{:+d} in the file"
_LAST_NUMBER = re.compile(r"\d{3,}(?!.*\d{3})|\d+(?!.*\d)")
"""The number of a frame in a picture's name: short ones behind a long one are a person's."""


def _renumbered(people: Sequence[FoundPerson], by: int) -> Sequence[FoundPerson]:
    """The same people of pictures whose numbers are larger by so many; with as many digits, where filled."""
    if not by:
        return people
    numbers = [_LAST_NUMBER.search(PurePosixPath(one.picture).stem) for one in people]
    filled = any(found is not None and len(found[0]) > 1 and found[0][0] == "0" for found in numbers)
    return [
        one if found is None else replace(one, picture=_with_number(one.picture, found, by, filled=filled))
        for one, found in zip(people, numbers, strict=True)
    ]


def _with_number(picture: str, found: re.Match[str], by: int, *, filled: bool) -> str:
    path, number = PurePosixPath(picture), int(found[0]) + by
    digits = f"{number:0{len(found[0])}d}" if filled else str(number)
    stem = path.stem[: found.start()] + digits + path.stem[found.end() :]
    return "" if number < 0 else str(path.with_name(stem + path.suffix))


def _folder(one: FoundPerson) -> str:
    return str(PurePosixPath(one.inside).parent)


def _path(picture: str, folder: str) -> str:
    """A picture's name with the folder that its file lies in, where that says more."""
    return folder if PurePosixPath(folder).name == picture else f"{folder}/{PurePosixPath(picture).name}"


def _by_frame(
    found: FoundFile,
    dataset: Dataset,
    records: Sequence[Record],
    chosen: Sequence[int],
    counted: tuple[int, int],
    within: str,
) -> MatchedPeople:
    """By frame numbers: record k is frame `each` k + `later`, which are `counted`, of the `chosen` ones, or
    of those in which the file's own name and folders, or its pictures' folders, say that they lie."""
    index, people = PictureIndex.of_records([records[place] for place in chosen]), _numbered(found.people)
    claims, folders = _claimed_by_number(found, people, dataset, records, chosen, index, counted)
    by_position, _ = claims.settled(records)
    frames = sorted({frame for *_, frame in people})
    if not by_position:
        raise _of_no_frame(found, dataset, claims, frames, len(chosen))
    wheres = [within] if within else sorted(folders - _shared(index))
    words = [_frames_taken(by_position, frames, counted, wheres), *claims.words()]
    beyond = sorted(set(frames) - {one.frame for own in by_position.values() for one in own})
    if beyond and not claims.unsure:
        words.append(f"frames that the set does not have: {_some(beyond)}")
    if len(by_position) < len(records):
        words.append(f"{_photos(len(records) - len(by_position))} not in the file")
    return MatchedPeople(by_position, tuple(words))


def _numbered(people: Sequence[FoundPerson]) -> dict[tuple[str, str, int], list[FoundPerson]]:
    """The people by their file, the folder of their picture and their frame, where they have one."""
    found: dict[tuple[str, str, int], list[FoundPerson]] = {}
    for one in people:
        if one.frame is not None:
            found.setdefault((one.inside, str(PurePosixPath(one.picture).parent), one.frame), []).append(one)
    return found


def _claimed_by_number(
    found: FoundFile,
    people: Mapping[tuple[str, str, int], Sequence[FoundPerson]],
    dataset: Dataset,
    records: Sequence[Record],
    chosen: Sequence[int],
    index: PictureIndex,
    counted: tuple[int, int],
) -> tuple[_Claims, set[str]]:
    """Who speaks of which picture by its number in the folders that are meant; and these folders' names."""
    (each, later), claims = counted, _Claims()
    fitting = dict[frozenset[str], tuple[int, Mapping[int, int]]]()
    for (inside, folder, frame), own in people.items():
        hints = index.words.intersection(folders_of(inside) + folders_of(folder))
        if hints not in fitting:
            fit, places = index.within(hints)
            there = [chosen[place] for place in places]
            _require_one_sequence(found, dataset, [records[place] for place in there])
            fitting[hints] = fit, {each * k + later: place for k, place in enumerate(there)}
        fit, taken_for = fitting[hints]
        if frame in taken_for:
            claims.add(taken_for[frame], (fit, 0), f"frame {frame} of {inside}", own)
    return claims, set().union(*fitting)


def _of_no_frame(
    found: FoundFile, dataset: Dataset, claims: _Claims, frames: Sequence[int], count: int
) -> SefdError:
    """Why none of the file's frames is one of the `count` photos."""
    if claims.unsure:
        words = f"nothing of this file of {found.format} is used: {claims.unclear}"
        return SefdError(words, where=dataset.root, remedy=_CALL_FOLDERS)
    return SefdError(
        f"this file of {found.format} speaks of frames {frames[0]} to {frames[-1]}, "
        f"the set has {count} photos",
        remedy="Open the video, or the folder of all its frames; NAME=FILE#frames+1 moves numbers, "
        "#frames*4 takes every fourth",
    )


def _frames_taken(
    by_position: Mapping[int, Sequence[FoundPerson]],
    frames: Sequence[int],
    counted: tuple[int, int],
    wheres: Sequence[str],
) -> str:
    """How many frames were found, and which photo was taken for which."""
    each, later = counted
    here = {one.frame for own in by_position.values() for one in own}
    taken = f"frame {each if each > 1 else ''}k" + (f"{later:+d}" if later else "")
    whose = f" of {' and '.join(wheres)}" if wheres else ""
    return f"{len(here)} of its {len(frames)} frames are in the set, photo k{whose} taken for {taken}"


def _shared(index: PictureIndex) -> set[str]:
    """Folders that all pictures lie in."""
    return set[str].intersection(*index.places) if index.places else set()


def _within(dataset: Dataset, records: Sequence[Record], within: str) -> Sequence[int]:
    """The records within a folder, sequence or camera of this name; all where none is given."""
    if not within:
        return range(len(records))
    places = PictureIndex.of_records(records).places
    chosen = [position for position, own in enumerate(places) if within in own]
    if not chosen:
        known = sorted(set[str]().union(*places))
        words = f"no photo lies in {within!r}"
        raise SefdError(words, where=dataset.root, remedy=f"There are {_some(known)}")
    return chosen


def _require_one_sequence(found: FoundFile, dataset: Dataset, records: Sequence[Record]) -> None:
    """Raise SefdError for a set in which a frame's number does not tell the picture."""
    folders = {record.image_path.parent for record in records if record.image_path is not None}
    views = {record.view for record in records}
    if len(folders) > 1 or len(views) > 1:
        what = f"{len(folders)} folders" if len(folders) > 1 else f"{len(views)} cameras"
        raise SefdError(
            f"this file of {found.format} identifies pictures by frame numbers alone, and the set has {what}",
            where=dataset.root,
            remedy="Open the video, or the folder of the frames, that the file is of, or name that behind "
            "the file: NAME=FILE#in=FOLDER",
        )


def _photos(count: int) -> str:
    return "1 photo is" if count == 1 else f"{count} photos are"


def _some(names: Sequence[Any]) -> str:
    return ", ".join(map(str, names[:_SOME])) + (", ..." if len(names) > _SOME else "")
