"""What a run says: means with confidence intervals, counts of what is missing, methods against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.evaluation.case_measures import SPLITS
from sefd_viewer.evaluation.metrics import HUMAN36M_EVALUATED, HUMAN36M_PARTS
from sefd_viewer.geometry.joints import HUMAN36M17

if TYPE_CHECKING:
    import polars as pl

METRICS: dict[str, str] = {
    "mpjpe_mm": "mm",
    "pa_mpjpe_mm": "mm",
    "mpvpe_mm": "mm",
    "pck3d": "share",
    "auc3d": "share",
    **{f"{metric}_{name}_mm": "mm" for metric in ("mpjpe", "mpvpe") for name in SPLITS},
    "reprojection_px": "px",
    "reprojection_share": "share",
    "pckh": "share",
}
"""Numbers that are averaged, with their units."""

MATCHED_ONLY = ("pck3d", "auc3d")
"""Numbers that are also averaged over all true people: one who is not predicted counts as wrong (MuPoTS)."""

_JOINTS = tuple(HUMAN36M17.names[joint] for joint in HUMAN36M_EVALUATED)
RESAMPLES = 1000
LARGE = 2000
_NORMAL_95 = 1.96
_SEED = 20231006
_CHUNK = 64


def _without_nan(numbers: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if value != value else value for name, value in numbers.items()}


@dataclass(frozen=True)
class Mean:
    """A mean over `count` people with the 95 % interval of resampling; `missing` people have no number."""

    mean: float
    low: float
    high: float
    count: int
    missing: int

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain values for JSON; None for what is not a number."""
        return _without_nan(vars(self))


@dataclass(frozen=True)
class MethodSummary:
    """The means of one method by metric; `joints` and `parts` are MPJPE in mm by name.

    `states` are MPJPE in mm by what a joint's state is (SPLITS), then by joint; nan where nobody has one.
    `people` counts those with ground truth or a 2D pose, `unpredicted` those of them without a prediction.
    """

    method: str
    people: int
    unpredicted: int
    metrics: dict[str, Mean]
    joints: dict[str, float]
    parts: dict[str, float]
    states: dict[str, dict[str, float]]
    by_hidden: tuple[tuple[float, float, Mean], ...]
    average_precision: dict[str, float]

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be measured of anybody."""
        return not any(self.metrics[metric].count for metric in METRICS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "method": self.method,
            "people": self.people,
            "unpredicted": self.unpredicted,
            "metrics": {name: mean.to_dict() for name, mean in self.metrics.items()},
            "mpjpe_mm_by_joint": _without_nan(self.joints),
            "mpjpe_mm_by_part": _without_nan(self.parts),
            "mpjpe_mm_by_state_and_joint": {name: _without_nan(one) for name, one in self.states.items()},
            "mpjpe_mm_by_hidden_share": [
                {"from": low, "to": high, **mean.to_dict()} for low, high, mean in self.by_hidden
            ],
            "average_precision": self.average_precision,
        }


def summarise(table: pl.DataFrame, *, precision: bool = True) -> list[MethodSummary]:
    """A summary for each method of a run's table, in the order of the table.

    `precision` is whether average precision is computed, too: about 0.3 ms a person and method.
    """
    import polars as pl

    names = table["method"].unique(maintain_order=True).to_list()
    return [_summary(name, table.filter(pl.col("method") == name), precision=precision) for name in names]


def paired(table: pl.DataFrame, first: str, second: str, metric: str = "mpjpe_mm") -> Mean:
    """The mean of `first` minus `second` over the people whom both predict, with its interval."""
    import polars as pl

    keys = ["position", "person"]
    one, other = (
        table.filter(pl.col("method") == name).select(*keys, pl.col(metric)) for name in (first, second)
    )
    both = one.join(other, on=keys, suffix="_other")
    differences = (both[metric] - both[f"{metric}_other"]).to_numpy()
    return mean_with_interval(differences)


def mean_with_interval(values: NDArray[Any]) -> Mean:
    """The mean of the numbers among `values` and the middle 95 % of the means of resamples.

    From LARGE numbers on the means of resamples are normal, and their spread is computed instead.
    """
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    missing = len(numbers) - len(known)
    if not known.size:
        return Mean(float("nan"), float("nan"), float("nan"), 0, missing)
    if known.size >= LARGE:
        half = _NORMAL_95 * float(known.std()) / np.sqrt(known.size)
        middle = float(known.mean())
        return Mean(middle, middle - half, middle + half, int(known.size), int(missing))
    generator = np.random.default_rng(_SEED)
    means = np.concatenate(
        [
            known[generator.integers(0, known.size, (rows, known.size), dtype=np.int32)].mean(axis=1)
            for rows in _chunks(RESAMPLES)
        ]
    )
    low, high = np.percentile(means, (2.5, 97.5))
    return Mean(float(known.mean()), float(low), float(high), int(known.size), int(missing))


def _chunks(total: int) -> list[int]:
    return [min(_CHUNK, total - start) for start in range(0, total, _CHUNK)]


def _summary(name: str, rows: pl.DataFrame, *, precision: bool) -> MethodSummary:
    import polars as pl

    people = rows.filter(pl.col("has_truth") | pl.col("joint_set").is_not_null())
    predicted = pl.col("mpjpe_mm").is_not_null() | pl.col("reprojection_px").is_not_null()
    joints = _by_joint(people)
    return MethodSummary(
        method=name,
        people=people.height,
        unpredicted=people.filter(~predicted).height,
        metrics={metric: mean_with_interval(people[metric].to_numpy()) for metric in METRICS}
        | {f"{metric}_all": _over_all(people, metric) for metric in MATCHED_ONLY},
        joints=dict(zip(_JOINTS, joints, strict=True)),
        parts=_by_part(joints),
        states=_by_state(people),
        by_hidden=_by_hidden(people),
        average_precision=average_precision(people) if precision else {},
    )


def _over_all(people: pl.DataFrame, metric: str) -> Mean:
    """The mean over everyone with ground truth; who is not predicted counts as wrong."""
    return mean_with_interval(people.filter(people["has_truth"])[metric].fill_null(0.0).to_numpy())


def _by_joint(people: pl.DataFrame) -> list[float]:
    """Mean error of each of the 14 joints, nan without any."""
    lists = people["joint_errors_mm"].drop_nulls()
    if not len(lists):
        return [float("nan")] * len(HUMAN36M_EVALUATED)
    return [float(value) for value in np.nanmean(np.array(lists.to_list(), np.float64), axis=0)]


def _by_state(people: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Mean error of each of the 14 joints in each state."""
    known = people.select("joint_errors_mm", "joint_states").drop_nulls()
    errors, states = (np.array(one.to_list(), np.float64).reshape(-1, len(_JOINTS)) for one in known)
    means = {}
    for name, kinds in SPLITS.items():
        inside = np.isin(states, kinds)
        sums, counts = np.where(inside, errors, 0).sum(axis=0), inside.sum(axis=0)
        mean = np.divide(sums, counts, out=np.full(len(_JOINTS), np.nan), where=counts > 0)
        means[name] = dict(zip(_JOINTS, mean.tolist(), strict=True))
    return means


def _by_part(joints: Sequence[float]) -> dict[str, float]:
    place = {joint: k for k, joint in enumerate(HUMAN36M_EVALUATED)}
    return {
        part: float(np.mean([joints[place[joint]] for joint in members]))
        for part, members in HUMAN36M_PARTS.items()
    }


HIDDEN_LIMITS = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0)
"""Shares of a body that others hide, between which errors are averaged."""


def _by_hidden(people: pl.DataFrame) -> tuple[tuple[float, float, Mean], ...]:
    hidden, errors = people["hidden"].to_numpy(), people["mpjpe_mm"].to_numpy()
    parts = []
    for low, high in pairwise(HIDDEN_LIMITS):
        inside = (hidden >= low) & ((hidden < high) if high < 1 else (hidden <= high))
        parts.append((low, high, mean_with_interval(errors[inside])))
    return tuple(parts)


def average_precision(people: pl.DataFrame) -> dict[str, float]:
    """AP of the projected joints by object keypoint similarity, for the joint sets that define it."""
    from sefd_viewer.evaluation.runs.keypoint_precision import SIGMAS, keypoint_precision

    found: dict[str, float] = {}
    for joint_set in SIGMAS:
        rows = people.filter(people["joint_set"] == joint_set)
        if rows.height:
            found |= {f"{joint_set} {name}": value for name, value in keypoint_precision(rows).items()}
    return found
