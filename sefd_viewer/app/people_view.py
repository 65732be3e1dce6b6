"""The people in view, from what is chosen and what is known: which table, which rows, in which order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.filtering import FilterError, Lines, check, difference
from sefd_viewer.app.findings import FindingColumns
from sefd_viewer.app.in_view import stranger_name
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import look, memo
from sefd_viewer.app.methods import BASELINE, CHOICE, STUDENT
from sefd_viewer.app.people import KNOWN, PEOPLE, Book, Judged, KnownRun
from sefd_viewer.app.people_keys import (
    BookKey,
    EverybodyKey,
    LimitsKey,
    LinesKey,
    MeasuredKey,
    OldKey,
    RunKey,
    RunsKey,
)
from sefd_viewer.app.people_table import Case, PeopleTable
from sefd_viewer.app.run_table import RunTable

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.checks import Measurements


@memo
def book_key(content: Content) -> BookKey | None:
    """The people of the open data set."""
    if content.dataset is None or content.opening is not None:
        return None
    return BookKey(content.dataset, content.opened, content.bodies.paths)


@memo
def book_of(content: Content) -> Book | None:
    """The people of the open data set and their log, None until they are read."""
    key = book_key(content)
    return content.computed.value(key)


@memo
def judged_of(content: Content) -> Judged:
    """Verdicts and tags as they are now."""
    book, known = book_of(content), KNOWN.of(content)
    if book is None:
        return Judged()
    return book.judged if known.judged is None else known.judged


@memo
def old_key(content: Content) -> OldKey | None:
    """Verdicts are compared with today's annotations at the opening, and when some come from elsewhere."""
    book = book_of(content)
    if book is None or content.dataset is None:
        return None
    return OldKey(content.dataset, book.table, KNOWN.of(content).checked or book.judged)


@memo
def old_of(content: Content) -> frozenset[Case]:
    """The people whose verdict is about another annotation; what is judged anew is not old."""
    key, judged = old_key(content), judged_of(content)
    found = content.computed.value(key) if key is not None else None
    if not found or key is None:
        return frozenset()
    before = key.judged.verdicts
    return frozenset(case for case in found if judged.verdicts.get(case) is before.get(case))


def measurements_of(content: Content) -> Measurements | None:
    """What the last scan measured."""
    book, known = book_of(content), KNOWN.of(content)
    if known.measurements is not None or book is None:
        return known.measurements
    return book.measurements


@memo
def runs_key(content: Content) -> RunsKey | None:
    """The runs of the open data set."""
    if content.dataset is None or content.opening is not None:
        return None
    return RunsKey(content.dataset, content.opened, KNOWN.of(content).generation)


@memo
def runs_of(content: Content) -> tuple[KnownRun, ...]:
    """The runs of the open data set, those known before while they are looked for."""
    key = runs_key(content)
    return content.computed.value(key) or () if key is not None else ()


def run_key(state: ViewerState, content: Content) -> RunKey | None:
    """The run in view; read again while it goes on, here or in another process."""
    folder, known = PEOPLE.of(state).run, KNOWN.of(content)
    if folder is None:
        return None
    return RunKey(folder, known.read, 0 if known.report is not None else look(content, _parts, folder))


def _parts(folder: str) -> int:
    """How many parts of a run are written by now; asked at every look."""
    try:
        return len([name for name in os.listdir(folder) if name.endswith(".parquet")])
    except OSError:
        return 0


@memo
def run_of(state: ViewerState, content: Content) -> RunTable | None:
    """The table of the run in view, an earlier reading while a newer one is made."""
    folder = PEOPLE.of(state).run
    outcome = content.computed.newest(RunKey, folder) if folder is not None else None
    return None if outcome is None else outcome.value


@memo
def measured_key(state: ViewerState, content: Content) -> MeasuredKey | None:
    """The people with the run in view; without it while it is not read."""
    book = book_of(content)
    if book is None or content.dataset is None:
        return None
    folder = PEOPLE.of(state).run
    poses = next((run.poses for run in runs_of(content) if run.folder == folder), "annotation")
    run = run_of(state, content)
    return MeasuredKey(content.dataset, book.table, run, Path(poses).name, measurements_of(content))


@memo
def everybody_key(state: ViewerState, content: Content) -> EverybodyKey | None:
    """The table of everybody."""
    book, people = book_of(content), PEOPLE.of(state)
    outcome = None if book is None else content.computed.newest(MeasuredKey, book.table)
    if book is None or outcome is None or outcome.value is None:
        return None
    table, measured = outcome.value
    moved = tuple(sorted(people.thresholds.items()))
    judged, old = judged_of(content), old_of(content)
    return EverybodyKey(table, measured, book.detectors, moved, people.off, judged, old, source=book.table)


@memo
def everybody_of(content: Content) -> tuple[PeopleTable, FindingColumns] | None:
    """Everybody with findings, verdicts and tags; perhaps as they were a moment ago."""
    book = book_of(content)
    outcome = None if book is None else content.computed.newest(EverybodyKey, book.table)
    return None if outcome is None else outcome.value


def table_of(content: Content) -> PeopleTable | None:
    """The table of everybody, None until it is there."""
    found = everybody_of(content)
    return None if found is None else found[0]


@memo
def mistake_of(state: ViewerState, content: Content) -> FilterError | None:
    """What is wrong with the filter or the order."""
    table, people = table_of(content), PEOPLE.of(state)
    return None if table is None else check(people.where, order_of(state, content), table)


@memo
def lines_key(state: ViewerState, content: Content) -> LinesKey | None:
    """The rows shown of the newest table; none while the filter is wrong: the rows stay as they are."""
    everybody, now, people = everybody_key(state, content), table_of(content), PEOPLE.of(state)
    if everybody is None or now is None or len(now) != len(everybody.people) or mistake_of(state, content):
        return None
    return LinesKey(
        now,
        everybody.people,
        everybody.measured,
        everybody.thresholds,
        people.off,
        people.where,
        people.applied,
        order_of(state, content),
        descending=people.descending and bool(people.order or now.run is not None),
    )


@memo
def lines_of(state: ViewerState, content: Content) -> Lines | None:
    """The rows shown, those of a moment ago while new ones are found or the filter is wrong."""
    everybody, table = everybody_key(state, content), table_of(content)
    if everybody is None or table is None or len(table) != len(everybody.people):
        return None
    outcome = content.computed.newest(LinesKey, everybody.people)
    return None if outcome is None else outcome.value


@memo
def order_of(state: ViewerState, content: Content) -> str:
    """The number or column that decides the order: the method less the baseline, unless another is chosen."""
    return PEOPLE.of(state).order or difference_of(state, content)


@memo
def difference_of(state: ViewerState, content: Content) -> str:
    """The method's error less the baseline's as the filter writes it, "" where there is none."""
    table, (baseline, method) = table_of(content), pair_of(state, content)
    return difference(method, baseline, table) if table is not None and method else ""


@memo
def pair_of(state: ViewerState, content: Content) -> tuple[str, str]:
    """The baseline, against which the run's others are measured, and the method that stands beside it."""
    table = table_of(content)
    return CHOICE.of(state).pair(table.methods if table is not None else ())


@memo
def row_in_view(state: ViewerState, content: Content) -> int | None:
    """The row of the photo and person in view; the photo's first person where nobody is chosen."""
    table = table_of(content)
    if table is None or state.record is None:
        return None
    row = table.row(state.record, stranger_name(state.person))
    if row is not None or state.person is not None:
        return row
    return next(iter(table.rows_of(state.record)), None)


def people_keys(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """The keys of everything above, for whoever shows people."""
    yield book_key(content)
    yield old_key(content)
    yield runs_key(content)
    yield run_key(state, content)
    yield measured_key(state, content)
    yield everybody_key(state, content)
    yield lines_key(state, content)


def judged_pair(state: ViewerState, content: Content) -> tuple[str, str]:
    """The two methods whose errors make the quadrants: the yardstick and the method spoken of.

    Of a student its teacher says more, where that is shown too: whether the student lost what it was taught.
    """
    choice, table = CHOICE.of(state), table_of(content)
    own = choice.pair(info.id for info in choice.shown())
    measured = table.methods if table is not None and table.run is not None else own
    taught = own == (BASELINE, STUDENT) and {"teacher", STUDENT} <= set(measured)
    return ("teacher", STUDENT) if taught and "teacher" not in choice.hidden else own


def limits_key(state: ViewerState, content: Content) -> LimitsKey | None:
    """The medians of the run in view."""
    table, pair = table_of(content), judged_pair(state, content)
    if table is None or table.run is None or not set(pair) <= set(table.methods):
        return None
    return LimitsKey(table.run, (table.error(pair[0]), table.error(pair[1])))


def limits_of(state: ViewerState, content: Content) -> tuple[float, float] | None:
    """The errors that divide the run's people into quadrants, as the plot of the same two has them."""
    people, table = PEOPLE.of(state), table_of(content)
    key = limits_key(state, content)
    if table is not None and people.limits is not None and people.plot == "quadrants" and key is not None:
        plotted = [table.error(one) for one in CHOICE.of(state).pair(table.methods)]
        if (people.x or plotted[0], people.y or plotted[1]) == key.columns:
            return people.limits
    return None if key is None else content.computed.value(key)
