"""The commands of presentations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.host import people_work
from sefd_viewer.app.people_view import lines_of
from sefd_viewer.app.story import PRESENT
from sefd_viewer.features.present import effects

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import Desk


def presentation_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    return [
        Command(
            "present",
            "Present",
            lambda d: effects.present(d.controller),
            ("F5",),
            "Full screen, large type: the prepared cases, or the photo in view",
            _has_cases,
        ),
        Command(
            "blind_test",
            "Blind A/B test…",
            _blind_test,
            ("Shift+F5",),
            "Sides drawn at random, no names; votes go to a CSV file",
            _has_cases,
        ),
        Command("cases", "Cases to present…", lambda d: d.shell.show_page("cases"), ("Ctrl+Shift+F5",)),
        Command(
            "add_case",
            "Add to story",
            lambda d: effects.add_record(d.controller),
            ("Ctrl+D",),
            "The person in view, seen as now, to the cases to present",
            lambda c: c.state.record is not None,
        ),
        Command(
            "add_listed",
            "Add the people listed",
            lambda d: effects.add_listed(d.controller),
            (),
            f"Those picked in People, else the first {effects.MOST_ADDED} whom its filter lists",
            lambda c: lines_of(c.state, c.content) is not None,
        ),
        Command("open_cases", "Open cases…", _open, (), "A list that was saved (.sefd-show.json)"),
        Command("save_cases", "Save cases…", _save, (), "", _has_list),
        Command(
            "report_cases",
            "Report of these cases…",
            _report,
            (),
            "One HTML file with notes: pictures to wipe, meshes to turn, numbers of the run in People",
            lambda c: _has_list(c) and not people_work(c).runs.busy,
        ),
    ]


def _has_cases(controller: Controller) -> bool:
    return controller.content.dataset is not None and (
        bool(PRESENT.of(controller.state).show.cases) or controller.state.record is not None
    )


def _has_list(controller: Controller) -> bool:
    return bool(PRESENT.of(controller.state).show.cases)


def _blind_test(desk: Desk) -> None:
    if path := desk.shell.ask("votes"):
        effects.blind_test(desk.controller, path)


def _open(desk: Desk) -> None:
    if path := desk.shell.ask("cases"):
        effects.open_show(desk.controller, path)


def _save(desk: Desk) -> None:
    if path := desk.shell.ask("cases export"):
        effects.save_show(desk.controller, path)


def _report(desk: Desk) -> None:
    effects.check_run(desk.controller)
    if path := desk.shell.ask("report"):
        effects.write_report(desk.controller, path)
