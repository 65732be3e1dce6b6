"""What the thread pool computes for the workspace "Results": the run's table, and the rows shown."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.people.results.tags import tags_of
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.results.state import Polygon, ResultsState
    from sefd_viewer.features.people.review.rows import Lines

RUNS, TABLE, LINES = "results_runs", "results_table", "results_lines"


def is_open(state: ViewerState) -> bool:
    """Whether the workspace is in view."""
    return state.workspace == "results"


def runs_key(state: ViewerState, content: Content) -> Hashable | None:
    """The runs on disk of the open data set; looked for again when a run begins or ends."""
    wanted = is_open(state) and content.dataset is not None and content.opening is None
    return ("runs", content.opened, content.results.generation) if wanted else None


def runs_job(_state: ViewerState, content: Content, _tools: Any) -> Job:
    """Look for them."""
    from sefd_viewer.features.people.results.known import known_runs

    assert content.dataset is not None
    return partial(known_runs, content.dataset)


def table_key(state: ViewerState, content: Content) -> Hashable | None:
    """The table of the run in view; read again while the run goes on, here or in another process."""
    run, results = state.results.run, content.results
    if run is None or not is_open(state):
        return None
    return "table", run, results.read, None if results.report is not None else _parts(run)


def _parts(run: str) -> int:
    """How many parts a run has by now."""
    from sefd_viewer.evaluation.runs.store import parts_of

    return len(parts_of(Path(run)))


def table_job(state: ViewerState, _content: Content, _tools: Any) -> Job:
    """Read it."""
    from sefd_viewer.app.run_table import load_table

    assert state.results.run is not None
    return partial(load_table, Path(state.results.run))


def table_of(state: ViewerState, content: Content) -> RunTable | None:
    """The table of the run in view, None while it is not there."""
    outcome = content.outcomes.get(TABLE)
    if outcome is None or outcome.value is None:
        return None
    key: Any = outcome.key
    return outcome.value if key[1] == state.results.run else None


def lines_key(state: ViewerState, content: Content) -> Hashable | None:
    """The rows shown."""
    table = table_of(state, content)
    if table is None or not is_open(state):
        return None
    results = state.results
    tags = tags_of(state, content) if _asks_for_tags(results) else None
    return "lines", table, results.where, results.sort, results.descending, lasso_of(results, table), tags


def lines_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Filter and sort."""
    from sefd_viewer.features.people.results.rows import shown

    table, tags = table_of(state, content), tags_of(state, content)
    assert table is not None
    results = state.results
    inside, down = lasso_of(results, table), results.descending
    return lambda: shown(table, results.where, results.sort, descending=down, inside=inside, tags=tags)


def _asks_for_tags(results: ResultsState) -> bool:
    """Whether a tag can change which rows are shown."""
    return results.sort == "tags" or "tag" in results.where.lower()


def lines_of(state: ViewerState, content: Content) -> Lines | None:
    """The rows of the table in view; those before while new ones are on their way."""
    outcome, table = content.outcomes.get(LINES), table_of(state, content)
    if outcome is None or outcome.value is None or table is None:
        return None
    key: Any = outcome.key
    return outcome.value if key[1] is table else None


def axes_of(results: ResultsState, table: RunTable) -> tuple[str, str]:
    """The columns of the plot: those chosen where they are there, else the teacher's and student's errors."""
    known = {column.id for column in table.columns}
    errors = table.error_columns()
    preferred = [name for name in ("teacher_mpjpe_mm", "student_mpjpe_mm") if name in known]
    first, second = ([*preferred, *errors, *errors] * 2)[:2] if errors else ("hidden", "hidden")
    if len(preferred) < 2 and len(errors) >= 2:
        first, second = errors[:2]
    if results.plot == "hidden":
        first = "hidden"
    x = results.x if results.x in known else first
    y = results.y if results.y in known else second
    return x, y


def lasso_of(results: ResultsState, table: RunTable) -> tuple[str, str, Polygon] | None:
    """The polygon that people must lie in, with the columns it is drawn over."""
    return None if results.lasso is None else (*axes_of(results, table), results.lasso)
