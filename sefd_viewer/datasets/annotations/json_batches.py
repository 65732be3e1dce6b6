"""Big JSON files read a batch of entries at a time, so that never all of them are Python objects at once.

A batch ends where a cut between two entries makes sound JSON: if `[` + text + `]` is valid, the text holds
whole entries alone. So the place of a cut may be guessed, and a wrong guess does no harm. Files that are not
written as published sets are, or not sound, are unusual: they are read as a whole, with patience.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

_TAIL_BYTES = 64 << 10
_GUESSES = 6
_SPACE = b" \t\r\n"
_CLOSING = {b"[": b"]", b"{": b"}"}
_NAME = rb'"(?:[^"\\]|\\.)*"'
_SCALAR = re.compile(_NAME + rb"|[-+.0-9a-zA-Z]+")
_FIRST_ENTRY = {
    b"[": re.compile(rb"\{\s*" + _NAME),
    b"{": re.compile(_NAME + rb"\s*:\s*(\{\s*" + _NAME + rb")?"),
}

Advance = Callable[[int], None]
Batch = list[Any] | dict[str, Any]


class UnusualError(Exception):
    """The file cannot be read in batches."""


def listed_batches(file: Path, advance: Advance, *, batch_bytes: int) -> Iterator[tuple[str, Batch]]:
    """Batches of each list and each group of named values at the top of a file, with their key.

    Raises UnusualError, perhaps after some batches; OSError when the file cannot be read.
    """
    with file.open("rb") as stream:
        window = _Window(stream, batch_bytes, advance)
        seen: set[str] = set()
        window.take(b"{")
        while True:
            key = window.key()
            if key in seen:
                raise UnusualError(f"{key} occurs twice")
            seen.add(key)
            yield from ((key, batch) for batch in window.value())
            if window.next_byte() == b"}":
                break
            window.take(b",")
        window.take(b"}")
        window.end()


def named_batches(file: Path, advance: Advance, *, batch_bytes: int) -> Iterator[dict[str, Any]]:
    """Batches of the named values of a file that is one group of them. Raises UnusualError and OSError."""
    with file.open("rb") as stream:
        window = _Window(stream, batch_bytes, advance)
        for batch in window.entries(b"{"):
            assert isinstance(batch, dict)
            yield batch
        window.end()


def nested_batches(
    file: Path, advance: Advance, *, depth: int, batch_bytes: int
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Batches of the named values `depth` names deep, with these names. Raises like `named_batches`."""
    with file.open("rb") as stream:
        window = _Window(stream, batch_bytes, advance)
        yield from _below(window, depth, ())
        window.end()


def _below(
    window: _Window, depth: int, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if depth == 0:
        for batch in window.entries(b"{"):
            assert isinstance(batch, dict)
            yield names, batch
        return
    window.take(b"{")
    while window.next_byte() != b"}":
        yield from _below(window, depth - 1, (*names, window.key()))
        if window.next_byte() != b"}":
            window.take(b",")
    window.take(b"}")


def parse(text: bytes) -> Any:
    """What a JSON text holds; raises orjson.JSONDecodeError.

    Python's search for garbage is off meanwhile, which would look through the new objects again and again;
    no other thread runs until the text is read.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        return orjson.loads(text)
    finally:
        if searching:
            gc.enable()


class _Window:
    """The part of a file's text that is looked at; `_at` is how far it has been taken."""

    def __init__(self, stream: BinaryIO, size: int, advance: Advance) -> None:
        self._stream, self._size, self._advance = stream, size, advance
        self._text, self._at = b"", 0

    def next_byte(self) -> bytes:
        """The next byte that is no space; nothing at the end of the file."""
        while True:
            rest = self._text[self._at : self._at + 4096]
            space = len(rest) - len(rest.lstrip(_SPACE))
            self._at += space
            if space < len(rest):
                return rest[space : space + 1]
            if not self._fill():
                return b""

    def take(self, byte: bytes) -> None:
        """Go past this byte."""
        if self.next_byte() != byte:
            raise UnusualError(f"no {byte!r}")
        self._at += 1

    def end(self) -> None:
        """Nothing may follow."""
        if self.next_byte():
            raise UnusualError("more than one value")

    def key(self) -> str:
        """Go past a name and its colon."""
        name = self._scalar()
        self.take(b":")
        if not isinstance(name, str):
            raise UnusualError("a name is not text")
        return name

    def value(self) -> Iterator[Batch]:
        """Go past a value: its entries in batches, nothing for a single number or word."""
        opening = self.next_byte()
        if opening in _CLOSING:
            yield from self.entries(opening)
        else:
            self._scalar()

    def entries(self, opening: bytes) -> Iterator[Batch]:
        """The entries of the list or the named values that begin here."""
        self.take(opening)
        if self.next_byte() == _CLOSING[opening]:
            self._at += 1
            yield [] if opening == b"[" else {}
            return
        between = self._between(opening)
        ended = False
        while not ended:
            batch, ended = self._batch(opening, between)
            yield batch

    def _batch(self, opening: bytes, between: re.Pattern[bytes]) -> tuple[Batch, bool]:
        """The next entries, and whether they are the last."""
        self._fill()
        text = self._text[self._at :]
        for cut in _cuts(text, between):
            try:
                batch: Batch = parse(opening + text[:cut] + _CLOSING[opening])
            except orjson.JSONDecodeError as error:
                last = _last_entries(opening, text[:cut], error)
                if last is not None:
                    batch, taken = last
                    self._at += taken
                    return batch, True
            else:
                self._at += cut
                self.take(b",")
                return batch, False
        raise UnusualError("no place to cut")

    def _between(self, opening: bytes) -> re.Pattern[bytes]:
        """What stands between two entries, if all begin like the first."""
        self._fill()
        first = _FIRST_ENTRY[opening].match(self._text, self._at)
        if first is None:
            return re.compile(rb",")
        if opening == b"[":
            return re.compile(rb",\s*(?=" + re.escape(first[0]) + rb")")
        value = re.escape(first[1]) if first[1] else b""
        return re.compile(rb",\s*(?=" + _NAME + rb"\s*:\s*" + value + rb")")

    def _scalar(self) -> object:
        self.next_byte()
        found = _SCALAR.match(self._text, self._at)
        if found is None or found.end() == len(self._text):
            raise UnusualError("no value")
        self._at = found.end()
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(found[0])
        raise UnusualError("no value")

    def _fill(self) -> bool:
        """Read on until the window is full; whether anything came."""
        missing = self._size - (len(self._text) - self._at)
        read = self._stream.read(missing) if missing > 0 else b""
        self._text, self._at = self._text[self._at :] + read, 0
        self._advance(len(read))
        return bool(read)


def _cuts(text: bytes, between: re.Pattern[bytes]) -> list[int]:
    """Where entries may end, the likeliest first: late in the text, else its end."""
    for start in dict.fromkeys((max(0, len(text) - _TAIL_BYTES), 0)):
        found = [match.start() for match in between.finditer(text, start)]
        if found:
            return [*found[: -_GUESSES - 1 : -1], len(text)]
    return [len(text)]


def _last_entries(opening: bytes, text: bytes, error: orjson.JSONDecodeError) -> tuple[Batch, int] | None:
    """The entries up to the place where the error says that the list has ended, if it has; and the length."""
    end = len(error.doc[: error.pos].encode()) - len(opening)
    if end > len(text) or not text[:end].rstrip(_SPACE).endswith(_CLOSING[opening]):
        return None
    with suppress(orjson.JSONDecodeError):
        return parse(opening + text[:end]), end
    return None
