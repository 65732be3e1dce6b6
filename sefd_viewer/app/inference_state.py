"""What the networks have said so far about the scene in view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.inference.messages import (
    EDGE_NETWORKS,
    ROLES,
    EdgeNetwork,
    EdgesResult,
    Failed,
    Ready,
    Role,
    RoleResult,
)

if TYPE_CHECKING:
    from sefd_viewer.edges.edge_map import EdgeMap


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
    edges: Mapping[EdgeNetwork, EdgesResult | Failed] = field(default_factory=dict)
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
        found = self.edges.get(network)  # type: ignore[call-overload]
        return found if isinstance(found, EdgesResult) else None

    def edges_failed(self, network: str) -> Failed | None:
        """Why such a network found nothing."""
        found = self.edges.get(network)  # type: ignore[call-overload]
        return found if isinstance(found, Failed) else None
