"""Box sizes of a data set's people: their histogram, and who is in a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset

BINS_PER_OCTAVE = 2
LISTED = 200
"""More people of a part are counted but not listed."""


@dataclass(frozen=True)
class Sized:
    """A person of a record with the area of the box (px²)."""

    record: str
    person: str
    area: float


@dataclass(frozen=True, eq=False)
class BoxSizes:
    """Areas (N,) in px² in rising order, and whose they are; `counts` (B,) between `limits` (B+1,)."""

    areas: NDArray[np.float64]
    records: NDArray[np.object_]
    people: NDArray[np.object_]
    limits: NDArray[np.float64]
    counts: NDArray[np.int64]

    def between(self, low: float, high: float) -> tuple[Sized, ...]:
        """The first people whose area is from `low` to below `high`."""
        first, last = np.searchsorted(self.areas, (low, high))
        rows = range(int(first), min(int(last), int(first) + LISTED))
        return tuple(Sized(self.records[i], self.people[i], float(self.areas[i])) for i in rows)

    def count_between(self, low: float, high: float) -> int:
        """How many people have an area above `low` and up to `high`, as the dilation rule counts."""
        first, last = np.searchsorted(self.areas, (low, high), side="right")
        return int(last - first)


def box_sizes(dataset: Dataset) -> BoxSizes:
    """The sizes of everyone with a box; raises SefdError for a data set that cannot be read."""
    from sefd_viewer.datasets.index import people_table

    table = people_table(dataset).select("record", "person", "box_w", "box_h").drop_nulls()
    areas = table["box_w"].to_numpy().astype(np.float64) * table["box_h"].to_numpy()
    good = np.isfinite(areas) & (areas > 0)
    order = np.flatnonzero(good)[np.argsort(areas[good], kind="stable")]
    areas = areas[order]
    limits = _limits(areas)
    counts = np.histogram(areas, limits)[0] if areas.size else np.zeros(len(limits) - 1, np.int64)
    records, people = (table[name].to_numpy().astype(object)[order] for name in ("record", "person"))
    return BoxSizes(areas, records, people, limits, counts)


def _limits(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Powers of two and the steps between them, from the smallest to the largest area."""
    low, high = (16.0, 2.0**20) if not areas.size else (float(areas[0]), float(areas[-1]))
    first = np.floor(np.log2(low) * BINS_PER_OCTAVE)
    last = np.floor(np.log2(high) * BINS_PER_OCTAVE) + 1
    return np.asarray(2.0 ** (np.arange(first, last + 1) / BINS_PER_OCTAVE), np.float64)
