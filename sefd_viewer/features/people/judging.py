"""Verdicts and tags that a person gives, takes back and exchanges; undo and redo of the state reach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.people import KNOWN, PEOPLE, Judged
from sefd_viewer.app.people_book import judged_in
from sefd_viewer.app.people_table import Case
from sefd_viewer.app.people_view import book_of, judged_of, row_in_view, table_of
from sefd_viewer.app.selection import with_selection
from sefd_viewer.atomic import write_file
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.people_table import PeopleTable
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.jobs.runner import Post
    from sefd_viewer.judgements import QuickVerdictStore, Verdict, VerdictState, VerdictStore

MOST = 1000
"""People whom one verdict may be for: each is looked at while one waits."""
FORMATS: Mapping[str, str] = {".csv": "csv", ".json": "json", ".txt": "ids"}
"""What is written, by the ending of the file's name; an id list holds what is bad."""


@dataclass(frozen=True)
class Disagreement:
    """One person whom two reviewers see differently, and what each decided, in words."""

    record: str
    person: str | None
    mine: str
    theirs: str


@dataclass(frozen=True)
class Disagreements:
    """The result of merging the file `name`: how many verdicts came in, and where opinions differ."""

    name: str
    taken: int
    items: tuple[Disagreement, ...] = ()


class Judging:
    """Acts on the person in view or on those picked; what is given is on the disk a moment later.

    `step` counts the changes; the state carries the same number, so that undo and redo are seen in it.
    `further` brings the next person without a verdict into view.
    """

    def __init__(
        self, controller: Controller, post: Post, further: Callable[[ViewerState], ViewerState]
    ) -> None:
        self._controller, self._post, self._further = controller, post, further
        self._store_in_use: QuickVerdictStore | None = None
        self._refused = ""
        self.step = 0
        controller.store.connect(self._state_changed)

    @property
    def settling(self) -> bool:
        """Whether something is being written."""
        return self._store_in_use is not None and self._store_in_use.busy

    @property
    def reviewer(self) -> str:
        """Who judges: the name given, else the one that this computer knows."""
        return self._controller.settings.reviewer or _login_name()

    def set_reviewer(self, name: str) -> None:
        """Remember who judges."""
        self._controller.change_settings(reviewer=name.strip())
        self._show(reviewer=self.reviewer)

    def close(self) -> None:
        """Write what waits and let go of the log: another data set is opened, or the window closes."""
        book = book_of(self._controller.content)
        store = self._store_in_use or (book.store if book is not None else None)
        if store is not None:
            store.close()
        self._store_in_use, self.step = None, 0

    # ---- verdicts

    def judge(self, state: VerdictState) -> None:
        """Give the person in view, or everybody picked, a verdict; in People go on. Raises SefdError."""
        found = self._in_view()
        if found is None:
            return
        row, verdict = found
        people = PEOPLE.of(self._controller.state)
        picked = people.picked if row in people.picked else (row,)
        issues, note = (verdict.issues, verdict.note) if verdict is not None else ((), "")
        self._keep(picked, state, issues, note)
        after = self._with_step(picked=())
        goes_on = people.go_on and after.workspace == "people"
        self._controller.store.set(self._further(after) if goes_on else after)

    def judge_all(self, rows: Sequence[int], state: VerdictState) -> None:
        """Give everybody in these rows a verdict, as one step of undo. Raises SefdError."""
        self._keep(rows, state, (), "")
        self._controller.store.set(self._with_step(picked=()))
        self._controller.say(f"{len(rows):,} people are {state} now; Ctrl+Z takes all of it back")

    def write(self, *, issues: tuple[str, ...] | None = None, note: str | None = None) -> None:
        """Write reasons or a note about the person in view, judged or not. Raises SefdError."""
        found = self._in_view()
        if found is None:
            return
        row, verdict = found
        before = (verdict.issues, verdict.note) if verdict is not None else ((), "")
        after = (before[0] if issues is None else issues, before[1] if note is None else note)
        if after != before:
            self._keep((row,), verdict.state if verdict is not None else "unreviewed", *after)
            self._controller.store.set(self._with_step())

    def take_back(self) -> None:
        """The person in view has no verdict any more."""
        found = self._in_view()
        if found is None or found[1] is None:
            return
        store = self._store()
        store.remove(*found[1].case, reviewer=self.reviewer)
        self._count(store)

    # ---- tags

    def tag(self, rows: Sequence[int], tag: str, *, on: bool) -> None:
        """Give everybody in these rows a tag, or take it, as one step of undo. Raises SefdError."""
        table, tags = table_of(self._controller.content), judged_of(self._controller.content).tags
        if table is None:
            return
        cases = table.cases(list(rows))
        if tags is not None and all((tag in tags.of(case)) == on for case in cases):
            return
        store = self._store()
        store.tag(cases, tag, on=on, reviewer=self.reviewer)
        self._count(store)

    # ---- to and from files

    def export(self, path: Path) -> None:
        """Write all verdicts, or the list of what is bad, as the file's ending says. Raises SefdError."""
        count = export_verdicts(self._store(), path)
        self._controller.say(f"{count} verdict{'s' * (count != 1)} written to {path}")

    def merge(self, path: Path) -> None:
        """Take in what another reviewer decided and oneself did not; list where the two disagree."""
        store = self._store()
        new, found = compared(store, path)
        if new:
            store.put_all(new)
            self._count(store, check=True)
        self._show(disagreements=found)

    def close_disagreements(self) -> None:
        """The list of disagreements was read."""
        self._show(disagreements=None)

    # ---- inside

    def _in_view(self) -> tuple[int, Verdict | None] | None:
        content = self._controller.content
        row, table = row_in_view(self._controller.state, content), table_of(content)
        if row is None or table is None:
            return None
        return row, judged_of(content).verdicts.get(table.case(row))

    def _store(self) -> QuickVerdictStore:
        """The log; from the first change on it is written behind."""
        book = book_of(self._controller.content)
        if book is None or book.store is None:
            raise SefdError("verdicts and tags cannot be kept here", remedy=book.problem if book else "")
        if self._store_in_use is not book.store:
            self._store_in_use = book.store
            book.store.write_behind(
                self._controller.surroundings.executor.submit, self._refuse, self._tried_later
            )
        return book.store

    def _keep(self, rows: Sequence[int], state: VerdictState, issues: tuple[str, ...], note: str) -> None:
        """Put one verdict about each row into the log, all of them as one step."""
        if len(rows) > MOST:
            raise SefdError(
                f"{len(rows):,} people are too many for one verdict", remedy=f"Choose at most {MOST:,}"
            )
        table, store = table_of(self._controller.content), self._store()
        if table is None:
            return
        several = len(rows) > 1
        store.put_all([self._verdict(table, row, state, issues, note, several=several) for row in rows])
        self.step += 1
        self._read(store)

    def _verdict(
        self,
        table: PeopleTable,
        row: int,
        state: VerdictState,
        issues: tuple[str, ...],
        note: str,
        *,
        several: bool,
    ) -> Verdict:
        """A verdict about a row, which of several keeps its own reasons and note where none are given."""
        from sefd_viewer.judgements import Verdict, fingerprint

        content = self._controller.content
        assert content.dataset is not None
        record, person = case = table.case(row)
        own = judged_of(content).verdicts.get(case)
        if own is not None and several:
            issues, note = issues or own.issues, note or own.note
        judged = fingerprint(content.dataset.records[int(table.positions[row])], person)
        return Verdict(record, person, state, issues, note, self.reviewer, fingerprint=judged)

    def _state_changed(self, _old: ViewerState, new: ViewerState) -> None:
        """Undo and redo of the state undo and redo what was judged."""
        store = self._store_in_use
        while store is not None and PEOPLE.of(new).step != self.step:
            back = PEOPLE.of(new).step < self.step
            cases = store.undo() if back else store.redo()
            if not cases:
                break
            self.step += -1 if back else 1
            self._read(store, check=True)
            self._controller.refresh()
            if len(cases) == 1:
                self._post(partial(self._return_to, *cases[0]))

    def _return_to(self, record: str, person: str | None) -> None:
        """Bring whose verdict was undone or given again into view; no step of undo."""
        controller = self._controller
        if controller.position(record) is not None:
            controller.store.set(with_selection(controller.state, (record, person)), remember=False)

    def _count(self, store: VerdictStore, *, check: bool = False) -> None:
        """Make a change of the log a step of undo, and show it."""
        self.step += 1
        self._read(store, check=check)
        self._controller.store.set(self._with_step())

    def _with_step(self, **changes: Any) -> ViewerState:
        return PEOPLE.change(self._controller.state, step=self.step, **changes)

    def _read(self, store: VerdictStore, *, check: bool = False) -> None:
        """Know what the log holds now; `check`: some of it may be about another annotation."""
        judged: Judged = judged_in(store)
        self._know(judged=judged, **({"checked": judged} if check else {}))

    def _know(self, **changes: Any) -> None:
        """Know it from the next refresh on, which a change of the state is, too."""
        self._controller.content = KNOWN.change(self._controller.content, **changes)

    def _show(self, **changes: Any) -> None:
        self._know(**changes)
        self._controller.refresh()

    def _refuse(self, words: str) -> None:
        """The disk refused a change; called from any thread, before `_tried_later`."""
        self._refused = words

    def _tried_later(self) -> None:
        """The disk took a change, or refused it; called from any thread."""
        self._post(self._tried)

    def _tried(self) -> None:
        """Show what the disk said, until it takes changes again."""
        words, self._refused = self._refused, ""
        if words or KNOWN.of(self._controller.content).refused:
            self._show(refused=words)
        if words:
            self._controller.say(words)


def export_verdicts(store: VerdictStore, path: Path) -> int:
    """Write the verdicts that hold now, the whole file or none; returns how many. Raises SefdError."""
    from sefd_viewer.judgements.merging import exported, selected

    format = FORMATS.get(path.suffix.lower())
    if format is None:
        known = ", ".join(FORMATS)
        raise SefdError("the name does not say which format", where=path, remedy=f"End it with {known}")
    wanted: tuple[VerdictState, ...] = ("bad",) if format == "ids" else ()
    verdicts = selected(store.all(), states=wanted)
    text = exported(verdicts, format)  # type: ignore[arg-type]
    write_file(path, text.encode("utf-8", "surrogateescape"))
    return len(verdicts)


def compared(mine: VerdictStore, path: Path) -> tuple[list[Verdict], Disagreements]:
    """What another reviewer's file has beyond one's own, and where the two disagree. Raises SefdError.

    Nothing is written; one's own verdicts hold where there are any.
    """
    from sefd_viewer.judgements import VerdictStore

    if path.exists() and mine.path.exists() and path.samefile(mine.path):
        raise SefdError("these are your own verdicts", where=path, remedy="Choose another reviewer's file")
    if not path.is_file():
        raise SefdError("this file is not there", where=path, remedy="Choose a reviewer's verdicts file")
    with VerdictStore(path) as store:
        theirs = [verdict for verdict in store.all() if verdict.state != "unreviewed"]
    own = {verdict.case: verdict for verdict in mine.all() if verdict.state != "unreviewed"}
    new = [verdict for verdict in theirs if verdict.case not in own]
    return new, Disagreements(path.name, len(new), _disagreements(own, theirs))


def _disagreements(own: Mapping[Case, Verdict], theirs: list[Verdict]) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(*verdict.case, verdict_words(own[verdict.case]), verdict_words(verdict))
        for verdict in theirs
        if verdict.case in own and own[verdict.case].state != verdict.state
    )


def verdict_words(verdict: Verdict) -> str:
    """Who decided what, and why."""
    from sefd_viewer.judgements import ISSUE_KINDS

    issues = ", ".join(ISSUE_KINDS.get(issue, issue) for issue in verdict.issues)
    why = " · ".join(part for part in (issues, verdict.note) if part)
    return f"{verdict.reviewer or 'somebody'}: {verdict.state}" + (f" ({why})" if why else "")


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user whom the system does not know
        return ""
