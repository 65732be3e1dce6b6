"""What is wrong with a data set's files, told once per kind and not once per annotation."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.errors import shown

_NAMED = 3


class Hint(str):
    """A problem that takes nothing away that was asked for: it is told, and is no failure."""


class Problems:
    """Collects sentences about files; the same sentence about many records becomes one that names some."""

    def __init__(self) -> None:
        self._records: dict[tuple[Path, str], list[str]] = {}
        self._whole: list[str] = []

    def add(self, file: Path, what: str, record: str | None = None) -> None:
        """Note what is wrong in a file, and with which of its records."""
        if record is None:
            self._whole.append(f"{shown(str(file))}: {what}")
        else:
            self._records.setdefault((file, what), []).append(record)

    def add_sentence(self, sentence: str) -> None:
        """Note a whole sentence."""
        self._whole.append(sentence)

    def sentences(self) -> tuple[str, ...]:
        """Everything noted, about whole files first."""
        about_records = (
            f"{shown(str(file))}: {what}: {_some(records)}" for (file, what), records in self._records.items()
        )
        return tuple(dict.fromkeys((*self._whole, *about_records)))


def _some(records: list[str]) -> str:
    more = len(records) - _NAMED
    return ", ".join(records[:_NAMED]) + (f" and {more} more" if more > 0 else "")
