"""What a run says: means with confidence intervals, counts of what is missing, methods against each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BY_NAME
from sefd_viewer.evaluation.case_measures import SPLITS
from sefd_viewer.evaluation.metrics import HUMAN36M_EVALUATED, HUMAN36M_PARTS
from sefd_viewer.evaluation.mupots import MupotsScores, mupots_scores
from sefd_viewer.evaluation.runs.intervals import Mean, Units, mean_with_interval, units_of, without_nan
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
    "mpjpe_measured_mm": "mm",
    "pa_mpjpe_measured_mm": "mm",
    "limbs_mm": "mm",
    "surface_mm": "mm",
}
"""Numbers that are averaged, with their units."""

MATCHED_ONLY = ("pck3d", "auc3d")
"""Numbers that are also averaged over all true people: one who is not predicted counts as wrong (MuPoTS)."""

_JOINTS = tuple(HUMAN36M17.names[joint] for joint in HUMAN36M_EVALUATED)


@dataclass(frozen=True)
class MethodSummary:
    """The means of one method by metric; `joints` and `parts` are MPJPE in mm by name.

    `states` are MPJPE in mm by what a joint's state is (SPLITS), then by joint; nan where nobody has one.
    `people` counts those with ground truth or a 2D pose, `unpredicted` those of them without a prediction,
    `strangers` who is predicted where nobody is annotated. `resampled` says of what the intervals are.
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
    mupots: dict[str, MupotsScores] = field(default_factory=dict)
    strangers: int = 0
    resampled: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be measured of anybody."""
        matched = any(scores.matched_people for scores in self.mupots.values())
        return not matched and not any(self.metrics[metric].count for metric in METRICS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "method": self.method,
            "people": self.people,
            "unpredicted": self.unpredicted,
            "predicted_strangers": self.strangers,
            "intervals": f"95 %, resampling {self.resampled}",
            "metrics": {name: mean.to_dict() for name, mean in self.metrics.items()},
            "mpjpe_mm_by_joint": without_nan(self.joints),
            "mpjpe_mm_by_part": without_nan(self.parts),
            "mpjpe_mm_by_state_and_joint": {name: without_nan(one) for name, one in self.states.items()},
            "mpjpe_mm_by_hidden_share": [
                {"from": low, "to": high, **mean.to_dict()} for low, high, mean in self.by_hidden
            ],
            "average_precision": self.average_precision,
            "mupots_3dpck_150mm": {name: scores.to_dict() for name, scores in self.mupots.items()},
        }


def summarise(table: pl.DataFrame, *, precision: bool = True) -> list[MethodSummary]:
    """A summary for each method of a run's table, in the order of the table.

    `precision` is whether average precision is computed, too: about 0.3 ms a person and method.
    """
    import polars as pl

    names = table["method"].unique(maintain_order=True).to_list()
    units = units_of(table)
    rows = {name: table.filter(pl.col("method") == name) for name in names}
    return [_summary(name, own, units, precision=precision) for name, own in rows.items()]


def paired(
    table: pl.DataFrame, first: str, second: str, metric: str = "mpjpe_mm", *, units: Units | None = None
) -> Mean:
    """The mean of `first` minus `second` over the people whom both predict, with its interval.

    `units` are those of the table (`units_of`), which are found out if not given.
    """
    import polars as pl

    keys = ["position", "person"]
    rows = [table.filter(pl.col("method") == name) for name in (first, second)]
    one, other = (own.select(*keys, pl.col(metric)) for own in rows)
    both = one.join(other, on=keys, suffix="_other")
    differences = (both[metric] - both[f"{metric}_other"]).to_numpy()
    mean = mean_with_interval(differences, (units or units_of(table)).of(both))
    return replace(mean, floor=floor_of(rows[0], rows[1], metric))


def floor_of(rows: pl.DataFrame, others: pl.DataFrame, metric: str) -> float:
    """Up to what difference two methods' rows differ by their bodies alone; 0 for methods of one body."""
    kind = next((name for name in _FLOORS if metric.startswith(name)), None)
    bodies = [set(own["body"].drop_nulls()) for own in (rows, others)]
    if bodies[0] == bodies[1] or kind is None:
        return 0.0
    return max(_largest(own, f"floor_{kind}_mm") for own in (rows, others))


def _largest(rows: pl.DataFrame, column: str) -> float:
    return float(np.nanmax(np.append(rows[column].drop_nulls().to_numpy(), 0.0)))


def _summary(name: str, rows: pl.DataFrame, units: Units, *, precision: bool) -> MethodSummary:
    import polars as pl

    truth = pl.col("has_truth") | pl.col("joint_set").is_not_null() | pl.col("mupots").fill_null(value=False)
    people = rows.filter(truth & (pl.col("kind").fill_null("annotated") == "annotated"))
    predicted = pl.col("mpjpe_mm").is_not_null() | pl.col("reprojection_px").is_not_null()
    joints, own = _by_joint(people), units.of(people)
    return MethodSummary(
        method=name,
        people=people.height,
        unpredicted=people.filter(~predicted).height,
        metrics={
            metric: mean_with_interval(people[metric].to_numpy(), own).bounded(_most(metric))
            for metric in METRICS
        }
        | {f"{metric}_all": _over_all(people, metric, units) for metric in MATCHED_ONLY},
        joints=dict(zip(_JOINTS, joints, strict=True)),
        parts=_by_part(joints),
        states=_by_state(people),
        by_hidden=_by_hidden(people, own),
        average_precision=average_precision(rows) if precision else {},
        mupots=mupots_scores(people),
        strangers=rows.filter(pl.col("kind") == "stranger").height,
        resampled=units.words,
    )


def _over_all(people: pl.DataFrame, metric: str, units: Units) -> Mean:
    """The mean over everyone with ground truth; who is not predicted counts as wrong."""
    true = people.filter(people["has_truth"])
    return mean_with_interval(true[metric].fill_null(0.0).to_numpy(), units.of(true)).bounded(_most(metric))


def _most(metric: str) -> float:
    """What a number can be at most: reprojection may be any share of a box."""
    return 1.0 if METRICS[metric] == "share" and metric != "reprojection_share" else math.inf


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


def _by_hidden(people: pl.DataFrame, units: NDArray[np.int64]) -> tuple[tuple[float, float, Mean], ...]:
    hidden, errors = people["hidden"].to_numpy(), people["mpjpe_mm"].to_numpy()
    parts = []
    for low, high in pairwise(HIDDEN_LIMITS):
        inside = (hidden >= low) & ((hidden < high) if high < 1 else (hidden <= high))
        parts.append((low, high, mean_with_interval(errors[inside], units[inside]).bounded()))
    return tuple(parts)


def average_precision(rows: pl.DataFrame) -> dict[str, float]:
    """AP of a method's projected joints by object keypoint similarity, for the joint sets that define it.

    Of CrowdPose also that of its easy, medium and hard pictures, each alone.
    """
    from sefd_viewer.evaluation.runs.keypoint_precision import SIGMAS, crowd_levels, keypoint_precision

    found: dict[str, float] = {}
    for joint_set in SIGMAS:
        own = rows.filter(rows["joint_set"] == joint_set)
        if own["true_keypoints"].count():
            found |= {f"{joint_set} {name}": value for name, value in keypoint_precision(own).items()}
        for level, inside in crowd_levels(own).items():
            if inside["true_keypoints"].count():
                found[f"{joint_set} AP {level}"] = keypoint_precision(inside)["AP"]
    return found


def body_words(table: pl.DataFrame) -> list[str]:
    """What comparing different bodies costs by itself, in a sentence for each method that it concerns."""
    import polars as pl

    lines = []
    for name in table["method"].unique(maintain_order=True):
        other = pl.col("limbs_mm").is_not_null() | pl.col("floor_mpjpe_mm").is_not_null()
        rows = table.filter((pl.col("method") == name) & other)
        if rows.is_empty():
            continue
        if rows["floor_mpjpe_mm"].is_null().all():
            words = "that one cannot be laid over the other, and what that costs is not known"
        else:
            costs = {title: _largest(rows, f"floor_{metric}_mm") for metric, title in _FLOORS.items()}
            floors = ", ".join(f"{title} {cost:.1f} mm" for title, cost in costs.items() if cost)
            words = f"the same person measures {floors}; differences below that are none"
        bodies = ", ".join(rows["body"].drop_nulls().unique(maintain_order=True))
        lines.append(f"{name}: its bodies ({bodies}) are others than the true ones: {words}")
    return lines


_FLOORS = {"mpjpe": "MPJPE", "pa_mpjpe": "PA-MPJPE", "limbs": "joints of the limbs", "surface": "surface"}


def joint_words(table: pl.DataFrame) -> list[str]:
    """What makes the joints that errors are measured on, in sentences: numbers of others are not the same."""
    found = Counter(table["joints_from"].drop_nulls().to_list())
    if not found:
        return []
    lines = [f"Joints of MPJPE, PA-MPJPE and 3DPCK: {'; '.join(found)}"]
    if any(BY_NAME in words for words in found):
        lines.append(
            "Joints by name are not the 14 published ones: put J_regressor_h36m_correct.npy beside the SMPL "
            "files to compare with papers"
        )
    return lines
