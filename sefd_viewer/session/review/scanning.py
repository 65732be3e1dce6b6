"""A scan in the background: batch after batch, with what was measured so far handed out now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError
from sefd_viewer.session.background import Outcome, Post, attempt
from sefd_viewer.session.review.content import ScanProgress
from sefd_viewer.session.review.findings import Measured, Values
from sefd_viewer.session.review.scan_processes import ScanSource, looks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.review.detectors import Detector, Measurements
    from sefd_viewer.review.detectors.inspection import FindBody
    from sefd_viewer.review.detectors.scanning import Seen
    from sefd_viewer.session.review.table import ReviewTable

BATCH = 16
FIRST_RESULTS_S = 0.7
TELL_S = 0.1
SLOWER = 1.6
"""Results come in after ever longer times, because each time everything measured so far is put in order."""


@dataclass(frozen=True, eq=False)
class ScanTask:
    """What is scanned: the records at `positions`; results join `before`, what was measured earlier.

    With a `source`, as many processes as there are `workers` do the work.
    """

    dataset: Dataset
    table: ReviewTable
    detectors: tuple[Detector, ...]
    positions: Sequence[int]
    find_body: FindBody
    before: Measurements | None = None
    source: ScanSource | None = None
    workers: int = 1


@dataclass(frozen=True, eq=False)
class ScanReport:
    """How a scan stands; `measurements` where there are new ones, `problem` when it failed."""

    progress: ScanProgress
    measurements: Measurements | None = None
    measured: Measured | None = None
    finished: bool = False
    problem: str = ""


class Scan:
    """One running scan; `report` is called on the owner's thread, for the last time with `finished`."""

    def __init__(self, task: ScanTask, post: Post, report: Callable[[Scan, ScanReport], None]) -> None:
        self._task, self._post, self._report = task, post, report
        self._cancelled = False

    def start(self, executor: Executor) -> None:
        """Begin."""
        future = executor.submit(attempt, "scan", self._run)
        future.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Stop after the batch that runs; what was measured so far is kept."""
        self._cancelled = True

    def _run(self) -> None:
        from sefd_viewer.review.detectors.scanning import Seen, finished

        task, seen, total = self._task, Seen(), len(self._task.positions)
        due, wait = time.perf_counter() + FIRST_RESULTS_S, FIRST_RESULTS_S
        told = 0.0
        for part in self._looks():
            seen.add(part)
            results = None
            if time.perf_counter() > due:
                results = finished(task.dataset, task.detectors, seen)
                wait *= SLOWER
                due = time.perf_counter() + wait
            if results is not None or time.perf_counter() > told + TELL_S:
                self._tell(ScanProgress(seen.scanned, total), results)
                told = time.perf_counter()
        self._tell(ScanProgress(seen.scanned, total), finished(task.dataset, task.detectors, seen), last=True)

    def _looks(self) -> Iterator[Seen]:
        """What each batch of records gave: in processes where there are any, else here."""
        from sefd_viewer.review.detectors.scanning import look_at

        task = self._task
        if task.source is not None:
            workers = task.workers
            yield from looks(
                task.source, task.dataset, task.positions, lambda: self._cancelled, workers=workers
            )
            return
        for start in range(0, len(task.positions), BATCH):
            if self._cancelled:
                return
            batch = task.positions[start : start + BATCH]
            yield look_at(task.dataset, task.detectors, task.find_body, batch)

    def _tell(self, progress: ScanProgress, found: Measurements | None, *, last: bool = False) -> None:
        task, measured, problem = self._task, None, ""
        if found is not None:
            found = with_earlier(task.before, found, task.positions)
            measured = by_row(found, task.table)
            problem = keep(task.dataset, found) if last else ""
        report = ScanReport(progress, found, measured, last, problem)
        self._post(lambda: self._report(self, report))

    def _ended(self, future: Future[Outcome]) -> None:
        """Tell about a failure of the scan itself."""
        problem = None if future.cancelled() else future.result().problem
        if problem is not None:
            report = ScanReport(ScanProgress(0, 0), finished=True, problem=problem)
            self._post(lambda: self._report(self, report))


def keep(dataset: Dataset, measurements: Measurements) -> str:
    """Keep a scan for the next start; words when that is impossible."""
    from sefd_viewer.review.detectors import measurements_path, save_measurements, state_of

    try:
        save_measurements(measurements, measurements_path(dataset), state=state_of(dataset))
    except SefdError as error:
        return str(error)
    return ""


def kept_scan(
    dataset: Dataset, table: ReviewTable, detectors: tuple[Detector, ...]
) -> tuple[Measurements, Measured] | None:
    """What was kept of these detectors' scan of this data set, None where there is nothing."""
    from sefd_viewer.review.detectors import (
        load_measurements,
        measurements_path,
        state_of,
    )

    path = measurements_path(dataset)
    if not path.exists():
        return None
    found = load_measurements(path, detectors, state=state_of(dataset))
    return (found, by_row(found, table)) if found is not None and len(found) else None


def with_earlier(before: Measurements | None, found: Measurements, positions: Sequence[int]) -> Measurements:
    """What was measured earlier at other positions, together with what was measured now."""
    import numpy as np

    if before is None or not len(before) or before.detectors != found.detectors:
        return found
    kept = ~np.isin(before.position, np.asarray(positions, np.int32))
    return _concatenated(before, kept, found)


def _concatenated(before: Measurements, kept: NDArray[np.bool_], found: Measurements) -> Measurements:
    import numpy as np

    from sefd_viewer.review.detectors import Measurements

    names = ("code", "position", "record", "person", "value", "detail")
    columns = {name: np.concatenate([getattr(before, name)[kept], getattr(found, name)]) for name in names}
    order = np.lexsort((columns["code"], columns["position"]))
    ordered = {name: column[order] for name, column in columns.items()}
    looked = len(np.unique(before.position[kept])) + found.scanned
    return Measurements(found.detectors, **ordered, problems=found.problems, scanned=looked)


def by_row(measurements: Measurements, table: ReviewTable) -> Measured:
    """Each detector's values with the rows of the table that they are about.

    What was measured about a whole record is about each of its people.
    """
    import numpy as np
    import polars as pl

    cases = table.frame.select(
        pl.col("position").cast(pl.Int32),
        pl.col("person").cast(pl.String),
        pl.Series("row", np.arange(len(table), dtype=np.int32)),
    )
    numbers = pl.DataFrame(
        {"position": measurements.position, "code": measurements.code, "value": measurements.value}
    ).with_columns(pl.Series("person", measurements.person.tolist(), dtype=pl.String))
    of_people = numbers.filter(pl.col("person").is_not_null()).join(cases, on=["position", "person"])
    of_records = numbers.filter(pl.col("person").is_null()).drop("person").join(cases, on="position")
    names = ["code", "row", "value"]
    joined = pl.concat([of_people.select(names), of_records.select(names)])
    values = {}
    for code, detector in enumerate(measurements.detectors):
        own = joined.filter(pl.col("code") == code)
        if own.height:
            values[detector.id] = Values(own["row"].to_numpy(), own["value"].to_numpy())
    return Measured(values, looked=measurements.scanned)
