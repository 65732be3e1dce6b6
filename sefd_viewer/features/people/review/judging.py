"""Verdicts that a person gives, takes back and exchanges; undo and redo of the state take them along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.review.book import old_rows, row_of_case, rows_of
from sefd_viewer.features.people.review.choices import Choices
from sefd_viewer.features.people.review.exchange import compared, export_verdicts
from sefd_viewer.features.people.review.host import Host, case_and_row, store_of

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.review.table import Case
    from sefd_viewer.judgements import Verdict, VerdictState

FEW = 50
"""Verdicts that are compared with today's annotations at once; more are, on the thread pool."""
MOST = 1000
"""Rows that one verdict may be for: each is looked at while one waits."""


class Judging:
    """Acts on the case in view; verdicts are on the disk a moment after a call.

    `step` counts the changes; the state carries the same number, so that undo and redo are seen in it.
    """

    def __init__(self, host: Host, choices: Choices) -> None:
        self._host, self._choices = host, choices
        self.step = 0
        host.store.connect(self._state_changed)

    def judge(self, state: VerdictState) -> None:
        """Give the case in view, or all rows picked, a verdict, and go on. Raises SefdError."""
        found, picked = self._row_and_verdict(), self._host.state.review.picked
        if found is None:
            return
        row, verdict = found
        issues, note = (verdict.issues, verdict.note) if verdict is not None else ((), "")
        self._keep(picked if row in picked else (row,), state, issues, note)
        after = self._with_step(picked=())
        self._host.store.set(self._choices.further(after) if after.review.go_on else after)

    def write(self, *, issues: tuple[str, ...] | None = None, note: str | None = None) -> None:
        """Write issues or a note into the verdict of the case, reviewed or not. Raises SefdError."""
        found = self._row_and_verdict()
        if found is None:
            return
        row, verdict = found
        before = (verdict.issues, verdict.note) if verdict is not None else ((), "")
        after = (before[0] if issues is None else issues, before[1] if note is None else note)
        if after != before:
            self._keep((row,), verdict.state if verdict is not None else "unreviewed", *after)
            self._host.store.set(self._with_step())

    def take_back(self) -> None:
        """The case in view is unreviewed again."""
        found, store = case_and_row(self._host), store_of(self._host)
        if found is None or store is None or store.get(*found[0]) is None:
            return
        case, row = found
        store.remove(*case, reviewer=self.reviewer)
        self._show({row: None})
        self._count()

    @property
    def reviewer(self) -> str:
        """Who judges: the name given, else the one that this computer knows."""
        return self._host.settings.reviewer or _login_name()

    def set_reviewer(self, name: str) -> None:
        """Remember who judges."""
        self._host.change_settings(reviewer=name.strip())
        self._host.change_review(replace(self._host.content.review, reviewer=self.reviewer))

    def _keep(self, rows: Sequence[int], state: VerdictState, issues: tuple[str, ...], note: str) -> None:
        """Put one verdict about each row into the store, all of them as one step."""
        store = store_of(self._host)
        if store is None:
            raise SefdError("verdicts cannot be kept here")
        if len(rows) > MOST:
            raise SefdError(
                f"{len(rows):,} rows are too many for one verdict", remedy=f"Pick at most {MOST:,}"
            )
        kept = store.put_all([self._verdict(row, state, issues, note) for row in rows])
        self.step += 1
        self._show(dict(zip(rows, kept, strict=True)))

    def _verdict(self, row: int, state: VerdictState, issues: tuple[str, ...], note: str) -> Verdict:
        """A verdict about a row, which keeps its own issues and note where none are given."""
        from sefd_viewer.judgements import Verdict, fingerprint

        dataset, review = self._host.content.dataset, self._host.content.review
        assert dataset is not None
        assert review.table is not None
        own = review.verdicts.by_row.get(row) if review.verdicts is not None else None
        if own is not None and len(self._host.state.review.picked) > 1:
            issues, note = issues or own.issues, note or own.note
        record, person = review.table.case(row)
        judged = fingerprint(dataset.records[int(review.table.positions[row])], person)
        return Verdict(record, person, state, issues, note, self.reviewer, fingerprint=judged)

    def _show(self, changed: Mapping[int, Verdict | None]) -> None:
        """Show verdicts that were given just now."""
        review = self._host.content.review
        if review.verdicts is not None:
            self._host.change_review(replace(review, verdicts=review.verdicts.with_verdicts(changed)))

    def _show_read(self, changed: Mapping[int, Verdict | None]) -> None:
        """Show verdicts that were read, some of which may be about another annotation."""
        review, dataset = self._host.content.review, self._host.content.dataset
        if review.verdicts is None or review.table is None or dataset is None:
            return
        verdicts = review.verdicts.with_verdicts(changed)
        checks = review.checks + (len(changed) > FEW)
        if len(changed) <= FEW:
            read = {row: verdict for row, verdict in changed.items() if verdict is not None}
            verdicts = verdicts.with_old(verdicts.old_rows | old_rows(dataset, review.table, read))
        self._host.change_review(replace(review, verdicts=verdicts, checks=checks))

    def _state_changed(self, _old: ViewerState, new: ViewerState) -> None:
        """Undo and redo of the state undo and redo verdicts."""
        store = store_of(self._host)
        while store is not None and new.review.step != self.step:
            back = new.review.step < self.step
            cases = store.undo() if back else store.redo()
            if not cases:
                break
            self.step += -1 if back else 1
            self._read_again(cases)

    def _read_again(self, cases: Sequence[Case]) -> None:
        content = self._host.content
        store, table, dataset = store_of(self._host), content.review.table, content.dataset
        if store is None or table is None or dataset is None:
            return
        rows = {case: row_of_case(dataset, table, *case) for case in cases}
        self._show_read({row: store.get(*case) for case, row in rows.items() if row is not None})

    # ---- to and from files

    def export(self, path: Path) -> None:
        """Write all verdicts, or the list of what is bad, as the file's ending says. Raises SefdError."""
        store = store_of(self._host)
        if store is not None:
            count = export_verdicts(store, path)
            self._host.say(f"{count} verdict{'s' * (count != 1)} written to {path}")

    def merge(self, path: Path) -> None:
        """Take in what another reviewer decided and oneself did not; list where the two disagree."""
        store, dataset, review = store_of(self._host), self._host.content.dataset, self._host.content.review
        if store is None or dataset is None or review.table is None:
            return
        new, found = compared(store, path)
        self._host.change_review(replace(review, disagreements=found))
        if new:
            kept = store.put_all(new)
            self._show_read(rows_of(dataset, review.table, kept))
            self._count()

    def close_disagreements(self) -> None:
        """The list of disagreements was read."""
        self._host.change_review(replace(self._host.content.review, disagreements=None))

    def _count(self) -> None:
        """Make a change of the store a step of undo."""
        self.step += 1
        self._host.store.set(self._with_step())

    def _with_step(self, **changes: Any) -> ViewerState:
        state = self._host.state
        return replace(state, review=replace(state.review, step=self.step, **changes))

    def _row_and_verdict(self) -> tuple[int, Verdict | None] | None:
        """The row of the case in view, and its verdict where it has one."""
        found, verdicts = case_and_row(self._host), self._host.content.review.verdicts
        return (
            (found[1], verdicts.by_row.get(found[1])) if found is not None and verdicts is not None else None
        )


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user whom the system does not know
        return ""
