"""Records that count how often they are built."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sefd_viewer.datasets.lazy_sequence import Instant, LazySequence
from sefd_viewer.datasets.records import Dataset, Record
from tests.app.session_fakes import record


class CountedPart:
    """`count` records in one part; `built` holds the positions that were asked for."""

    def __init__(self, count: int) -> None:
        self.keys = [f"scene/{number:06d}" for number in range(count)]
        self.built: list[int] = []

    def build(self, position: int) -> Record:
        self.built.append(position)
        return record(self.keys[position], people=0)

    def find(self, key: str) -> int | None:
        return self.keys.index(key) if key in self.keys else None

    def instant(self, _position: int) -> Instant:
        return None, None

    def image_path(self, _position: int) -> Path | None:
        return None

    def siblings(self, position: int) -> Sequence[int]:
        return [position]


def long_dataset(count: int) -> tuple[Dataset, CountedPart]:
    """A data set of `count` lazy records, and the part that builds them."""
    part = CountedPart(count)
    return Dataset("long", None, "test", LazySequence([part]), first=3), part
