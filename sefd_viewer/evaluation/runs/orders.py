"""What is said between a window and the process of a run; nothing here needs the networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sefd_viewer.evaluation.runs.methods import Method

ENDED = "The process of the run ended. What was measured is kept; start it again to go on."
REPORT_TITLE = "Where methods fail"


@dataclass(frozen=True)
class RunOrder:
    """A run that is wanted: data set, methods, settings; `positions` None means all.

    `poses` names the source of the networks' 2D poses (`pose_sources`).
    `answers` is the folder in which the networks' answers are kept.
    `folder` goes on with a run that was made earlier. `target` names the function of the process as
    module:function: its module loads the networks, the name does not.
    """

    target: ClassVar[str] = "sefd_viewer.evaluation.runs.running:work"

    root: str | None
    format: str | None
    methods: tuple[Method, ...]
    edges: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    bodies: tuple[str, ...] = ()
    positions: tuple[int, ...] | None = None
    poses: str = "annotation"
    folder: str | None = None
    answers: str | None = None


@dataclass(frozen=True)
class WantedCase:
    """Whom a page shows: one `person` of a record, or everybody in it (None), under a title and a note."""

    record: str
    person: str | None = None
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReportOrder:
    """A page that is wanted: about `cases` of the run in folder `run`, written to `out`."""

    target: ClassVar[str] = "sefd_viewer.evaluation.report.writing:work"
    run: str
    out: str
    cases: tuple[WantedCase, ...]
    title: str = REPORT_TITLE
    device: str = "auto"


@dataclass(frozen=True)
class RunReport:
    """How a run stands: records `done` of `total`; `folder` is where results lie."""

    folder: str | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
