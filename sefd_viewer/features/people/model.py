"""The frame of the workspace "People", and which keys it wants for it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.filtering import Lines
from sefd_viewer.app.findings import DetectorFrame
from sefd_viewer.app.frame import MarkFrame, Words
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import memo
from sefd_viewer.app.methods import CHOICE, Color, MethodChoice, MethodInfo, title_of
from sefd_viewer.app.people import KNOWN, PEOPLE, KnownRun, PeopleState, ScanProgress
from sefd_viewer.app.people_keys import LinesKey, MeasuredKey
from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.app.people_view import (
    book_of,
    judged_of,
    limits_key,
    lines_of,
    measurements_of,
    pair_of,
    people_keys,
    row_in_view,
    table_of,
)
from sefd_viewer.app.slices import Slice
from sefd_viewer.features.people.case import CaseFacts
from sefd_viewer.features.people.comparing import FEWEST, CompareTable
from sefd_viewer.features.people.work import (
    CaseKey,
    CompareKey,
    JointsKey,
    Overlay,
    OverlayKey,
    PaneKey,
    PersonPicture,
    SideKey,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.people_table import Case
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.runs.methods import RunReport
    from sefd_viewer.features.people.work import JointMeans

WORKSPACE = "people"
SIDE_GROUND = (0x14, 0x15, 0x17)
PAIRED = ("scatter", "quadrants", "hidden")
"""The plots of dots."""


@dataclass(frozen=True)
class Term:
    """A quick term of the filter: words on its chip, what it writes, whether it is on."""

    title: str
    words: str
    on: bool = False


@dataclass(frozen=True, eq=False)
class PlotFrame:
    """What is plotted: numbers `x` and `y` as they are written in the filter, titles, the quadrants' limits.

    `quadrants` counts people below both, above x alone, above y alone, above both; `names` are theirs.
    """

    x: str = ""
    y: str = ""
    titles: tuple[str, str] = ("", "")
    limits: tuple[float, float] | None = None
    quadrants: tuple[int, int, int, int] | None = None
    names: tuple[str, str, str, str] = ("", "", "", "")


@dataclass(frozen=True, eq=False)
class PaneFrame:
    """One method on the person in view: error and difference to the baseline, mm (nan: unknown)."""

    method: str
    title: str
    color: Color
    error_mm: float = math.nan
    difference_mm: float = math.nan
    picture: PersonPicture | None = None
    words: str = ""


@dataclass(frozen=True, eq=False)
class CaseFrame:
    """The person in view: who, where, what was decided, what is known; see `CaseFacts`.

    `says` are the verdicts of reviewers who differ. `sentence` is what happened to the person.
    """

    key: Case
    row: int
    name: str
    place: str
    state: str = "unreviewed"
    old: bool = False
    issues: tuple[str, ...] = ()
    note: str = ""
    tags: tuple[str, ...] = ()
    says: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    tone: str = ""
    facts: CaseFacts | None = None
    findings_note: str = ""


@dataclass(frozen=True, eq=False)
class PeopleFrame:
    """The whole workspace; `words` say why there is nobody.

    `line` is where the person in view is among the `lines`. `order` is what they are ordered by, `orders`
    what they could be (words by number). `mistake` says what the filter does not understand (`mistaken`: from
    where to where), `left` the filter without one of its terms where nobody matches. `sentence` is what the
    face says first. `looks` are the methods of the run, or without one those that are known, in their order;
    `known` are those that a run can measure; `pictured` is what bodies in small pictures are made from.
    """

    def look(self, method: str) -> MethodInfo:
        """How a method is called and coloured."""
        found = next((one for one in self.looks if one.id == method), None)
        return MethodChoice().info(method) if found is None else found

    def named(self, words: str, method: str | None) -> str:
        """Words about a method, such as a column's, with the name that somebody gave it."""
        return words if method is None else words.replace(title_of(method), self.look(method).title, 1)

    state: PeopleState = field(default_factory=PeopleState)
    dataset: Dataset | None = None
    table: PeopleTable | None = None
    lines: Lines | None = None
    line: int | None = None
    order: str = ""
    orders: tuple[tuple[str, str], ...] = ()
    mistake: str = ""
    mistaken: tuple[int, int] = (0, 0)
    left: tuple[tuple[str, str], ...] = ()
    terms: tuple[Term, ...] = ()
    sentence: str = ""
    words: Words | None = None
    runs: tuple[KnownRun, ...] = ()
    compare: CompareTable | None = None
    baseline: str = ""
    method: str = ""
    looks: tuple[MethodInfo, ...] = ()
    known: tuple[MethodInfo, ...] = ()
    pictured: Hashable = None
    report: RunReport | None = None
    paused: bool = False
    can_run: bool = False
    photos: int = 0
    problem: str = ""
    plot: PlotFrame = field(default_factory=PlotFrame)
    joints: JointMeans | None = None
    panes: tuple[PaneFrame, ...] = ()
    case: CaseFrame | None = None
    scene: Scene | None = None
    overlay: Overlay | None = None
    marks: tuple[MarkFrame, ...] = ()
    side: PersonPicture | None = None
    detectors: tuple[DetectorFrame, ...] = ()
    flagged: int = 0
    judged: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    scan: ScanProgress | None = None
    scan_note: str = ""
    place: str = ""
    place_problem: str = ""
    reviewer: str = ""
    disagreements: Any = None


FRAME = Slice("people", PeopleFrame())


# ---- what must be computed


def wants(state: ViewerState, content: Content) -> Iterator[Key[Any] | None]:
    """The keys of what is in view."""
    yield from people_keys(state, content)
    yield compare_key(state, content)
    yield joints_key(state, content)
    yield case_key(state, content)
    yield limits_key(state, content)
    if PEOPLE.of(state).face == "compare":
        yield from pane_keys(state, content)
    else:
        yield overlay_key(state, content)
        yield side_key(state, content)


def activity(content: Content) -> tuple[str, float | None] | None:
    """The scan or the run that goes on."""
    known = KNOWN.of(content)
    if (scan := known.scan) is not None:
        return "Looking for bad annotations", scan.done / max(scan.total, 1)
    if (report := known.report) is not None:
        return (
            report.stage or "evaluating"
        ).capitalize(), report.done / report.total if report.total else None
    return None


def chosen_positions(content: Content) -> tuple[int, ...]:
    """The photos whose people are shown, where the filter leaves some out; else none."""
    book, table = book_of(content), table_of(content)
    measured = None if book is None else content.computed.newest(MeasuredKey, book.table)
    found = None if measured is None else content.computed.newest(LinesKey, (measured.value or (None,))[0])
    lines = None if found is None else found.value
    if table is None or lines is None or not 0 < len(lines) < len(table):
        return ()
    return tuple(sorted(set(table.positions[lines.rows].tolist())))


@memo
def compare_key(state: ViewerState, content: Content) -> CompareKey | None:
    """The comparison of the run in view."""
    table, people = table_of(content), PEOPLE.of(state)
    if table is None or table.run is None or not table.methods or people.face != "compare":
        return None
    baseline, first = pair_of(state, content)
    fewest = FEWEST if KNOWN.of(content).report is not None else 0
    who = people.hidden_from, people.without_bad
    return CompareKey(table, baseline, first, people.metrics, *who, fewest)


@memo
def joints_key(state: ViewerState, content: Content) -> JointsKey | None:
    """The means of the joints, while they are plotted."""
    table, lines = table_of(content), lines_of(state, content)
    if PEOPLE.of(state).plot not in ("joints", "radar") or table is None or table.run is None:
        return None
    return JointsKey(table, lines) if lines is not None else None


@memo
def case_key(state: ViewerState, content: Content) -> CaseKey | None:
    """A person is looked up again when the verdict, the measurements or the limits change."""
    table, row, book, people = (
        table_of(content),
        row_in_view(state, content),
        book_of(content),
        PEOPLE.of(state),
    )
    if table is None or row is None or book is None or content.dataset is None:
        return None
    case, moved = table.case(row), tuple(sorted(people.thresholds.items()))
    verdict = judged_of(content).verdicts.get(case)
    position = int(table.positions[row])
    return CaseKey(
        case, position, content.dataset, book, verdict, measurements_of(content), moved, people.off
    )


@memo
def pane_keys(state: ViewerState, content: Content) -> tuple[PaneKey, ...]:
    """The pictures of the baseline and of the method beside it."""
    table, row, scene = table_of(content), row_in_view(state, content), content.scene
    if table is None or row is None or scene is None or scene.record.key != table.case(row)[0]:
        return ()
    person, box = table.case(row)[1], table.box(row)
    if person is None or box is None:
        return ()
    truth, shape, choice = content.stages.get("truth"), PEOPLE.of(state).shape, CHOICE.of(state)
    return tuple(
        PaneKey(scene, person, box, content.stages.get(method), choice.color(method), truth, shape, place)
        for place, method in enumerate(shown_methods(state, content))
    )


@memo
def overlay_key(state: ViewerState, content: Content) -> OverlayKey | None:
    """The annotated bodies on the photo in view."""
    stage, scene = content.stages.get("truth"), content.scene
    if stage is None or scene is None or "mesh" not in PEOPLE.of(state).layers:
        return None
    return OverlayKey(scene, stage, _person(state, content))


@memo
def side_key(state: ViewerState, content: Content) -> SideKey | None:
    """The same bodies from the side."""
    stage = content.stages.get("truth") if content.scene is not None else None
    return None if stage is None or not stage.bodies else SideKey(stage, _person(state, content), SIDE_GROUND)


def _person(state: ViewerState, content: Content) -> str | None:
    table, row = table_of(content), row_in_view(state, content)
    return table.case(row)[1] if table is not None and row is not None else None


@memo
def looks_of(state: ViewerState, content: Content) -> tuple[MethodInfo, ...]:
    """The methods of the run that are shown, in their order; the yardstick is always among them."""
    choice, table = CHOICE.of(state), table_of(content)
    hidden = choice.hidden - {pair_of(state, content)[0]}
    here = table.methods if table is not None else ()
    return tuple(choice.info(one) for one in choice.sorted(here) if one not in hidden)


@memo
def shown_methods(state: ViewerState, content: Content) -> tuple[str, ...]:
    """The baseline and the method beside it."""
    choice, table = CHOICE.of(state), table_of(content)
    measured = table is not None and table.run is not None
    pair = pair_of(state, content) if measured else choice.usual_pair
    return tuple(filter(None, pair))
