"""The person in view: every method's body, what was found and decided, and the sentence about them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.app.errors_in_mm import metrics_of
from sefd_viewer.app.frame import MarkFrame, shown
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import CHOICE, as_role, person_title
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.app.people_view import (
    judged_of,
    judged_pair,
    limits_of,
    old_of,
    pair_of,
    row_in_view,
    table_of,
)
from sefd_viewer.features.people.case import CaseFacts
from sefd_viewer.features.people.model import CaseFrame, PaneFrame, case_key, pane_keys, shown_methods

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.findings import DetectorFrame
    from sefd_viewer.app.state import ViewerState


@memo
def person_panes(state: ViewerState, content: Content) -> tuple[PaneFrame, ...]:
    """The baseline and the method beside it."""
    table, row = table_of(content), row_in_view(state, content)
    if table is None or row is None:
        return ()
    keys = pane_keys(state, content)
    methods, choice = shown_methods(state, content), CHOICE.of(state)
    errors = [_error(content, table, row, method) for method in methods]
    panes = []
    for place, (method, error) in enumerate(zip(methods, errors, strict=True)):
        key = keys[place] if place < len(keys) else None
        picture = content.computed.value(key) if key is not None else None
        apart = error - errors[0] if place else math.nan
        words = "" if key is None or key.stage is not None else _why_no_body(content, method)
        panes.append(
            PaneFrame(method, choice.title(method), choice.color(method), error, apart, picture, words)
        )
    return tuple(panes)


def _error(content: Content, table: PeopleTable, row: int, method: str) -> float:
    """A method's error on a person: as the run has it, else as it was measured now."""
    if method in table.methods and (id := table.error(method)) in table.frame.columns:
        return float(table.numbers(id)[row])
    found = metrics_of(content).get((table.case(row)[1] or "", method))
    return math.nan if found is None or found.mpjpe_mm is None else float(found.mpjpe_mm)


def _why_no_body(content: Content, method: str) -> str:
    if as_role(method) is None:
        return "only numbers of this method are known here"
    return "" if content.inference.busy else "no body of this method"


@shown
def person_case(state: ViewerState, content: Content) -> CaseFrame | None:
    """Everything about the person in view."""
    table, row = table_of(content), row_in_view(state, content)
    if table is None or row is None:
        return None
    case, judged = table.case(row), judged_of(content)
    verdict, key = judged.verdicts.get(case), case_key(state, content)
    outcome = content.computed.newest(type(key), case) if key is not None else None
    facts: CaseFacts | None = outcome.value if outcome is not None else None
    words, tone = _account(state, content)
    return CaseFrame(
        key=case,
        row=row,
        name=person_name(table, row),
        place=table.place(row),
        state=verdict.state if verdict is not None else "unreviewed",
        old=case in old_of(content),
        issues=verdict.issues if verdict is not None else (),
        note=verdict.note if verdict is not None else "",
        tags=judged.tags.of(case) if judged.tags is not None else (),
        says=tuple((one.reviewer or "somebody", one.state) for one in judged.others.get(case, ())),
        sentence=words,
        tone=tone,
        facts=facts,
        findings_note=_findings_note(table, facts, (outcome.problem or "") if outcome is not None else ""),
    )


def person_name(table: PeopleTable, row: int) -> str:
    """What a person is called: by name, else by number in the photo; a photo without anybody "Nobody"."""
    record, person = table.case(row)
    if person is None:
        return "Nobody"
    rows = table.rows_of(record) if any(letter.isdigit() for letter in person) else [row]
    return person_title(person, rows.index(row) if row in rows else 0)


def person_place(table: PeopleTable | None, row: int, *, short: bool) -> str:
    """Camera and frame of a row without many words, as a tile has room for."""
    words = table.place(row).replace("frame ", "") if table is not None else ""
    return words.replace("Camera", "cam") if short else words


def finding_words(table: PeopleTable, row: int, chosen: DetectorFrame | None) -> str:
    """What the chosen detector measured, else how many found something."""
    if chosen is not None and (column := table.column(chosen.id)) is not None and not column.empty:
        value, unit = float(table.numbers(chosen.id)[row]), chosen.unit if len(chosen.unit) < 3 else ""
        return "" if math.isnan(value) else f"{value:.3g} {unit}".strip()
    count = table.cells(row)["findings"] if table.measured else 0
    return f"{count} found" if count else ""


def person_tip(table: PeopleTable | None, row: int) -> str:
    """Who a row is, where, what is worst and which tags it bears, a line each."""
    if table is None:
        return ""
    cells, title = table.cells(row), f"{person_name(table, row)} · {table.place(row)}"
    return "\n".join(filter(None, (title, cells["record"], cells["worst"], cells["tags"])))


@memo
def _account(state: ViewerState, content: Content) -> tuple[str, str]:
    """What happened to the person in view, in a sentence, and whether that is better or worse."""
    from sefd_viewer.app.person_numbers import MethodNumbers, PersonNumbers
    from sefd_viewer.app.sentences import account_of

    table, row = table_of(content), row_in_view(state, content)
    if table is None or row is None or table.run is None:
        return "", ""
    name, methods, choice = person_name(table, row).lower(), [], CHOICE.of(state)
    baseline, first = pair_of(state, content)
    for method in table.methods:
        if method in choice.hidden - {baseline, first}:
            continue
        id = table.error(method)
        error = float(table.numbers(id)[row]) if id in table.frame.columns else math.nan
        methods.append(
            MethodNumbers(method, choice.title(method), role=as_role(method) or "", error_mm=error)
        )
    if baseline in table.methods:
        floors = {one.name: table.run.floor(one.name, baseline) for one in methods}
        methods = [replace(one, floor_mm=floors[one.name]) for one in methods]
    methods.sort(key=lambda one: (one.name != baseline, one.name != first))
    hidden = float(table.numbers("hidden")[row]) if "hidden" in table.frame.columns else math.nan
    cells = table.cells(row)
    found = [title for id, title in table.detectors if cells.get(f"found {id}")]
    numbers = PersonNumbers(
        who=name if name[-1:].isdigit() else f"the {name}",
        methods=tuple(methods),
        baseline=baseline,
        has_truth=bool(cells.get("truth")),
        hidden=hidden,
        judged=judged_pair(state, content),
        limits_mm=limits_of(state, content),
        findings=tuple(found),
    )
    account = account_of(numbers)
    tone = next((part.tone for part in account.sentence if part.tone in ("better", "worse")), "")
    return account.text, tone


def _findings_note(table: PeopleTable, facts: CaseFacts | None, problem: str) -> str:
    """That nothing was found is said only of what was looked at."""
    if problem or facts is None:
        return problem
    if facts.findings:
        return ""
    if table.frame["person"].null_count() == len(table):
        return "Nobody is annotated here: there is little to measure."
    if not table.measured:
        return "Nothing has been measured yet: Scan looks for bad annotations."
    if not facts.measured:
        return "This photo has not been measured yet."
    note = "No detector found anything here."
    return f"{note} Those that need a body had none to look at." if facts.bodiless else note


@memo
def person_marks(state: ViewerState, content: Content) -> tuple[MarkFrame, ...]:
    """The annotated 2D joints and boxes of the photo in view, the person's own in full."""
    from sefd_viewer.geometry.joints import as_joint_set

    scene, layers, row, table = (
        content.scene,
        PEOPLE.of(state).layers,
        row_in_view(state, content),
        table_of(content),
    )
    if scene is None or table is None:
        return ()
    own = table.case(row)[1] if row is not None else None
    marks: list[MarkFrame] = []
    for person in scene.people:
        color = (0xCC, 0x79, 0xA7) if person.key == own else (0x6F, 0x9B, 0xD8)
        if "boxes" in layers:
            x, y, width, height = (float(value) for value in person.pose2d.bbox_xywh)
            marks.append(MarkFrame(person.key, color, box_xywh=(x, y, width, height)))
        if "poses" in layers and (own is None or person.key == own):
            points = person.pose2d.keypoints[:, :2].astype(float)
            points[person.pose2d.keypoints[:, 2] < person.pose2d.joint_threshold] = math.nan
            bones = as_joint_set(person.pose2d.joint_set).skeleton
            marks.append(MarkFrame(person.key, color, points, tuple(bones)))
    return tuple(marks)
