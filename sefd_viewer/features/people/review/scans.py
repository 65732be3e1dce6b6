"""Scans that a person begins and stops; what they measured is shown as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.features.people.review.content import ScanProgress
from sefd_viewer.features.people.review.derive import lines_of, row_in_view
from sefd_viewer.features.people.review.host import Host
from sefd_viewer.features.people.review.scanning import Scan, ScanReport, ScanTask
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody


class Scans:
    """One scan at a time, on `workers` processes; 0: on a thread."""

    def __init__(
        self, host: Host, executor: Executor, post: Post, find_body: FindBody, *, workers: int
    ) -> None:
        self._host, self._executor, self._post, self._find_body = host, executor, post, find_body
        self._workers = workers
        self._scan: Scan | None = None

    @property
    def running(self) -> bool:
        """Whether a scan runs."""
        return self._scan is not None

    def start(self, positions: Sequence[int] | None = None, *, pictures: bool = True) -> None:
        """Measure records (None: all) with the detectors that are on; without `pictures` none is read."""
        review, dataset = self._host.content.review, self._host.content.dataset
        if self._scan is not None or review.table is None or dataset is None:
            return
        off = self._host.state.review.off
        detectors = tuple(one for one in review.detectors if one.id not in off)
        if not pictures:
            detectors = tuple(one for one in detectors if one.reads != "picture")
        if not detectors:
            self._host.say("Every detector is off: there is nothing to look for")
            return
        places = range(len(dataset.records)) if positions is None else positions
        task = ScanTask(
            dataset,
            review.table,
            detectors,
            places,
            self._find_body,
            review.measurements,
            self._host.scan_source.bodies,
            self._host.scan_source if self._workers else None,
            self._workers,
        )
        self._host.change_review(replace(review, scan=ScanProgress(0, len(places)), scan_problems=()))
        self._scan = Scan(task, self._post, self._take_report)
        self._scan.start(self._executor)

    def start_quick(self) -> None:
        """Measure all records by their annotations alone: no picture is read."""
        self.start(pictures=False)

    def start_picked(self) -> None:
        """Measure the records of the rows picked, else the record in view."""
        import numpy as np

        table, row = self._host.content.review.table, row_in_view(self._host.state, self._host.content)
        rows = self._host.state.review.picked or (() if row is None else (row,))
        if table is not None and rows:
            self.start([int(position) for position in np.unique(table.positions[list(rows)])])

    def start_shown(self) -> None:
        """Measure the records of the rows that the filter shows."""
        import numpy as np

        shown, table = lines_of(self._host.content), self._host.content.review.table
        if shown is not None and table is not None:
            self.start([int(position) for position in np.unique(table.positions[shown.rows])])

    def stop(self) -> None:
        """Stop the scan; what was measured so far is kept."""
        if self._scan is not None:
            self._scan.cancel()

    def drop(self) -> None:
        """Stop the scan and hear no more of it: the data set is not in view any more."""
        self.stop()
        self._scan = None

    def _take_report(self, scan: Scan, report: ScanReport) -> None:
        if scan is not self._scan:
            return
        review = replace(self._host.content.review, scan=None if report.finished else report.progress)
        if report.measurements is not None:
            review = replace(
                review,
                measured=report.measured,
                measurements=report.measurements,
                scan_problems=report.measurements.problems,
            )
        if report.finished:
            self._scan = None
        self._host.change_review(review)
        if report.problem:
            self._host.say(report.problem)
