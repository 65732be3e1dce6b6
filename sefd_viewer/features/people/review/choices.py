"""What a person chooses in the workspace "Review": filter, order, thresholds, and the case to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.people.review.derive import lines_of, row_in_view
from sefd_viewer.features.people.review.host import Host
from sefd_viewer.features.people.review.walk import Walk, next_row

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.review.table import Case


class Choices:
    """Changes of the state; bringing a case into view is no step of undo."""

    def __init__(self, host: Host) -> None:
        self._host = host

    # ---- the case in view

    def choose(self, row: int) -> None:
        """Bring the case of a row into view."""
        table = self._host.content.review.table
        if table is not None:
            self._host.store.set(with_case(self._host.state, table.case(row)), remember=False)

    def pick(self, rows: Sequence[int], row: int) -> None:
        """Pick several rows, with the case of one of them in view."""
        table, several = self._host.content.review.table, tuple(sorted(rows)) if len(rows) > 1 else ()
        if table is not None:
            state = with_case(self._host.state, table.case(row))
            picked = replace(state, review=replace(state.review, picked=several))
            self._host.store.set(picked, remember=False)

    def choose_case(self, record: str, person: str | None) -> None:
        """Bring a case into view."""
        self._host.store.set(with_case(self._host.state, (record, person)), remember=False)

    def choose_person(self, person: str) -> None:
        """Bring another person of the record into view."""
        record = self._host.state.record
        if record is not None:
            self.choose_case(record, person)

    def go(self, walk: Walk) -> None:
        """Go to the next or last row, or the next that is unreviewed or flagged."""
        row = self._row_after(self._host.state, walk)
        if row is None:
            self._host.say(walk.nothing)
        else:
            self.choose(row)

    def further(self, state: ViewerState) -> ViewerState:
        """The state with the next unreviewed case in view, or as it is when there is none."""
        row, table = self._row_after(state, Walk.UNREVIEWED), self._host.content.review.table
        if row is None or table is None:
            self._host.say(Walk.UNREVIEWED.nothing)
            return state
        return with_case(state, table.case(row))

    def _row_after(self, state: ViewerState, walk: Walk) -> int | None:
        content = self._host.content
        shown, verdicts = lines_of(content), content.review.verdicts
        if shown is None or verdicts is None:
            return None
        return next_row(walk, shown, row_in_view(state, content), verdicts, content)

    # ---- filter, order, thresholds

    def set_threshold(self, detector: str, value: float) -> None:
        """Move a threshold; one movement is one step of undo."""
        moved = {**self._host.state.review.thresholds, detector: value}
        self.change(merge=f"threshold {detector}", thresholds=MappingProxyType(moved))

    def reset_threshold(self, detector: str) -> None:
        """Go back to the detector's own threshold."""
        kept = {key: value for key, value in self._host.state.review.thresholds.items() if key != detector}
        self.change(merge=f"reset {detector}", thresholds=MappingProxyType(kept))

    def set_detector(self, detector: str, on: bool) -> None:
        """Ask a detector, or do not."""
        off = self._host.state.review.off
        self.change(merge=f"on {detector}", off=off - {detector} if on else off | {detector})

    def set_words(self, words: str) -> None:
        """Filter; what is typed in one go is one step of undo."""
        self.change(merge="filter", words=words, picked=())

    def sort(self, column: str, descending: bool) -> None:
        """Sort by a column."""
        self.change(merge="sort", sort=column, descending=descending)

    def arrange(self, **changes: Any) -> None:
        """Change how things are shown; no step of undo."""
        self.change(**changes)

    def change(self, *, merge: str | None = None, **changes: Any) -> None:
        """Change the review's state; a step of undo where there is a word to `merge` it under."""
        state = self._host.state
        new = replace(state, review=replace(state.review, **changes))
        self._host.store.set(new, merge=merge, remember=merge is not None)


def with_case(state: ViewerState, case: Case) -> ViewerState:
    """The state with another case in view, and no other rows picked."""
    record, person = case
    moved = state if record == state.record else state.with_record(record)
    return replace(moved, person=person, review=replace(moved.review, picked=()))
