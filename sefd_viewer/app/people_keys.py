"""What is computed about the people in view: keys from a data set and a run to the rows shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.filtering import Lines, shown
from sefd_viewer.app.findings import FindingColumns, Limits, Measured, by_row, find
from sefd_viewer.app.keys import Key
from sefd_viewer.app.people import Book, Judged, KnownRun
from sefd_viewer.app.people_table import Case, PeopleTable, table_of
from sefd_viewer.app.run_table import RunTable, load_table

if TYPE_CHECKING:
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.datasets.records import Dataset


def people_of(dataset: Dataset) -> PeopleTable:
    """The rows of a data set, from its index, with what is annotated."""
    from sefd_viewer.datasets.index import people_table

    return table_of(people_table(dataset).sort("position", maintain_order=True))


@dataclass(frozen=True)
class BookKey(Key[Book]):
    """The people of a data set, its log and the scan that was kept."""

    title: ClassVar[str] = "Listing the people"
    kept: ClassVar[int] = 1
    dataset: Dataset
    opened: int
    bodies: tuple[str, ...]

    def work(self) -> Book:
        """Read index and log; a log that cannot be kept leaves words."""
        from sefd_viewer.app.people_book import open_book

        return open_book(self.opened, self.dataset, people_of(self.dataset), self.bodies)


@dataclass(frozen=True)
class OldKey(Key[frozenset[Case]]):
    """The people whose annotation is not the one that was judged."""

    kept: ClassVar[int] = 1
    dataset: Dataset
    people: PeopleTable
    judged: Judged

    def work(self) -> frozenset[Case]:
        """Compare the verdicts with today's annotations."""
        from sefd_viewer.app.people_book import old_cases

        return old_cases(self.dataset, self.people, self.judged.verdicts.values())


@dataclass(frozen=True)
class RunsKey(Key[tuple[KnownRun, ...]]):
    """The runs on disk of a data set, newest first."""

    dataset: Dataset
    opened: int
    generation: int

    def work(self) -> tuple[KnownRun, ...]:
        """Look for them."""
        from sefd_viewer.app.people_book import known_runs

        return known_runs(self.dataset)


@dataclass(frozen=True)
class RunKey(Key[RunTable]):
    """The table of a run, as far as it was measured."""

    title: ClassVar[str] = "Reading the run"
    kept: ClassVar[int] = 3
    folder: str
    read: int
    parts: int

    def work(self) -> RunTable:
        """Read it."""
        return load_table(Path(self.folder))

    @property
    def about(self) -> str:
        """The run."""
        return self.folder


@dataclass(frozen=True)
class MeasuredKey(Key[tuple[PeopleTable, Measured | None]]):
    """The people with the numbers of a run, and by row what a scan measured."""

    kept: ClassVar[int] = 3
    dataset: Dataset
    people: PeopleTable
    run: RunTable | None
    poses: str
    measurements: Measurements | None

    def work(self) -> tuple[PeopleTable, Measured | None]:
        """Join them."""
        place, run = self.dataset.find, self.run
        table = self.people if run is None else self.people.with_run(run, self.poses, place)
        measured = None if self.measurements is None else by_row(self.measurements, table.frame)
        return table, measured

    @property
    def about(self) -> object:
        """The data set's people."""
        return self.people


@dataclass(frozen=True)
class EverybodyKey(Key[tuple[PeopleTable, FindingColumns]]):
    """The table of everybody with findings, verdicts and tags."""

    people: PeopleTable
    measured: Measured | None
    detectors: tuple[Detector, ...]
    thresholds: tuple[tuple[str, float], ...]
    off: frozenset[str]
    judged: Judged
    old: frozenset[Case]
    source: PeopleTable

    def work(self) -> tuple[PeopleTable, FindingColumns]:
        """Compare what was measured with the limits, and join."""
        from sefd_viewer.judgements import NO_TAGS

        limits = Limits(dict(self.thresholds), self.off)
        found = find(len(self.people), self.detectors, self.measured, limits)
        table = self.people.with_findings(found, self.measured)
        table = table.with_verdicts(self.judged.verdicts.values(), old=self.old, others=self.judged.others)
        return table.with_tags(self.judged.tags or NO_TAGS), found

    @property
    def about(self) -> object:
        """The data set's people."""
        return self.source


@dataclass(frozen=True)
class LinesKey(Key[Lines]):
    """The rows shown; a verdict that is given later changes nothing here."""

    table: PeopleTable = field(compare=False)
    people: PeopleTable
    measured: Measured | None
    thresholds: tuple[tuple[str, float], ...]
    off: frozenset[str]
    where: str
    applied: int
    order: str
    descending: bool

    def work(self) -> Lines:
        """Filter and sort; a FilterError tells what is wrong with the filter."""
        return shown(self.table, self.where, self.order, descending=self.descending)

    @property
    def about(self) -> object:
        """The rows that are numbered."""
        return self.people


@dataclass(frozen=True)
class LimitsKey(Key["tuple[float, float] | None"]):
    """What divides a run's people into four quadrants: the medians of two methods' errors."""

    run: RunTable
    columns: tuple[str, str]

    def work(self) -> tuple[float, float] | None:
        """Take the medians of those who have both."""
        import numpy as np

        first, second = (self.run.numbers(column) for column in self.columns)
        both = np.isfinite(first) & np.isfinite(second)
        return (float(np.median(first[both])), float(np.median(second[both]))) if both.any() else None
