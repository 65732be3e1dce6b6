"""What requests of the workspace have in common: settings of the edges, weights and bodies."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import stamped
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.inference.messages import Trial, TrialRequest

if TYPE_CHECKING:
    from sefd_viewer.features.explain.case import Case


@dataclass(frozen=True, eq=False)
class Asking:
    """The choices that every trial depends on; `checkpoints` are further weights files of the student."""

    edges: EdgeSettings = field(default_factory=EdgeSettings)
    weights: Mapping[str, str] = field(default_factory=dict)
    bodies: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()

    @property
    def key(self) -> Hashable:
        """Equal for equal choices, as long as no file of them changes."""
        return self.edges, stamped(self.weights), stamped({path: path for path in self.bodies})

    def request(
        self, number: int, case: Case, trials: Sequence[Trial], *, inside: bool = False
    ) -> TrialRequest:
        """The message to the inference process."""
        return TrialRequest(
            number,
            case.scene.image,
            case.person,
            tuple(trials),
            self.edges,
            self.weights or None,
            self.bodies,
            inside,
        )
