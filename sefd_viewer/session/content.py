"""What has been loaded and computed for the state in view; replaced as a whole, never changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sefd_viewer.session.background import Outcome
from sefd_viewer.session.inference_state import InferenceState
from sefd_viewer.session.methods import Method
from sefd_viewer.session.scene import Scene
from sefd_viewer.session.stages import Stage

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.session.plugins import EdgeDetectorInfo

Metrics = Mapping[tuple[str, Method], "PersonMetrics"]
"""Errors in millimetres by person and method, where ground truth exists."""


@dataclass(frozen=True, eq=False)
class Content:
    """Everything known besides what a person chose.

    `opened` numbers the opening of data sets; `outcomes` holds what the thread pool computed, by name;
    `notice` is a sentence for the status line.
    """

    dataset: Dataset | None = None
    opened: int = 0
    opening: str | None = None
    problem: str | None = None
    notice: str | None = None
    scene: Scene | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    stages: Mapping[Method, Stage] = field(default_factory=dict)
    inference: InferenceState = field(default_factory=InferenceState)
    detectors: tuple[EdgeDetectorInfo, ...] = ()
    running: tuple[str, ...] = ()
    waiting: int = 0

    def outcome(self, name: str) -> Outcome | None:
        """The newest outcome `name` of the scene in view, None while there is none.

        Keys of such outcomes are tuples that begin with the scene's token.
        """
        found = self.outcomes.get(name)
        if found is None or self.scene is None:
            return None
        key: Any = found.key
        return found if key[0] == self.scene.token else None

    def value(self, name: str) -> Any:
        """The value of `outcome(name)`, None without one."""
        outcome = self.outcome(name)
        return None if outcome is None else outcome.value
