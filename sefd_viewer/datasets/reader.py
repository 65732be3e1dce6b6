"""What every reader of a data set format offers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sefd_viewer.datasets.records import Dataset


class Reader(Protocol):
    """One format: its `name`, whether a path looks like it, and opening it.

    `recognises` only looks (names, the first bytes), `open` raises DatasetError when it cannot go on. What is
    wrong with single records goes into the data set's or the record's problems.
    """

    @property
    def name(self) -> str:
        """The word for the format, for example `capture`."""

    def recognises(self, path: Path) -> bool:
        """Whether this reader is the right one for an existing file or folder."""

    def open(self, path: Path) -> Dataset:
        """Read what is needed to list the records; pictures are read later."""
