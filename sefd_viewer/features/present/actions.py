"""The commands of presentations, and what they and slides do: they change the state and write files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.host import people_work
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_view import lines_of, table_of
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.app.story import PRESENT, Case, Choice, Show, read_show, write_show
from sefd_viewer.errors import SefdError
from sefd_viewer.features.present import model
from sefd_viewer.features.present.model import write_votes

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import CommandContext


MOST_ADDED = 50
"""At most this many rows of a table become cases at once."""


def present(controller: Controller) -> None:
    """Show the slides, beginning with the record in view where it is a case."""
    state = controller.state
    show = model.prepared(state, _title(controller))
    if show.cases:
        controller.store.set(model.begun(state, show, blind=False, now=time.monotonic()), remember=False)


def blind_test(controller: Controller, votes_file: str) -> None:
    """Show the slides without names; votes go to a file."""
    state = controller.state
    show = model.prepared(state, _title(controller))
    if show.cases:
        begun = model.begun(state, show, blind=True, now=time.monotonic(), votes_file=votes_file)
        controller.store.set(begun, remember=False)


def leave(controller: Controller) -> None:
    """Go back to the window as it was."""
    controller.store.set(model.left(controller.state), remember=False)


def go(controller: Controller, step: int) -> None:
    """Go `step` slides further."""
    slide = PRESENT.of(controller.state).slide
    if slide is not None:
        changed = model.at_slide(controller.state, slide + step, now=time.monotonic())
        controller.store.set(changed, remember=False)


def vote(controller: Controller, choice: Choice) -> None:
    """Vote about the slide in view; all votes are written at once, and nothing before the first."""
    state = controller.state
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changed = model.voted(state, choice, now=time.monotonic(), time=now)
    if changed is state:
        return
    controller.store.set(changed, remember=False)
    presentation = PRESENT.of(changed)
    if presentation.votes_file is not None:
        try:
            write_votes(Path(presentation.votes_file), presentation.show, presentation.votes)
        except SefdError as error:
            controller.say(str(error))


def begin_votes(controller: Controller) -> None:
    """Ask for the first vote, once it was read what is voted about."""
    controller.store.set(model.explained(controller.state, now=time.monotonic()), remember=False)


def uncover(controller: Controller) -> None:
    """Show one body more beside the photo, after the last one the photo alone."""
    controller.store.set(model.uncovered(controller.state), remember=False)


def toggle_numbers(controller: Controller) -> None:
    """Tell errors, or keep them back."""
    numbers = not PRESENT.of(controller.state).numbers
    controller.store.set(model.with_numbers(controller.state, numbers), remember=False)


def vote_on_these(controller: Controller) -> None:
    """Ask which body fits better, without names, from the case in view on; votes are kept in memory."""
    state = controller.state
    before, slide = PRESENT.of(state).before, PRESENT.of(state).slide
    if before is None or slide is None:
        return
    now = time.monotonic()
    begun = model.begun(before, PRESENT.of(state).show, blind=True, now=now)
    controller.store.set(model.at_slide(begun, slide, now=now), remember=False)


def change_show(controller: Controller, show: Show) -> None:
    """Make another list of cases."""
    controller.store.set(model.with_show(controller.state, show, now=time.monotonic()))


def add_record(controller: Controller) -> None:
    """Add the person in view to the list, else the photo, seen as now."""
    state = controller.state
    if state.record is not None:
        person = person_in_view(state, controller.content) or ""
        case = model.case_in_view(state, person, _title(controller))
        show = PRESENT.of(state).show.with_case(case)
        change_show(controller, show)
        controller.say(f"{_cases(len(show.cases))} to present")


def add_listed(controller: Controller) -> None:
    """Add the people picked, else the first whom the filter of People lists."""
    state, content = controller.state, controller.content
    table, lines = table_of(content), lines_of(state, content)
    if table is not None and lines is not None:
        rows = PEOPLE.of(state).picked or tuple(map(int, lines.rows[:MOST_ADDED]))
        _add(controller, [table.case(row) for row in rows[:MOST_ADDED]])


def _add(controller: Controller, people: Sequence[tuple[str, str | None]]) -> None:
    """Add people (record, person) who are not in the list yet."""
    show = PRESENT.of(controller.state).show
    before = len(show.cases)
    dataset = controller.content.dataset
    for record, person in people:
        place = None if dataset is None else dataset.find(record)
        title = record
        if dataset is not None and place is not None:
            title = photo_title(dataset.records[place], dataset)
        new = Case(record, title, person=person or "")
        if all(case.about != new.about for case in show.cases):
            show = show.with_case(new)
    change_show(controller, show)
    controller.say(f"{_cases(len(show.cases) - before)} added, {len(show.cases)} to present")


def check_run(controller: Controller) -> None:
    """See that there is a run whose people a report can show; SefdError with words when there is none."""
    if PEOPLE.of(controller.state).run is None:
        raise SefdError(
            "a report shows the people of a run, and none is chosen",
            remedy="Choose or begin one in People",
        )


def write_report(controller: Controller, path: str) -> None:
    """Write a page about the cases, from the run in view."""
    show = PRESENT.of(controller.state).show
    people_work(controller).runs.write_page_about(path, show.wanted, show.title)


def open_show(controller: Controller, path: str) -> None:
    """Open a list of cases; SefdError when the file is none."""
    show = read_show(Path(path))
    controller.store.set(model.with_show(controller.state, show, now=time.monotonic(), file=path))


def save_show(controller: Controller, path: str) -> None:
    """Save the list of cases; SefdError when that cannot be done."""
    presentation = PRESENT.of(controller.state)
    title = presentation.show.title or Path(path).name.partition(".")[0]
    show = replace(presentation.show, title=title)
    write_show(Path(path), show)
    changed = model.with_show(controller.state, show, now=time.monotonic(), file=path)
    controller.store.set(changed, remember=False)
    controller.say(f"Saved {_cases(len(show.cases))} to {path}")


def _cases(count: int) -> str:
    return f"{count} case" if count == 1 else f"{count} cases"


def _title(controller: Controller) -> str:
    scene = controller.content.scene
    return photo_title(scene.record, controller.content.dataset) if scene is not None else ""


def presentation_commands() -> list[Command]:
    """All of them, in the order of their menu."""
    return [
        Command(
            "present",
            "Present",
            lambda d: present(d.controller),
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
            lambda d: add_record(d.controller),
            ("Ctrl+D",),
            "The person in view, seen as now, to the cases to present",
            lambda c: c.state.record is not None,
        ),
        Command(
            "add_listed",
            "Add the people listed",
            lambda d: add_listed(d.controller),
            (),
            f"Those picked in People, else the first {MOST_ADDED} whom its filter lists",
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


def _blind_test(context: CommandContext) -> None:
    if path := context.shell.ask("votes"):
        blind_test(context.controller, path)


def _open(context: CommandContext) -> None:
    if path := context.shell.ask("cases"):
        open_show(context.controller, path)


def _save(context: CommandContext) -> None:
    if path := context.shell.ask("cases export"):
        save_show(context.controller, path)


def _report(context: CommandContext) -> None:
    check_run(context.controller)
    if path := context.shell.ask("report"):
        write_report(context.controller, path)
