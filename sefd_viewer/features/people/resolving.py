"""From what is chosen and what is known to what the workspace "People" shows: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.filtering import check, difference, terms_of, values, without_terms
from sefd_viewer.app.filtering import shown as filtered
from sefd_viewer.app.frame import Words, shown
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import CHOICE, MEASURED, MethodChoice, title_of
from sefd_viewer.app.people import KNOWN, PEOPLE
from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.app.people_view import (
    book_key,
    book_of,
    difference_of,
    everybody_of,
    judged_of,
    lines_of,
    measurements_of,
    mistake_of,
    order_of,
    pair_of,
    row_in_view,
    run_key,
    runs_of,
    table_of,
)
from sefd_viewer.app.person_numbers import quadrant_names
from sefd_viewer.app.person_pictures import picture_topic
from sefd_viewer.app.sentences import the
from sefd_viewer.features.people.comparing import dressed, sentence
from sefd_viewer.features.people.model import (
    PeopleFrame,
    PlotFrame,
    Term,
    compare_key,
    joints_key,
    looks_of,
    overlay_key,
    side_key,
)
from sefd_viewer.features.people.person import person_case, person_marks, person_panes
from sefd_viewer.features.people.work import CompareKey, JointsKey

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.work import JointMeans

_USUAL = ("hidden", "findings", "score", "fit_error", "box_area", "keypoints", "camera", "frame")
"""Numbers by which people are ordered at a click; others are chosen in the table's header."""


def resolve(state: ViewerState, content: Content) -> PeopleFrame:
    """Everything that the workspace shows."""
    people, known, book = PEOPLE.of(state), KNOWN.of(content), book_of(content)
    everybody = everybody_of(content)
    table = everybody[0] if everybody is not None else None
    lines, row = lines_of(state, content), row_in_view(state, content)
    mistake = mistake_of(state, content)
    frame = PeopleFrame(
        state=people,
        dataset=content.dataset,
        known=tuple(one for one in CHOICE.of(state).ordered() if one.kind in MEASURED),
        table=table,
        lines=lines,
        line=lines.line_of(row) if lines is not None else None,
        mistake=str(mistake or ""),
        mistaken=(mistake.start, mistake.end) if mistake is not None else (0, 0),
        words=_words(content),
        runs=runs_of(content),
        report=known.report,
        paused=known.paused,
        can_run=content.dataset is not None and known.report is None,
        photos=len(content.dataset.records) if content.dataset is not None else 0,
        scene=content.scene,
        scan=known.scan,
        scan_note=_scan_note(content),
        place=book.place if book is not None else "",
        place_problem=_place_problem(content),
        reviewer=known.reviewer,
        disagreements=known.disagreements,
    )
    if table is None or everybody is None or book is None:
        return frame
    found, judged = everybody[1], judged_of(content)
    key = compare_key(state, content)
    newest = content.computed.newest(CompareKey, table.run) if table.run is not None else None
    compared = newest.value if newest is not None and key is not None else None
    looks = looks_of(state, content)
    frame = replace(
        frame,
        looks=looks,
        pictured=picture_topic(state, content),
        order=order_of(state, content),
        orders=_orders(state, content),
        left=_without_one(state, content),
        terms=_terms(state, content),
        compare=None if compared is None else dressed(compared, looks),
        baseline=pair_of(state, content)[0],
        method=pair_of(state, content)[1],
        problem=_run_problem(state, content),
        plot=_plot(state, content),
        joints=_joints(state, content, table),
        panes=person_panes(state, content) if people.face == "compare" else (),
        case=person_case(state, content),
        detectors=found.detectors,
        flagged=found.flagged,
        judged=sum(one.state != "unreviewed" for one in judged.verdicts.values()),
        counts=_counts(content),
    )
    if people.face == "compare":
        return replace(frame, sentence=sentence(frame.compare, frame.method) or _no_run(frame))
    overlay, side = overlay_key(state, content), side_key(state, content)
    return replace(
        frame,
        sentence=_checked(frame),
        overlay=content.computed.value(overlay) if overlay is not None else None,
        side=content.computed.value(side) if side is not None else None,
        marks=person_marks(state, content),
    )


def _table(content: Content) -> PeopleTable:
    table = table_of(content)
    assert table is not None
    return table


def _words(content: Content) -> Words | None:
    """Why there is nobody."""
    if content.opening is not None:
        return Words("Opening", content.opening, busy=True)
    if content.dataset is None:
        return Words("Nothing is open", "Open a data set with Ctrl+Shift+O, or drop its folder here.")
    key = book_key(content)
    outcome = content.computed.get(key) if key is not None else None
    if outcome is not None and outcome.problem is not None:
        return Words("These photos cannot be listed", outcome.problem)
    table = table_of(content)
    if table is None:
        return Words("Listing the people", content.dataset.name, busy=True)
    return None if len(table) else Words("No photo here", f"{content.dataset.name} is empty.")


def _run_problem(state: ViewerState, content: Content) -> str:
    key = run_key(state, content)
    outcome = content.computed.get(key) if key is not None else None
    return (outcome.problem or "") if outcome is not None else ""


def _no_run(frame: PeopleFrame) -> str:
    if frame.problem:
        return frame.problem
    if frame.report is not None or frame.state.run is not None:
        return "Reading the run" if frame.report is None else "Measuring"
    people = len(frame.table) if frame.table is not None else 0
    return f"{people:,} people in {frame.photos:,} photos; nothing has been measured yet."


def _checked(frame: PeopleFrame) -> str:
    total = len(frame.table) if frame.table is not None else 0
    verdicts = f"{frame.judged:,} {'has' if frame.judged == 1 else 'have'} a verdict"
    if frame.table is not None and not frame.table.measured:
        return f"{total:,} people have not been looked at yet; {verdicts}."
    verb = "has" if frame.flagged == 1 else "have"
    return f"{frame.flagged:,} of {total:,} people {verb} something that may be wrong; {verdicts}."


def _scan_note(content: Content) -> str:
    """What a scan said that is no finding."""
    known, book, measurements = KNOWN.of(content), book_of(content), measurements_of(content)
    if measurements is None or book is None:
        return ""
    looked = f"{measurements.scanned:,} photos looked at"
    problems = known.scan_problems or (*book.detector_problems, *measurements.problems)
    return f"{looked}. {len(problems)} notes: {problems[0]}" if problems else looked


def _place_problem(content: Content) -> str:
    book, known = book_of(content), KNOWN.of(content)
    if book is None:
        return ""
    noun = "verdict is about somebody" if book.unknown == 1 else "verdicts are about people"
    lost = f"{book.unknown} {noun} not in this data set." if book.unknown else ""
    return " ".join(part for part in (known.refused, book.problem, lost) if part)


@memo
def _counts(content: Content) -> tuple[tuple[str, int], ...]:
    """How many people have each verdict, and how many verdicts are old."""
    import polars as pl

    table = _table(content)
    found = dict(table.frame.group_by("verdict").len().iter_rows())
    old = int(table.frame.select(pl.col("verdict_old").sum()).item() or 0)
    return (*((state, int(number)) for state, number in sorted(found.items())), ("old", old))


# ---- the filter


@memo
def _terms(state: ViewerState, content: Content) -> tuple[Term, ...]:
    """The quick terms; those that are in the filter are on."""
    people, table = PEOPLE.of(state), _table(content)
    found = [("hidden", f"hidden > {people.hidden_from:g}")] if _has(table, "hidden") else []
    if table.run is not None and (term := difference_of(state, content)):
        method = CHOICE.of(state).title(pair_of(state, content)[1])
        found.append((f"{method.lower()} worse", f"{term} > 0.5"))
    found += [("findings", "finding = any")] if table.measured else []
    found += [("no verdict", "verdict = none")]
    return tuple(Term(title, words, on=words in people.where) for title, words in found)


def _has(table: PeopleTable, id: str) -> bool:
    column = table.column(id)
    return column is not None and not column.empty


@memo
def _without_one(state: ViewerState, content: Content) -> tuple[tuple[str, str], ...]:
    """Each term of a filter that finds nobody, with the filter that is left without it."""
    where, table, lines = PEOPLE.of(state).where, _table(content), lines_of(state, content)
    if lines is None or len(lines) or check(where, "", table) is not None:
        return ()
    found = []
    for start, end in terms_of(where, table):
        left = without_terms(where, (start, end), table)
        if len(filtered(table, left)):
            found.append((where[start:end], left))
    return tuple(found)


@memo
def _orders(state: ViewerState, content: Content) -> tuple[tuple[str, str], ...]:
    """What people can be ordered by: a number as the filter writes it, and words for it."""
    people, table = PEOPLE.of(state), _table(content)
    found: list[tuple[str, str]] = [("", "As in the data")]
    if table.run is not None:
        choice, baseline = CHOICE.of(state), pair_of(state, content)[0]
        found = [
            (difference(one, baseline, table), f"{choice.title(one)} worse first")
            for one in choice.sorted(table.methods)
            if one != baseline
        ]
        found += [(column.id, column.title) for column in table.filled if column.id.endswith("_mpjpe_mm")]
    if people.face == "check" and people.detector and _has(table, people.detector):
        column = table.column(people.detector)
        found.insert(0, (people.detector, column.title if column is not None else people.detector))
    found += [("worst", "Gravest finding")] if table.measured else []
    for id in _USUAL:
        column = table.column(id)
        if column is not None and not column.empty:
            found.append((column.id, column.title))
    chosen = order_of(state, content)
    if chosen and chosen not in dict(found):
        found.insert(0, (chosen, chosen))
    return tuple(dict(found).items())


# ---- the plot


@shown
def _plot(state: ViewerState, content: Content) -> PlotFrame:
    import numpy as np

    table, (x, y) = _table(content), _axes(state, content)
    choice = CHOICE.of(state)
    titles = _title(x, table, choice), _title(y, table, choice)
    if PEOPLE.of(state).plot != "quadrants":
        return PlotFrame(x, y, titles)
    across, up = values(table, x), values(table, y)
    both = np.isfinite(across) & np.isfinite(up)
    if not both.any():
        return PlotFrame(x, y, titles)
    limits = PEOPLE.of(state).limits or (float(np.median(across[both])), float(np.median(up[both])))
    right, above = across[both] > limits[0], up[both] > limits[1]
    counts = (~right & ~above, right & ~above, ~right & above, right & above)
    low, only_x, only_y, high = (int(part.sum()) for part in counts)
    names = _quadrant_names(state, table, x, y, titles)
    return PlotFrame(x, y, titles, limits, (low, only_x, only_y, high), names)


def _quadrant_names(
    state: ViewerState, table: PeopleTable, x: str, y: str, titles: tuple[str, str]
) -> tuple[str, str, str, str]:
    """What the quadrants of two methods' errors are called; of other numbers their axes say it."""
    of = {table.error(method): method for method in table.methods}
    if x not in of or y not in of:
        return "both low", f"only {titles[0]} high", f"only {titles[1]} high", "both high"
    choice = CHOICE.of(state)
    return quadrant_names(of[x], of[y], (the(choice.title(of[x])), the(choice.title(of[y]))))


def _axes(state: ViewerState, content: Content) -> tuple[str, str]:
    """The numbers of the plot: those chosen where they are there, else what the kind of plot is for."""
    people, table = PEOPLE.of(state), _table(content)
    first, second = _usual_axes(state, content)
    x = people.x if people.x and check("", people.x, table) is None else first
    y = people.y if people.y and check("", people.y, table) is None else second
    return ("hidden" if people.plot == "hidden" and _has(table, "hidden") else x), y


def _usual_axes(state: ViewerState, content: Content) -> tuple[str, str]:
    """Four quadrants: the errors of the two methods compared; else the yardstick's and how it changes."""
    table, (baseline, method) = _table(content), pair_of(state, content)
    errors = [table.error(one) for one in table.methods if _has(table, table.error(one))]
    if len(errors) < 2:
        numbers = [column.id for column in table.filled if column.kind == "number"]
        first = (errors or numbers or ["position"])[0]
        return first, (numbers[1:] or [first])[0]
    if PEOPLE.of(state).plot in ("quadrants", "histogram", "hidden"):
        return table.error(baseline), table.error(method)
    return table.error(baseline), difference_of(state, content)


def _title(words: str, table: PeopleTable, choice: MethodChoice) -> str:
    """What an axis is called."""
    column = table.column(words)
    if column is not None and column.method is not None:
        return column.heading.replace(title_of(column.method), choice.title(column.method), 1)
    if column is not None:
        return column.heading
    baseline = choice.pair(table.methods)[0]
    others = (one for one in table.methods if one != baseline and difference(one, baseline, table) == words)
    method = next(others, None)
    return f"{words}, mm" if method is None else f"{choice.title(method)} − {choice.title(baseline)}, mm"


def _joints(state: ViewerState, content: Content, table: PeopleTable) -> JointMeans | None:
    if joints_key(state, content) is None:
        return None
    outcome = content.computed.newest(JointsKey, table.run)
    return None if outcome is None else outcome.value
