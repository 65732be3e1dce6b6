"""One annotation file while it is read: what is wrong with it, what was looked at, how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sefd_viewer.datasets.annotations.problems import Problems
from sefd_viewer.datasets.index.stamps import Stamp, Stamps, stamp_of
from sefd_viewer.datasets.progress import Progress

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
