"""From the state and what is known to what the workspace "Results" shows: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.frame import Words
from sefd_viewer.features.people.results.derive import (
    LINES,
    RUNS,
    TABLE,
    axes_of,
    is_open,
    lines_of,
    runs_key,
    table_of,
)
from sefd_viewer.features.people.results.frame import KnownRun, PlotFrame, ResultsFrame
from sefd_viewer.features.people.results.joints import joints_of
from sefd_viewer.features.people.results.tags import tags_of, tags_problem

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.results.state import ResultsState
    from sefd_viewer.judgements.tags import Tags


def results_frame(state: ViewerState, content: Content) -> ResultsFrame:
    """Decide what the workspace shows; an empty frame while another one is in view."""
    if not is_open(state):
        return ResultsFrame()
    table, lines = table_of(state, content), lines_of(state, content)
    tags = tags_of(state, content)
    return ResultsFrame(
        state=state.results,
        runs=_runs(state, content),
        table=table,
        lines=lines,
        line=lines.line_of(state.results.row) if lines is not None else None,
        plot=_plot(state.results, table) if table is not None else PlotFrame(),
        report=content.results.report,
        paused=content.results.paused,
        mistake=_mistake(state, content) if table is not None else "",
        summary=_summary(table) if table is not None else (),
        words=_words(state, content, table),
        can_run=content.dataset is not None and content.results.report is None,
        tags=tags,
        joints=joints_of(state, content),
        case_tags=_case_tags(state.results.row, table, tags),
    )


def _case_tags(row: int | None, table: RunTable | None, tags: Tags | None) -> tuple[str, ...]:
    if row is None or tags is None or table is None or row >= len(table):
        return ()
    return tags.of(table.case(row))


def _mistake(state: ViewerState, content: Content) -> str:
    """What is wrong with the filter, or with the file of the tags."""
    outcome = content.outcomes.get(LINES)
    return (outcome.problem or "" if outcome is not None else "") or tags_problem(state, content)


def _runs(state: ViewerState, content: Content) -> tuple[KnownRun, ...]:
    outcome = content.outcomes.get(RUNS)
    known = outcome is not None and outcome.key == runs_key(state, content)
    return outcome.value or () if outcome is not None and known else ()


def _plot(results: ResultsState, table: RunTable) -> PlotFrame:
    import numpy as np

    x, y = axes_of(results, table)
    across, up = table.numbers(x), table.numbers(y)
    both = np.isfinite(across) & np.isfinite(up)
    if not both.any():
        return PlotFrame(x, y)
    limits = results.limits or (float(np.median(across[both])), float(np.median(up[both])))
    right, above = across[both] > limits[0], up[both] > limits[1]
    counts = (~right & ~above, right & ~above, ~right & above, right & above)
    low, only_x, only_y, high = (int(part.sum()) for part in counts)
    return PlotFrame(x, y, limits, (low, only_x, only_y, high))


def _summary(table: RunTable) -> tuple[str, ...]:
    """What the run says, a sentence each."""
    from sefd_viewer.evaluation.runs.mupots_scores import OWN

    lines = []
    for one in table.summaries:
        mean, words = one.metrics["mpjpe_mm"], []
        if mean.count:
            words.append(f"MPJPE {mean.mean:.1f} mm ({mean.between()}) over {mean.count} people")
        if OWN in one.mupots:
            scores = one.mupots[OWN]
            shares = f"{scores.mean_all.mean:.1%} all, {scores.mean_matched.mean:.1%} matched"
            words.append(f"MuPoTS 3DPCK {shares}")
        precision = one.average_precision.items()
        words += [f"{name} {value:.3f}" for name, value in precision if name.endswith(" AP")]
        if words:
            lines.append(f"{one.method}: {', '.join(words)}")
    lines += [
        f"{first} minus {second}: {mean.mean:+.1f} mm ({mean.between('+.1f')}), "
        f"{'not chance' if mean.is_sure else 'within chance'} (resampling {table.summaries[0].resampled})"
        for first, second, mean in table.differences
        if mean.count
    ]
    return (*lines, *table.joints_from, *_missing(table))


def _missing(table: RunTable) -> tuple[str, ...]:
    """How many people have no error, once where that is the same for every method."""
    words: dict[str, list[str]] = {}
    for one in table.summaries:
        missing = one.metrics["mpjpe_mm"].missing
        if missing:
            sentence = f"{missing} of {one.people} people have no 3D error and enter no mean"
            words.setdefault(sentence, []).append(one.method)
    return tuple(
        sentence if len(methods) == len(table.summaries) else f"{', '.join(methods)}: {sentence}"
        for sentence, methods in words.items()
    )


def _words(state: ViewerState, content: Content, table: RunTable | None) -> Words | None:
    if table is not None:
        return (
            None if len(table) else Words("Nothing measured yet", "", busy=content.results.report is not None)
        )
    if content.dataset is None:
        return Words("Nothing is open", "Open a data set first.")
    outcome = content.outcomes.get(TABLE)
    if outcome is not None and outcome.problem is not None and state.results.run is not None:
        return Words("This run cannot be read", outcome.problem)
    if content.results.report is not None:
        return Words("Running", content.results.report.stage, busy=True)
    if state.results.run is not None:
        return Words("Reading", "the run", busy=True)
    return Words(
        "No run yet",
        "Run the networks over this data set, or choose an earlier run. Results are kept on disk.",
    )
