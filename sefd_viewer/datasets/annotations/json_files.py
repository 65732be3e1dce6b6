"""JSON annotation files, read with patience: the words say what is wrong and where.

Big files are read in batches. What is unusual about a file, or wrong, shows when it is read as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson

from sefd_viewer.datasets.annotations.json_batches import (
    UnusualError,
    listed_batches,
    named_batches,
    nested_batches,
    parse,
)
from sefd_viewer.datasets.progress import Problems
from sefd_viewer.errors import DatasetError, shown
from sefd_viewer.plain_files import read_file

_AGAIN = "Copy or download it again; if it is still being written, open it when that is done"
BIG_BYTES = 16 << 20
"""Files from this size on are read in batches."""

BATCH_BYTES = 2 << 20
"""So much is parsed at once: for some hundredths of a second, in which no other thread runs."""

T = TypeVar("T")
Nested = Callable[[tuple[str, ...], dict[str, Any]], object]


class ReadingFiles(Protocol):
    """What reading files needs: where problems go, and whom to tell how far it is."""

    @property
    def problems(self) -> Problems:
        """The problems so far."""

    def look_at(self, path: Path) -> None:
        """Note that what is read depends on this path."""

    def advance(self, steps: int) -> None:
        """So many bytes more are read; may raise CancelledError."""


def read_json_object(path: Path, reading: ReadingFiles) -> dict[str, Any]:
    """The named values in a JSON file; raises DatasetError that names the file and the place.

    NaN, infinities and names that are not UTF-8 are no JSON but common: they are read and noted.
    """
    reading.look_at(path)
    data = _read_bytes(path)
    reading.advance(len(data))
    try:
        content = parse(data)
    except orjson.JSONDecodeError:
        content = _read_leniently(data, path)
        reading.problems.add(
            path, "this holds NaN, infinities or names that are not UTF-8, which is not valid JSON"
        )
    if not isinstance(content, dict):
        raise DatasetError("this holds no named values", where=shown(str(path)), remedy=_AGAIN)
    return content


def read_json_or_note(path: Path, reading: ReadingFiles) -> dict[str, Any] | None:
    """The same for a file that the data set can do without: None, and a problem, when it is unusable."""
    return or_note(lambda: read_json_object(path, reading), reading)


def or_note(read: Callable[[], T], reading: ReadingFiles) -> T | None:
    """What `read` returns; None, and a problem, when it raises DatasetError."""
    try:
        return read()
    except DatasetError as error:
        reading.problems.add_sentence(str(error))
        return None


def collect_lists(path: Path, reading: ReadingFiles, make: Callable[[], Callable[[str, object], T]]) -> None:
    """Give each value at the top of a file, with its key, to what `make` returns; long ones in batches.

    `make` is called again when the file turns out to be unusual and is read as a whole.
    Raises DatasetError when the file cannot be used.
    """
    take = make()
    if _is_big(path):
        reading.look_at(path)
        try:
            for key, batch in listed_batches(path, reading.advance, batch_bytes=BATCH_BYTES):
                take(key, batch)
            return
        except (UnusualError, OSError):
            take = make()
    for key, value in read_json_object(path, reading).items():
        take(key, value)


def collect_named(path: Path, reading: ReadingFiles, make: Callable[[], Callable[[object], T]]) -> None:
    """Give the named values of a file to what `make` returns, in batches; otherwise like `collect_lists`."""
    take = make()
    if _is_big(path):
        reading.look_at(path)
        try:
            for batch in named_batches(path, reading.advance, batch_bytes=BATCH_BYTES):
                take(batch)
            return
        except (UnusualError, OSError):
            take = make()
    take(read_json_object(path, reading))


def collect_nested(path: Path, reading: ReadingFiles, make: Callable[[], Nested], *, depth: int) -> None:
    """Give the named values that stand `depth` names deep, and these names, to what `make` returns."""
    take = make()
    if _is_big(path):
        reading.look_at(path)
        try:
            for names, batch in nested_batches(path, reading.advance, depth=depth, batch_bytes=BATCH_BYTES):
                take(names, batch)
            return
        except (UnusualError, OSError):
            take = make()
    for names, values in _groups(read_json_object(path, reading), depth):
        take(names, values)


def _groups(values: object, depth: int) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if not isinstance(values, dict):
        return
    if depth == 0:
        yield (), values
        return
    for name, inner in values.items():
        yield from (((name, *names), group) for names, group in _groups(inner, depth - 1))


def _is_big(path: Path) -> bool:
    try:
        return path.stat().st_size >= BIG_BYTES
    except OSError:
        return False


def _read_bytes(path: Path) -> bytes:
    try:
        data = read_file(path)
    except OSError as error:
        raise DatasetError(
            f"this cannot be read ({error.strerror})",
            where=shown(str(path)),
            remedy="Choose a file you may read",
        ) from error
    if not data.strip():
        raise DatasetError(f"this is empty ({len(data)} bytes)", where=shown(str(path)), remedy=_AGAIN)
    return data


def _read_leniently(data: bytes, path: Path) -> Any:
    text = data.decode("utf-8-sig", "surrogateescape")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        what = "this file ends in the middle" if ends else "this is not valid JSON"
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise DatasetError(f"{what} ({place})", where=shown(str(path)), remedy=_AGAIN) from error
    except RecursionError as error:
        raise DatasetError("this is nested too deeply", where=shown(str(path)), remedy=_AGAIN) from error
