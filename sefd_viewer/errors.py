"""The one kind of error that is meant for the person at the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Self

DAMAGED = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What reading a stranger's values raises: one is missing, of another kind, out of bounds, or too deep."""


class SefdError(Exception):
    """Something a person can mend: what went wrong, where, and what to do about it.

    `what` is a sentence without a full stop, `where` the file, record or value concerned,
    `remedy` the next step. `str(error)` joins all three into one line.
    """

    def __init__(self, what: str, *, where: str | Path | None = None, remedy: str | None = None) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        place = f"{shown(str(where))}: " if where is not None else ""
        advice = f". {remedy}" if remedy else ""
        super().__init__(f"{place}{what}{advice}")

    @classmethod
    def unreadable(cls, path: str | Path, error: OSError, what: str = "this") -> Self:
        """For a file that the system does not give."""
        remedy = "Check that the file is there and that you may read it"
        return cls(f"{what} cannot be read ({error.strerror})", where=path, remedy=remedy)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.where, self.remedy)


class ImageError(SefdError):
    """An image file that cannot be read or is not usable."""


class PoseFileError(SefdError):
    """A 2D pose file that cannot be read or holds something else."""


class DatasetError(SefdError):
    """A data set, folder or record that cannot be opened."""


class BodyError(SefdError):
    """A body model file that cannot be used, or parameters that belong to another body."""


class WeightsError(SefdError):
    """A weights file that is missing, broken or made for another network."""


def shown(name: str) -> str:
    """A file name fit for people and for UTF-8: bytes that are not UTF-8 as \\xNN."""
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a pair, which no file name has but JSON can write
        raw = name.encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "backslashreplace")


def _rebuild(kind: type[SefdError], what: str, where: str | Path | None, remedy: str | None) -> SefdError:
    return kind(what, where=where, remedy=remedy)
