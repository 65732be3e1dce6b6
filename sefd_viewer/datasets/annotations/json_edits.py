"""Changes in the text of a nested JSON file that leave every other byte as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # its stub lacks it
from pathlib import Path
from typing import Any

from sefd_viewer.errors import DatasetError

Names = tuple[str, ...]
Change = Callable[[Names, Any], Any]
"""From the names that lead to a value, and the value, to what is there instead: KEPT, DROPPED or a value."""

KEPT, DROPPED = object(), object()

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


def edited_json(path: Path, depth: int, change: Change) -> bytes:
    """The bytes of the file with what `change` made of the values `depth` names deep.

    Where a new value is a mapping like the old one, only the members that differ are written anew; members
    that it does not have stay. Raises DatasetError for a file that is no such JSON.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        pieces = _Pieces(text, change)
        pieces.walk(_after_space(text, 1 if text.startswith("\ufeff") else 0), depth, ())
    except OSError as error:
        raise DatasetError.unreadable(path, error) from error
    except (ValueError, IndexError) as error:
        raise DatasetError(
            f"this is not the JSON that was expected ({error})",
            where=path,
            remedy="Get the annotations again from where they come",
        ) from error
    return pieces.result().encode("utf-8", "surrogateescape")


class _Pieces:
    """A text and the spans of it that are replaced."""

    def __init__(self, text: str, change: Change) -> None:
        self._text, self._change = text, change
        self._spans: list[tuple[int, int, str]] = []

    def result(self) -> str:
        """The text with all replacements."""
        parts, at = [], 0
        for start, end, new in sorted(self._spans):
            parts += [self._text[at:start], new]
            at = end
        return "".join([*parts, self._text[at:]])

    def walk(self, at: int, depth: int, names: Names) -> int:
        """Look at the object whose brace is at `at`; returns the place behind it."""
        text = self._text
        if text[at] != "{":
            raise ValueError(f"no object at character {at}")
        at, kept_end = _after_space(text, at + 1), -1
        while text[at] != "}":
            start = at
            key, at = scanstring(text, at + 1)
            at = _after_space(text, _after_space(text, at) + 1)  # behind the colon
            end, dropped = self._member(at, depth, (*names, key))
            at = _after_space(text, end)
            follows = text[at] == ","
            at = _after_space(text, at + 1) if follows else at
            if dropped and kept_end >= 0:  # with the comma before it
                self._spans.append((kept_end, end, ""))
                kept_end = end
            elif dropped:
                self._spans.append((start, at if follows else end, ""))
            else:
                kept_end = end
        return at + 1

    def _member(self, at: int, depth: int, names: Names) -> tuple[int, bool]:
        """Where the value at `at` ends, and whether it is dropped."""
        if depth > 1 and self._text[at] == "{":
            return self.walk(at, depth - 1, names), False
        value, end = _DECODER.raw_decode(self._text, at)
        new = self._change(names, value) if depth == 1 else KEPT
        if new is DROPPED:
            return end, True
        if new is not KEPT:
            self._replace(at, end, value, new)
        return end, False

    def _replace(self, at: int, end: int, old: Any, new: Any) -> None:
        if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
            self._spans.append((at, end, json.dumps(new)))
            return
        inner = _Pieces(self._text, lambda names, value: _member_of(new, names[0], value))
        inner.walk(at, 1, ())
        self._spans += inner._spans


def _member_of(new: Mapping[str, Any], name: str, value: Any) -> Any:
    return new[name] if name in new and new[name] != value else KEPT


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
