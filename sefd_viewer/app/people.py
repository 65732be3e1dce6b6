"""The people in view: one run, one baseline, one filter and one order for every workspace.

What is chosen is `PEOPLE` in the state, what was read and judged `KNOWN` in the content; the table of
everybody and the rows shown are values of keys that whoever shows people wants (`people_view.people_keys`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.people_table import Case, PeopleTable
from sefd_viewer.app.slices import Slice, Whole

if TYPE_CHECKING:
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.evaluation.runs.methods import RunReport
    from sefd_viewer.judgements import QuickVerdictStore, Tags, Verdict

Face = Literal["compare", "check"]
Middle = Literal["pictures", "table", "plot"]
Plot = Literal["scatter", "quadrants", "histogram", "hidden", "joints", "radar"]
HIDDEN = "hidden"
"""The metric "MPJPE of hidden people"."""


@dataclass(frozen=True)
class PeopleState:
    """What a person chose about people.

    `run` is the folder of the run in view; which methods are compared is `methods.CHOICE`. `where` is the
    filter as typed, `applied` counts how often it was used: a verdict makes nobody vanish until then.
    `order` is a column or a number such as "student - baseline" ("": worst first after a run, else the
    data's). `plot` has the numbers `x` and `y`, its quadrants are divided at `limits`. `metrics` are those
    compared; `hidden_from` is the share from which somebody counts as hidden; `without_bad` leaves out whose
    annotation is bad or flagged. `thresholds` are the detectors' limits that were moved, `off` detectors are
    not asked, `detector` is the one whose histogram is shown. `picked` are several rows, rising. `step`
    counts what was judged since the data set was opened: undo lowers it, and the log follows. `shape` is the
    width of the pictures of the person in view as a share of their height.
    """

    fleeting: ClassVar[frozenset[str]] = frozenset({"applied", "picked", "step", "shape"})

    run: str | None = None
    where: str = ""
    applied: int = 0
    order: str = ""
    descending: bool = True
    face: Face = "compare"
    middle: Middle = "pictures"
    plot: Plot = "scatter"
    x: str = ""
    y: str = ""
    limits: tuple[float, float] | None = None
    metrics: tuple[str, ...] = ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm", HIDDEN, "ap")
    hidden_from: float = 0.05
    without_bad: bool = False
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    off: frozenset[str] = frozenset()
    detector: str = ""
    layers: frozenset[str] = frozenset({"mesh", "poses"})
    tile: int = 112
    whole: bool = False
    go_on: bool = True
    picked: tuple[int, ...] = ()
    step: int = 0
    shape: float = 0.86


@dataclass(frozen=True, eq=False)
class Judged:
    """The verdicts that hold and everybody's tags.

    `others` has the last word of each reviewer where reviewers differ.
    """

    verdicts: Mapping[Case, Verdict] = field(default_factory=dict)
    tags: Tags | None = None
    others: Mapping[Case, tuple[Verdict, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Book(Whole):
    """A data set's people and what is kept about them; `place` says in words where that is.

    `unknown` counts verdicts about people whom the data set does not have; `measurements` were kept of the
    last scan; `problems` are in words.
    """

    opened: int
    table: PeopleTable
    store: QuickVerdictStore | None = None
    place: str = ""
    problem: str = ""
    unknown: int = 0
    detectors: tuple[Detector, ...] = ()
    detector_problems: tuple[str, ...] = ()
    measurements: Measurements | None = None
    judged: Judged = field(default_factory=Judged)


@dataclass(frozen=True)
class KnownRun:
    """A run on disk: its folder, words about it, and where its 2D poses are from."""

    folder: str
    title: str
    poses: str = "annotation"
    methods: int = 0


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan is: photos `done` of `total`; about `left_s` seconds more, None at the beginning."""

    done: int
    total: int
    left_s: float | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """What is known besides the values of keys; replaced as a whole.

    `judged` and `measurements` take the place of the book's from the first change on (None: none yet);
    `checked` are the verdicts that are compared with today's annotations.
    `report` tells how the run that goes on stands, `paused` that it rests; `read` counts readings of it,
    `generation` runs begun and ended. `disagreements` is what merging another
    reviewer's file told.
    """

    judged: Judged | None = None
    checked: Judged | None = None
    measurements: Measurements | None = None
    scan: ScanProgress | None = None
    scan_problems: tuple[str, ...] = ()
    report: RunReport | None = None
    paused: bool = False
    generation: int = 0
    read: int = 0
    disagreements: Any = None
    reviewer: str = ""
    refused: str = ""


PEOPLE = Slice("people", PeopleState())
KNOWN = Slice("people", Known())


def for_another_set(state: ViewerState, run: str | None) -> ViewerState:
    """The state without what was chosen for the last data set, with a run that comes with this one."""
    chosen = PEOPLE.change(state, run=run, where="", order="", step=0, picked=())
    return CHOICE.change(PEOPLE.change(chosen, limits=None, x="", y=""), compared="")
