"""Asking the networks to try things: one request at a time, the newest query of each purpose wins."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import stamped
from sefd_viewer.app.questions import spoken
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.inference.messages import (
    Failed,
    Finished,
    Message,
    Progress,
    Trial,
    TrialRequest,
    TrialResult,
    Tried,
)

if TYPE_CHECKING:
    from sefd_viewer.app.predictions import Client
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.inference.messages import PersonInput


@dataclass(frozen=True)
class Asking:
    """The choices that every trial depends on; `checkpoints` are further weights files of the student.

    `files` are the weights and bodies as they were when it was made: another value when one of them changes.
    """

    edges: EdgeSettings = field(default_factory=EdgeSettings)
    weights: Mapping[str, str] = field(default_factory=dict, hash=False)
    bodies: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()
    files: Hashable = ()

    @classmethod
    def now(
        cls,
        edges: EdgeSettings,
        weights: Mapping[str, str],
        bodies: tuple[str, ...],
        checkpoints: tuple[str, ...],
    ) -> Asking:
        """With the files as they are now."""
        files = stamped(weights), stamped({path: path for path in bodies})
        return cls(edges, weights, bodies, checkpoints, files)

    @property
    def key(self) -> Hashable:
        """Equal for equal choices, as long as no file of them changes."""
        return self.edges, self.files

    def request(
        self,
        number: int,
        scene: Scene,
        person: PersonInput,
        trials: Sequence[Trial],
        *,
        inside: bool = False,
    ) -> TrialRequest:
        """The message to the inference process."""
        return TrialRequest(
            number,
            scene.image,
            person,
            tuple(trials),
            self.edges,
            self.weights or None,
            self.bodies,
            inside,
            scene.people,
        )


@dataclass(frozen=True, eq=False)
class Query:
    """What somebody wants to know: `key` is what the answer depends on, `request(number)` asks for it."""

    purpose: str
    key: Hashable
    request: Callable[[int], TrialRequest]


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of a query: answers by trial, and words about those that are missing."""

    key: Hashable
    tried: Mapping[str, Tried] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, eq=False)
class TrialState:
    """The answers by purpose, and the purposes that are still wanted."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    stage: str = ""

    def answer(self, purpose: str) -> Answer | None:
        """The newest answer, possibly to an older query of this purpose."""
        return self.answers.get(purpose)


class Trials:
    """Keeps `now` up to date with the queries; `changed()` is called after each answer.

    `numbers` are shared with all who ask the same client. An answer goes to the query that it was asked for,
    and is shown until a newer one of the same purpose comes. What somebody asks by `ask` comes after the
    queries of what is in view.
    """

    def __init__(self, client: Client, numbers: Iterator[int], changed: Callable[[], None]) -> None:
        self.now = TrialState()
        self._client, self._numbers, self._changed = client, numbers, changed
        self._queries: dict[str, Query] = {}
        self._queue: dict[str, tuple[Query, Callable[[Answer], None]]] = {}
        self._asked: Query | None = None
        self._number = -1
        self._stopped: dict[str, Hashable] = {}
        self._failed: list[str] = []

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self.now.waiting)

    def want(self, queries: Sequence[Query], *, ask: bool = True) -> None:
        """Replace all queries of what is in view; what is not known is asked, in their order.

        Without `ask` those that are new rest until they change or `again`, like those that were stopped.
        """
        self._queries = {query.purpose: query for query in queries}
        self._stopped = {p: key for p, key in self._stopped.items() if self._key(p) == key}
        if not ask:
            self._stopped |= {query.purpose: query.key for query in queries if self._is_open(query)}
        self._ask_next()

    def ask(self, query: Query, take: Callable[[Answer], None]) -> None:
        """Ask once whatever is in view; `take` gets the answer, unless it is stopped before."""
        self._queue[query.purpose] = (query, take)
        self._ask_next()

    def drop(self, purpose: str) -> None:
        """Take back what was asked by `ask`."""
        if self._queue.pop(purpose, None) is not None:
            self._ask_next()

    def stop(self) -> None:
        """Ask nothing more until the queries change; whoever owns the client cancels what runs."""
        self._stopped = {purpose: query.key for purpose, query in self._queries.items()}
        self._queue = {}
        self._asked, self._number = None, -1
        self.now = replace(self.now, waiting=frozenset(), stage="")

    def again(self) -> None:
        """Ask everything once more."""
        self._stopped = {}
        self._asked, self._number = None, -1
        self.now = TrialState()
        self._ask_next()

    def receive(self, message: Message) -> None:
        """Take an answer; those that nobody waits for any more are dropped."""
        if getattr(message, "number", None) != self._number or self._asked is None:
            return
        match message:
            case TrialResult():
                words = ". ".join(self._failed) or None
                self._take(Answer(self._asked.key, {one.key: one for one in message.tried}, words))
            case Failed() if message.role is not None:
                self._failed = [*self._failed, str(message)]
            case Failed():
                self._take(Answer(self._asked.key, problem=str(message)))
                self._finish()
            case Progress():
                self.now = replace(self.now, stage=spoken(message.stage))
            case Finished():
                self._finish()
            case _:
                return
        self._changed()

    def _take(self, answer: Answer) -> None:
        assert self._asked is not None
        purpose = self._asked.purpose
        query, take = self._queue.get(purpose, (None, None))
        if query is self._asked and take is not None:
            del self._queue[purpose]
            take(answer)
        else:
            self.now = replace(self.now, answers={**self.now.answers, purpose: answer})

    def _finish(self) -> None:
        self._asked, self._number = None, -1
        self._ask_next()

    def _key(self, purpose: str) -> Hashable | None:
        query = self._queries.get(purpose)
        return None if query is None else query.key

    def _is_open(self, query: Query) -> bool:
        known = self.now.answers.get(query.purpose)
        return (known is None or known.key != query.key) and self._stopped.get(query.purpose) != query.key

    def _ask_next(self) -> None:
        missing = [query for query in self._queries.values() if self._is_open(query)]
        missing += [query for query, _take in self._queue.values()]
        waiting = frozenset(query.purpose for query in missing)
        if waiting != self.now.waiting:
            self.now = replace(self.now, waiting=waiting, stage=self.now.stage if waiting else "")
        if self._asked is None and missing:
            self._asked, self._number, self._failed = missing[0], next(self._numbers), []
            self._client.submit(self._asked.request(self._number))
