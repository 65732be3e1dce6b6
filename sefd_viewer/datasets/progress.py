"""A long reading while it goes on: how far it is, what was looked at, and what is wrong, once per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sefd_viewer.datasets.inputs import Stamp, Stamps, stamp_of
from sefd_viewer.errors import SefdError, shown

Report = Callable[[str, int, int], None]
"""Called with what goes on, how much is done and how much there is in all (0: unknown)."""


class CancelledError(SefdError):
    """Somebody asked that the reading end."""


class Progress:
    """Counts what is done of a stage: tells `report`, and raises CancelledError once `cancelled` says so."""

    def __init__(self, report: Report | None = None, cancelled: Callable[[], bool] | None = None) -> None:
        self._report, self._cancelled = report, cancelled
        self._stage, self._done, self._total = "", 0, 0

    def begin(self, stage: str, total: int = 0) -> None:
        """A stage of `total` steps (bytes, pictures) begins."""
        self._stage, self._done, self._total = stage, 0, total
        self.advance(0)

    def advance(self, steps: int) -> None:
        """So many more steps are done. Raises CancelledError."""
        if self._cancelled is not None and self._cancelled():
            raise CancelledError("this was stopped", remedy="Start it again to finish it")
        self._done = min(self._done + steps, self._total)
        if self._report is not None:
            self._report(self._stage, self._done, self._total)


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


Faults = Mapping[int, Sequence[str]]


class PartReading:
    """Collects problems, and how the files were before they were read."""

    def __init__(self, progress: Progress) -> None:
        self.problems = Problems()
        self._progress = progress
        self._sources: dict[Path, Stamp] = {}
        self._probed: dict[Path, Stamp] = {}

    @property
    def sources(self) -> Stamps:
        """The annotation files that were read or missed, as they were before."""
        return Stamps(self._sources)

    @property
    def looked_at(self) -> Stamps:
        """All that would change what was read: the sources, and pictures and folders that were asked for."""
        return Stamps(self._probed | self._sources)

    def look_at(self, path: Path) -> None:
        """Note that an annotation file is about to be read, or missed."""
        self._sources.setdefault(path, stamp_of(path))

    def probe(self, path: Path) -> None:
        """Note that whether a picture or folder is there, and how it is, makes a difference."""
        self._probed.setdefault(path, stamp_of(path))

    def advance(self, steps: int) -> None:
        """So many bytes more are read. Raises CancelledError."""
        self._progress.advance(steps)

    def note(self, file: Path, faults: Faults, name: Callable[[int], str]) -> None:
        """Note every row's faults under the row's name."""
        for row, sentences in faults.items():
            for sentence in sentences:
                self.problems.add(file, sentence, name(row))
