"""What the views of the workspace "Review" show: made by `review_frame`, compared field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.features.people.review.state import ReviewState

if TYPE_CHECKING:
    from sefd_viewer.app.findings import DetectorFrame, FindingColumns
    from sefd_viewer.app.frame import Words
    from sefd_viewer.features.people.review.content import ScanProgress
    from sefd_viewer.features.people.review.disagreements import Disagreements
    from sefd_viewer.features.people.review.rows import Lines
    from sefd_viewer.features.people.review.table import ReviewTable
    from sefd_viewer.features.people.review.verdict_columns import VerdictColumns


@dataclass(frozen=True)
class HistoryFrame:
    """One verdict of the past, in words."""

    state: str
    words: str
    when: str


@dataclass(frozen=True, eq=False)
class CaseFrame:
    """The case in view: who it is, what was found, what was decided.

    `findings` are (detector's title, sentence); `changed` says what is different since an old verdict;
    `missing` says why annotated people of the record are not shown. `box_xywh` is where the person is.
    """

    key: tuple[str, str | None]
    title: str
    about: str = ""
    state: str = "unreviewed"
    old: bool = False
    changed: str = ""
    issues: tuple[str, ...] = ()
    note: str = ""
    findings: tuple[tuple[str, str], ...] = ()
    findings_note: str = ""
    history: tuple[HistoryFrame, ...] = ()
    missing: tuple[str, ...] = ()
    box_xywh: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class ReviewFrame:
    """The whole workspace; `words` say why there are no rows.

    `line` is where the case in view is among the `lines`. `mistake` says what the filter does not understand.
    """

    state: ReviewState = field(default_factory=ReviewState)
    table: ReviewTable | None = None
    verdicts: VerdictColumns | None = None
    findings: FindingColumns | None = None
    lines: Lines | None = None
    line: int | None = None
    mistake: str = ""
    busy: bool = False
    words: Words | None = None
    case: CaseFrame | None = None
    detectors: tuple[DetectorFrame, ...] = ()
    scan: ScanProgress | None = None
    scan_note: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    place: str = ""
    place_problem: str = ""
    reviewer: str = ""
    disagreements: Disagreements | None = None
