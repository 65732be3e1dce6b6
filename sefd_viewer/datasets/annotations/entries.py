"""Entries of a list in a JSON file as columns: numbers packed, and only the keys that are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import prod

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Column, joined, numbers, packed

Segment = list[object] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Entries:
    """N entries: `rows` (N,) of the cells in `segments` by key; `positions` (N,) in the file's list."""

    segments: Mapping[str, Sequence[Segment]]
    rows: NDArray[np.int64]
    positions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self, key: str) -> list[object]:
        """What each entry has under a key, None where it has nothing."""
        cells = list(chain.from_iterable(_as_list(segment) for segment in self.segments[key]))
        return [cells[row] for row in self.rows.tolist()]

    def integers(self, key: str) -> NDArray[np.int64] | None:
        """What each entry has under a key (N,), if these are whole numbers without exception."""
        segments = self.segments[key]
        if not all(isinstance(one, np.ndarray) and one.dtype == np.int64 for one in segments if len(one)):
            return None
        whole = [one for one in segments if isinstance(one, np.ndarray)]
        return np.concatenate([np.zeros(0, dtype=np.int64), *whole])[self.rows]

    def numbers(self, key: str, shape: tuple[int, ...], *, required: bool = True) -> Column:
        """The numbers of `shape` under a key, and what is wrong with which entry."""
        parts = [numbers(cells, key, shape, required=required) for cells in self.segments[key]]
        return joined(parts, shape).taken(self.rows)

    def usual_length(self, key: str) -> int:
        """How many numbers most entries have in their lists under a key; 0 where there are no lists."""
        lengths: Counter[int] = Counter()
        for cells in self.segments[key]:
            if isinstance(cells, np.ndarray):
                lengths[prod(cells.shape[1:])] += len(cells)
            else:
                lengths.update(cell.size for cell in cells if isinstance(cell, np.ndarray))
        return lengths.most_common(1)[0][0] if lengths else 0

    def flags(self, key: str) -> NDArray[np.bool_]:
        """Where a key holds a true value (N,)."""
        held = (cell.any() if isinstance(cell, np.ndarray) else cell for cell in self.cells(key))
        return np.array([bool(cell) for cell in held], dtype=bool)

    def take(self, rows: NDArray[np.int64]) -> Entries:
        """Some of the entries, in another order."""
        return replace(self, rows=self.rows[rows], positions=self.positions[rows])


class EntryCollector:
    """Takes entries batch by batch; `odd` are the places in the list of what holds no named values."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._segments: dict[str, list[Segment]] = {key: [] for key in keys}
        self._count = 0
        self.odd: list[int] = []

    def add(self, batch: Iterable[object]) -> None:
        """Take the wanted keys of some entries."""
        listed = list(batch)
        sound = [entry for entry in listed if isinstance(entry, dict)]
        if len(sound) < len(listed):
            self.odd += [self._count + i for i, entry in enumerate(listed) if not isinstance(entry, dict)]
        self._count += len(listed)
        for key, segments in self._segments.items():
            segments.append(packed([entry.get(key) for entry in sound]))

    def entries(self) -> Entries:
        """All that was taken."""
        positions = np.delete(np.arange(self._count), self.odd)
        return Entries(self._segments, np.arange(len(positions)), positions)


def _as_list(segment: Segment) -> Sequence[object]:
    if isinstance(segment, list):
        return segment
    scalars: list[object] = segment.tolist() if segment.ndim == 1 else list(segment)
    return scalars
