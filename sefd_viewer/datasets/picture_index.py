"""Which of a set's pictures another program means: by file names, and by folders where several share one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.pose2d.pose_file import plain_name, without_size

_NUMBERED = re.compile(r"_(?:person_?)?\d+$")
"""The number of a person behind the name of a picture."""
_OF_A_PERSON = re.compile(
    r"(person|people|human|track|tracklet|tid|actor|player|subject|body|id)[-_ ]?\d+", re.I
)
"""Folders that hold one person's files each."""
_OF_A_CAMERA = re.compile(
    r"(cam|camera|cmr|view|gopro|kinect|video|seq|sequence|take|scene)[-_ ]?[0-9]+", re.I
)
"""Files that are of one camera or sequence each."""

Rank = tuple[int, int]
"""How many of a name's folders a picture has, and with how many of its last ones its path ends."""


_EXACT: Rank = (10_000, 0)


@dataclass(frozen=True)
class Meant:
    """The pictures that a name means: positions of one and the same picture, or of several that fit alike."""

    positions: tuple[int, ...] = ()
    rank: Rank = (0, 0)
    unsure: bool = False


class PictureIndex:
    """A set's pictures by the names that files of other programs give them."""

    def __init__(
        self,
        keys: Sequence[str],
        paths: Sequence[Path | None],
        titles: Sequence[str] = (),
        views: Sequence[str | None] = (),
    ) -> None:
        """Of pictures by key and path, maybe also by title, and with the name of their camera (`views`)."""
        named = [
            (key, key if path is None else path.as_posix()) for key, path in zip(keys, paths, strict=True)
        ]
        self.places = [{part for name in names for part in _parts(name)[:-1]} for names in named]
        """The folders and the camera that each picture has."""
        self._paths = [_parts(path)[:-1] for _, path in named]
        self._files = [key if path is None else path for key, path in zip(keys, paths, strict=True)]
        self._whole: dict[str, set[int]] = {}
        self._leaves: dict[str, list[int]] = {}
        for position, names in enumerate(named):
            self.places[position] |= {view for view in views[position : position + 1] if view}
            for name in (*names, *titles[position : position + 1]):
                self._whole.setdefault(name, set()).add(position)
            leaves = [_parts(name)[-1] for name in names]
            for form in dict.fromkeys(form for leaf in leaves for form in (*_forms(leaf), *_number(leaf))):
                self._leaves.setdefault(form, []).append(position)
        self.words = frozenset[str]().union(*self.places)

    @classmethod
    def of_records(cls, records: Sequence[Record]) -> PictureIndex:
        """Of records that are there, by their titles and cameras, too."""
        rows = [(one.key, one.image_path, one.title, one.view) for one in records]
        return cls(*zip(*rows, strict=True)) if rows else cls([], [])

    @classmethod
    def of_set(cls, dataset: Dataset) -> PictureIndex:
        """Of a set, none of whose records is built for it."""
        return cls(dataset.keys, [dataset.image_path(place) for place in range(len(dataset.keys))])

    def find(
        self, name: str, folders: Collection[str] = (), *, people: bool = False, numbers: bool = False
    ) -> Meant:
        """The picture that a `name`, maybe with folders, means; `folders` are others that may say which.

        Names may have the number of one of a picture's `people` behind them, or may be `numbers` that
        pictures' names end with, or begin with a folder or camera: cam01_000004.
        """
        if len(whole := self._whole.get(name, ())) == 1:
            return Meant(tuple(whole), _EXACT)
        *own, leaf = _parts(name)
        stem = PurePosixPath(leaf).stem
        shorter = [form for one in (leaf, stem) for form in _forms(_NUMBERED.sub("", one))] if people else []
        for form in (*_forms(leaf), *shorter, *(_number(stem) if numbers else ())):
            if candidates := self._leaves.get(form):
                return self._best(candidates, own, {*own, *folders} - {leaf, stem})
        for head, rest in _beginnings(leaf):
            if head in self.words:
                return self.find(rest, (*own, *folders, head), people=people, numbers=numbers)
        return Meant()

    def called(self, names: Iterable[str], *, numbers: bool = False) -> tuple[dict[int, str], list[str]]:
        """Which of the names means the picture at each position, and the names that may mean several."""
        claims, unsure = dict[int, list[tuple[Rank, str]]](), list[str]()
        for name in names:
            meant = self.find(name, numbers=numbers)
            unsure += [name] if meant.unsure else []
            for place in () if meant.unsure else meant.positions:
                claims.setdefault(place, []).append((meant.rank, name))
        found = dict[int, str]()
        for place, claimed in claims.items():
            best = max(rank for rank, _ in claimed)
            surest = [name for rank, name in claimed if rank == best]
            if len(surest) == 1:
                found[place] = surest[0]
            else:
                unsure += surest
        return found, unsure

    def within(self, folders: Collection[str]) -> tuple[int, tuple[int, ...]]:
        """How many of these folders pictures have at most, and the pictures that have them; else all."""
        fits = [len(places.intersection(folders)) for places in self.places]
        most = max(fits, default=0)
        return most, tuple(position for position, fit in enumerate(fits) if fit == most)

    def _best(self, candidates: Sequence[int], own: Sequence[str], hints: set[str]) -> Meant:
        ranks = {
            place: (len(self.places[place] & hints), self._ends_with(place, own)) for place in candidates
        }
        rank = max(ranks.values())
        best = tuple(place for place in candidates if ranks[place] == rank)
        return Meant(best, rank, unsure=len({self._files[place] for place in best}) > 1)

    def _ends_with(self, place: int, folders: Sequence[str]) -> int:
        pairs = zip(reversed(self._paths[place]), reversed(folders), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def folders_of(inside: str) -> tuple[str, ...]:
    """The folders of a file below what was opened, and its own name: any may say where it belongs."""
    return PurePosixPath(inside).parts


def of_one_picture(insides: Iterable[str]) -> bool:
    """Whether all of these files may be of one picture: of one folder, or of folders of one person each.

    Folders called otherwise may as well be different cameras or sequences, and so may files called so.
    """
    several = [frozenset(_telling(PurePosixPath(inside))) for inside in insides]
    shared = frozenset[str].intersection(*several)
    return all(_OF_A_PERSON.fullmatch(name) for names in several for name in names - shared)


def _telling(inside: PurePosixPath) -> tuple[str, ...]:
    return inside.parts if _OF_A_CAMERA.fullmatch(inside.name) else inside.parts[:-1]


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(plain_name(name)).parts or ("",)


def _forms(leaf: str) -> tuple[str, ...]:
    """A file's name, without ending, and without the size behind it."""
    stem = PurePosixPath(leaf).stem
    return tuple(dict.fromkeys(form for form in (leaf, stem, without_size(stem)) if form))


def _beginnings(leaf: str) -> list[tuple[str, str]]:
    """What a name may begin with, and what is left of it, the longest beginning first."""
    ends = [place for place, sign in enumerate(leaf) if sign in "_-"]
    return [(leaf[:place], leaf[place + 1 :]) for place in reversed(ends)]


def _number(leaf: str) -> tuple[str, ...]:
    """The number that a file's name ends with, as no file is called."""
    found = re.search(r"([0-9]+)$", PurePosixPath(leaf).stem)
    return (f"number {int(found[1])}",) if found else ()
