"""Runs of methods over the open data set, and pages about people: one at a time, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.people import KNOWN, PEOPLE
from sefd_viewer.app.people_view import table_of
from sefd_viewer.jobs.background import Background
from sefd_viewer.jobs.process import InProcess

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.evaluation.runs.methods import Method, ReportOrder, RunOrder, RunReport, WantedCase
    from sefd_viewer.jobs.runner import Outcome, Post

PAGE_CASES = 24
"""People on a page at most: each adds about 1.5 MB."""
READ_S = 3.0
"""How often the table of a run that goes on is read."""

Make = Callable[..., Background]


class Runs:
    """One run at a time."""

    def __init__(self, controller: Controller, post: Post, make: Make = Background) -> None:
        self._controller = controller
        self._job = make(post, news=self._take, done=self._take_end)
        self._page: str | None = None
        self._read_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""
        return self._job.busy

    def run(
        self, methods: tuple[Method, ...], *, limit: int | None = None, poses: str = "annotation"
    ) -> None:
        """Evaluate methods over the open data set, or its first `limit` photos.

        `poses` is the source of the networks' 2D poses, or a file of them.
        """
        from sefd_viewer.evaluation.runs.methods import RunOrder

        controller = self._controller
        dataset, inputs = controller.content.dataset, controller.inputs
        if dataset is None or self._job.busy:
            return
        if len(inputs) > 1:
            controller.say("A run is over one data set: open them one at a time")
            return
        order = RunOrder(
            root=inputs[0] if inputs else None,
            format=None,
            methods=methods,
            edges=controller.state.edges.to_dict(),
            device=controller.device,
            bodies=controller.bodies.paths,
            positions=None if limit is None else tuple(range(min(limit, len(dataset.records)))),
            poses=poses,
        )
        self._begin(order)

    def write_page(self, path: str, rows: Sequence[int]) -> None:
        """Write a page about the people in these rows of the table."""
        from sefd_viewer.evaluation.runs.methods import WantedCase

        table = table_of(self._controller.content)
        if table is not None:
            named = [table.case(row) for row in rows]
            cases = [WantedCase(record, person) for record, person in named if person is not None]
            self.write_page_about(path, cases[:PAGE_CASES])

    def write_page_about(self, path: str, cases: Sequence[WantedCase], title: str = "") -> None:
        """Write a page about people of the run in view; words go to the status line."""
        from sefd_viewer.evaluation.runs.methods import REPORT_TITLE, ReportOrder

        run = PEOPLE.of(self._controller.state).run
        if run is not None and not self._job.busy:
            device = self._controller.device
            order = ReportOrder(run, path, tuple(cases), title or REPORT_TITLE, device=device)
            self._begin(order, page=path)

    def pause(self) -> None:
        """Let the run rest, or go on."""
        self._job.pause(not self._job.paused)
        self._know(paused=self._job.paused)

    def stop(self) -> None:
        """End the run; what was measured stays."""
        self._job.stop()

    def close(self) -> None:
        """The window closes, or another data set was opened; what was measured stays."""
        if self._job.busy:
            self._job.close()
            self._know(report=None, paused=False)

    def _begin(self, order: RunOrder | ReportOrder, *, page: str | None = None) -> None:
        from sefd_viewer.evaluation.runs.methods import ENDED, RunReport

        self._page = page
        self._know(report=RunReport(stage="starting"), paused=False)
        self._job.start(InProcess(order.target, order, ENDED))

    def _take(self, report: RunReport) -> None:
        """Show how the run stands; its table is read now and then."""
        controller = self._controller
        known = KNOWN.of(controller.content)
        changes: dict[str, Any] = {"report": report}
        if report.folder is not None and PEOPLE.of(controller.state).run != report.folder:
            changes["generation"] = known.generation + 1
            controller.store.set(PEOPLE.change(controller.state, run=report.folder), remember=False)
        now = time.monotonic()
        if report.folder is not None and now > self._read_at + READ_S:
            self._read_at = now
            changes["read"] = known.read + 1
        self._know(**changes)

    def _take_end(self, outcome: Outcome[str]) -> None:
        """The run or the page is there; the table is read once more."""
        known = KNOWN.of(self._controller.content)
        words = outcome.problem or outcome.value
        changes: dict[str, Any] = {"report": None, "paused": False}
        if self._page is None:
            changes |= {"generation": known.generation + 1, "read": known.read + 1}
        elif not words:
            words = f"Wrote {self._page}"
        if words:
            self._controller.say(words)
        self._know(**changes)

    def _know(self, **changes: Any) -> None:
        known = replace(KNOWN.of(self._controller.content), **changes)
        self._controller.content = KNOWN.put(self._controller.content, known)
        self._controller.refresh()
