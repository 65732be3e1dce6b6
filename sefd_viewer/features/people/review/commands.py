"""The commands of the workspace "Review"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.effects import Ask, Desk, Run
from sefd_viewer.features.people.review.derive import is_open
from sefd_viewer.features.people.review.walk import Walk

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.judgements import VerdictState

JUDGE: tuple[tuple[str, str, str], ...] = (
    ("good", "Good", "G"),
    ("bad", "Bad", "B"),
    ("unsure", "Unsure", "U"),
    ("fixed", "Fixed", "X"),
)


def review_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    return [*_judging(), *_walking(), *_scanning(), *_showing(), *_exchanging()]


def _judging() -> list[Command]:
    verdicts = [
        Command(
            f"verdict_{state}",
            title,
            _judge(state),  # type: ignore[arg-type]
            (key,),
            f"The annotation in view is {title.lower()}",
            can_judge,
            _is_judged(state),
        )
        for state, title, key in JUDGE
    ]
    take_back = Command(
        "verdict_take_back",
        "Take the verdict back",
        lambda d: d.controller.review.verdicts.take_back(),
        ("Backspace",),
        "The case in view is unreviewed again",
        lambda c: can_judge(c) and state_in_view(c) != "unreviewed",
    )
    return [*verdicts, take_back]


def _walking() -> list[Command]:
    return [
        Command(
            "review_next_unreviewed",
            "Next unreviewed",
            lambda d: d.controller.review.choices.go(Walk.UNREVIEWED),
            ("N",),
            "The next row without a verdict",
            has_rows,
        ),
        Command(
            "review_next_flagged",
            "Next flagged",
            lambda d: d.controller.review.choices.go(Walk.FLAGGED),
            ("Shift+N",),
            "The next row with a finding and without a verdict",
            has_rows,
        ),
        Command(
            "review_go_on",
            "Go on after a verdict",
            lambda d: d.controller.review.choices.arrange(go_on=not d.controller.state.review.go_on),
            (),
            "A verdict brings the next unreviewed row into view",
            in_review,
            lambda c: c.state.review.go_on,
        ),
    ]


def _scanning() -> list[Command]:
    return [
        Command(
            "review_scan",
            "Scan all records",
            lambda d: d.controller.review.scans.start(),
            (),
            "Look for bad annotations with the detectors",
            can_scan,
        ),
        Command(
            "review_scan_quick",
            "Scan all annotations, no pictures",
            lambda d: d.controller.review.scans.start_quick(),
            (),
            "Much faster: without the detectors that look at pictures",
            can_scan,
        ),
        Command(
            "review_scan_shown",
            "Scan the rows shown",
            lambda d: d.controller.review.scans.start_shown(),
            (),
            "Look for bad annotations among the rows that the filter shows",
            can_scan,
        ),
        Command(
            "review_scan_picked",
            "Scan the rows picked",
            lambda d: d.controller.review.scans.start_picked(),
            (),
            "Look for bad annotations in the case in view, or in all rows picked",
            can_scan,
        ),
    ]


def _showing() -> list[Command]:
    return [
        Command(
            "review_wall",
            "Wall of pictures",
            _toggle_wall,
            (),
            "Small pictures instead of the table",
            in_review,
            lambda c: c.state.review.layout == "wall",
        ),
        Command(
            "review_filter",
            "Filter rows…",
            lambda d: d.shell.focus_filter(),
            ("Ctrl+F",),
            "Type what rows must hold",
            in_review,
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
            can_exchange,
        ),
        Command(
            "review_merge",
            "Merge verdicts…",
            _merge,
            (),
            "Take in another reviewer's verdicts and list where you disagree",
            can_exchange,
        ),
    ]


# ---- when they make sense


def in_review(controller: Controller) -> bool:
    """The workspace is in view."""
    return is_open(controller.state)


def has_rows(controller: Controller) -> bool:
    """There are rows to go through."""
    return in_review(controller) and controller.content.review.table is not None


def can_judge(controller: Controller) -> bool:
    """A case is in view whose verdict can be kept."""
    book = controller.content.review.book
    shown = in_review(controller) and controller.frame.review.case is not None
    return shown and book is not None and book.store is not None


def can_exchange(controller: Controller) -> bool:
    """Verdicts are at hand."""
    book = controller.content.review.book
    return in_review(controller) and book is not None and book.store is not None


def can_scan(controller: Controller) -> bool:
    """There are records, and no scan is running."""
    return has_rows(controller) and controller.content.review.scan is None


def state_in_view(controller: Controller) -> str:
    """The verdict of the case in view."""
    case = controller.frame.review.case
    return case.state if case is not None else "unreviewed"


# ---- what they do


def _judge(state: VerdictState) -> Run:
    return lambda desk: desk.controller.review.verdicts.judge(state)


def _is_judged(state: str) -> Ask:
    return lambda controller: in_review(controller) and state_in_view(controller) == state


def _export(desk: Desk) -> None:
    if path := desk.shell.ask_verdict_export():
        desk.controller.review.verdicts.export(Path(path))


def _merge(desk: Desk) -> None:
    if path := desk.shell.ask_verdicts():
        desk.controller.review.verdicts.merge(Path(path))


def _toggle_wall(desk: Desk) -> None:
    review = desk.controller.state.review
    desk.controller.review.choices.arrange(layout="table" if review.layout == "wall" else "wall")
