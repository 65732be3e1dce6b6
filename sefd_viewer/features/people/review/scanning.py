"""A scan in the background: batch after batch, with what was measured so far handed out now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.findings import Measured
from sefd_viewer.features.people.review.content import ScanProgress
from sefd_viewer.features.people.review.joining import by_row, keep, with_earlier
from sefd_viewer.jobs.runner import Outcome, Post, attempt

if TYPE_CHECKING:
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.checks.inspection import FindBody
    from sefd_viewer.checks.scanning import Seen
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.people.review.scan_processes import ScanSource
    from sefd_viewer.features.people.review.table import ReviewTable

BATCH = 16
FIRST_RESULTS_S = 0.7
TELL_S = 0.1
SLOWER = 1.6
"""Results come in after ever longer times, because each time everything measured so far is put in order."""


@dataclass(frozen=True, eq=False)
class ScanTask:
    """What is scanned: the records at `positions`; results join `before`, what was measured earlier.

    `bodies` are the licensed body files in use. With a `source`, as many processes as there are `workers` do
    the work.
    """

    dataset: Dataset
    table: ReviewTable
    detectors: tuple[Detector, ...]
    positions: Sequence[int]
    find_body: FindBody
    before: Measurements | None = None
    bodies: tuple[str, ...] = ()
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
        self._scanned: list[int] = []
        self._inputs = ""

    def start(self, executor: Executor) -> None:
        """Begin."""
        future = executor.submit(attempt, "scan", self._run)
        future.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Stop after the batch that runs; what was measured so far is kept."""
        self._cancelled = True

    def _run(self) -> None:
        from sefd_viewer.checks import state_of
        from sefd_viewer.checks.scanning import Seen, finished, look_at_set

        task, seen, total = self._task, Seen(), len(self._task.positions)
        self._inputs = state_of(task.dataset, task.bodies)
        begun, wait = time.perf_counter(), FIRST_RESULTS_S
        due = begun + wait
        told = 0.0
        for batch, part in self._looks():
            seen.add(part)
            self._scanned += batch
            results = None
            if time.perf_counter() > due:
                results = finished(task.dataset, task.detectors, seen)
                wait *= SLOWER
                due = time.perf_counter() + wait
            if results is not None or time.perf_counter() > told + TELL_S:
                left = (time.perf_counter() - begun) * (total - seen.scanned) / max(seen.scanned, 1)
                self._tell(ScanProgress(seen.scanned, total, left), results)
                told = time.perf_counter()
        if not self._cancelled:
            seen.add(look_at_set(task.dataset, task.detectors, task.find_body, task.positions))
        self._tell(ScanProgress(seen.scanned, total), finished(task.dataset, task.detectors, seen), last=True)

    def _looks(self) -> Iterator[tuple[Sequence[int], Seen]]:
        """What each batch of records gave: in processes where there are any, else here."""
        from sefd_viewer.checks.scanning import look_at

        task = self._task
        if task.source is not None:
            from sefd_viewer.features.people.review.scan_processes import Share, looks

            share = Share(task.source, tuple(one.id for one in task.detectors), task.workers)
            yield from looks(share, task.dataset, task.positions, lambda: self._cancelled)
            return
        for start in range(0, len(task.positions), BATCH):
            if self._cancelled:
                return
            batch = task.positions[start : start + BATCH]
            yield batch, look_at(task.dataset, task.detectors, task.find_body, batch)

    def _tell(self, progress: ScanProgress, found: Measurements | None, *, last: bool = False) -> None:
        import numpy as np

        task, measured, problem = self._task, None, ""
        if found is not None:
            found = replace(found, state=self._inputs)
            found = with_earlier(task.before, found, np.array(self._scanned, np.int32))
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
