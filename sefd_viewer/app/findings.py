"""What detectors measured, row by row, and what is a finding at the thresholds in use: quick, for sliders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.slices import Whole

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.checks import Detector, Measurements

BINS = 48
NOTHING = -1


@dataclass(frozen=True, eq=False)
class Values:
    """One detector's numbers: `rows` (M,) of the table and `values` (M,) in its unit, in any order."""

    rows: NDArray[np.int32]
    values: NDArray[np.float32]


class Measured(Whole):
    """The numbers of all detectors, by detector; `looked` counts the records that were looked at."""

    def __init__(self, values: Mapping[str, Values], *, looked: int = 0) -> None:
        self.values, self.looked = values, looked


@dataclass(frozen=True, eq=False)
class DetectorFrame:
    """One detector as the panel shows it.

    `bars` (BINS,) count the measured values between `low` and `high`, outer ones at the ends; `measured` is
    how many values there are, `found` how many of them are findings.
    """

    id: str
    title: str
    description: str
    unit: str
    low: float
    high: float
    threshold: float
    default: float
    above: bool
    on: bool
    bars: NDArray[np.int64] | None = None
    measured: int = 0
    found: int = 0


@dataclass(frozen=True)
class Limits:
    """The thresholds in use: `moved` by hand, by detector; `off` are not asked."""

    moved: Mapping[str, float] = field(default_factory=dict)
    off: frozenset[str] = frozenset()

    def of(self, detector: Detector) -> float:
        """The threshold of a detector."""
        return self.moved.get(detector.id, detector.threshold)


class FindingColumns(Whole):
    """One row for each of the table.

    `found` (N,) uint64 has bit i set where detector i found something; `counts` (N,) uint8 how many did;
    `worst` (N,) int8 the detector furthest beyond its threshold, NOTHING for none; `excess` (N,) float32 how
    far, in parts of that detector's range.
    """

    def __init__(
        self,
        detectors: Sequence[DetectorFrame],
        found: NDArray[np.uint64],
        worst: NDArray[np.int8],
        excess: NDArray[np.float32],
    ) -> None:
        import numpy as np

        self.detectors = tuple(detectors)
        self.found, self.worst, self.excess = found, worst, excess
        self.counts: NDArray[np.uint8] = np.bitwise_count(found).astype(np.uint8)

    @classmethod
    def empty(cls, total: int) -> FindingColumns:
        """Nothing was measured."""
        import numpy as np

        none = np.full(total, NOTHING, np.int8)
        return cls((), np.zeros(total, np.uint64), none, np.zeros(total, np.float32))

    @cached_property
    def flagged(self) -> int:
        """How many rows have a finding."""
        import numpy as np

        return int(np.count_nonzero(self.found))

    def matching(self, words: Sequence[str]) -> list[int]:
        """The detectors whose id or title holds one of the words."""
        return [
            index
            for index, detector in enumerate(self.detectors)
            if any(word in f"{detector.id} {detector.title}".lower() for word in words)
        ]

    def series(self) -> list[pl.Series]:
        """Columns for filter and sort; "worst" sorts the gravest last."""
        import polars as pl

        excess = pl.Series("worst", self.excess).set(pl.Series(self.found == 0), None)
        return [pl.Series("found", self.found), pl.Series("findings", self.counts), excess]


def find(
    total: int, detectors: Sequence[Detector], measured: Measured | None, limits: Limits
) -> FindingColumns:
    """Compare everything that was measured with the thresholds."""
    import numpy as np

    found = np.zeros(total, np.uint64)
    worst = np.full(total, NOTHING, np.int8)
    excess = np.zeros(total, np.float32)
    frames = []
    for index, detector in enumerate(detectors):
        values = measured.values.get(detector.id) if measured is not None else None
        frames.append(_frame(detector, values, limits))
        if values is None or detector.id in limits.off:
            continue
        beyond = _beyond(detector, values.values, limits.of(detector))
        rows, by = values.rows[beyond > 0], beyond[beyond > 0]
        found[rows] |= np.uint64(1) << np.uint64(index)
        graver = by > excess[rows]
        np.maximum.at(excess, rows, by)
        worst[rows[graver]] = index
    return FindingColumns(frames, found, worst, excess)


def _beyond(detector: Any, values: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """How far values (M,) lie beyond a threshold in parts of the range; 0 or less is no finding."""
    import numpy as np

    low, high = detector.range
    step = max(high - low, 1e-9)
    sign = 1.0 if detector.direction == "above" else -1.0
    far = np.nan_to_num(sign * (values - threshold) / step, nan=0.0, posinf=1e6, neginf=-1e6)
    return np.asarray(far, np.float32)


def _frame(detector: Detector, values: Values | None, limits: Limits) -> DetectorFrame:
    import numpy as np

    low, high = detector.range
    threshold = limits.of(detector)
    bars, found = None, 0
    if values is not None and len(values.values):
        inside = np.clip(np.nan_to_num(values.values, nan=low), low, high)
        bars = np.histogram(inside, BINS, (low, high))[0]
        found = int(np.count_nonzero(_beyond(detector, values.values, threshold) > 0))
    return DetectorFrame(
        detector.id,
        detector.title,
        detector.description,
        detector.unit,
        low,
        high,
        threshold,
        detector.threshold,
        detector.direction == "above",
        detector.id not in limits.off,
        bars,
        0 if values is None else len(values.values),
        found,
    )


def by_row(measurements: Measurements, people: pl.DataFrame) -> Measured:
    """Each detector's values with the rows of people (position, person) that they are about.

    What was measured about a whole record is about each of its people.
    """
    import numpy as np
    import polars as pl

    cases = people.select(
        pl.col("position").cast(pl.Int32),
        pl.col("person").cast(pl.String),
        pl.Series("row", np.arange(people.height, dtype=np.int32)),
    )
    numbers = pl.DataFrame(
        {"position": measurements.position, "code": measurements.code, "value": measurements.value}
    ).with_columns(pl.Series("person", measurements.person.tolist(), dtype=pl.String))
    of_people = numbers.filter(pl.col("person").is_not_null()).join(cases, on=["position", "person"])
    of_records = numbers.filter(pl.col("person").is_null()).drop("person").join(cases, on="position")
    names = ["code", "row", "value"]
    joined = pl.concat([of_people.select(names), of_records.select(names)])
    values = {}
    for code, detector in enumerate(measurements.detectors):
        own = joined.filter(pl.col("code") == code)
        if own.height:
            values[detector.id] = Values(own["row"].to_numpy(), own["value"].to_numpy())
    return Measured(values, looked=measurements.scanned)
