"""A part of a data set as it was read, or as the index kept it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.problems import Problems
from sefd_viewer.datasets.index.key_places import KeyPlaces
from sefd_viewer.datasets.index.stamps import Stamps


@dataclass(frozen=True, eq=False)
class ReadPart:
    """What a file says; `problems` are sentences about it and those beside it.

    `sources` are the files that said it, `looked_at` all on which it depends, as they were before. `places`
    finds keys; `index` is the folder of the index, where there is one.
    """

    rows: PartRows
    problems: tuple[str, ...]
    sources: Stamps
    looked_at: Stamps
    places: KeyPlaces
    index: Path | None = None


def fresh_part(rows: PartRows, sources: Stamps, looked_at: Stamps, problems: Problems) -> ReadPart:
    """A part that was just read; that a file changed meanwhile is one of its problems."""
    for file in sources.changed_files():
        problems.add(file, "this changed while it was read. Open the data set again")
    return ReadPart(rows, problems.sentences(), sources, looked_at, KeyPlaces(rows.pictures.keys))
