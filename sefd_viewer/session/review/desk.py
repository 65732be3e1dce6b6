"""What a person does in the workspace "Review": verdicts with undo, scans, going through the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from sefd_viewer.errors import SefdError
from sefd_viewer.session.background import Post
from sefd_viewer.session.review.book import row_of_case
from sefd_viewer.session.review.content import Book, ReviewContent, ScanProgress
from sefd_viewer.session.review.crops import CropPictures
from sefd_viewer.session.review.derive import BOOK, OLD, case_in_view, lines_of, row_in_view
from sefd_viewer.session.review.resolve import written
from sefd_viewer.session.review.scanning import Scan, ScanReport, ScanTask
from sefd_viewer.session.review.state import Draft, ReviewState
from sefd_viewer.session.review.walk import Walk, next_row

if TYPE_CHECKING:
    from sefd_viewer.review.verdicts import Verdict, VerdictState, VerdictStore
    from sefd_viewer.session.content import Content
    from sefd_viewer.session.review.table import Case, ReviewTable
    from sefd_viewer.session.scene import FindBody
    from sefd_viewer.session.settings import Settings
    from sefd_viewer.session.state import ViewerState
    from sefd_viewer.session.store import Store


class Host(Protocol):
    """The controller as the desk needs it."""

    store: Store
    settings: Settings

    @property
    def state(self) -> ViewerState:
        """The state in view."""

    @property
    def content(self) -> Content:
        """What is known."""

    def change_review(self, review: ReviewContent) -> None:
        """Replace what is known about the review, and show it."""

    def change_settings(self, **changes: Any) -> None:
        """Change remembered choices."""

    def say(self, words: str) -> None:
        """Show a sentence in the status line."""


class ReviewDesk:
    """Acts on the case in view.

    Verdicts go into the store at once; undo and redo of the state take them along.
    """

    def __init__(self, host: Host, executor: Executor, post: Post, find_body: FindBody) -> None:
        self._host, self._executor, self._post, self._find_body = host, executor, post, find_body
        self._scan: Scan | None = None
        self._step = 0
        self._taken: dict[str, object] = {}
        self.crops = CropPictures(executor, post)
        host.store.connect(self._state_changed)

    # ---- keeping in step with the data set

    def begin(self, state: ReviewState) -> ReviewState:
        """Another data set was opened: what was chosen for the last one is forgotten."""
        self.close()
        self._step = 0
        self._taken.clear()
        self.crops.clear()
        return replace(state, words="", step=0, draft=None)

    def close(self) -> None:
        """Stop the scan and let go of the verdicts."""
        if self._scan is not None:
            self._scan.cancel()
            self._scan = None
        book = self._host.content.review.book
        if book is not None and book.store is not None:
            book.store.close()

    def adopted(self, content: Content) -> ReviewContent:
        """What is known about the review, with what the thread pool has brought since."""
        review = content.review
        if review.book is not None and review.book.opened != content.opened:
            review = ReviewContent()
        if not review.reviewer:
            review = replace(review, reviewer=self.reviewer)
        review = self._with_book(content, review)
        old = self._new_value(content, OLD)
        if old is not None and review.verdicts is not None:
            review = replace(review, verdicts=review.verdicts.with_old(old))
        return review

    def _with_book(self, content: Content, review: ReviewContent) -> ReviewContent:
        found = self._new_value(content, BOOK)
        if found is None or found[0].opened != content.opened:
            return review
        book: Book = found[0]
        review = replace(review, book=book, verdicts=found[1], detectors=_detectors())
        if book.scan is None:
            return review
        measurements, measured = book.scan
        problems = measurements.problems
        return replace(review, measurements=measurements, measured=measured, scan_problems=problems)

    def _new_value(self, content: Content, name: str) -> Any:
        """The value of an outcome that was not taken yet."""
        outcome = content.outcomes.get(name)
        if outcome is None or self._taken.get(name) is outcome:
            return None
        self._taken[name] = outcome
        return outcome.value

    # ---- verdicts

    def judge(self, state: VerdictState) -> None:
        """Give the case in view a verdict, and go on to the next one. Raises VerdictError."""
        found = self._case()
        if found is None:
            return
        case, row = found
        issues, note = written(self._host.state, self._host.content, case, row)
        self._keep(case, row, state, issues, note)
        review = replace(self._host.state.review, step=self._step, draft=None)
        after = replace(self._host.state, review=review)
        self._host.store.set(self._further(after) if review.go_on else after)

    def write(self, *, issues: tuple[str, ...] | None = None, note: str | None = None) -> None:
        """Write down issues or a note: into the verdict where there is one, else for the verdict to come."""
        found, verdicts = self._case(), self._host.content.review.verdicts
        if found is None or verdicts is None:
            return
        case, row = found
        before = written(self._host.state, self._host.content, case, row)
        after = (before[0] if issues is None else issues, before[1] if note is None else note)
        if after == before:
            return
        verdict = verdicts.by_row.get(row)
        if verdict is None:
            self._set_review(draft=Draft(case, *after))
            return
        self._keep(case, row, verdict.state, *after)
        review = replace(self._host.state.review, step=self._step, draft=None)
        self._host.store.set(replace(self._host.state, review=review))

    def take_back(self) -> None:
        """The case in view is unreviewed again."""
        found, store = self._case(), self._store()
        if found is None or store is None:
            return
        case, row = found
        store.remove(*case, reviewer=self.reviewer)
        self._step += 1
        self._show({row: None})
        review = replace(self._host.state.review, step=self._step)
        self._host.store.set(replace(self._host.state, review=review))

    @property
    def reviewer(self) -> str:
        """Who judges: the name given, else the one that this computer knows."""
        return self._host.settings.reviewer or _login_name()

    def set_reviewer(self, name: str) -> None:
        """Remember who judges."""
        self._host.change_settings(reviewer=name.strip())
        self._host.change_review(replace(self._host.content.review, reviewer=self.reviewer))

    def _keep(self, case: Case, row: int, state: VerdictState, issues: tuple[str, ...], note: str) -> None:
        from sefd_viewer.review.verdicts import Verdict, fingerprint

        store, dataset = self._store(), self._host.content.dataset
        if store is None or dataset is None:
            raise SefdError("verdicts cannot be kept here", where=self._place())
        judged = fingerprint(dataset.records[dataset.position(case[0])], case[1])
        verdict = Verdict(*case, state, issues, note, self.reviewer, fingerprint=judged)
        kept = store.put(verdict)
        self._step += 1
        self._show({row: kept})

    def _show(self, changed: Mapping[int, Verdict | None]) -> None:
        review = self._host.content.review
        if review.verdicts is not None:
            self._host.change_review(replace(review, verdicts=review.verdicts.with_verdicts(changed)))

    def _state_changed(self, _old: ViewerState, new: ViewerState) -> None:
        """Undo and redo of the state undo and redo verdicts."""
        store = self._store()
        while store is not None and new.review.step != self._step:
            back = new.review.step < self._step
            cases = store.undo() if back else store.redo()
            if not cases:
                break
            self._step += -1 if back else 1
            self._read_again(cases)

    def _read_again(self, cases: Sequence[Case]) -> None:
        store, table, dataset = self._store(), self._table(), self._host.content.dataset
        if store is None or table is None or dataset is None:
            return
        rows = {case: row_of_case(dataset, table, *case) for case in cases}
        self._show({row: store.get(*case) for case, row in rows.items() if row is not None})

    # ---- going through the cases

    def choose(self, row: int) -> None:
        """Bring the case of a row into view."""
        table = self._table()
        if table is not None:
            self._host.store.set(with_case(self._host.state, table.case(row)), remember=False)

    def choose_person(self, person: str) -> None:
        """Bring another person of the record into view."""
        self._host.store.set(replace(self._host.state, person=person), remember=False)

    def go(self, walk: Walk) -> None:
        """Go to the next or last row, or the next that is unreviewed or flagged."""
        row = self._row_after(self._host.state, walk)
        if row is None:
            self._host.say(walk.nothing)
        else:
            self.choose(row)

    def _further(self, state: ViewerState) -> ViewerState:
        """The state with the next unreviewed case in view, or as it is when there is none."""
        row, table = self._row_after(state, Walk.UNREVIEWED), self._table()
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

    # ---- scans

    @property
    def busy(self) -> bool:
        """Whether a scan runs or small pictures are still to come."""
        return self._scan is not None or self.crops.busy

    def scan(self, positions: Sequence[int] | None = None) -> None:
        """Measure records (None: all) with the detectors that are on."""
        review, dataset = self._host.content.review, self._host.content.dataset
        if self._scan is not None or review.table is None or dataset is None:
            return
        places = range(len(dataset.records)) if positions is None else positions
        task = ScanTask(dataset, review.table, review.detectors, places, self._find_body, review.measurements)
        self._host.change_review(replace(review, scan=ScanProgress(0, len(places)), scan_problems=()))
        self._scan = Scan(task, self._post, self._take_report)
        self._scan.start(self._executor)

    def scan_shown(self) -> None:
        """Measure the records of the rows that the filter shows."""
        import numpy as np

        shown, table = lines_of(self._host.content), self._table()
        if shown is not None and table is not None:
            self.scan([int(position) for position in np.unique(table.positions[shown.rows])])

    def stop_scan(self) -> None:
        """Stop the scan; what was measured so far is kept."""
        if self._scan is not None:
            self._scan.cancel()

    def _take_report(self, scan: Scan, report: ScanReport) -> None:
        if scan is not self._scan:
            return
        review = replace(self._host.content.review, scan=None if report.finished else report.progress)
        if report.measurements is not None:
            review = replace(
                review,
                measured=report.measured,
                measurements=report.measurements,
                scan_problems=report.measurements.problems,
            )
        if report.finished:
            self._scan = None
        self._host.change_review(review)
        if report.problem:
            self._host.say(report.problem)

    # ---- choices

    def set_threshold(self, detector: str, value: float) -> None:
        """Move a threshold; one movement is one step of undo."""
        moved = {**self._host.state.review.thresholds, detector: value}
        self._set_review(merge=f"threshold {detector}", thresholds=MappingProxyType(moved))

    def reset_threshold(self, detector: str) -> None:
        """Go back to the detector's own threshold."""
        kept = {key: value for key, value in self._host.state.review.thresholds.items() if key != detector}
        self._set_review(merge=f"reset {detector}", thresholds=MappingProxyType(kept))

    def set_detector(self, detector: str, on: bool) -> None:
        """Ask a detector, or do not."""
        off = self._host.state.review.off
        self._set_review(merge=f"on {detector}", off=off - {detector} if on else off | {detector})

    def set_words(self, words: str) -> None:
        """Filter; what is typed in one go is one step of undo."""
        self._set_review(merge="filter", words=words)

    def sort(self, column: str, descending: bool) -> None:
        """Sort by a column."""
        self._set_review(merge="sort", sort=column, descending=descending)

    def arrange(self, **changes: Any) -> None:
        """Change how things are shown; no step of undo."""
        self._set_review(**changes)

    def _set_review(self, *, merge: str | None = None, **changes: Any) -> None:
        state = self._host.state
        new = replace(state, review=replace(state.review, **changes))
        self._host.store.set(new, merge=merge, remember=merge is not None)

    # ---- inside

    def _case(self) -> tuple[Case, int] | None:
        state, content = self._host.state, self._host.content
        case, row = case_in_view(state, content), row_in_view(state, content)
        return (case, row) if case is not None and row is not None else None

    def _store(self) -> VerdictStore | None:
        book = self._host.content.review.book
        return book.store if book is not None else None

    def _table(self) -> ReviewTable | None:
        return self._host.content.review.table

    def _place(self) -> str:
        book = self._host.content.review.book
        return book.place if book is not None else ""


def with_case(state: ViewerState, case: Case) -> ViewerState:
    """The state with another case in view."""
    record, person = case
    moved = state if record == state.record else state.with_record(record)
    return replace(moved, person=person)


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user whom the system does not know
        return ""


def _detectors() -> tuple[Any, ...]:
    from sefd_viewer.review.detectors import built_in_detectors

    return built_in_detectors()
