"""The SQLite file behind verdicts and tags: a log to which rows are added, and words for what can go wrong.

The journal is SQLite's rollback journal, not its write-ahead log: that needs memory shared between processes,
which network drives do not have, and leaves the newest rows in a second file that is forgotten when the
first is copied. A change is on the disk when the call returns; one that was cut off is taken back at the
next opening. It costs less than a millisecond on a local disk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from sefd_viewer.atomic import alone_in, new_file, writable_folder
from sefd_viewer.errors import SefdError

VerdictState = Literal["unreviewed", "good", "bad", "unsure", "fixed"]
STATES: tuple[VerdictState, ...] = get_args(VerdictState)

Case = tuple[str, str | None]
"""What is judged: the key of a record and of a person in it; None stands for the record as a whole."""

ISSUE_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "camera": "Camera is wrong",
        "body": "Body does not fit",
        "shape": "Body shape is unlikely",
        "joint_limits": "Joint bends too far",
        "swap": "Left and right swapped",
        "upside_down": "Body is turned over",
        "overlap": "Bodies go through each other",
        "depth_order": "Depth order is wrong",
        "keypoints": "2D joints are wrong",
        "box": "Box is wrong",
        "picture": "Picture is wrong or missing",
        "duplicate": "Same person twice",
        "missing": "Person is not annotated",
        "identity": "Annotation of somebody else",
        "frame_offset": "Shifted in time",
        "other": "Something else",
    }
)
"""What can be wrong, by id, as a person reads it."""


class VerdictError(SefdError):
    """Verdicts that cannot be read or kept."""


@dataclass(frozen=True)
class Verdict:
    """A decision about a case; `issues` are ids of ISSUE_KINDS, `time` is ISO-8601 in UTC.

    `fingerprint` says what was judged: see `fingerprint`. An empty `time` means now when the verdict is kept.
    """

    record: str
    person: str | None
    state: VerdictState
    issues: tuple[str, ...] = ()
    note: str = ""
    reviewer: str = ""
    time: str = ""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"a verdict is one of {', '.join(STATES)}, not {self.state!r}")
        object.__setattr__(self, "issues", tuple(self.issues))

    @property
    def case(self) -> Case:
        """What is judged."""
        return self.record, self.person


COLUMNS = "record, person, state, issues, note, reviewer, time, fingerprint"
VERDICT, TAG, TAKEN_IN = "verdict", "tag", "taken in"
"""Kinds of rows: a verdict; a tag (`note`) that was given or taken; an older file that was read."""
GIVEN, TAKEN = "given", "taken"
SAYS_SOMETHING = "(state <> 'unreviewed' OR note <> '' OR issues <> '[]')"
"""Whether a row is a verdict; one that says nothing takes the verdict before it back."""

_NO_ISSUES = "[]"


def key(text: str | None) -> str | bytes | None:
    """A key as it is stored: names of files that are not UTF-8 as bytes."""
    if text is None:
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")
    return text


def values(verdict: Verdict) -> tuple[Any, ...]:
    """The verdict in the order of COLUMNS."""
    return (
        key(verdict.record),
        key(verdict.person),
        verdict.state,
        json.dumps(verdict.issues),
        key(verdict.note),
        verdict.reviewer,
        verdict.time,
        verdict.fingerprint,
    )


def tag_values(case: Case, tag: str, *, on: bool, reviewer: str, time: str) -> tuple[Any, ...]:
    """A tag given or taken, in the order of COLUMNS, and its kind."""
    state = GIVEN if on else TAKEN
    return (key(case[0]), key(case[1]), state, _NO_ISSUES, key(tag), reviewer, time, "", TAG)


def mark_values(words: str, time: str) -> tuple[Any, ...]:
    """The note that an older file was read, in the order of COLUMNS, and its kind."""
    return ("", None, "unreviewed", _NO_ISSUES, key(words), "", time, "", TAKEN_IN)


def tag(row: tuple[Any, ...]) -> tuple[Case, str]:
    """Who bears a tag, and which, from record, person and note."""
    return case(row), _text(row[2])


def verdict(row: tuple[Any, ...]) -> Verdict:
    """The verdict in a row of COLUMNS."""
    record, person, state, issues, note, *rest = row
    kinds = () if issues == _NO_ISSUES else tuple(json.loads(issues))
    return Verdict(_text(record), _optional(person), state, kinds, _text(note), *rest)


def case(row: tuple[Any, ...]) -> Case:
    """The case in a row of record and person."""
    return _text(row[0]), _optional(row[1])


def _optional(stored: str | bytes | None) -> str | None:
    return None if stored is None else _text(stored)


def _text(stored: str | bytes) -> str:
    return stored.decode("utf-8", "surrogateescape") if isinstance(stored, bytes) else stored


APPLICATION_ID = 0x53454644
"""Marks the file as ours (`SEFD`)."""

VERSION = 2
"""Version 1 knew verdicts alone; such a file becomes one of version 2 when it is written to."""

_WAIT_SECONDS = 2.0
"""Two programs that judge at once take turns; SQLite lets one wait longer than the other at times."""
_ELSEWHERE = "Move the file away, or name another place for the verdicts"
_VIEWS = f"""CREATE VIEW current AS SELECT * FROM log
    WHERE id IN (SELECT max(id) FROM log WHERE kind = 'verdict' AND NOT undone GROUP BY record, person)
    AND {SAYS_SOMETHING};
CREATE VIEW tags AS SELECT * FROM log
    WHERE id IN (SELECT max(id) FROM log WHERE kind = 'tag' AND NOT undone GROUP BY record, person, note)
    AND state = 'given';
"""
_SCHEMA = f"""
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    record NOT NULL,
    person,
    state TEXT NOT NULL,
    issues TEXT NOT NULL,
    note TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    time TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL DEFAULT 'verdict'
);
CREATE INDEX log_case ON log (record, person, id);
{_VIEWS}"""
_UPGRADE = f"""
ALTER TABLE log ADD COLUMN kind TEXT NOT NULL DEFAULT 'verdict';
DROP VIEW current;
{_VIEWS}"""


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Open the file, or make it where it is writable and there is none. Raises VerdictError with words."""
    mode = "rwc" if writable else "ro"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with words(path):
        connection = sqlite3.connect(
            uri, uri=True, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            version = _check(connection, path, writable=writable)
            if 0 < version < VERSION:
                connection = _upgraded(connection, writable=writable)
        except BaseException:
            connection.close()
            raise
    return connection


def copy(source: Path, target: Path) -> None:
    """Copy a file of verdicts as a whole, also while others write to it; not over one that is there."""
    there = connect(source, writable=False)
    try:
        with alone_in(writable_folder(target.parent)):
            if not target.exists():
                backup(there, target)
    finally:
        there.close()


def backup(connection: sqlite3.Connection, target: Path) -> None:
    """Write all of a database to a file, the whole of it or none; raises SefdError where that is refused."""
    writable_folder(target.parent)
    with words(target), new_file(target) as part:
        here = sqlite3.connect(part)
        try:
            connection.backup(here)
        finally:
            here.close()


def in_memory(source: sqlite3.Connection | None) -> sqlite3.Connection:
    """A database in memory with the content of another one, or without any."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if source is None:
        _create(memory)
    else:
        source.backup(memory)
    return memory


@contextmanager
def words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into words."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite's words may quote bytes of a damaged file
        what, remedy = _explained(error)
        raise VerdictError(what, where=path, remedy=remedy) from error


@contextmanager
def change(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All of the block or nothing of it, on the disk when it ends."""
    with words(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _check(connection: sqlite3.Connection, path: Path, *, writable: bool) -> int:
    """See that the file is ours and of a version we know, which is returned; fill a new one."""
    connection.execute("PRAGMA synchronous = EXTRA")  # the folder too: a power cut takes no row back
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if owner == 0 and tables == 0:
        if writable:
            _create(connection)
    elif owner != APPLICATION_ID:
        raise VerdictError("this is a database of another program", where=path, remedy=_ELSEWHERE)
    elif version > VERSION:
        raise VerdictError(
            "this was written by a newer sefd-viewer", where=path, remedy="Update sefd-viewer to read it"
        )
    return int(version)


def _upgraded(connection: sqlite3.Connection, *, writable: bool) -> sqlite3.Connection:
    """The database in today's version: changed where one may write, else a copy of it in memory."""
    if not writable:
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.backup(copy)
        connection.close()
        connection = copy
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < VERSION:  # else another program was faster
        _execute(connection, _UPGRADE)
    connection.execute("COMMIT")
    return connection


def _execute(connection: sqlite3.Connection, script: str) -> None:
    for statement in filter(None, map(str.strip, script.split(";\n"))):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables == 0:  # else another program was faster
        _execute(connection, _SCHEMA)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")


def _explained(error: sqlite3.Error | UnicodeDecodeError) -> tuple[str, str]:
    """What went wrong, and what to do about it."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "the verdicts are in use by another program", "Close it there, or try again"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return "the verdicts cannot be written or opened here", "Name a place where you may write"
    if name.startswith("SQLITE_NOTADB"):
        return "this is not a file of verdicts", _ELSEWHERE
    if name.startswith("SQLITE_CORRUPT") or isinstance(error, UnicodeDecodeError):
        return "this file of verdicts is damaged", "Keep a copy; `sqlite3 FILE .recover` saves what is whole"
    if name.startswith("SQLITE_FULL"):
        return "the disk is full", "Make room, and judge again what was judged last"
    return f"the verdicts cannot be used ({error})", _ELSEWHERE
