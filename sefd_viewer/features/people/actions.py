"""The commands of the workspace "People"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import Ask, CommandContext, Run
from sefd_viewer.app.feature import is_about_person
from sefd_viewer.app.people import KNOWN, PEOPLE, PeopleState
from sefd_viewer.app.people_view import book_of, judged_of, row_in_view, table_of
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.model import WORKSPACE, PeopleFrame
from sefd_viewer.features.people.service import REASONS_WITH_KEYS, Walk, service_of

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.judgements import VerdictState

JUDGE: tuple[tuple[VerdictState, str, str], ...] = (
    ("good", "Good", "G"),
    ("bad", "Bad", "B"),
    ("unsure", "Unsure", "U"),
    ("fixed", "Fixed", "X"),
)


def commands() -> list[Command]:
    """All of them."""
    return [*_faces(), *_judging(), *_walking(), *_scanning(), *_showing(), *_exchanging()]


def _faces() -> list[Command]:
    return [
        Command(
            f"people_{face}",
            title,
            lambda d, face=face: _show_face(d, face),  # type: ignore[misc]
            (),
            tip,
            in_people,
            lambda c, face=face: in_people(c) and PEOPLE.of(c.state).face == face,  # type: ignore[misc]
        )
        for face, title, tip in (
            ("compare", "Compare methods", "Methods and their errors over everybody"),
            ("check", "Check annotations", "Findings of the detectors, and verdicts about the annotations"),
        )
    ]


def _judging() -> list[Command]:
    verdicts = [
        Command(
            f"verdict_{state}",
            title,
            _judge(state),
            (key,),
            f"The annotation in view is {title.lower()}",
            can_judge,
            _is_judged(state),
        )
        for state, title, key in JUDGE
    ]
    digits = [
        Command(
            f"reason_{number}",
            f"Reason {number}",
            lambda d, number=number: service_of(d.controller).toggle_reason(number),  # type: ignore[misc]
            (str(number),),
            "What is wrong with the annotation in view",
            lambda c: in_people(c) and can_judge(c) and PEOPLE.of(c.state).face == "check",
        )
        for number in range(1, REASONS_WITH_KEYS + 1)
    ]
    take_back = Command(
        "verdict_take_back",
        "Take the verdict back",
        lambda d: service_of(d.controller).verdicts.take_back(),
        ("Backspace",),
        "The person in view has no verdict any more",
        lambda c: can_judge(c) and state_in_view(c) != "unreviewed",
    )
    tag = Command(
        "tag_people",
        "Tag…",
        lambda d: d.shell.tag_people(),
        ("T",),
        "Give the person in view, or everybody picked, tags, or remove them",
        can_judge,
    )
    return [*verdicts, take_back, tag, *digits]


def _walking() -> list[Command]:
    return [
        _walk("review_next_unreviewed", "Next without a verdict", "N", Walk.UNREVIEWED),
        _walk("review_next_flagged", "Next flagged", "Shift+N", Walk.FLAGGED),
        Command(
            "review_go_on",
            "Go on after a verdict",
            lambda d: _toggle(d, "go_on"),
            (),
            "A verdict brings the next person without one into view",
            in_people,
            lambda c: PEOPLE.of(c.state).go_on,
        ),
        Command(
            "pick_all",
            "Pick everybody shown",
            lambda d: service_of(d.controller).selecting.pick_all(),
            ("Ctrl+A",),
            "Everybody whom the filter shows, for a tag or a verdict",
            has_rows,
        ),
    ]


def _walk(id: str, title: str, key: str, walk: Walk) -> Command:
    return Command(id, title, lambda d: service_of(d.controller).selecting.go(walk), (key,), "", has_rows)


def _scanning() -> list[Command]:
    def start(name: str) -> Run:
        return lambda context: getattr(service_of(context.controller).scans, name)()

    return [
        Command("review_scan", "Scan all photos", start("start"), (), "Look for bad annotations", can_scan),
        Command(
            "review_scan_quick",
            "Scan all annotations, no pictures",
            start("start_quick"),
            (),
            "Much faster: without the detectors that look at pictures",
            can_scan,
        ),
        Command("review_scan_shown", "Scan whom the filter shows", start("start_shown"), (), "", can_scan),
        Command("review_scan_picked", "Scan whom is picked", start("start_picked"), (), "", can_scan),
    ]


def _showing() -> list[Command]:
    return [
        Command(
            "review_wall",
            "Pictures or table",
            _toggle_middle,
            (),
            "Small pictures, or the numbers",
            in_people,
            lambda c: PEOPLE.of(c.state).middle == "pictures",
        ),
        Command(
            "review_filter",
            "Filter people…",
            lambda d: d.shell.focus_filter(),
            ("Ctrl+F",),
            "Type what people must fulfil",
            in_people,
        ),
        Command(
            "people_without_bad",
            "Leave out bad and flagged",
            lambda d: _toggle(d, "without_bad"),
            (),
            "Compare without people whose annotation is bad, or flagged and not called good",
            in_people,
            lambda c: PEOPLE.of(c.state).without_bad,
        ),
    ]


def _exchanging() -> list[Command]:
    return [
        Command(
            "review_export",
            "Export verdicts…",
            _export,
            (),
            "As CSV or JSON, or a list of what is bad for training and evaluation to leave out",
            can_judge_any,
        ),
        Command(
            "review_merge",
            "Other reviewers…",
            _merge,
            (),
            "Merge another reviewer's verdicts and list where you disagree",
            can_judge_any,
        ),
    ]


def in_people(controller: Controller) -> bool:
    """The workspace is in view."""
    return controller.state.workspace == WORKSPACE


def has_rows(controller: Controller) -> bool:
    """There is somebody to go through."""
    return in_people(controller) and table_of(controller.content) is not None


def can_judge_any(controller: Controller) -> bool:
    """Verdicts can be kept."""
    book, shown = book_of(controller.content), in_people(controller) or is_about_person(controller.state)
    return shown and book is not None and book.store is not None


def can_judge(controller: Controller) -> bool:
    """Somebody is in view whose verdict can be kept."""
    return can_judge_any(controller) and row_in_view(controller.state, controller.content) is not None


def can_scan(controller: Controller) -> bool:
    """There are photos, and no scan is running."""
    return has_rows(controller) and KNOWN.of(controller.content).scan is None


def state_in_view(controller: Controller) -> str:
    """The verdict about the person in view."""
    table, row = table_of(controller.content), row_in_view(controller.state, controller.content)
    if table is None or row is None:
        return "unreviewed"
    verdict = judged_of(controller.content).verdicts.get(table.case(row))
    return verdict.state if verdict is not None else "unreviewed"


def _judge(state: VerdictState) -> Run:
    return lambda context: service_of(context.controller).verdicts.judge(state)


def _is_judged(state: str) -> Ask:
    return lambda controller: in_people(controller) and state_in_view(controller) == state


def _show_face(context: CommandContext, face: str) -> None:
    service_of(context.controller).change(face=face)


def _toggle(context: CommandContext, name: str) -> None:
    people: PeopleState = PEOPLE.of(context.controller.state)
    changes: dict[str, Any] = {name: not getattr(people, name)}
    service_of(context.controller).change(**changes)


def _toggle_middle(context: CommandContext) -> None:
    people = PEOPLE.of(context.controller.state)
    service_of(context.controller).change(middle="table" if people.middle == "pictures" else "pictures")


def _export(context: CommandContext) -> None:
    if path := context.shell.ask("verdict export"):
        service_of(context.controller).verdicts.export(Path(path))


def _merge(context: CommandContext) -> None:
    if path := context.shell.ask("verdicts"):
        service_of(context.controller).verdicts.merge(Path(path))


def exported(frame: PeopleFrame, path: Path) -> str:
    """Write the people shown as CSV or Parquet, by the file's ending; returns words about it."""
    from sefd_viewer.csv_cells import write_table

    table, lines = frame.table, frame.lines
    if table is None or lines is None:
        return "There is nothing to export"
    names = [one.id for one in table.columns if one.kind != "finding" and not one.empty]
    try:
        count = write_table(path, table.frame.select(names)[lines.rows])
    except SefdError as error:
        return str(error)
    return f"Wrote {count:,} rows to {path}"
