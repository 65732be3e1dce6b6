"""What goes on in the workspace "People", and the changes that its widgets and commands ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.filtering import with_term
from sefd_viewer.app.method_files import run_method
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.app.people import KNOWN, PEOPLE, Known
from sefd_viewer.app.people_view import judged_of, lines_of, row_in_view, table_of
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.judging import Judging
from sefd_viewer.features.people.pictures import Tiles
from sefd_viewer.features.people.running import Runs
from sefd_viewer.features.people.scanning import Scans

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.state import ViewerState


REASONS_WITH_KEYS = 9
"""Reasons that have a digit."""


class Walk(Enum):
    """Where to go."""

    NEXT = "This is the last one"
    LAST = "This is the first one"
    UNREVIEWED = "Everybody shown has a verdict"
    FLAGGED = "Nobody shown is flagged and without a verdict"


class Selecting:
    """Brings people into view, picks several, goes through them as the lines stand."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def choose(self, row: int) -> None:
        """Bring a row's person into view; no step of undo."""
        table = table_of(self._controller.content)
        if table is not None:
            self._controller.store.set(with_person(self._controller.state, *table.case(row)), remember=False)

    def choose_case(self, record: str, person: str | None) -> None:
        """Bring a person into view."""
        self._controller.store.set(with_person(self._controller.state, record, person), remember=False)

    def pick(self, rows: Sequence[int], row: int) -> None:
        """Pick several rows, with the person of one of them in view."""
        table = table_of(self._controller.content)
        several = tuple(sorted(rows)) if len(rows) > 1 else ()
        if table is not None:
            state = with_person(self._controller.state, *table.case(row))
            self._controller.store.set(PEOPLE.change(state, picked=several), remember=False)

    def inspect(self, row: int | None = None) -> None:
        """Show the person in view, or that of a row, in Inspect."""
        if row is not None:
            self.choose(row)
        state = self._controller.state
        table, place = table_of(self._controller.content), row_in_view(state, self._controller.content)
        if table is not None and place is not None:
            state = replace(state, person=table.case(place)[1])
        self._controller.store.set(replace(state, workspace="inspect"), remember=False)

    def go(self, walk: Walk) -> None:
        """Go to the next or last person, or the next without a verdict or flagged."""
        row = self._row_after(self._controller.state, walk)
        if row is None:
            self._controller.say(walk.value)
        else:
            self.choose(row)

    def further(self, state: ViewerState) -> ViewerState:
        """The state with the next person without a verdict in view, or as it is when there is none."""
        row, table = self._row_after(state, Walk.UNREVIEWED), table_of(self._controller.content)
        if row is None or table is None:
            self._controller.say(Walk.UNREVIEWED.value)
            return state
        return with_person(state, *table.case(row))

    def _row_after(self, state: ViewerState, walk: Walk) -> int | None:
        import numpy as np

        content = self._controller.content
        lines, table = lines_of(state, content), table_of(content)
        if lines is None or table is None or not len(lines):
            return None
        line = lines.line_of(row_in_view(state, content))
        if walk in (Walk.NEXT, Walk.LAST):
            to = 0 if line is None else line + (1 if walk is Walk.NEXT else -1)
            return int(lines.rows[to]) if 0 <= to < len(lines) else None
        judged = judged_of(content).verdicts
        done = {table.row(*case) for case, one in judged.items() if one.state != "unreviewed"}
        wanted = ~np.isin(lines.rows, [row for row in done if row is not None])
        if walk is Walk.FLAGGED:
            wanted &= table.numbers("findings")[lines.rows] > 0
        if line is not None:
            wanted[line] = False
        places = np.flatnonzero(wanted)
        if not len(places):
            return None
        after = int(np.searchsorted(places, 0 if line is None else line + 1))
        return int(lines.rows[places[after % len(places)]])

    def rows(self) -> list[int]:
        """The rows picked, else that of the person in view."""
        state, content = self._controller.state, self._controller.content
        row = row_in_view(state, content)
        return list(PEOPLE.of(state).picked) or ([] if row is None else [row])

    def pick_all(self) -> None:
        """Pick everybody whom the filter shows."""
        state, content = self._controller.state, self._controller.content
        lines = lines_of(state, content)
        if lines is not None and len(lines):
            rows = sorted(lines.rows.tolist())
            row = row_in_view(state, content)
            self.pick(rows, row if row is not None and row in rows else int(lines.rows[0]))


class PeopleService:
    """What goes on besides keys, and the changes that widgets and commands ask for."""

    def __init__(self, controller: Controller) -> None:
        surroundings = controller.surroundings
        self._controller = controller
        self.selecting = Selecting(controller)
        self.verdicts = Judging(controller, surroundings.post, self.selecting.further)
        self.scans = Scans(
            controller, surroundings.executor, surroundings.post, workers=surroundings.scan_workers
        )
        self.runs = Runs(controller, surroundings.post)
        self.tiles = Tiles(surroundings.executor, surroundings.post, controller.bodies.find)
        controller.content = KNOWN.put(controller.content, Known(reviewer=self.verdicts.reviewer))

    @property
    def busy(self) -> bool:
        """Whether a scan or a run goes on."""
        return self.scans.running or self.runs.busy

    @property
    def settling(self) -> bool:
        """Whether small pictures are still to come or verdicts are being written."""
        return self.tiles.busy or self.verdicts.settling

    def stop(self) -> None:
        """Stop the scan and the run, what was measured stays; pictures are made when they are seen again."""
        self.tiles.stop()
        self.scans.stop()
        self.runs.stop()

    def close(self) -> None:
        """The window closes."""
        self.tiles.close()
        self._leave()

    def forget(self) -> None:
        """Another data set was opened: what was found belongs to the old one."""
        self._leave()
        self.tiles.clear()
        controller = self._controller
        controller.content = KNOWN.put(controller.content, Known(reviewer=self.verdicts.reviewer))

    def _leave(self) -> None:
        self.scans.drop()
        self.runs.close()
        self.verdicts.close()

    # ---- what is shown, in which order

    def change(self, merge: str | None = None, **changes: Any) -> None:
        """Change what is chosen; a step of undo where there is a word to `merge` it under."""
        state = PEOPLE.change(self._controller.state, **changes)
        self._controller.store.set(state, merge=merge, remember=merge is not None)

    def filter(self, words: str) -> None:
        """Filter; what is typed in one go is one step of undo."""
        people = PEOPLE.of(self._controller.state)
        self.change("filter", where=words, applied=people.applied + 1, picked=())

    def measure(self, methods: Sequence[MethodInfo], *, limit: int | None, poses: str) -> None:
        """Measure methods over the data set, or its first photos; words where a file is none."""
        weights = self._controller.settings.weights
        try:
            wanted = tuple(run_method(info, weights, self._controller.content) for info in methods)
        except SefdError as error:
            self._controller.say(str(error))
        else:
            self.runs.run(wanted, limit=limit, poses=poses)

    def measure_against(self, method: str) -> None:
        """Make a method the yardstick, here and everywhere."""
        state = self._controller.state
        self._controller.store.set(with_choice(state, replace(CHOICE.of(state), baseline=method)))

    def compare_with(self, method: str) -> None:
        """Speak of another method beside the yardstick, here and everywhere."""
        state = self._controller.state
        choice = replace(CHOICE.of(state), compared=method)
        self._controller.store.set(with_choice(state, choice), merge="compared")

    def add_term(self, term: str) -> None:
        """One more condition in the filter, or one less where it is there."""
        where = PEOPLE.of(self._controller.state).where
        if term in where:
            left = [part.strip() for part in where.split(" and ") if part.strip() != term]
            self.filter(" and ".join(left))
        else:
            self.filter(with_term(where, term))

    def sort(self, order: str, descending: bool) -> None:
        """Order by a column or another number."""
        self.change("order", order=order, descending=descending)

    def set_threshold(self, detector: str, value: float | None) -> None:
        """Move a detector's limit (None: back to its own); one movement is one step of undo."""
        moved = {k: v for k, v in PEOPLE.of(self._controller.state).thresholds.items() if k != detector}
        if value is not None:
            moved[detector] = value
        self.change(f"limit {detector}", thresholds=MappingProxyType(moved))

    def ask_detector(self, detector: str, on: bool) -> None:
        """Ask a detector, or do not."""
        off = PEOPLE.of(self._controller.state).off
        self.change(f"on {detector}", off=off - {detector} if on else off | {detector})

    def toggle_reason(self, number: int) -> None:
        """Give the person in view the reason with this digit, or take it."""
        from sefd_viewer.judgements import ISSUE_KINDS

        content, state = self._controller.content, self._controller.state
        table, row = table_of(content), row_in_view(state, content)
        if table is None or row is None:
            return
        verdict = judged_of(content).verdicts.get(table.case(row))
        issues, kind = (verdict.issues if verdict is not None else ()), reasons()[number - 1]
        given = {*issues} ^ {kind}
        self.verdicts.write(issues=tuple(one for one in ISSUE_KINDS if one in given))


def reasons() -> tuple[str, ...]:
    """The kinds of issues, those with a digit first."""
    from sefd_viewer.judgements import ISSUE_KINDS

    first = ("depth_order", "body", "camera", "keypoints", "box", "swap", "overlap", "duplicate", "identity")
    return (*first, *(kind for kind in ISSUE_KINDS if kind not in first))


def service_of(controller: Controller) -> PeopleService:
    """The service of this feature."""
    return controller.service(PeopleService)


def with_person(state: ViewerState, record: str, person: str | None) -> ViewerState:
    """The state with another person in view, and no other rows picked."""
    moved = state if record == state.record else state.with_record(record)
    return PEOPLE.change(replace(moved, person=person), picked=())
