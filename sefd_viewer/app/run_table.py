"""The table of a run: one row for each person, the numbers of every method side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, count
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.methods import title_of
from sefd_viewer.app.slices import Whole

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.evaluation.runs.intervals import Mean, Units
    from sefd_viewer.evaluation.runs.summary import MethodSummary
    from sefd_viewer.judgements.tags import Case

PER_METHOD: dict[str, tuple[str, str]] = {
    "mpjpe_mm": ("MPJPE", "mm"),
    "pa_mpjpe_mm": ("PA-MPJPE", "mm"),
    "mpvpe_mm": ("MPVPE", "mm"),
    "pck3d": ("3DPCK", ""),
    "mpjpe_visible_mm": ("MPJPE visible", "mm"),
    "mpjpe_self_occluded_mm": ("MPJPE hidden by own body", "mm"),
    "mpjpe_other_person_mm": ("MPJPE hidden by others", "mm"),
    "mpjpe_object_mm": ("MPJPE hidden by an object", "mm"),
    "mpjpe_outside_mm": ("MPJPE outside", "mm"),
    "reprojection_px": ("2D error", "px"),
    "pckh": ("PCKh@0.6", ""),
}
"""The numbers of a method that get a column: title and unit."""

COMMON: dict[str, tuple[str, str]] = {"hidden": ("Hidden", ""), "box_area": ("Box", "px²")}
MOST_JUDGED = 20_000
"""Rows of a run beyond which average precision is left to `sefd-viewer evaluate`: it would take a minute."""
_KEYS = ("position", "record", "person")
_KIND = {name: "mpjpe_mm" for name in PER_METHOD if name.startswith("mpjpe_")}
"""Whose floor holds for the errors of some of the joints."""


@dataclass(frozen=True)
class RunColumn:
    """A column of numbers: `id` is written in the filter; `method` None belongs to the person."""

    id: str
    title: str
    unit: str
    method: str | None = None


class RunTable(Whole):
    """Everything a run has measured so far.

    `frame` has a row per person (record, person, position, problem, has_truth and the columns); `columns` are
    its numbers, without those that nobody has; `summaries` and `differences` compare the methods.
    `joint_errors_mm` (N,14) are each method's errors of `evaluation.metrics.EVALUATED_NAMES` by row,
    nan where there are none;
    `joints_from` says in sentences what makes those joints; `units` are resampled together for intervals.
    `floors` says by metric up to how much two methods, in their order, differ by their bodies alone.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        columns: tuple[RunColumn, ...],
        methods: tuple[str, ...],
        summaries: tuple[MethodSummary, ...],
        differences: tuple[tuple[str, str, Mean], ...],
        joint_errors_mm: Mapping[str, NDArray[np.float32]],
        joints_from: tuple[str, ...],
        units: Units | None = None,
        floors: Mapping[tuple[str, str, str], float] | None = None,
    ) -> None:
        self.floors = floors or {}
        self.frame, self.columns, self.methods = frame, columns, methods
        self.summaries, self.differences = summaries, differences
        self.units = units
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self.joint_errors_mm, self.joints_from = joint_errors_mm, joints_from

    def __len__(self) -> int:
        return self.frame.height

    def column(self, id: str) -> RunColumn | None:
        """What is known about a column, None for one that is not there."""
        return next((column for column in self.columns if column.id == id), None)

    def numbers(self, id: str) -> NDArray[np.float64]:
        """A column (N,), nan where there is no number; do not change it."""
        import numpy as np
        import polars as pl

        if id not in self._numbers:
            self._numbers[id] = self.frame[id].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return self._numbers[id]

    def floor(self, method: str, other: str, metric: str = "mpjpe_mm") -> float:
        """Up to what difference two methods differ by their bodies alone; 0 for those of one body."""
        first, second = sorted((method, other), key=self.methods.index)
        return self.floors.get((first, second, _KIND.get(metric, metric)), 0.0)

    def case(self, row: int) -> tuple[str, str | None]:
        """Record and person of a row."""
        record, person = self.frame["record"][row], self.frame["person"][row]
        return str(record), None if person is None else str(person)

    def cases(self, rows: NDArray[np.int32]) -> list[Case]:
        """Record and person of several rows."""
        part = self.frame.select("record", "person")[rows]
        return list(zip(part["record"], part["person"], strict=True))


def load_table(folder: Path) -> RunTable:
    """Read a run; raises SefdError when there is none."""
    from sefd_viewer.evaluation.runs.intervals import units_of
    from sefd_viewer.evaluation.runs.store import open_run
    from sefd_viewer.evaluation.runs.summary import body_words, floor_of, joint_words, paired, summarise

    long = open_run(folder).table()
    methods = tuple(long["method"].unique(maintain_order=True).to_list())
    frame, columns = _wide(long.filter(long["kind"].fill_null("") != "left out"), methods)
    units = units_of(long)
    differences = tuple((a, b, paired(long, a, b, units=units)) for a, b in combinations(methods, 2))
    joints = {method: _joint_errors(long, frame, method) for method in methods}
    summaries = tuple(summarise(long, precision=long.height <= MOST_JUDGED))
    words = (*joint_words(long), *body_words(long))
    rows = {method: long.filter(long["method"] == method) for method in methods}
    floors = {
        (a, b, metric): floor
        for a, b in combinations(methods, 2)
        for metric in ("mpjpe_mm", "pa_mpjpe_mm")
        if (floor := floor_of(rows[a], rows[b], metric))
    }
    return RunTable(frame, columns, methods, summaries, differences, joints, words, units, floors)


def _joint_errors(long: pl.DataFrame, frame: pl.DataFrame, method: str) -> NDArray[np.float32]:
    """A method's errors of the joints (N,14), mm, in the order of the frame's rows."""
    import numpy as np

    from sefd_viewer.evaluation.metrics import EVALUATED_NAMES

    own = long.filter(long["method"] == method).select(*_KEYS, "joint_errors_mm")
    keys = frame.select(*_KEYS)
    lists = keys.join(own, on=list(_KEYS), how="left", nulls_equal=True, maintain_order="left")[
        "joint_errors_mm"
    ]
    errors = np.full((len(lists), len(EVALUATED_NAMES)), np.nan, np.float32)
    if lists.null_count() < len(lists):
        errors[lists.is_not_null().to_numpy()] = (
            lists.drop_nulls().explode().to_numpy().reshape(-1, len(EVALUATED_NAMES))
        )
    return errors


def _wide(long: pl.DataFrame, methods: tuple[str, ...]) -> tuple[pl.DataFrame, tuple[RunColumn, ...]]:
    import polars as pl

    shared = long.group_by(*_KEYS, maintain_order=True).agg(
        *(pl.col(name).max() for name in COMMON),
        pl.col("problem").drop_nulls().first(),
        pl.col("has_truth").max(),
    )
    columns = [RunColumn(name, title, unit) for name, (title, unit) in COMMON.items()]
    plain = column_names(methods)
    for method in methods:
        names = {metric: f"{plain[method]}_{metric}" for metric in PER_METHOD}
        own = long.filter(pl.col("method") == method).select(*_KEYS, *PER_METHOD).rename(names)
        shared = shared.join(own, on=list(_KEYS), how="left", nulls_equal=True, maintain_order="left")
        columns += [
            RunColumn(names[metric], f"{title_of(method)} {title}", unit, method)
            for metric, (title, unit) in PER_METHOD.items()
        ]
    for first, second in combinations(methods, 2):
        id = f"{plain[first]}_minus_{plain[second]}_mm"
        apart = pl.col(f"{plain[first]}_mpjpe_mm") - pl.col(f"{plain[second]}_mpjpe_mm")
        shared = shared.with_columns(apart.alias(id))
        columns.append(RunColumn(id, f"{title_of(first)} minus {second}", "mm"))
    return shared, tuple(one for one in columns if not shared.height or shared[one.id].count())


@lru_cache(maxsize=32)
def column_names(methods: tuple[str, ...]) -> Mapping[str, str]:
    """What each method is called in its columns' names; those that look alike are numbered."""
    names: dict[str, str] = {}
    for method in methods:
        plain = "".join(letter if letter.isalnum() else "_" for letter in method).lower()
        numbered = (f"{plain}_{number}" for number in count(2))
        names[method] = next(name for name in chain([plain], numbered) if name not in names.values())
    return names
