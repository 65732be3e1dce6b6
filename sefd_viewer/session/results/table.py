"""The table of a run: one row for each person, the numbers of every method side by side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.session.frame import Whole
from sefd_viewer.session.methods import TITLES

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.evaluation.runs.summary import Mean, MethodSummary
    from sefd_viewer.evaluation.runs.tags import Case

PER_METHOD: dict[str, tuple[str, str]] = {
    "mpjpe_mm": ("MPJPE", "mm"),
    "pa_mpjpe_mm": ("PA-MPJPE", "mm"),
    "mpvpe_mm": ("MPVPE", "mm"),
    "pck3d": ("3DPCK", ""),
    "mpjpe_visible_mm": ("MPJPE visible", "mm"),
    "mpjpe_other_person_mm": ("MPJPE hidden by others", "mm"),
    "reprojection_px": ("2D error", "px"),
    "pckh": ("PCKh@0.6", ""),
}
"""The numbers of a method that get a column: title and unit."""

COMMON: dict[str, tuple[str, str]] = {"hidden": ("Hidden", ""), "box_area": ("Box", "px²")}
_KEYS = ("position", "record", "person")


@dataclass(frozen=True)
class ResultColumn:
    """A column of numbers: `id` is written in the filter; `method` None belongs to the person."""

    id: str
    title: str
    unit: str
    method: str | None = None


class ResultTable(Whole):
    """Everything a run has measured so far.

    `frame` has a row per person (record, person, position, problem and the columns); `columns` are its
    numbers; `summaries` and `differences` compare the methods.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        columns: tuple[ResultColumn, ...],
        methods: tuple[str, ...],
        summaries: tuple[MethodSummary, ...],
        differences: tuple[tuple[str, str, Mean], ...],
    ) -> None:
        self.frame, self.columns, self.methods = frame, columns, methods
        self.summaries, self.differences = summaries, differences
        self._numbers: dict[str, NDArray[np.float64]] = {}

    def __len__(self) -> int:
        return self.frame.height

    def column(self, id: str) -> ResultColumn | None:
        """What is known about a column, None for one that is not there."""
        return next((column for column in self.columns if column.id == id), None)

    def numbers(self, id: str) -> NDArray[np.float64]:
        """A column (N,), nan where there is no number; do not change it."""
        import numpy as np
        import polars as pl

        if id not in self._numbers:
            self._numbers[id] = self.frame[id].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return self._numbers[id]

    def case(self, row: int) -> tuple[str, str | None]:
        """Record and person of a row."""
        record, person = self.frame["record"][row], self.frame["person"][row]
        return str(record), None if person is None else str(person)

    def cases(self, rows: NDArray[np.int32]) -> list[Case]:
        """Record and person of several rows."""
        part = self.frame.select("record", "person")[rows]
        return list(zip(part["record"], part["person"], strict=True))

    def error_columns(self) -> tuple[str, ...]:
        """The MPJPE of each method."""
        return tuple(f"{name}_mpjpe_mm" for name in self.methods)


def load_table(folder: Path) -> ResultTable:
    """Read a run; raises SefdError when there is none."""
    from sefd_viewer.evaluation.runs.store import open_run
    from sefd_viewer.evaluation.runs.summary import paired, summarise

    long = open_run(folder).table()
    methods = tuple(long["method"].unique(maintain_order=True).to_list())
    frame, columns = _wide(long, methods)
    differences = tuple((a, b, paired(long, a, b)) for a, b in combinations(methods, 2))
    return ResultTable(frame, columns, methods, tuple(summarise(long)), differences)


def _wide(long: pl.DataFrame, methods: tuple[str, ...]) -> tuple[pl.DataFrame, tuple[ResultColumn, ...]]:
    import polars as pl

    shared = long.group_by(*_KEYS, maintain_order=True).agg(
        *(pl.col(name).max() for name in COMMON), pl.col("problem").drop_nulls().first()
    )
    columns = [ResultColumn(name, title, unit) for name, (title, unit) in COMMON.items()]
    for method in methods:
        names = {metric: f"{plain(method)}_{metric}" for metric in PER_METHOD}
        own = long.filter(pl.col("method") == method).select(*_KEYS, *PER_METHOD).rename(names)
        shared = shared.join(own, on=list(_KEYS), how="left", nulls_equal=True, maintain_order="left")
        columns += [
            ResultColumn(names[metric], f"{_title(method)} {title}", unit, method)
            for metric, (title, unit) in PER_METHOD.items()
        ]
    for first, second in combinations(methods, 2):
        id = f"{plain(first)}_minus_{plain(second)}_mm"
        apart = pl.col(f"{plain(first)}_mpjpe_mm") - pl.col(f"{plain(second)}_mpjpe_mm")
        shared = shared.with_columns(apart.alias(id))
        columns.append(ResultColumn(id, f"{_title(first)} minus {second}", "mm"))
    return shared, tuple(columns)


def _title(method: str) -> str:
    """A method's name as the head of a column: roles are written large, other names as they are."""
    return TITLES.get(method, method)  # type: ignore[call-overload]


def plain(method: str) -> str:
    """A method's name as a part of a column's name."""
    return "".join(letter if letter.isalnum() else "_" for letter in method).lower()
