"""Scans for bad annotations in the background: begun, stopped, and joined to what was measured before."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.people import KNOWN, PEOPLE, ScanProgress
from sefd_viewer.app.people_view import book_of, lines_of, measurements_of, row_in_view, table_of
from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.background import Background, Task

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.controller import Controller
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.checks.inspection import FindBody
    from sefd_viewer.checks.scanning import Seen
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.people.scan_processes import ScanSource
    from sefd_viewer.jobs.runner import Outcome, Post

BATCH = 16
FIRST_RESULTS_S = 0.7
SLOWER = 1.6
"""Results come in after ever longer times, because each time everything measured so far is put in order."""


@dataclass(frozen=True, eq=False)
class ScanOrder:
    """What is scanned: the records at `positions`; results join `before`, what was measured earlier.

    `bodies` are the licensed body files in use. With a `source`, as many processes as there are `workers` do
    the work.
    """

    dataset: Dataset
    detectors: tuple[Detector, ...]
    positions: Sequence[int]
    find_body: FindBody
    before: Measurements | None = None
    bodies: tuple[str, ...] = ()
    source: ScanSource | None = None
    workers: int = 1


@dataclass(frozen=True, eq=False)
class ScanReport:
    """How a scan stands; `measurements` where there are new ones, `problem` when they could not be kept."""

    progress: ScanProgress
    measurements: Measurements | None = None
    problem: str = ""


class Scan:
    """The work of one scan: it tells ScanReports and returns the last one; stopped, what was measured."""

    def __init__(self, order: ScanOrder) -> None:
        self._order = order
        self._scanned: list[int] = []
        self._inputs = ""

    def __call__(self, task: Task) -> ScanReport:
        """Measure batch by batch."""
        from sefd_viewer.checks import state_of
        from sefd_viewer.checks.scanning import Seen, finished, look_at_set

        order, seen, total = self._order, Seen(), len(self._order.positions)
        self._inputs = state_of(order.dataset, order.bodies)
        begun, wait = time.perf_counter(), FIRST_RESULTS_S
        due = begun + wait
        for batch, part in self._looks(task):
            seen.add(part)
            self._scanned += batch
            results = None
            if time.perf_counter() > due:
                results = finished(order.dataset, order.detectors, seen)
                wait *= SLOWER
                due = time.perf_counter() + wait
            if results is not None or task.due:
                left = (time.perf_counter() - begun) * (total - seen.scanned) / max(seen.scanned, 1)
                task.tell(self._report(ScanProgress(seen.scanned, total, left), results))
        if not task.stopped:
            seen.add(look_at_set(order.dataset, order.detectors, order.find_body, order.positions))
        results = finished(order.dataset, order.detectors, seen)
        return self._report(ScanProgress(seen.scanned, total), results, last=True)

    def _looks(self, task: Task) -> Iterator[tuple[Sequence[int], Seen]]:
        """What each batch of records gave: in processes where there are any, else here."""
        from sefd_viewer.checks.scanning import look_at

        order = self._order
        if order.source is not None:
            from sefd_viewer.features.people.scan_processes import Share, looks

            share = Share(order.source, tuple(one.id for one in order.detectors), order.workers)
            yield from looks(share, order.dataset, order.positions, lambda: task.stopped)
            return
        for start in range(0, len(order.positions), BATCH):
            if task.stopped:
                return
            batch = order.positions[start : start + BATCH]
            yield batch, look_at(order.dataset, order.detectors, order.find_body, batch)

    def _report(
        self, progress: ScanProgress, found: Measurements | None, *, last: bool = False
    ) -> ScanReport:
        import numpy as np

        order, problem = self._order, ""
        if found is not None:
            found = replace(found, state=self._inputs)
            found = with_earlier(order.before, found, np.array(self._scanned, np.int32))
            problem = keep(order.dataset, found) if last else ""
        return ScanReport(progress, found, problem)


class Scans:
    """One scan at a time, on `workers` processes; 0: on a thread."""

    def __init__(self, controller: Controller, executor: Executor, post: Post, *, workers: int) -> None:
        self._controller, self._workers = controller, workers
        self._job = Background(post, news=self._take, done=self._take_end, executor=executor)

    @property
    def running(self) -> bool:
        """Whether a scan runs."""
        return self._job.busy

    def start(self, positions: Sequence[int] | None = None, *, pictures: bool = True) -> None:
        """Measure photos (None: all) with the detectors that are on; without `pictures` none is read."""
        controller, content = self._controller, self._controller.content
        book, dataset = book_of(content), content.dataset
        if self._job.busy or book is None or dataset is None:
            return
        off = PEOPLE.of(controller.state).off
        detectors = tuple(one for one in book.detectors if one.id not in off)
        if not pictures:
            detectors = tuple(one for one in detectors if one.reads != "picture")
        if not detectors:
            controller.say("Every detector is off: there is nothing to look for")
            return
        places = range(len(dataset.records)) if positions is None else positions
        from sefd_viewer.features.people.scan_processes import ScanSource

        source = ScanSource(controller.inputs, controller.bodies.paths)
        order = ScanOrder(
            dataset,
            detectors,
            places,
            controller.bodies.find,
            measurements_of(content),
            source.bodies,
            source if self._workers else None,
            self._workers,
        )
        self._know(scan=ScanProgress(0, len(places)), scan_problems=())
        self._job.start(Scan(order))

    def start_quick(self) -> None:
        """Measure all photos by their annotations alone: no picture is read."""
        self.start(pictures=False)

    def start_picked(self) -> None:
        """Measure the photos of the people picked, else the photo in view."""
        state, content = self._controller.state, self._controller.content
        row = row_in_view(state, content)
        rows = PEOPLE.of(state).picked or (() if row is None else (row,))
        self._start_rows(list(rows))

    def start_shown(self) -> None:
        """Measure the photos of the people whom the filter shows."""
        lines = lines_of(self._controller.state, self._controller.content)
        if lines is not None:
            self._start_rows(lines.rows.tolist())

    def stop(self) -> None:
        """Stop the scan; what was measured so far is kept."""
        self._job.stop()

    def drop(self) -> None:
        """Stop the scan and hear no more of it: the data set is not in view any more."""
        self._job.drop()

    def _start_rows(self, rows: list[int]) -> None:
        import numpy as np

        table = table_of(self._controller.content)
        if table is not None and rows:
            self.start([int(position) for position in np.unique(table.positions[rows])])

    def _take_end(self, outcome: Outcome[ScanReport]) -> None:
        if outcome.value is not None:
            self._take(outcome.value)
        self._know(scan=None)
        if outcome.problem is not None:
            self._controller.say(outcome.problem)

    def _take(self, report: ScanReport) -> None:
        changes: dict[str, Any] = {"scan": report.progress}
        if report.measurements is not None:
            changes["measurements"] = report.measurements
            changes["scan_problems"] = report.measurements.problems
        self._know(**changes)
        if report.problem:
            self._controller.say(report.problem)

    def _know(self, **changes: Any) -> None:
        self._controller.content = KNOWN.change(self._controller.content, **changes)
        self._controller.refresh()


_COLUMNS = ("position", "record", "person", "value", "detail")


def keep(dataset: Dataset, measurements: Measurements) -> str:
    """Keep a scan for the next start; words when that is impossible."""
    from sefd_viewer.checks import measurements_path, save_measurements

    try:
        save_measurements(measurements, measurements_path(dataset))
    except SefdError as error:
        return str(error)
    return ""


def with_earlier(
    before: Measurements | None, found: Measurements, scanned: NDArray[np.int32]
) -> Measurements:
    """What was measured earlier, with what was measured now at the positions `scanned` (K,) in its place.

    Only the detectors that took part now give way. What was measured from other inputs is dropped.
    """
    import numpy as np

    if before is None or not len(before) or before.state != found.state:
        return found
    now = {one.id for one in found.detectors}
    others = tuple(one for one in before.detectors if one.id not in now)
    detectors = (*found.detectors, *others)
    again = np.isin(before.code, [code for code, one in enumerate(before.detectors) if one.id in now])
    kept = ~(again & np.isin(before.position, scanned))
    code = np.concatenate([_recoded(before, detectors)[kept], found.code])
    columns = {name: np.concatenate([getattr(before, name)[kept], getattr(found, name)]) for name in _COLUMNS}
    order = np.lexsort((code, columns["position"]))
    ordered: dict[str, Any] = {name: column[order] for name, column in columns.items()}
    looked = len(np.setdiff1d(before.position, scanned)) + len(scanned)
    return replace(found, detectors=detectors, code=code[order], scanned=looked, **ordered)


def _recoded(before: Measurements, detectors: tuple[Detector, ...]) -> NDArray[np.uint16]:
    """The codes (M,) of earlier measurements in another tuple of detectors, which holds all of theirs."""
    import numpy as np

    places = {one.id: place for place, one in enumerate(detectors)}
    codes = np.array([places[one.id] for one in before.detectors], np.uint16)
    return codes[before.code]
