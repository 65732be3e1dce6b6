"""One run against an earlier one of the same people: whether a method has become worse, and on whom most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.case_measures import SPLITS
from sefd_viewer.evaluation.runs.intervals import Mean, mean_with_interval, units_of
from sefd_viewer.evaluation.runs.methods import WantedCase
from sefd_viewer.evaluation.runs.store import RunStore
from sefd_viewer.evaluation.runs.summary import METRICS, floor_of

if TYPE_CHECKING:
    import polars as pl

HIDDEN = "mpjpe_hidden_mm"
"""MPJPE of the joints that other people or objects hide."""
_HIDING = [float(state) for name in ("other_person", "object") for state in SPLITS[name]]
_LARGER_IS_BETTER = frozenset({"pck3d", "auc3d", "pckh"})
_KEYS = ["record", "person"]


@dataclass(frozen=True)
class Gate:
    """What a comparison says: the mean change (run minus base) over people whom both have, with its interval.

    `worst` are the people who lost most; `alone` counts who is predicted in one of the runs only. A change
    counts from `margin` on. `resampled` says of what the interval is.
    """

    metric: str
    unit: str
    method: str
    base_method: str
    change: Mean
    alone: tuple[int, int]
    worst: tuple[WantedCase, ...]
    margin: float = 0.0
    resampled: str = ""

    @property
    def is_worse(self) -> bool:
        """Whether the whole 95 % interval lies on the worse side of the margin, and of what bodies cost."""
        margin = max(self.margin, self.change.floor)
        if self.metric in _LARGER_IS_BETTER:
            return self.change.high < -margin
        return self.change.low > margin

    @property
    def told(self) -> str:
        """The change with its interval, in words."""
        digits = ".1f" if self.unit in ("mm", "px") else ".3f"
        unit = "" if self.unit == "share" else f" {self.unit}"
        of = f", resampling {self.resampled}" if self.resampled else ""
        return (
            f"{self.metric}: {self.method} against {self.base_method}: {self.change.mean:+{digits}}{unit} "
            f"(95 %: {self.change.between(f'+{digits}')}{of}), {self.change.count} people"
        )

    @property
    def verdict(self) -> str:
        """Whether the method has become worse, in a sentence."""
        if self.is_worse:
            return "Worse beyond chance."
        larger = self.metric in _LARGER_IS_BETTER
        lost = -self.change.high if larger else self.change.low
        if self.change.floor >= lost > self.margin:
            return f"Worse, but by no more than different bodies cost ({self.change.floor:.1f} mm)."
        much = f"by more than {self.margin:g} " if self.margin else ""
        return f"Not worse {much}beyond chance."


def metric_named(words: str) -> str:
    """The column that a person means: `mpjpe_hidden`, `mpjpe`, `pa_mpjpe_mm` ...; SefdError names all."""
    known = [HIDDEN, *METRICS]
    for name in (words, f"{words}_mm", f"{words}_px"):
        if name in known:
            return name
    raise SefdError(f"{words!r} is not a metric", remedy=f"Known are {', '.join(known)}")


def gate(
    run: RunStore,
    base: RunStore,
    metric: str,
    *,
    method: str | None = None,
    base_method: str | None = None,
    margin: float = 0.0,
    cases: int = 10,
) -> Gate:
    """Compare a method of a run (its last) with one of an earlier run (of the same name, else its last).

    Raises SefdError for runs of different sets, methods that are not there, and where nobody can be compared,
    or so few that nothing can be said.
    """
    name = metric_named(metric)
    first = _method(run, method)
    second = _method(base, base_method or (first if first in base.plan.methods else None))
    if (run.plan.dataset, run.plan.format) != (base.plan.dataset, base.plan.format):
        words = f"this run is of {run.plan.dataset}, the base of {base.plan.dataset}"
        raise SefdError(words, where=run.folder, remedy="Compare runs over the same set")
    table, other = _values(run, first, name), _values(base, second, name)
    both = table.join(other.select(*_KEYS, "value"), on=_KEYS, suffix="_base")
    if both.is_empty():
        words = f"nobody has {name} in both runs"
        raise SefdError(
            words, where=run.folder, remedy="Evaluate the same photos of a set that has this truth"
        )
    change = (both["value"] - both["value_base"]).to_numpy()
    units = units_of(run.table())
    mean = mean_with_interval(change, units.of(both))
    if np.isnan(mean.low):
        words = f"{mean.count} people in {units.words} are too few to tell a change from chance"
        raise SefdError(words, where=run.folder, remedy="Evaluate more sequences or photos, in both runs")
    mean = replace(mean, floor=floor_of(table, other, name))
    unit = "mm" if name == HIDDEN else METRICS[name]
    worse = -change if name in _LARGER_IS_BETTER else change
    worst = tuple(_case(both, int(row), unit) for row in np.argsort(-worse)[:cases] if worse[row] > 0)
    alone = len(table) - len(both), len(other) - len(both)
    return Gate(name, unit, first, second, mean, alone, worst, margin, units.words)


def _method(store: RunStore, name: str | None) -> str:
    methods: Sequence[str] = list(store.plan.methods)
    if name is None:
        return methods[-1]
    if name not in methods:
        raise SefdError(
            f"the run has no method {name}", where=store.folder, remedy=f"It has {', '.join(methods)}"
        )
    return name


def _values(store: RunStore, method: str, metric: str) -> pl.DataFrame:
    """A row per annotated person whom the method predicts: position, keys and the metric as `value`."""
    import polars as pl

    rows = store.table().filter((pl.col("method") == method) & pl.col("person").is_not_null())
    if metric == HIDDEN:
        hidden = [_hidden(*row) for row in rows.select("joint_errors_mm", "joint_states").iter_rows()]
        rows = rows.with_columns(pl.Series("value", hidden, pl.Float64))
    else:
        rows = rows.with_columns(pl.col(metric).cast(pl.Float64).alias("value"))
    floors = [name for name in rows.columns if name.startswith("floor_")]
    return rows.select("position", *_KEYS, "value", "body", *floors).filter(pl.col("value").is_finite())


def _hidden(errors: list[float] | None, states: list[float] | None) -> float | None:
    """The mean error of the joints that somebody or something hides; None where none is hidden."""
    if not errors or not states or len(errors) != len(states):
        return None
    hidden = np.isin(states, _HIDING)
    return float(np.mean(np.asarray(errors)[hidden])) if hidden.any() else None


def _case(both: pl.DataFrame, row: int, unit: str) -> WantedCase:
    record, person, now, before = both.select(*_KEYS, "value", "value_base").row(row)
    digits = 1 if unit in ("mm", "px") else 3
    end = f" {unit}" if unit else ""
    words = f"{before:.{digits}f}{end} before, {now:.{digits}f}{end} now"
    return WantedCase(record, person, f"{record}, person {person}", words)
