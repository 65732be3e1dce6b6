"""From the state and what is known to what the workspace "Review" shows: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import Words
from sefd_viewer.features.people.review.derive import (
    BOOK,
    CASE,
    FOUND,
    LINES,
    case_in_view,
    facts_of,
    findings_of,
    is_open,
    lines_of,
    order_of,
    row_in_view,
)
from sefd_viewer.features.people.review.frame import CaseFrame, ReviewFrame
from sefd_viewer.features.people.review.query import QueryError
from sefd_viewer.features.people.review.state import CASE_LAYERS
from sefd_viewer.features.people.review.verdict_columns import STATES

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.review.case import CaseFacts
    from sefd_viewer.features.people.review.table import Case


def as_reviewed(state: ViewerState, content: Content) -> ViewerState:
    """The state as the workspace "Review" shows it: the annotation on the photo, and nothing else."""
    if not is_open(state):
        return state
    layers = {key: replace(layer, visible=key == "image") for key, layer in state.layers.items()}
    for key in CASE_LAYERS:
        layers[key] = replace(state.layers[key], visible=key in state.review.layers)
    case = case_in_view(state, content)
    person = case[1] if case is not None else state.person
    return replace(state, layers=layers, overlay="truth", hidden_people=frozenset(), person=person)


def review_frame(state: ViewerState, content: Content) -> ReviewFrame:
    """Decide what the workspace shows; an empty frame while another one is in view."""
    if not is_open(state):
        return ReviewFrame()
    review, shown, findings = content.review, lines_of(content), findings_of(content)
    row = row_in_view(state, content)
    return ReviewFrame(
        state=state.review,
        table=review.table,
        verdicts=review.verdicts,
        findings=findings,
        lines=shown,
        line=shown.line_of(row) if shown is not None else None,
        mistake=_mistake(state),
        busy=any(name in content.running for name in (BOOK, FOUND, LINES)),
        words=_words(content),
        case=_case(state, content, row),
        detectors=findings.detectors if findings is not None else (),
        scan=review.scan,
        scan_note=_scan_note(content),
        counts=tuple(review.verdicts.counts.items()) if review.verdicts is not None else (),
        place=review.book.place if review.book is not None else "",
        place_problem=_place_problem(content),
        reviewer=review.reviewer,
        disagreements=review.disagreements,
    )


def _mistake(state: ViewerState) -> str:
    try:
        order_of(state)
    except QueryError as error:
        return str(error)
    return ""


def _words(content: Content) -> Words | None:
    """Why there are no rows."""
    if content.opening is not None:
        return Words("Opening", content.opening, busy=True)
    if content.dataset is None:
        return Words("Nothing is open", "Open a data set with Ctrl+Shift+O, or drop its folder here.")
    outcome = content.outcomes.get(BOOK)
    if outcome is not None and outcome.problem is not None and outcome.key == ("book", content.opened):
        return Words("These records cannot be listed", outcome.problem)
    if content.review.table is None:
        return Words("Listing the people", content.dataset.name, busy=True)
    if not len(content.review.table):
        return Words("No record here", f"{content.dataset.name} is empty.")
    shown = lines_of(content)
    if shown is None:
        return Words("Listing the people", content.dataset.name, busy=True)
    return None if len(shown) else Words("Nothing fits the filter", "Change its words, or empty it.")


def _scan_note(content: Content) -> str:
    """What a scan said that is no finding."""
    review = content.review
    if review.measured is None or review.table is None:
        return ""
    looked = f"{review.measured.looked:,} records looked at"
    return (
        f"{looked}. {len(review.scan_problems)} notes: {review.scan_problems[0]}"
        if review.scan_problems
        else looked
    )


def _place_problem(content: Content) -> str:
    book = content.review.book
    if book is None:
        return ""
    noun = "verdict is about a case" if book.unknown == 1 else "verdicts are about cases"
    lost = f"{book.unknown} {noun} not in this data set." if book.unknown else ""
    return " ".join(part for part in (book.problem, lost) if part)


# ---- the case in view


def _case(state: ViewerState, content: Content, row: int | None) -> CaseFrame | None:
    case, verdicts, table = case_in_view(state, content), content.review.verdicts, content.review.table
    if case is None or row is None or verdicts is None or table is None:
        return None
    verdict = verdicts.by_row.get(row)
    frame = CaseFrame(
        key=case,
        title=_title(case),
        about=_about(content, row),
        state=STATES[int(verdicts.codes[row])],
        old=bool(verdicts.old[row]),
        issues=verdict.issues if verdict is not None else (),
        note=verdict.note if verdict is not None else "",
        findings_note=_findings_note(content, measured=True),
    )
    facts = facts_of(case, content)
    if facts is None:
        outcome = content.outcomes.get(CASE)
        return replace(frame, findings_note=(outcome.problem or "") if outcome is not None else "")
    return replace(
        frame,
        changed=facts.changed,
        findings=facts.findings,
        findings_note="" if facts.findings else _nothing_found(content, facts),
        history=facts.history,
        missing=facts.missing,
        box_xywh=facts.box_xywh,
    )


def _title(case: Case) -> str:
    record, person = case
    return record if person is None else f"{record} · person {person}"


def _about(content: Content, row: int) -> str:
    """What the table knows about the case, in one line."""
    table = content.review.table
    assert table is not None
    values = table.frame.row(row, named=True)
    parts = [f"camera {values['view']}" if values.get("view") else ""]
    parts += [str(values.get(name) or "") for name in ("subject", "action")]
    if values.get("person") is not None:
        parts.append(f"{values.get('keypoints') or 0} keypoints")
        parts.append("body" if values.get("smpl") else "no body")
    return " · ".join(part for part in parts if part)


def _nothing_found(content: Content, facts: CaseFacts) -> str:
    """That nothing was found is said only of what was looked at."""
    note = _findings_note(content, measured=facts.measured)
    no_body = " Those that need a body had none to look at."
    return note + no_body if facts.measured and facts.bodiless else note


def _findings_note(content: Content, *, measured: bool) -> str:
    if content.review.table is not None and not content.review.table.has_people:
        return "Nobody is annotated here: there is little to measure."
    if content.review.measured is None:
        return "Nothing was measured yet: Scan looks for bad annotations."
    return "No detector found anything here." if measured else "This record was not measured yet."
