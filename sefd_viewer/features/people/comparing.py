"""Methods against a baseline over everybody of a run: means, paired differences with intervals, who gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.methods import SAME_MM, Color, MethodChoice, MethodInfo
from sefd_viewer.app.people import HIDDEN
from sefd_viewer.app.run_table import PER_METHOD
from sefd_viewer.app.sentences import the
from sefd_viewer.app.slices import Whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.people_table import PeopleTable
    from sefd_viewer.evaluation.runs.intervals import Mean

FEWEST = 30
"""People from whom on an interval is told while a run goes on."""
DEPTH = ("depth_order", "picture_order")
"""The detectors that say that a body stands on the wrong side of another."""
LARGER_IS_BETTER = frozenset({"pck3d", "pckh", "ap"})
METRICS: dict[str, tuple[str, str]] = {
    "mpjpe_mm": ("MPJPE", "mm"),
    "pa_mpjpe_mm": ("PA-MPJPE", "mm"),
    "mpvpe_mm": ("MPVPE", "mm"),
    HIDDEN: ("MPJPE, hidden", "mm"),
    "ap": ("2D AP", ""),
    **{id: about for id, about in PER_METHOD.items() if id not in ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm")},
}
"""What can be compared: title and unit."""


@dataclass(frozen=True)
class Comparison:
    """A method's mean, and how it differs from the baseline's on the people whom both have."""

    mean: Mean | None = None
    apart: Mean | None = None

    @property
    def is_sure(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        return self.apart is not None and self.apart.is_sure


@dataclass(frozen=True)
class MethodRow:
    """One method: comparisons by metric; `better`, `same`, `worse` count people against the baseline."""

    method: str
    title: str
    color: Color
    cells: dict[str, Comparison]
    better: int = 0
    same: int = 0
    worse: int = 0


@dataclass(frozen=True, eq=False)
class CompareTable(Whole):
    """The methods of a run by metric.

    `hidden` counts the people who are hidden from the share `hidden_from` on, `depth_findings` those of them
    with a finding about depth, `without` compares without these (the first method). `people` were measured,
    `no_truth` have nothing to measure against, `left_out` were left out. `notes` are sentences about the run.
    """

    baseline: str
    metrics: tuple[str, ...]
    rows: tuple[MethodRow, ...]
    hidden_from: float
    hidden: int = 0
    depth_findings: int = 0
    without: Mean | None = None
    people: int = 0
    no_truth: int = 0
    left_out: int = 0
    checked: bool = False
    notes: tuple[str, ...] = ()

    def row(self, method: str) -> MethodRow | None:
        """A method's row."""
        return next((one for one in self.rows if one.method == method), None)

    def title_of(self, method: str) -> str:
        """What a method is called."""
        row = self.row(method)
        return method if row is None else row.title


@about_the_set(4)
def dressed(table: CompareTable, looks: tuple[MethodInfo, ...]) -> CompareTable:
    """The same numbers under the names, in the colours and in the order of `looks`; others are not shown."""
    rows = {row.method: row for row in table.rows}
    named = (replace(rows[one.id], title=one.title, color=one.color) for one in looks if one.id in rows)
    return replace(table, rows=tuple(named))


def compare(
    table: PeopleTable,
    baseline: str,
    first: str,
    *,
    metrics: Sequence[str],
    hidden_from: float,
    without_bad: bool,
    fewest: int = 0,
) -> CompareTable:
    """Compare everybody of the table's run; `first` is the method that the sentence is about.

    Of fewer than `fewest` people no interval is told.
    """
    import numpy as np

    assert table.run is not None
    inside = ~np.isnan(table.numbers("run_row"))
    left = _left_out(table) & inside if without_bad else np.zeros(len(table), bool)
    people = inside & ~left
    hidden = people & _hidden(table, hidden_from)
    depth = hidden & _found(table, DEPTH)
    baseline = baseline if baseline in table.methods else table.methods[0]
    rows = tuple(_row(table, method, baseline, metrics, people, hidden) for method in table.methods)
    rows = tuple(replace(row, cells={m: _told(c, fewest) for m, c in row.cells.items()}) for row in rows)
    truth = table.numbers("truth") == 1
    measured = {metric for row in rows for metric, one in row.cells.items() if one.mean and one.mean.count}
    without = None
    if depth.any() and first and first != baseline:
        without = _apart(table, first, baseline, "mpjpe_mm", hidden & ~depth)
    return CompareTable(
        baseline=baseline,
        metrics=tuple(metric for metric in metrics if metric in measured or metric == "ap"),
        rows=rows,
        hidden_from=hidden_from,
        hidden=int((hidden & truth).sum()),
        depth_findings=int((depth & truth).sum()),
        without=without,
        people=int((people & truth).sum()),
        no_truth=int((people & ~truth).sum()),
        left_out=int(left.sum()),
        checked=table.measured,
        notes=table.run.joints_from,
    )


def _row(
    table: PeopleTable,
    method: str,
    baseline: str,
    metrics: Sequence[str],
    people: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
) -> MethodRow:
    import numpy as np

    cells = {}
    for metric in metrics:
        if metric == "ap":
            cells[metric] = _precision(table, method, baseline)
            continue
        id, who = ("mpjpe_mm", hidden) if metric == HIDDEN else (metric, people)
        mean = _mean(table, table.error(method, id), who)
        apart = None if method == baseline else _apart(table, method, baseline, id, who)
        cells[metric] = Comparison(mean, apart)
    differences = _differences(table, method, baseline, "mpjpe_mm")[people]
    differences = differences[np.isfinite(differences)]
    alike = max(SAME_MM, _floor(table, method, baseline, "mpjpe_mm"))
    better, worse = int((differences < -alike).sum()), int((differences > alike).sum())
    same = len(differences) - better - worse
    own = MethodChoice().info(method)
    return MethodRow(method, own.title, own.color, cells, better, same, worse)


def _told(cell: Comparison, fewest: int) -> Comparison:
    """A comparison without the intervals of too few people."""
    shown = [
        replace(one, low=math.nan, high=math.nan) if one is not None and one.count < fewest else one
        for one in (cell.mean, cell.apart)
    ]
    return Comparison(*shown)


def _mean(table: PeopleTable, id: str, who: NDArray[np.bool_]) -> Mean | None:
    from sefd_viewer.evaluation.runs.intervals import mean_with_interval

    if id not in table.frame.columns:
        return None
    return mean_with_interval(table.numbers(id)[who], _units(table)[who])


def _apart(
    table: PeopleTable, method: str, baseline: str, metric: str, who: NDArray[np.bool_]
) -> Mean | None:
    from sefd_viewer.evaluation.runs.intervals import mean_with_interval

    differences = _differences(table, method, baseline, metric)[who]
    if not differences.size:
        return None
    found = mean_with_interval(differences, _units(table)[who])
    return replace(found, floor=_floor(table, method, baseline, metric))


def _floor(table: PeopleTable, method: str, baseline: str, metric: str) -> float:
    """Up to what difference the methods differ because their bodies are different ones."""
    return 0.0 if table.run is None else table.run.floor(method, baseline, metric)


def _differences(table: PeopleTable, method: str, baseline: str, metric: str) -> NDArray[np.float64]:
    """A method's number less the baseline's (N,), nan where one is missing."""
    import numpy as np

    pair = [table.error(one, metric) for one in (method, baseline)]
    if any(id not in table.frame.columns for id in pair):
        return np.full(len(table), np.nan)
    return table.numbers(pair[0]) - table.numbers(pair[1])


def _units(table: PeopleTable) -> NDArray[np.int64]:
    """What is resampled together, by row; of a run without units each photo is one."""
    import numpy as np

    units = table.run.units if table.run is not None else None
    if units is None:
        return table.positions.astype(np.int64)
    assert table.run is not None
    places = table.run.frame["position"].to_numpy()
    own = np.array([units.by_position[place] for place in places.tolist()], np.int64)
    rows = np.nan_to_num(table.numbers("run_row"), nan=0).astype(np.int64)
    return own[rows] if len(own) else rows


def _precision(table: PeopleTable, method: str, baseline: str) -> Comparison:
    """Average precision of the projected joints: of everybody at once, without an interval."""
    found = {one: _average_precision(table, one) for one in (method, baseline)}
    value, against = found[method], found[baseline]
    mean = None if math.isnan(value) else _alone(value)
    apart = None if method == baseline or math.isnan(value - against) else _alone(value - against)
    return Comparison(mean, apart)


def _alone(value: float) -> Mean:
    from sefd_viewer.evaluation.runs.intervals import Mean

    return Mean(value, math.nan, math.nan, 1, 0)


def _average_precision(table: PeopleTable, method: str) -> float:
    summaries = table.run.summaries if table.run is not None else ()
    for one in summaries:
        if one.method == method:
            found = (value for name, value in one.average_precision.items() if name.endswith(" AP"))
            return next(found, math.nan)
    return math.nan


def _hidden(table: PeopleTable, share: float) -> NDArray[np.bool_]:
    import numpy as np

    if "hidden" not in table.frame.columns:
        return np.zeros(len(table), bool)
    return np.asarray(np.nan_to_num(table.numbers("hidden"), nan=0.0) > share)


def _found(table: PeopleTable, detectors: Sequence[str]) -> NDArray[np.bool_]:
    import numpy as np

    names = [f"found {id}" for id in detectors if f"found {id}" in table.frame.columns]
    hits = [table.frame[name].fill_null(value=False).to_numpy() for name in names]
    return np.any(hits, axis=0) if hits else np.zeros(len(table), bool)


def _left_out(table: PeopleTable) -> NDArray[np.bool_]:
    """Whose annotation is bad, or flagged and not good."""
    import polars as pl

    verdict = pl.col("verdict")
    bad = (verdict == "bad") | ((pl.col("findings").fill_null(0) > 0) & ~verdict.is_in(["good", "fixed"]))
    return table.frame.select(bad.alias("bad"))["bad"].to_numpy()


# ---- in words


def sentence(table: CompareTable | None, first: str) -> str:
    """What the run says about a method, in one sentence; nothing where nothing was compared."""
    row = table.row(first or table.baseline) if table is not None else None
    if table is None or row is None:
        return ""
    cell = row.cells.get("mpjpe_mm")
    if cell is None or cell.apart is None or not cell.apart.count:
        own = cell.mean if cell is not None else None
        if own is None or not own.count:
            return "Nobody here has a truth: methods cannot be called better or worse."
        return f"{_large(the(row.title))} is off by {own.mean:.1f} mm over {own.count} people."
    words = _against(cell.apart, the(row.title), the(table.title_of(table.baseline)), sure=cell.is_sure)
    hidden = row.cells.get(HIDDEN)
    if hidden is None or hidden.apart is None or not hidden.apart.count:
        return f"{words}."
    return f"{words}; {_on_hidden(table, hidden.apart, sure=hidden.is_sure)}."


def _against(apart: Mean, method: str, baseline: str, *, sure: bool) -> str:
    if not sure:
        between = f" ({apart.between('+.1f')})" if not math.isnan(apart.low) else ""
        words = f"{_large(method)} and {baseline} are {abs(apart.mean):.1f} mm apart"
        if abs(apart.mean) < apart.floor:
            return f"{words}, no more than different bodies cost ({apart.floor:.1f} mm): no difference"
        return f"{words}, which may be chance{between}"
    side = "better" if apart.mean < 0 else "worse"
    low, high = sorted((abs(apart.low), abs(apart.high)))
    return f"{_large(method)} is {abs(apart.mean):.1f} mm {side} than {baseline} ({low:.1f} to {high:.1f})"


def _on_hidden(table: CompareTable, apart: Mean, *, sure: bool) -> str:
    noun = "person" if apart.count == 1 else "people"
    side = "" if not sure else " better" if apart.mean < 0 else " worse"
    words = f"{abs(apart.mean):.1f} mm{side} on {apart.count} hidden {noun}"
    words += "" if sure else ", which may be chance"
    if not table.depth_findings:
        return words
    words += f", but {table.depth_findings} of these have depth findings"
    without = table.without
    if without is None or not without.count:
        return words
    between = "" if math.isnan(without.low) else f" ({without.between('+.1f')})"
    return f"{words}: without them {without.mean:+.1f} mm{between} on {without.count}"


def _large(words: str) -> str:
    return words[:1].upper() + words[1:]


# ---- for papers


def as_latex(table: CompareTable) -> str:
    """The table as a LaTeX tabular, differences in brackets."""
    heads = " & ".join(
        heading(metric, table).replace("%", r"\%").replace(">", "$>$") for metric in table.metrics
    )
    lines = [
        r"\begin{tabular}{l" + "r" * len(table.metrics) + "}",
        r"\toprule",
        rf"Method & {heads} \\",
        r"\midrule",
    ]
    for row in table.rows:
        cells = [_cell_words(row.cells.get(metric), metric) for metric in table.metrics]
        title = row.title.replace("_", r"\_").replace("&", r"\&")
        lines.append(" & ".join((title, *cells)) + r" \\")
    return "\n".join((*lines, r"\bottomrule", r"\end{tabular}", ""))


def as_csv(table: CompareTable) -> str:
    """The table as CSV: mean and interval, difference and interval of each metric."""
    from sefd_viewer.csv_cells import csv_of_rows

    parts = ("", " low", " high", " difference", " difference low", " difference high")
    titles = [heading(metric, table) for metric in table.metrics]
    heads = ["method", *(f"{title}{part}" for title in titles for part in parts), "better", "same", "worse"]
    rows = []
    for row in table.rows:
        values: list[object] = [row.title]
        for metric in table.metrics:
            cell = row.cells.get(metric) or Comparison()
            for one in (cell.mean, cell.apart):
                values += ["", "", ""] if one is None else [_number(v) for v in (one.mean, one.low, one.high)]
        rows.append([*values, row.better, row.same, row.worse])
    return csv_of_rows(heads, rows).decode("utf-8")


def heading(metric: str, table: CompareTable) -> str:
    """A metric's title with its unit, and who is meant by hidden."""
    title, unit = METRICS[metric]
    if metric == HIDDEN:
        return f"MPJPE, hidden > {100 * table.hidden_from:.0f} % ({table.hidden})"
    return f"{title} {unit}".strip()


def digits(metric: str) -> int:
    """How many decimals a metric is told with."""
    return 3 if metric in LARGER_IS_BETTER else 1


def _cell_words(cell: Comparison | None, metric: str) -> str:
    if cell is None or cell.mean is None or not cell.mean.count:
        return "--"
    places = digits(metric)
    words = f"{cell.mean.mean:.{places}f}"
    return words if cell.apart is None else f"{words} ({cell.apart.mean:+.{places}f})"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"
