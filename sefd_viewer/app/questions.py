"""What the networks are asked about a scene, what is kept of their answers, what they have said so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.cache import stamped
from sefd_viewer.app.scene import Scene
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import (
    EDGE_NETWORKS,
    ROLES,
    EdgeNetwork,
    EdgesRequest,
    EdgesResult,
    Failed,
    PredictRequest,
    Ready,
    Role,
    RoleResult,
)
from sefd_viewer.jobs.runner import Outcome, Runner

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.edges.settings import EdgeMap
    from sefd_viewer.inference.kept_answers import AnswerFolders
    from sefd_viewer.inference.messages import Role, RoleResult
    from sefd_viewer.jobs.runner import Post


LARGEST_MAP = 1024
"""Longer side of the map into which the edges of people's crops are laid."""


@dataclass(frozen=True, eq=False)
class Question:
    """What the networks are asked about a scene; `with_edges`: also the edges that they saw are shown."""

    scene: Scene
    edges: EdgeSettings
    weights: Mapping[str, str] = field(default_factory=dict)
    bodies: tuple[str, ...] = ()
    with_edges: bool = True

    def key(self, role: Role) -> Hashable:
        """What the answer of `role` depends on; the baseline sees no edges."""
        edges = None if role == "baseline" else self.edges
        return self.scene.token, self.scene.edits, role, edges, *self.files

    @cached_property
    def files(self) -> tuple[Hashable, ...]:
        """Weights and bodies as they are when it is asked."""
        return stamped(self.weights), stamped({path: path for path in self.bodies})

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The keys of all roles."""
        return tuple([self.key(role) for role in ROLES])

    def request(self, number: int, roles: Iterable[Role]) -> PredictRequest:
        """The message to the inference process."""
        record = self.scene.record
        return PredictRequest(
            number=number,
            image=self.scene.image,
            people=self.scene.people,
            roles=tuple(roles),
            edges=self.edges,
            scene_camera=record.camera,
            weights=self.weights or None,
            bodies=self.bodies,
        )


@dataclass(frozen=True, eq=False)
class EdgesQuestion:
    """What one network is asked about the edges of a scene; SEE and SESD look where its people are."""

    network: EdgeNetwork
    scene: Scene
    weights: Mapping[str, str] | None = None

    @property
    def key(self) -> Hashable:
        """What the answer depends on."""
        own = (self.weights or {}).get(self.network, "")
        edits = None if self.network == "hed" else self.scene.edits
        return self.scene.token, "edges", self.network, edits, stamped({self.network: own} if own else {})

    def request(self, number: int) -> EdgesRequest:
        """The message to the inference process."""
        image = self.scene.image
        if self.network == "hed":
            return EdgesRequest(number, image)
        return EdgesRequest(number, image, self.network, self.scene.people, self.weights, LARGEST_MAP)


def lacks_edges(answer: RoleResult) -> bool:
    """Whether an answer was kept without the edges that the network saw."""
    return answer.role != "baseline" and any(prediction.edge is None for prediction in answer.predictions)


_SHRINK_EVERY = 500


class DiskAnswers:
    """Finds and keeps answers in `folder`, and finds those that ship; files are read on `executor`."""

    def __init__(self, folder: Path, executor: Executor, post: Post, find_body: FindBody) -> None:
        self._folder, self._find_body = folder, find_body
        self._runner = Runner(executor, post, self._take)
        self._numbers, self._kept = count(), 0

    @cached_property
    def folders(self) -> AnswerFolders:
        """Where they are; those of the shipped networks about the samples come with the program."""
        from sefd_viewer.inference.kept_answers import AnswerFolders
        from sefd_viewer.resources import resource_path

        try:
            return AnswerFolders(self._folder, (resource_path("answers"),))
        except SefdError:  # an install without samples
            return AnswerFolders(self._folder)

    def look_up(
        self, question: Question, roles: Iterable[Role], found: Callable[[Mapping[Role, RoleResult]], None]
    ) -> None:
        """Call `found` soon with what is kept of these roles' answers."""
        self._runner.want("look up", found, partial(self.find, question, tuple(roles)))

    def keep(self, question: Question, answer: RoleResult) -> None:
        """Write an answer, some time."""
        self._runner.want(("keep", next(self._numbers)), answer, partial(self._keep, question, answer))

    def _take(self, slot: Any, outcome: Outcome[Any]) -> None:
        if slot == "look up":
            found: Any = outcome.key
            found(outcome.value or {})

    def find(self, question: Question, roles: Iterable[Role]) -> dict[Role, RoleResult]:
        """What is kept of these roles' answers; reads files."""
        found = {}
        for role in roles:
            answer = self.folders.find(self._key(question, role), 0, self._find_body)
            if answer is not None:
                found[role] = answer
        return found

    def _keep(self, question: Question, answer: RoleResult) -> None:
        self.folders.keep(self._key(question, answer.role), answer)
        self._kept += 1
        if self._kept % _SHRINK_EVERY == 1:
            self.folders.shrink()

    @staticmethod
    def _key(question: Question, role: Role) -> str:
        from sefd_viewer.inference.kept_answers import picture_file, question_key

        request, path = question.request(0, (role,)), picture_file(question.scene.record)
        return question_key(request, role, image_path=path)


def spoken(stage: str) -> str:
    """A stage of the networks' process ("load student", "student", "HED") in words for people."""
    verb, _, network = stage.partition(" ")
    if verb == "load" and network:
        return f"loading the {network}"
    if stage.lower() in EDGE_NETWORKS:
        return f"looking for {stage}’s edges"
    return f"asking the {stage}" if stage in ROLES else stage


@dataclass(frozen=True, eq=False)
class InferenceState:
    """Results and waiting of one scene (`token`).

    `results` holds each role's answer or failure, possibly for older edge settings while `pending` roles
    are computed again; `mesh_edges` is what the teacher's edges were made of; `edges` what
    HED, SEE and SESD found, as far as somebody asked; `stopped` means that a
    person stopped the networks; `waits` that a request stands behind another one.
    """

    token: int = 0
    device: Ready | None = None
    results: Mapping[Role, RoleResult | Failed] = field(default_factory=dict)
    pending: frozenset[Role] = frozenset()
    mesh_edges: EdgeMap | None = None
    edges: Mapping[str, EdgesResult | Failed] = field(default_factory=dict)
    edges_pending: tuple[EdgeNetwork, ...] = ()
    stage: str = ""
    done: int = 0
    total: int = 0
    stopped: bool = False
    problem: Failed | None = None
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self.pending or self.edges_pending)

    def result(self, role: Role) -> RoleResult | None:
        """The role's predictions, None while there are none or after a failure."""
        found = self.results.get(role)
        return found if isinstance(found, RoleResult) else None

    @property
    def answers(self) -> tuple[tuple[Role, RoleResult], ...]:
        """The predictions of the roles that gave some."""
        answered = [(role, self.results.get(role)) for role in ROLES]
        return tuple([(role, found) for role, found in answered if isinstance(found, RoleResult)])

    def failure(self, role: Role) -> Failed | None:
        """The role's failure, None when there is none."""
        found = self.results.get(role)
        return found if isinstance(found, Failed) else None

    def found_edges(self, network: str) -> EdgesResult | None:
        """What a network of edges found in the photo, None while there is nothing."""
        found = self.edges.get(network)
        return found if isinstance(found, EdgesResult) else None

    def edges_failed(self, network: str) -> Failed | None:
        """Why such a network found nothing."""
        found = self.edges.get(network)
        return found if isinstance(found, Failed) else None
