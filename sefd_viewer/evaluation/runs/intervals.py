"""Means with 95 % intervals: what hangs together is resampled together.

Frames of a sequence look alike, and so do their errors: resampling people one by one makes intervals too
narrow, and chance look like a difference. So whole sequences are resampled; where there are too few of them,
blocks of consecutive moments; where photos stand on their own, photos with everybody in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

RESAMPLES = 1000
LARGE = 2000
"""Units from which on the spread of the mean is computed instead of resampled."""

FEW_SEQUENCES = 8
"""With fewer sequences blocks of them are resampled."""

FEWEST_UNITS = 4
"""With fewer units there is no interval."""

_USUAL_BLOCK, _FEWEST_BLOCKS, _MANY_BLOCKS = 5, 5, 10
_NORMAL_95 = 1.96
_SEED = 20231006
_CHUNK = 64


@dataclass(frozen=True)
class Mean:
    """A mean over `count` people with the 95 % interval of resampling; `missing` people have no number.

    Of too few units nothing can be resampled: the interval is nan. A difference between -`floor` and `floor`
    is none: the measure itself is not better than that.
    """

    mean: float
    low: float
    high: float
    count: int
    missing: int
    floor: float = 0.0

    def between(self, form: str = ".1f") -> str:
        """The interval in words, numbers in this form."""
        if math.isnan(self.low):
            return "too few for an interval"
        return f"{self.low:{form}} to {self.high:{form}}"

    def bounded(self, most: float = math.inf) -> Mean:
        """The same of numbers that are never below 0 nor above `most`: nor is then their mean."""
        return replace(self, low=max(self.low, 0.0), high=min(self.high, most)) if self.count else self

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves zero out, and all that is no difference."""
        return self.low > self.floor or self.high < -self.floor

    @property
    def in_words(self) -> str:
        """Whether this difference is one, as a part of a sentence."""
        if self.is_sure:
            return "which is not chance"
        if self.low > 0 or self.high < 0:
            return f"no more than different bodies cost ({self.floor:.1f}): no difference"
        return "which may be chance"

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain values for JSON; None for what is not a number."""
        return without_nan(vars(self))


def without_nan(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """The numbers with None for what is none."""
    return {name: None if value != value else value for name, value in numbers.items()}


@dataclass(frozen=True)
class Units:
    """What is resampled together: the number of each record's unit by position, and all that in words."""

    by_position: Mapping[int, int]
    words: str

    def of(self, rows: pl.DataFrame) -> NDArray[np.int64]:
        """The unit (N,) of each row of a run's table."""
        return np.array([self.by_position[position] for position in rows["position"]], np.int64)


def units_of(table: pl.DataFrame) -> Units:
    """How the records of a run's table hang together; the words count those with somebody annotated."""
    records = table.select("position", "sequence", "moment").unique("position", keep="first").sort("position")
    sequences: dict[str, set[int]] = {}
    for sequence, moment in records.select("sequence", "moment").iter_rows():
        if sequence is not None:
            sequences.setdefault(sequence, set()).add(moment)
    length = _block_length(sequences) if sequences else 1
    blocks = {name: {m: i // length for i, m in enumerate(sorted(ms))} for name, ms in sequences.items()}
    numbers: dict[tuple[str | None, int], int] = {}
    places = {}
    for position, sequence, moment in records.iter_rows():
        key = (None, position) if sequence is None else (sequence, blocks[sequence][moment])
        places[position] = numbers.setdefault(key, len(numbers))
    known = table.filter(
        table["person"].is_not_null() & (table["kind"].fill_null("annotated") == "annotated")
    )
    used = {places[position] for position in known["position"].unique()}
    alone = sum(sequence is None for (sequence, _), number in numbers.items() if number in used)
    return Units(places, _words(len(used) - alone, alone, length, len(sequences)))


def _block_length(sequences: Mapping[str, set[int]]) -> int:
    """Consecutive moments of a block: all of them where there are sequences enough, else five.

    Short sequences give five blocks all the same, long ones no more than ten.
    """
    longest, total = max(map(len, sequences.values())), sum(map(len, sequences.values()))
    if len(sequences) >= FEW_SEQUENCES:
        return longest
    return max(1, min(_USUAL_BLOCK, total // _FEWEST_BLOCKS), math.ceil(total / _MANY_BLOCKS))


def _words(units: int, alone: int, length: int, sequences: int) -> str:
    parts = []
    if sequences >= FEW_SEQUENCES:
        parts.append(f"{units} whole sequences")
    elif units:
        whose = "1 sequence" if sequences == 1 else f"{sequences} sequences"
        what = f"blocks of {length} consecutive moments" if length > 1 else "moments"
        parts.append(f"{units} {what} of {whose}")
    if alone or not parts:
        parts.append(f"{alone} pictures")
    return " and ".join(parts)


def mean_with_interval(
    values: Sequence[float] | NDArray[Any], units: NDArray[np.int64] | None = None
) -> Mean:
    """The mean of the numbers among `values` (N,), and the middle 95 % of those of resampled `units` (N,).

    Without units every value is its own. Resamples of few units vary too little: the interval is widened as
    Student's t is wider than the normal distribution. From LARGE units on the means of resamples are normal,
    and their spread is computed instead.
    """
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    count = int(known.sum())
    if not count:
        return Mean(math.nan, math.nan, math.nan, 0, len(numbers))
    owners = np.arange(len(numbers)) if units is None else units
    _, places = np.unique(owners[known], return_inverse=True)
    sums = np.asarray(np.bincount(places, numbers[known]), np.float64)
    sizes = np.asarray(np.bincount(places), np.float64)
    mean = float(sums.sum() / sizes.sum())
    low, high = _interval(sums, sizes, mean)
    return Mean(mean, low, high, count, len(numbers) - count)


def _interval(sums: NDArray[np.float64], sizes: NDArray[np.float64], mean: float) -> tuple[float, float]:
    """The interval of the mean of units with these sums and numbers of people."""
    units = len(sums)
    if units < FEWEST_UNITS:
        return math.nan, math.nan
    if units >= LARGE:
        half = _NORMAL_95 * float(np.sqrt(((sums - mean * sizes) ** 2).sum()) / sizes.sum())
        return mean - half, mean + half
    generator = np.random.default_rng(_SEED)
    means = []
    for rows in _chunks(RESAMPLES):
        chosen = generator.integers(0, units, (rows, units), dtype=np.int32)
        means.append(sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1))
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    wider = _few_units(units)
    return mean - (mean - float(low)) * wider, mean + (float(high) - mean) * wider


def _few_units(units: int) -> float:
    """How much wider the interval of so few resampled units must be."""
    from scipy.special import stdtrit

    return float(stdtrit(units - 1, 0.975)) / _NORMAL_95 * math.sqrt(units / (units - 1))


def _chunks(total: int) -> list[int]:
    return [min(_CHUNK, total - start) for start in range(0, total, _CHUNK)]
