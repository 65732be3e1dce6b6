"""What the workspace "Results" shows: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.features.people.results.state import ResultsState

if TYPE_CHECKING:
    from sefd_viewer.app.frame import Words
    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.evaluation.runs.orders import RunReport
    from sefd_viewer.features.people.results.joints import JointMeans
    from sefd_viewer.features.people.review.rows import Lines
    from sefd_viewer.judgements.tags import Tags


@dataclass(frozen=True)
class KnownRun:
    """A run on disk: its folder, words about it, and where its 2D poses are from."""

    folder: str
    title: str
    poses: str = "annotation"


@dataclass(frozen=True, eq=False)
class PlotFrame:
    """What is plotted: the columns `x` and `y` (titles with units), and the quadrants' limits.

    `quadrants` counts people below both, above x alone, above y alone, above both.
    """

    x: str = ""
    y: str = ""
    limits: tuple[float, float] | None = None
    quadrants: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, eq=False)
class ResultsFrame:
    """Everything the workspace shows.

    `lines` are the rows shown, `line` the one of the case in view. `report` tells how the run that goes on
    stands, `paused` that it rests. `mistake` is what is wrong with the filter. `tags` are those of the run
    in view, None while they are not known, `case_tags` those of the case in view. `joints` are the means over
    the rows shown, while joints are plotted.
    """

    state: ResultsState = field(default_factory=ResultsState)
    runs: tuple[KnownRun, ...] = ()
    table: RunTable | None = None
    lines: Lines | None = None
    line: int | None = None
    plot: PlotFrame = field(default_factory=PlotFrame)
    report: RunReport | None = None
    paused: bool = False
    mistake: str = ""
    summary: tuple[str, ...] = ()
    words: Words | None = None
    can_run: bool = False
    tags: Tags | None = None
    case_tags: tuple[str, ...] = ()
    joints: JointMeans | None = None
