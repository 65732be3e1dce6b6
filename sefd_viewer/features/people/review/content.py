"""What is known about a data set under review; replaced as a whole, never changed in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.app.findings import Measured
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.features.people.review.disagreements import Disagreements
    from sefd_viewer.features.people.review.table import ReviewTable
    from sefd_viewer.features.people.review.verdict_columns import VerdictColumns
    from sefd_viewer.judgements import QuickVerdictStore


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan is: records `done` of `total`; about `left_s` seconds more, None at the beginning."""

    done: int
    total: int
    left_s: float | None = None


@dataclass(frozen=True, eq=False)
class Book:
    """A data set's rows and the verdicts about them; `place` says in words where these are kept.

    `unknown` counts verdicts about cases that the data set does not have; `scan` is what was kept of the last
    scan; `detector_problems` say which plugins' detectors could not be loaded.
    """

    opened: int
    table: ReviewTable
    store: QuickVerdictStore | None
    place: str
    read_only: bool = False
    problem: str = ""
    unknown: int = 0
    detectors: tuple[Detector, ...] = ()
    detector_problems: tuple[str, ...] = ()
    scan: tuple[Measurements, Measured] | None = None


@dataclass(frozen=True, eq=False)
class ReviewContent:
    """Everything known besides what a person chose; `book` None until the rows are there.

    `checks` counts how often many verdicts came in that must be compared with today's annotations.
    """

    book: Book | None = None
    verdicts: VerdictColumns | None = None
    detectors: tuple[Detector, ...] = ()
    measured: Measured | None = None
    measurements: Measurements | None = None
    scan: ScanProgress | None = None
    scan_problems: tuple[str, ...] = ()
    disagreements: Disagreements | None = None
    checks: int = 0
    reviewer: str = ""

    @property
    def table(self) -> ReviewTable | None:
        """The rows, None until they are there."""
        return self.book.table if self.book is not None else None
