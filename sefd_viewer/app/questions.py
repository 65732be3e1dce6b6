"""What the networks are asked about a scene, and all that their answer depends on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sefd_viewer.app.cache import stamped
from sefd_viewer.app.scene import Scene
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.inference.messages import ROLES, EdgeNetwork, EdgesRequest, PredictRequest, Role, RoleResult

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
