"""Verdicts and tags that stay: an SQLite file to which decisions are added, so that no old one is lost."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, TypeVar

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.errors import DAMAGED
from sefd_viewer.judgements import database as rows
from sefd_viewer.judgements.database import (
    Case,
    Verdict,
    VerdictError,
    change,
    connect,
    copy,
    in_memory,
    words,
)
from sefd_viewer.judgements.tags import FILE_NAME, Tags, content_of, read_tags
from sefd_viewer.resources import resource_path

VERDICTS_FILE = "sefd-verdicts.sqlite"
VIDEO = VideoReader.name


def verdict_path(dataset: Dataset) -> Path:
    """`sefd-verdicts.sqlite` in the data set's folder where one may write there, else in the user's folder.

    A single picture shares it with the folder that it lies in; a video has its own, named after it, because
    its records are numbers. What is shipped with the program and several inputs opened as one have no folder.
    """
    beside = _beside(dataset)
    if beside is None:
        return _in_users_folder(dataset)
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    return beside if writable and os.access(beside.parent, os.W_OK) else _in_users_folder(dataset)


def verdicts_of_others(dataset: Dataset) -> Path | None:
    """Verdicts that lie beside the data where one may not write them, None where there are none."""
    beside = _beside(dataset)
    if beside is None or not beside.is_file() or verdict_path(dataset) == beside:
        return None
    return beside


def rescue_path(path: Path) -> Path:
    """A free name in the user's folder for verdicts that could not be written to `path`."""
    import platformdirs

    folder = Path(platformdirs.user_data_path("sefd-viewer"), "verdicts")
    numbers = (f"-{number}" if number else "" for number in count())
    names = (folder / f"{path.parent.name}-{path.stem}-rescued{number}.sqlite" for number in numbers)
    return next(name for name in names if not name.exists())


def _beside(dataset: Dataset) -> Path | None:
    root = dataset.root
    if root is None or not root.is_dir() or root.resolve().is_relative_to(resource_path(".").resolve()):
        return None
    return root / (f"{dataset.name}.{VERDICTS_FILE}" if dataset.format == VIDEO else VERDICTS_FILE)


def _in_users_folder(dataset: Dataset) -> Path:
    """A file named after the folder or the video, and after its place so that namesakes stay apart."""
    import platformdirs

    place = os.path.realpath(dataset.root) if dataset.root is not None else dataset.format
    own_name = dataset.root is None or dataset.format == VIDEO
    called = dataset.name if own_name or dataset.root is None else dataset.root.name
    digest = hashlib.blake2b(os.fsencode(place), digest_size=4).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", called).strip("-.") or "data"
    return Path(platformdirs.user_data_path("sefd-viewer"), "verdicts", f"{name}-{digest}.sqlite")


_INSERT = f"INSERT INTO log ({rows.COLUMNS}, kind) VALUES (?{', ?' * 8})"
_CASE = "record IS ? AND person IS ?"
_HOLDS = f"kind = '{rows.VERDICT}' AND NOT undone"


def now() -> str:
    """The time in UTC, ISO-8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


T = TypeVar("T")


class VerdictStore:
    """The verdicts and tags in one file; it is made when the first one is put.

    Every change is a row of a log: `history` shows all of them, `undo` and `redo` go through those that this
    object made. Any thread may call. All methods raise VerdictError with words. With a `connection` the
    verdicts are in its database, and the file is left alone.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], str] = now,
        connection: sqlite3.Connection | None = None,
    ) -> None:
        self.path = path
        self._clock = clock
        self._lock = RLock()
        self._connection = connection
        self._is_file = connection is None
        self._inode: int | None = None
        self._done: list[range] = []
        self._undone: list[range] = []
        self._reader()

    @classmethod
    def beside(cls, dataset: Dataset) -> VerdictStore:
        """The verdicts about a data set: beside its files, else in the user's folder.

        There they begin as a copy of those beside the data that one may only read.
        """
        path, others = verdict_path(dataset), verdicts_of_others(dataset)
        if others is not None and not path.exists():
            _make_folder(path.parent)
            copy(others, path)
        return cls(path)

    @property
    def can_write(self) -> bool:
        """Whether verdicts can be put, as far as the file's rights tell."""
        existing = self.path if self.path.exists() else _first_existing(self.path.parent)
        return os.access(existing, os.W_OK)

    def put(self, verdict: Verdict) -> Verdict:
        """Keep a verdict, on disk when this returns; gives it back with its time."""
        return self.put_all([verdict])[0]

    def put_all(self, verdicts: Iterable[Verdict]) -> Sequence[Verdict]:
        """Keep several verdicts as one step of undo: all of them or, after an error, none."""
        timed = [_timed(verdict, self._clock) for verdict in verdicts]
        if timed:
            self._append([(*rows.values(verdict), rows.VERDICT) for verdict in timed])
        return timed

    def remove(self, record: str, person: str | None = None, *, reviewer: str = "") -> None:
        """Take a verdict back: the log keeps it, and says that the case is unreviewed again."""
        if self.get(record, person) is not None:
            self.put(Verdict(record, person, "unreviewed", reviewer=reviewer))

    def get(self, record: str, person: str | None = None) -> Verdict | None:
        """The verdict that holds now; None where there is none, or one that says nothing."""
        newest = f"SELECT {rows.COLUMNS} FROM log WHERE {_CASE} AND {_HOLDS} ORDER BY id DESC LIMIT 1"
        found = self._read(
            rows.verdict, f"SELECT * FROM ({newest}) WHERE {rows.SAYS_SOMETHING}", _keys(record, person)
        )
        return found[0] if found else None

    def all(self) -> tuple[Verdict, ...]:
        """The verdicts that hold now, in the order in which they were made."""
        return tuple(self._read(rows.verdict, f"SELECT {rows.COLUMNS} FROM current ORDER BY id"))

    def history(self, record: str, person: str | None = None) -> tuple[Verdict, ...]:
        """Every verdict ever made about a case and not undone, the oldest first."""
        where = f"{_CASE} AND {_HOLDS}"
        return tuple(
            self._read(
                rows.verdict,
                f"SELECT {rows.COLUMNS} FROM log WHERE {where} ORDER BY id",
                _keys(record, person),
            )
        )

    def log(self) -> tuple[Verdict, ...]:
        """Every verdict about anything that was made and not undone, the oldest first."""
        return tuple(self._read(rows.verdict, f"SELECT {rows.COLUMNS} FROM log WHERE {_HOLDS} ORDER BY id"))

    def tag(self, cases: Iterable[Case], tag: str, *, on: bool = True, reviewer: str = "") -> None:
        """Give people a tag, or take it, as one step of undo; nothing where nobody's tags change."""
        bearers = {case for case, word in self._tags() if word == tag}
        changed = [case for case in dict.fromkeys(cases) if (case in bearers) != on]
        time = self._clock()
        if changed:
            self._append(
                [rows.tag_values(case, tag, on=on, reviewer=reviewer, time=time) for case in changed]
            )

    def tags(self) -> Tags:
        """Everybody's tags."""
        people: dict[Case, set[str]] = {}
        for case, word in self._tags():
            people.setdefault(case, set()).add(word)
        return Tags({case: tuple(sorted(words)) for case, words in people.items()})

    def take_in_tags(self, folder: Path) -> int:
        """Read the file of tags that older versions kept with a run, each content once; returns how many.

        It is no step of undo, and the file stays as it is. Raises SefdError where it cannot be read.
        """
        found = read_tags(folder)
        if not found.people:
            return 0
        mark = f"{folder / FILE_NAME} {content_of(folder)}"
        known = self._rows(
            "SELECT note FROM log WHERE kind = ? AND note IS ?", (rows.TAKEN_IN, rows.key(mark))
        )
        if known:
            return 0
        there, time = set(self._tags()), self._clock()
        new = [(case, tag) for case, tags in found.people.items() for tag in tags if (case, tag) not in there]
        given = [rows.tag_values(case, tag, on=True, reviewer="", time=time) for case, tag in new]
        self._append([*given, rows.mark_values(mark, time)], own=False)
        return len(new)

    def undo(self) -> tuple[Case, ...]:
        """Undo the last own step; returns the cases that it was about, none if there is none."""
        return self._mark(self._done, self._undone, undone=True)

    def redo(self) -> tuple[Case, ...]:
        """Do the step again that was undone last, unless something was put since."""
        return self._mark(self._undone, self._done, undone=False)

    def in_memory(self) -> sqlite3.Connection:
        """A copy of the database in memory."""
        with self._lock, words(self.path):
            return in_memory(self._reader())

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def __enter__(self) -> VerdictStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, *, writable: bool) -> sqlite3.Connection:
        if writable:
            _make_folder(self.path.parent)
        self._connection = connect(self.path, writable=writable)
        self._inode = self.path.stat().st_ino
        return self._connection

    def _reader(self) -> sqlite3.Connection | None:
        """The open file, None as long as there is no file."""
        if self._connection is None and self._is_file and self.path.exists():
            return self._open(writable=self.can_write)
        return self._connection

    def _writer(self) -> sqlite3.Connection:
        """The open file, which must still be the one that was opened."""
        known = self._is_file and self._inode is not None
        if known and (not self.path.exists() or self.path.stat().st_ino != self._inode):
            raise VerdictError(
                "the verdicts were moved or replaced while they were open",
                where=self.path,
                remedy="Put the file back, or open the data set again",
            )
        return self._connection or self._open(writable=True)

    def _append(self, values: Sequence[tuple[Any, ...]], *, own: bool = True) -> None:
        """Add rows to the log; `own` ones are a step of undo."""
        with self._lock:
            connection = self._writer()
            with change(connection, self.path):
                (last,) = connection.execute("SELECT ifnull(max(id), 0) FROM log").fetchone()
                connection.executemany(_INSERT, values)
            if own:
                self._done.append(range(last + 1, last + 1 + len(values)))
                self._undone.clear()

    def _tags(self) -> list[tuple[Case, str]]:
        return self._read(rows.tag, "SELECT record, person, note FROM tags ORDER BY id")

    def _read(self, one: Callable[[tuple[Any, ...]], T], query: str, values: tuple[Any, ...] = ()) -> list[T]:
        """What rows hold; VerdictError where a row is damaged."""
        try:
            return [one(row) for row in self._rows(query, values)]
        except DAMAGED as error:
            raise VerdictError(
                f"a row of this log is damaged ({error})",
                where=self.path,
                remedy="Put back a copy of the file, or move it away",
            ) from error

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            connection = self._reader()
            if connection is None:
                return []
            with words(self.path):
                return connection.execute(query, values).fetchall()

    def _mark(self, taken: list[range], given: list[range], *, undone: bool) -> tuple[Case, ...]:
        """Mark the rows of the last of the `taken` steps, which then belongs to the `given` ones."""
        with self._lock:
            if not taken:
                return ()
            ids = (taken[-1].start, taken[-1].stop)
            connection = self._writer()
            with change(connection, self.path):
                connection.execute("UPDATE log SET undone = ? WHERE id >= ? AND id < ?", (undone, *ids))
                query = "SELECT record, person FROM log WHERE id >= ? AND id < ?"
                cases = tuple(rows.case(row) for row in connection.execute(query, ids).fetchall())
            given.append(taken.pop())
            return cases


def _timed(verdict: Verdict, clock: Callable[[], str]) -> Verdict:
    return verdict if verdict.time else replace(verdict, time=clock())


def _keys(record: str, person: str | None) -> tuple[Any, Any]:
    return rows.key(record), rows.key(person)


def _first_existing(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VerdictError(
            f"this folder cannot be made ({error.strerror})",
            where=folder,
            remedy="Name a place where you may write",
        ) from error
