"""The workspace Results: from a click to the picture, and 100,000 people in table and plots.

usage: python benchmarks/results_table.py [rows]

Cases: the networks over the first records of the sample, then a row of each is chosen, and once again when
everything about it is known. Rows: a made-up run of 100,000 people (two methods); filters, orders, another
plot, and a lasso, each until table and plot are repainted. Goals: 100 ms from the choice of a known case to
everything painted; no tick of a 10 ms timer more than 50 ms late while the big table scrolls. Ends with 1
otherwise.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from evaluation import table_of
from PySide6.QtWidgets import QWidget
from rich.console import Console
from window_clock import Lateness, lateness_table, spin, times_table

from sefd_viewer.app.settings import Settings
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.features.people.views.results.workspace import Results
from sefd_viewer.gui.app import WindowSession, make_application
from sefd_viewer.gui.theme import apply_theme

ROWS, RECORDS = 100_000, 8
CASE_GOAL_MS, TICK_GOAL_MS = 100.0, 50.0
FILTERS = ("student_mpjpe_mm > 120", "hidden > 0.3 AND baseline_mpjpe_mm < 60", "person = '1'", "")


def sample_run(folder: Path) -> None:
    """A run over the first records of the sample."""
    dataset = open_dataset(None)
    methods, options = (Method("baseline", "baseline"), Method("student", "student")), RunOptions()
    store = RunStore(folder, RunPlan.of(dataset, methods, settings_of(options)))
    Runner(dataset, methods, options).run(store, range(RECORDS))


def big_run(folder: Path, rows: int) -> None:
    """A run with as many made-up people."""
    dataset = open_dataset(None)
    methods = tuple(Method(name, name) for name in ("baseline", "student"))
    store = RunStore(folder, RunPlan.of(dataset, methods, settings_of(RunOptions())))
    store.add(table_of(rows).iter_rows(named=True))


def change(session: WindowSession, **changes: Any) -> None:
    """Choose something in the workspace."""
    state = session.controller.state
    session.controller.store.set(replace(state, results=replace(state.results, **changes)))


def see(session: WindowSession, run: Path) -> None:
    """Bring a run into view."""
    change(session, run=str(run), row=None, lasso=None, where="", sort="")
    spin(lambda: not session.busy and session.controller.frame.results.lines is not None)


def painted(widget: QWidget) -> None:
    """Paint a widget and all within it now."""
    widget.grab()


def cases(session: WindowSession, view: Results) -> tuple[list[float], list[float]]:
    """Milliseconds from the choice of a row of each record to everything painted, at first and once again."""
    table = session.controller.frame.results.table
    assert table is not None
    firsts = (
        table.frame.with_row_index().unique("record", keep="first", maintain_order=True)["index"].to_list()
    )
    rounds = []
    for _ in range(2):
        times = []
        for row in firsts:
            start = time.perf_counter()
            view.table.chosen.emit(row)
            spin(lambda: not session.busy)
            painted(view)
            times.append(1e3 * (time.perf_counter() - start))
        rounds.append(times)
    return rounds[0], rounds[1]


def until_shown(session: WindowSession, view: Results, **changes: Any) -> float:
    """Milliseconds from a change until its rows are computed, and table and plot repainted."""
    before = session.controller.frame.results.lines
    start = time.perf_counter()
    change(session, **changes)
    if {"where", "sort", "lasso"} & changes.keys():
        spin(lambda: session.controller.frame.results.lines is not before)
    spin(lambda: not session.controller.busy)
    painted(view)
    return 1e3 * (time.perf_counter() - start)


def rows_of(session: WindowSession, view: Results) -> dict[str, float]:
    """Times by action on the big run."""
    times = {f"filter {where or '(none)'}": until_shown(session, view, where=where) for where in FILTERS}
    for column in ("student_mpjpe_mm", "hidden"):
        times[f"sort {column}"] = until_shown(session, view, sort=column)
    for plot in ("scatter", "histogram", "joints", "quadrants"):
        times[f"plot {plot}"] = until_shown(session, view, plot=plot)
    square = ((40.0, 40.0), (120.0, 40.0), (120.0, 120.0), (40.0, 120.0))
    times["lasso"] = until_shown(session, view, lasso=square)
    times["everyone"] = until_shown(session, view, lasso=None)
    return times


def scroll(view: Results) -> Iterator[None]:
    """From top to bottom, and a little at twelve places."""
    bar = view.table.verticalScrollBar()
    for place in range(12):
        bar.setValue(round(bar.maximum() * place / 11))
        for _ in range(20):
            bar.setValue(bar.value() + 2 * bar.singleStep())
            yield


def measure(session: WindowSession, folder: Path, rows: int) -> bool:
    """Print what was measured; whether all goals are met."""
    big_run(folder / "big", rows)
    sample_run(folder / "sample")
    spin(lambda: not session.busy)
    session.window.actions_table.run("workspace_results")
    see(session, folder / "sample")
    view = session.window.stack.view("results")  # type: ignore[union-attr]
    assert isinstance(view, Results)
    first, second = cases(session, view)
    see(session, folder / "big")
    times = rows_of(session, view)
    late = {"table scrolls": Lateness().stepping(scroll(view))}
    console = Console()
    clicks = {
        "case, first visit, median": median(first),
        "case, known, median": median(second),
        "case, known, worst": max(second),
    }
    console.print(times_table(clicks, "From a click to everything painted"))
    console.print(times_table(times, f"{rows:,} people: from the change to the repainted workspace"))
    console.print(lateness_table(late))
    return max(second) <= CASE_GOAL_MS and max(late["table scrolls"]) <= TICK_GOAL_MS


def main() -> None:
    """Open, measure, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    application = make_application()
    apply_theme(application, "dark")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = os.environ["SEFD_VIEWER_RUNS"] = folder
        session = WindowSession(Settings())
        try:
            session.window.resize(1440, 900)
            session.window.show()
            session.begin([])
            met = measure(session, Path(folder), rows)
        finally:
            session.close()
    raise SystemExit(not met)


if __name__ == "__main__":
    main()
