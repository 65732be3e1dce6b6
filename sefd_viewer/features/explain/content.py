"""What is known about the trials of the workspace "Explain"."""

from __future__ import annotations

from dataclasses import dataclass, field

from sefd_viewer.features.explain.asking import Asking
from sefd_viewer.features.explain.sweep import SweepProgress
from sefd_viewer.features.explain.trials import TrialState


@dataclass(frozen=True, eq=False)
class ExplainContent:
    """Answers to trials, the sweep of the case in view, and what requests have in common."""

    trials: TrialState = field(default_factory=TrialState)
    sweep: SweepProgress | None = None
    asking: Asking = field(default_factory=Asking)
