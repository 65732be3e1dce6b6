"""What is known about runs; replaced as a whole, never changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.evaluation.runs.orders import RunReport


@dataclass(frozen=True, eq=False)
class ResultsContent:
    """How the run that goes on stands; `generation` counts runs begun and ended, `read` readings wanted."""

    report: RunReport | None = None
    paused: bool = False
    generation: int = 0
    read: int = 0
