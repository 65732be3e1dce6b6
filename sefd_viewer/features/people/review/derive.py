"""What the thread pool computes for the workspace "Review": rows, findings, order and the case in view."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.findings import FindingColumns, Limits, find
from sefd_viewer.errors import DatasetError
from sefd_viewer.features.people.review.book import old_rows, open_book
from sefd_viewer.features.people.review.case import CaseFacts, case_facts
from sefd_viewer.features.people.review.query import QueryError, parse
from sefd_viewer.features.people.review.rows import Lines, Order, lines
from sefd_viewer.features.people.review.table import Case, ReviewTable
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState

BOOK, OLD, FOUND, LINES, CASE = "review_book", "review_old", "review_found", "review_lines", "review_case"


def is_open(state: ViewerState) -> bool:
    """Whether the workspace is in view."""
    return state.workspace == "review"


# ---- rows and verdicts


def book_key(state: ViewerState, content: Content) -> Hashable | None:
    """The rows are wanted once the workspace is looked at."""
    wanted = is_open(state) and content.dataset is not None and content.opening is None
    return ("book", content.opened) if wanted else None


def book_job(_state: ViewerState, content: Content, tools: Any) -> Job:
    """Read the index and the verdicts."""
    assert content.dataset is not None
    return partial(open_book, content.opened, content.dataset, tools.body_files())


def old_key(state: ViewerState, content: Content) -> Hashable | None:
    """Old verdicts are looked for at the opening, and when many come in."""
    review = content.review
    return ("old", review.table, review.checks) if is_open(state) and review.table is not None else None


def old_job(_state: ViewerState, content: Content, _tools: Any) -> Job:
    """Compare the verdicts that were there at the opening with today's annotations."""
    review = content.review
    assert content.dataset is not None
    assert review.table is not None
    assert review.verdicts is not None
    return partial(old_rows, content.dataset, review.table, review.verdicts.by_row)


# ---- findings


def limits(state: ViewerState) -> Limits:
    """The thresholds in use."""
    return Limits(state.review.thresholds, state.review.off)


def found_key(state: ViewerState, content: Content) -> Hashable | None:
    """New thresholds or new numbers give other findings."""
    review = content.review
    if not is_open(state) or review.table is None:
        return None
    moved = tuple(sorted(state.review.thresholds.items()))
    return review.table, review.measured, review.detectors, moved, state.review.off


def found_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Compare what was measured with the thresholds."""
    review = content.review
    assert review.table is not None
    return partial(find, len(review.table), review.detectors, review.measured, limits(state))


def findings_of(content: Content) -> FindingColumns | None:
    """The findings of the rows in view, perhaps of the thresholds a moment ago."""
    found = _value_for(FOUND, content)
    return found if isinstance(found, FindingColumns) else None


# ---- which rows, in which order


def order_of(state: ViewerState) -> Order:
    """Filter and order as they were chosen. Raises QueryError."""
    review = state.review
    return Order(parse(review.words), review.sort, review.descending)


def lines_key(state: ViewerState, content: Content) -> Hashable | None:
    """None while the filter cannot be understood: the rows stay as they are."""
    review, findings = content.review, findings_of(content)
    if not is_open(state) or review.table is None or review.verdicts is None or findings is None:
        return None
    try:
        order = order_of(state)
    except QueryError:
        return None
    verdicts = review.verdicts if order.needs_verdicts else None
    return review.table, order, verdicts, findings if order.needs_findings else None


def lines_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Filter and sort."""
    review, findings = content.review, findings_of(content)
    assert review.table is not None
    assert review.verdicts is not None
    assert findings is not None
    return partial(lines, review.table, review.verdicts, findings, order_of(state))


def lines_of(content: Content) -> Lines | None:
    """The rows in view, perhaps those of the filter a moment ago."""
    found = _value_for(LINES, content)
    return found if isinstance(found, Lines) else None


# ---- the case in view


def row_in_view(state: ViewerState, content: Content) -> int | None:
    """The row of the record and person in view."""
    table, dataset = content.review.table, content.dataset
    if table is None or dataset is None or state.record is None:
        return None
    try:
        return table.row(dataset.position(state.record), state.person)
    except DatasetError:
        return None


def case_in_view(state: ViewerState, content: Content) -> Case | None:
    """The case in view."""
    row, table = row_in_view(state, content), content.review.table
    return table.case(row) if row is not None and table is not None else None


def case_key(state: ViewerState, content: Content) -> Hashable | None:
    """A case is looked up again when its verdict, the numbers or the thresholds change."""
    case = case_in_view(state, content) if is_open(state) else None
    if case is None:
        return None
    review = content.review
    moved = tuple(sorted(state.review.thresholds.items()))
    return review.table, case, review.verdicts, review.measurements, moved, state.review.off


def case_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Look up what is known about the case."""
    review, row, case = content.review, row_in_view(state, content), case_in_view(state, content)
    assert content.dataset is not None
    assert review.table is not None
    assert review.book is not None
    assert row is not None
    assert case is not None
    dataset, position = content.dataset, int(review.table.positions[row])
    verdict = review.verdicts.by_row.get(row) if review.verdicts is not None else None
    store, measurements = review.book.store, review.measurements
    bounds = limits(state)
    return lambda: case_facts(
        case,
        position,
        dataset.records[position],
        store=store,
        verdict=verdict,
        measurements=measurements,
        limits=bounds.moved,
        off=bounds.off,
    )


def facts_of(case: Case, content: Content) -> CaseFacts | None:
    """What was looked up about this very case."""
    outcome = content.outcomes.get(CASE)
    if outcome is None or outcome.key[0] is not content.review.table or outcome.key[1] != case:  # type: ignore[index]
        return None
    return outcome.value if isinstance(outcome.value, CaseFacts) else None


def _value_for(name: str, content: Content) -> Any:
    """The newest outcome `name` of the table in view."""
    outcome = content.outcomes.get(name)
    table: ReviewTable | None = content.review.table
    if outcome is None or table is None or outcome.key[0] is not table:  # type: ignore[index]
        return None
    return outcome.value


def chosen_positions(content: Content) -> tuple[int, ...]:
    """The records whose rows are shown, where the filter leaves some out; else none."""
    table, lines = content.review.table, lines_of(content)
    if table is None or lines is None or not 0 < len(lines) < len(table):
        return ()
    return tuple(sorted(set(table.positions[lines.rows].tolist())))
