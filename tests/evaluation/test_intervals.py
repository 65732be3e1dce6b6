"""Intervals: what hangs together is resampled together, and that is said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sefd_viewer.datasets.records import Record
from sefd_viewer.evaluation.runs.intervals import mean_with_interval, units_of
from sefd_viewer.evaluation.runs.rows import sequence_of
from sefd_viewer.evaluation.runs.store import schema
from sefd_viewer.evaluation.runs.summary import paired, summarise


def table(moments: dict[str | None, int], people: int = 2) -> pl.DataFrame:
    """A run's table with so many moments of each sequence."""
    places = [(name, moment) for name, count in moments.items() for moment in range(count)]
    rows = [
        {"position": position, "person": str(person), "method": "m", "sequence": name, "moment": 4 * moment}
        for position, (name, moment) in enumerate(places)
        for person in range(people)
    ]
    return pl.DataFrame(rows, schema=schema())


def test_intervals_cover_the_mean_and_leave_nan_out() -> None:
    values = np.random.default_rng(0).normal(50, 10, 400)
    mean = mean_with_interval(np.append(values, [np.nan, np.nan]))
    assert (mean.count, mean.missing) == (400, 2)
    assert mean.low < values.mean() < mean.high
    half = 1.96 * values.std() / 20
    assert (mean.mean - mean.low, mean.high - mean.mean) == pytest.approx((half, half), rel=0.06)
    assert mean_with_interval(np.array([np.nan])).count == 0


def test_intervals_of_many_numbers_are_those_of_resamples() -> None:
    values = np.random.default_rng(1).gamma(3, 20, 1999)
    few, many = mean_with_interval(values), mean_with_interval(np.append(values, values.mean()))
    assert (many.low, many.high) == pytest.approx((few.low, few.high), rel=0.01)


def test_intervals_of_many_units_of_unequal_size_are_those_of_resamples() -> None:
    """2,100 families of one to six, of which the larger ones have larger numbers."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 7, 2100)
    values = np.repeat(rng.normal(10, 3, 2100) * sizes, sizes)
    units = np.repeat(np.arange(2100), sizes)
    sums = np.bincount(units, values)
    chosen = rng.integers(0, 2100, (2000, 2100))
    low, high = np.percentile(sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1), (2.5, 97.5))
    found = mean_with_interval(values, units)
    assert (found.mean - found.low, found.high - found.mean) == pytest.approx(
        (values.mean() - low, high - values.mean()), rel=0.1
    )


def test_numbers_that_go_together_count_once() -> None:
    """Ten equal numbers in each of 30 units say as much as one: as wide as the interval of 30 means."""
    means = np.random.default_rng(2).normal(0, 1, 30)
    units = np.repeat(np.arange(30), 10)
    together = mean_with_interval(np.repeat(means, 10), units)
    assert together.mean == pytest.approx(means.mean())
    alone, apart = mean_with_interval(means), mean_with_interval(np.repeat(means, 10))
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high))
    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def test_intervals_of_few_units_hold_what_they_promise() -> None:
    """Of 400 samples of five units about 95 % cover the true mean; plain resampling would cover 83 %."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        mean = mean_with_interval(rng.normal(7, 2, 5))
        covered += mean.low <= 7 <= mean.high
    assert 0.91 <= covered / 400 <= 0.98


def test_too_few_units_have_no_interval() -> None:
    mean = mean_with_interval(np.arange(30.0), np.repeat([0, 1, 2], 10))
    assert mean.mean == 14.5
    assert np.isnan([mean.low, mean.high]).all()
    assert not mean.is_sure
    assert mean.to_dict()["low"] is None


@pytest.mark.parametrize(
    ("moments", "words", "units"),
    [
        ({"": 25}, "5 blocks of 5 consecutive moments of 1 sequence", 5),
        ({"a": 12, "b": 13}, "6 blocks of 5 consecutive moments of 2 sequences", 6),
        ({"": 300}, "10 blocks of 30 consecutive moments of 1 sequence", 10),
        ({"": 4}, "4 moments of 1 sequence", 4),
        ({f"TS{n}": 50 for n in range(20)}, "20 whole sequences", 20),
        ({None: 7}, "7 pictures", 7),
    ],
)
def test_what_is_resampled_is_said(moments: dict[str | None, int], words: str, units: int) -> None:
    rows = table(moments)
    found = units_of(rows)
    assert found.words == words
    assert len(np.unique(found.of(rows))) == units


def test_a_difference_that_drifts_is_no_certainty() -> None:
    """Person by person the difference is sure; the drift over one sequence makes it chance."""
    rows = table({"": 25}, people=4)
    drift = np.repeat(np.sin(np.arange(25) / 4) + 0.35, 4) + np.random.default_rng(3).normal(0, 0.1, 100)
    both = pl.concat(
        [
            rows.with_columns(method=pl.lit(name), mpjpe_mm=pl.Series(values, dtype=pl.Float32))
            for name, values in (("one", 50 + drift), ("other", np.full(100, 50.0)))
        ]
    )
    assert mean_with_interval(drift).is_sure
    assert not paired(both, "one", "other").is_sure


@pytest.mark.parametrize(
    ("format", "key", "moment", "expected"),
    [
        ("human36m", "a.jpg", "s_09_act_02_subact_01_000320", ("s_09_act_02_subact_01", 320)),
        ("capture", "cam01/000012.jpg", "000012", ("", 12)),
        ("mupots", "TS3/img_000007.jpg", None, ("TS3", 41)),
        ("3dpw", "downtown_bar_00/image_00003.jpg", None, ("downtown_bar_00", 41)),
        ("mscoco", "val2017/000000000785.jpg", None, (None, 41)),
    ],
)
def test_records_know_their_sequence(
    format: str, key: str, moment: str | None, expected: tuple[str | None, int]
) -> None:
    assert sequence_of(Record(key, key, moment=moment), 41, format) == expected


def test_what_is_never_below_zero_nor_above_one_has_no_interval_there() -> None:
    found = mean_with_interval([1.0, 1.0, 0.9, 0.2, 1.0])
    assert found.high > 1  # few units widen it
    assert (found.bounded(1.0).low, found.bounded(1.0).high) == (found.low, 1.0)
    assert mean_with_interval([0.0, 0.0, 0.1, 5.0]).bounded().low == 0.0


def test_means_by_hidden_share_and_part_of_the_body_are_those_of_a_plain_count() -> None:
    """A share at a limit belongs to the range above it, who is hidden whole to the last."""
    hidden = [0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]
    errors = [1.0, 2, 4, 8, 16, 32, 64, 128]
    joints = [[*range(10, 16), 100, 200, *range(30, 36)], [*range(20, 26), 300, 400, *range(40, 46)]]
    rows = table({None: 8}, people=1).with_columns(
        has_truth=pl.lit(value=True),
        hidden=pl.Series(hidden, dtype=schema()["hidden"]),
        mpjpe_mm=pl.Series(errors, dtype=schema()["mpjpe_mm"]),
        joint_errors_mm=pl.Series([*joints, *[None] * 6], dtype=schema()["joint_errors_mm"]),
    )
    (summary,) = summarise(rows, precision=False)
    found = [(low, high, mean.count, mean.mean) for low, high, mean in summary.by_hidden]
    assert found == [
        (0.0, 0.1, 2, 1.5),
        (0.1, 0.3, 1, 4.0),
        (0.3, 0.5, 1, 8.0),
        (0.5, 0.7, 1, 16.0),
        (0.7, 1.0, 3, pytest.approx(224 / 3)),
    ]
    assert summary.parts == pytest.approx({"legs": 17.5, "trunk and head": 250.0, "arms": 37.5})
