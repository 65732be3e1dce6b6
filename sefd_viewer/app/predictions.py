"""Asking the networks: one request at a time for what is not known yet, answers remembered, newest wins."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from itertools import count
from typing import Protocol

from sefd_viewer.app.cache import LruCache
from sefd_viewer.app.questions import EdgesQuestion, InferenceState, Question, lacks_edges, spoken
from sefd_viewer.app.scene import Scene
from sefd_viewer.edges.settings import EdgeMap
from sefd_viewer.inference.messages import (
    ROLES,
    EdgeNetwork,
    EdgesResult,
    Failed,
    Finished,
    Job,
    MeshEdgeResult,
    Message,
    Progress,
    Ready,
    Role,
    RoleResult,
)

PAUSE_MS = 150
"""How long a slider must rest before the networks are asked again."""
ANSWERS_BYTES = 48_000_000
"""What remembered answers may need; older ones are found on disk again."""


class Client(Protocol):
    """The part of `InferenceClient` that is used here."""

    def start(self) -> None:
        """Get ready before the first request."""

    def submit(self, job: Job) -> None:
        """Hand over a request."""

    def cancel(self) -> None:
        """Drop all that was submitted."""

    def use_device(self, device: str) -> None:
        """Compute on another device from the next request on."""

    def close(self) -> None:
        """End the inference process."""


class KeptAnswers(Protocol):
    """Answers that were kept at an earlier start, or that ship with the data set."""

    def look_up(
        self, question: Question, roles: Iterable[Role], found: Callable[[Mapping[Role, RoleResult]], None]
    ) -> None:
        """Call `found` soon with what is kept of these roles' answers, on the caller's thread."""

    def find(self, question: Question, roles: Iterable[Role]) -> Mapping[Role, RoleResult]:
        """What is kept of these roles' answers, on any thread but the window's: it reads files."""

    def keep(self, question: Question, answer: RoleResult) -> None:
        """Keep an answer, some time."""


class Timer(Protocol):
    """Calls one action after a pause; starting again replaces the action and begins the pause anew."""

    def start(self, milliseconds: int, action: Callable[[], None]) -> None:
        """Call `action` after `milliseconds`."""

    def stop(self) -> None:
        """Forget the action."""


class Predictions:
    """Keeps `now` up to date with the question in view; `changed()` is called after each answer.

    Whoever else asks the client takes the `numbers` of requests from here.
    """

    def __init__(
        self,
        client: Client,
        timer: Timer,
        changed: Callable[[], None],
        *,
        remembered: int = 96,
        kept: KeptAnswers | None = None,
    ) -> None:
        self.now = InferenceState()
        self._client, self._timer, self._changed, self._kept = client, timer, changed, kept
        self._answers: LruCache[RoleResult | EdgeMap | EdgesResult] = LruCache(remembered, ANSWERS_BYTES)
        self.numbers = count(1)
        self._question: Question | None = None
        self._asked: tuple[Hashable, ...] = ()
        self._asks = True
        self._predict_number = self._edges_number = -1
        self._edges_asked: dict[EdgeNetwork, EdgesQuestion] = {}

    def warm(self) -> None:
        """Get the networks' process ready before anything is asked."""
        self._client.start()

    def keep(self, count: int) -> None:
        """Remember so many answers."""
        self._answers.resize(count)

    def want(self, question: Question | None, *, ask: bool = True) -> None:
        """Make `question` the one in view; what is not known is asked, after a pause if only edges moved.

        Without `ask` the networks rest until `again`.
        """
        keys = (*question.keys, question.with_edges) if question is not None else ()
        self._asks = ask
        if keys == self._asked:
            return
        same_scene = question is not None and question.scene.token == self.now.token
        self._question, self._asked = question, keys
        self._predict_number = -1
        known = {*self.now.edges, *self.now.edges_pending}  # what was stopped may be asked again
        self._edges_asked = {name: asked for name, asked in self._edges_asked.items() if name in known}
        self._timer.stop()
        if not same_scene or (question is not None and not question.scene.people):
            self._forget_scene(question.scene.token if question is not None else 0)
        if question is not None and question.scene.people:
            self._take_remembered(question)
            self._look_up(question, PAUSE_MS if same_scene else 0)

    def want_edges(
        self, scene: Scene, networks: Iterable[EdgeNetwork], weights: Mapping[str, str] | None = None
    ) -> None:
        """Ask for the edges that these networks find in the scene in view, each once, one after the other."""
        if self.now.token != scene.token:
            return
        for network in networks:
            question = EdgesQuestion(network, scene, weights)
            asked = self._edges_asked.get(network)
            if asked is None or asked.key != question.key:
                self._edges_asked[network] = question
                self._want_edges(question)
        self._ask_edges()

    def _want_edges(self, question: EdgesQuestion) -> None:
        """Take what is remembered, or put the question behind the others."""
        network, remembered = question.network, self._answers.get(question.key)
        found = {name: edges for name, edges in self.now.edges.items() if name != network}
        pending = tuple(name for name in self.now.edges_pending if name != network)
        if self.now.edges_pending[:1] == (network,):
            self._edges_number = -1  # about other 2D poses: nobody waits for that any more
        if isinstance(remembered, EdgesResult):
            found[network] = remembered
        else:
            pending = (*pending, network)
        self.now = replace(self.now, edges=found, edges_pending=pending)

    def _ask_edges(self) -> None:
        """Ask the first question that waits, unless another one is under way."""
        if self._edges_number < 0 and self.now.edges_pending:
            self._edges_number = next(self.numbers)
            question = self._edges_asked[self.now.edges_pending[0]]
            self._client.submit(question.request(self._edges_number))

    def known(self, question: Question) -> dict[Role, RoleResult]:
        """What was answered before, remembered or kept; for other threads than the window's."""
        known = {role: self._answers.get(question.key(role)) for role in ROLES}
        found = {role: answer for role, answer in known.items() if isinstance(answer, RoleResult)}
        missing = [role for role in ROLES if role not in found]
        if self._kept is not None and missing and question.scene.people:
            for role, answer in self._kept.find(question, missing).items():
                self._answers.put(question.key(role), answer)
                found[role] = answer
        return found

    def stop(self) -> None:
        """Stop the networks; they rest until the question changes or `again`."""
        self._timer.stop()
        self._predict_number = self._edges_number = -1
        stopped = bool(self.now.pending)
        self.now = replace(self.now, pending=frozenset(), edges_pending=(), stage="", stopped=stopped)
        self._client.cancel()
        self._changed()

    def again(self) -> None:
        """Ask everything about the scene in view once more; what was answered stands until then."""
        if self._question is None:
            return
        self._asks = True
        for key in (*self._asked, *(question.key for question in self._edges_asked.values())):
            self._answers.drop(key)
        self._forget_edges()
        answered = {role: one for role, one in self.now.results.items() if isinstance(one, RoleResult)}
        self.now = replace(self.now, results=answered, edges={}, edges_pending=(), problem=None)
        self._take_remembered(self._question)
        self._ask_after(0)
        self._changed()

    def use_device(self, device: str) -> None:
        """Ask everything in view again, on another device."""
        self._client.use_device(device)
        self.now = replace(self.now, device=None, problem=None)
        self.again()

    def close(self) -> None:
        """Ask nothing more and end the inference process."""
        self._timer.stop()
        self._client.close()

    def receive(self, message: Message) -> None:
        """Take an answer; those that nobody waits for any more are dropped."""
        if not self._take(message):
            return
        self._changed()

    def _take(self, message: Message) -> bool:
        match message:
            case Ready():
                self.now = replace(self.now, device=message, problem=None)
            case RoleResult() if message.number == self._predict_number:
                self._answer(message.role, message)
            case MeshEdgeResult() if message.number == self._predict_number:
                self._take_mesh_edges(message)
            case EdgesResult() if message.number == self._edges_number:
                self._take_edges(message.network, message)
            case Progress() if message.number in (self._predict_number, self._edges_number):
                self.now = replace(
                    self.now, stage=spoken(message.stage), done=message.done, total=message.total
                )
            case Finished() if message.number == self._predict_number:
                self._finish()
            case Failed():
                return self._fail(message)
            case _:
                return False
        return True

    def _forget_scene(self, token: int) -> None:
        self._forget_edges()
        self.now = InferenceState(token, self.now.device, problem=self.now.problem)

    def _take_remembered(self, question: Question) -> None:
        results = dict(self.now.results)
        pending = []
        for role in ROLES:
            remembered = self._answers.get(question.key(role))
            if isinstance(remembered, RoleResult):
                results[role] = remembered
            if not isinstance(remembered, RoleResult) or (question.with_edges and lacks_edges(remembered)):
                pending.append(role)
        edges = self._answers.get(("mesh edges", question.key("teacher")))
        mesh_edges = edges if isinstance(edges, EdgeMap) else self.now.mesh_edges
        results = self.now.results if results == self.now.results else results  # type: ignore[assignment]
        self.now = replace(
            self.now, results=results, pending=frozenset(pending), mesh_edges=mesh_edges, stopped=False
        )

    def _look_up(self, question: Question, pause_ms: int) -> None:
        """Take what is kept; the networks are asked for the rest."""
        if self._kept is None or not self.now.pending:
            self._ask_after(pause_ms)
            return
        missing = [role for role in ROLES if role in self.now.pending]
        self._kept.look_up(question, missing, lambda found: self._take_kept(question, found, pause_ms))

    def _take_kept(self, question: Question, found: Mapping[Role, RoleResult], pause_ms: int) -> None:
        for role, answer in found.items():
            known = self._answers.get(question.key(role))
            if not isinstance(known, RoleResult) or lacks_edges(known):
                self._answers.put(question.key(role), answer)
        if question is self._question and not self.now.stopped:
            self._take_remembered(question)
            self._ask_after(pause_ms)
            self._changed()

    def _ask_after(self, milliseconds: int) -> None:
        if not self._asks:
            self.now = replace(self.now, stopped=bool(self.now.pending), pending=frozenset())
        if not self.now.pending:
            return
        if milliseconds:
            self._timer.start(milliseconds, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        if self._question is None or not self.now.pending:
            return
        self._predict_number = next(self.numbers)
        roles = [role for role in ROLES if role in self.now.pending]
        self.now = replace(self.now, stage="waiting for their turn", done=0, total=0)
        self._client.submit(self._question.request(self._predict_number, roles))

    def _answer(self, role: Role, answer: RoleResult | Failed) -> None:
        milliseconds = dict(self.now.milliseconds)
        if isinstance(answer, RoleResult):
            milliseconds[role] = sum(answer.milliseconds.values())
            if self._question is not None:
                self._answers.put(self._question.key(role), answer)
                if self._kept is not None:
                    self._kept.keep(self._question, answer)
        self.now = replace(
            self.now,
            results={**self.now.results, role: answer},
            pending=self.now.pending - {role},
            milliseconds=milliseconds,
        )

    def _take_mesh_edges(self, message: MeshEdgeResult) -> None:
        if self._question is not None:
            self._answers.put(("mesh edges", self._question.key("teacher")), message.edge)
        milliseconds = {**self.now.milliseconds, "mesh edges": message.milliseconds}
        self.now = replace(self.now, mesh_edges=message.edge, milliseconds=milliseconds)

    def _take_edges(self, network: EdgeNetwork, found: EdgesResult | Failed) -> None:
        milliseconds = dict(self.now.milliseconds)
        if isinstance(found, EdgesResult):
            self._answers.put(self._edges_asked[network].key, found)
            milliseconds[network.upper()] = found.milliseconds
        edges, pending = {**self.now.edges, network: found}, self.now.edges_pending[1:]
        self.now = replace(self.now, edges=edges, edges_pending=pending, milliseconds=milliseconds)
        self._edges_number = -1
        self._ask_edges()

    def _forget_edges(self) -> None:
        self._edges_number, self._edges_asked = -1, {}

    def _finish(self) -> None:
        self._predict_number = -1
        self.now = replace(self.now, pending=frozenset(), stage="")

    def _fail(self, message: Failed) -> bool:
        if message.number is None:
            self.now = replace(self.now, problem=message)
        elif message.number == self._edges_number:
            self._take_edges(self.now.edges_pending[0], message)
        elif message.number == self._predict_number:
            for role in [message.role] if message.role else sorted(self.now.pending):
                self._answer(role, message)
            if message.role is None:
                self._finish()
        else:
            return False
        return True
