"""A diagnosis in the background: what it rests on, how far it is, what it found, starting and stopping it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.jobs.runner import Outcome, Post, attempt

if TYPE_CHECKING:
    from sefd_viewer.cameras.diagnosis.convention_search import Change
    from sefd_viewer.cameras.diagnosis.conventions import Conventions

Scope = Literal["moment", "around", "sequence", "shown", "set"]
SCOPES: dict[Scope, str] = {
    "moment": "This moment",
    "around": "The moments around it",
    "sequence": "This sequence",
    "shown": "The rows of Review",
    "set": "The whole set",
}
"""What a diagnosis can rest on."""
LineKind = Literal["fault", "person", "fine", "note"]
TELL_S = 0.1


@dataclass(frozen=True)
class DiagnosisLine:
    """One sentence of a diagnosis.

    Of a fault also the `amounts` without and with it, how sure it is, and the `change` of the conventions.
    """

    kind: LineKind
    text: str
    amounts: str = ""
    confidence: str = ""
    change: Change | None = field(default=None, compare=False)


@dataclass(frozen=True, eq=False)
class DiagnosisReport:
    """What was found for one subject of the set.

    `conventions` read the cameras in the way that explains the people best, `start` is how they were read;
    `before` and `after` are the errors in words, `basis` what it rests on; `place` is the subject or sequence
    that they hold for, "" where everything is.
    """

    title: str
    conventions: Conventions
    before: str
    after: str
    lines: tuple[DiagnosisLine, ...]
    basis: str = ""
    start: Conventions | None = None
    place: str = ""

    def without(self, rejected: Sequence[DiagnosisLine]) -> Conventions:
        """The conventions with some faults left as they were read."""
        from sefd_viewer.cameras.diagnosis.conventions import Conventions

        kept, start = self.conventions, self.start if self.start is not None else Conventions()
        for line in rejected:
            if line.change is not None:
                kept = line.change.undone(kept, start)
        return kept

    @property
    def text(self) -> str:
        """All of it, to be pasted elsewhere."""
        facts = [
            f"{self.title}: {self.before} → {self.after}",
            *(f"- {line_text(one)}" for one in self.lines),
        ]
        return "\n".join([*facts, self.basis] if self.basis else facts)


@dataclass(frozen=True, eq=False)
class DiagnosisState:
    """How a diagnosis stands: `stage` says what goes on while it runs, `share` 0..1 how far it is."""

    scope: Scope = "around"
    stage: str | None = None
    share: float | None = None
    reports: tuple[DiagnosisReport, ...] = ()
    problem: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is on its way."""
        return self.stage is not None


class StoppedError(Exception):
    """Somebody stopped the diagnosis."""


class Tell:
    """What the work tells and asks: progress out, and whether to go on."""

    def __init__(self, say: Callable[[str, float | None], None], cancelled: Event) -> None:
        self._say, self._cancelled = say, cancelled
        self._told = 0.0

    def ask(self) -> None:
        """Go on, or raise StoppedError."""
        if self._cancelled.is_set():
            raise StoppedError

    def stage(self, words: str, done: int = 0, total: int = 0) -> None:
        """Say what goes on; not more than ten times a second. Raises StoppedError."""
        self.ask()
        now = time.perf_counter()
        if now >= self._told + TELL_S or done == total:
            self._told = now
            self._say(words, done / total if total else None)


Work = Callable[[Tell], tuple[DiagnosisReport, ...]]


class DiagnosisDesk:
    """Runs one diagnosis at a time; `changed(state)` on the owner's thread whenever there is news."""

    def __init__(self, executor: Executor, post: Post, changed: Callable[[DiagnosisState], None]) -> None:
        self._executor, self._post, self._changed = executor, post, changed
        self._cancelled = Event()
        self.state = DiagnosisState()

    def start(self, scope: Scope, work: Work) -> None:
        """Begin; a diagnosis that runs is stopped."""
        self._cancelled.set()
        self._cancelled = cancelled = Event()
        self._show(replace(self.state, scope=scope, stage="Looking for moments", share=None, problem=None))
        tell = Tell(lambda words, share: self._report(cancelled, stage=words, share=share), cancelled)
        future = self._executor.submit(attempt, scope, lambda: self._run(work, tell))
        future.add_done_callback(lambda done: self._ended(cancelled, done))

    def cancel(self) -> None:
        """Stop; what was found before stays."""
        self._cancelled.set()
        self._show(replace(self.state, stage=None, share=None))

    def close(self) -> None:
        """Stop; nothing is heard of it any more."""
        self._cancelled.set()

    def forget(self) -> None:
        """Stop, and forget what was found: another data set was opened."""
        self._cancelled.set()
        self._show(DiagnosisState(self.state.scope))

    @staticmethod
    def _run(work: Work, tell: Tell) -> tuple[DiagnosisReport, ...] | None:
        try:
            return work(tell)
        except StoppedError:
            return None

    def _ended(self, cancelled: Event, future: Future[Outcome]) -> None:
        if not future.cancelled():
            found = future.result()
            self._report(cancelled, stage=None, share=None, reports=found.value or (), problem=found.problem)

    def _report(self, cancelled: Event, **changes: Any) -> None:
        """Tell about a diagnosis that nobody stopped meanwhile."""

        def tell() -> None:
            if not cancelled.is_set():
                self._show(replace(self.state, **changes))

        self._post(tell)

    def _show(self, state: DiagnosisState) -> None:
        if state != self.state:
            self.state = state
            self._changed(state)


def line_text(line: DiagnosisLine) -> str:
    """A line with its amounts and its confidence."""
    amounts = f": {line.amounts}" if line.amounts else ""
    confidence = f" ({line.confidence})" if line.confidence else ""
    return f"{line.text}{amounts}{confidence}"
