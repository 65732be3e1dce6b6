"""What a person does in the workspace "Results": runs begun, paused and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sefd_viewer.app.host import DeskHost
from sefd_viewer.features.people.results.content import ResultsContent
from sefd_viewer.features.people.results.derive import table_of
from sefd_viewer.features.people.results.tags import tags_of, tags_problem
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.settings import Settings
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.evaluation.runs.orders import ReportOrder, RunOrder, RunReport, WantedCase
    from sefd_viewer.features.people.results.process import RunProcess

PAGE_CASES = 24
"""People on a page at most: each adds about 1.5 MB."""
READ_S = 3.0
"""How often the table of a run that goes on is read."""


class Host(DeskHost, Protocol):
    """The controller as the desk needs it."""

    settings: Settings
    device: str
    answers: Path | None

    @property
    def inputs(self) -> tuple[str, ...]:
        """What was opened; nothing is the sample."""

    def change_results(self, results: ResultsContent) -> None:
        """Replace what is known about runs, and show it."""


Start = Callable[["RunOrder | ReportOrder", Post, Callable[["RunReport"], None]], "RunProcess"]


class ResultsDesk:
    """One run at a time, in a process of its own."""

    def __init__(
        self, host: Host, post: Post, bodies: Callable[[], tuple[str, ...]], start: Start | None = None
    ) -> None:
        self._host, self._post, self._bodies, self._start = host, post, bodies, start
        self._process: RunProcess | None = None
        self._number = 0
        self._read_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""
        return self._process is not None

    def run(
        self, methods: tuple[Method, ...], *, limit: int | None = None, poses: str = "annotation"
    ) -> None:
        """Evaluate methods over the open data set, or its first `limit` records.

        `poses` is the source of the networks' 2D poses, or a file of them.
        """
        from sefd_viewer.evaluation.runs.orders import RunOrder

        dataset, inputs = self._host.content.dataset, self._host.inputs
        if dataset is None or self._process is not None:
            return
        if len(inputs) > 1:
            self._host.say("A run is over one data set: open them one at a time")
            return
        order = RunOrder(
            root=inputs[0] if inputs else None,
            format=None,
            methods=methods,
            edges=self._host.state.edges.to_dict(),
            device=self._host.device,
            bodies=self._bodies(),
            positions=None if limit is None else tuple(range(min(limit, len(dataset.records)))),
            poses=poses,
            answers=None if self._host.answers is None else str(self._host.answers),
        )
        self._begin(order)

    def write_page(self, path: str, rows: Sequence[int]) -> None:
        """Write a page about the people in these rows of the table in view."""
        from sefd_viewer.evaluation.runs.orders import WantedCase

        table = table_of(self._host.state, self._host.content)
        if table is not None:
            named = [table.case(row) for row in rows]
            cases = [WantedCase(record, person) for record, person in named if person is not None]
            self.write_page_about(path, cases[:PAGE_CASES])

    def write_page_about(self, path: str, cases: Sequence[WantedCase], title: str = "") -> None:
        """Write a page about cases of the run in view; words go to the status line."""
        from sefd_viewer.evaluation.runs.orders import REPORT_TITLE, ReportOrder, RunReport
        from sefd_viewer.features.people.results.process import RunProcess

        run = self._host.state.results.run
        if run is None or self._process is not None:
            return
        order = ReportOrder(run, path, tuple(cases), title or REPORT_TITLE, device=self._host.device)
        self._change(report=RunReport(stage="starting"), paused=False)
        self._process = (self._start or RunProcess)(
            order, self._post, self._listener(partial(self._take_page, path))
        )

    def tag(self, rows: NDArray[np.int32], tag: str, *, on: bool) -> None:
        """Give the people in these rows of the table in view a tag, or take it: one step of undo."""
        state, content = self._host.state, self._host.content
        table, tags = table_of(state, content), tags_of(state, content)
        if table is None or tags is None or state.results.run is None:
            self._host.say(tags_problem(state, content) or "The tags of this run are not read yet")
            return
        cases = table.cases(rows)
        changed = tags.given(cases, tag) if on else tags.taken(cases, tag)
        if changed is not tags:
            kept = {**state.results.tags, state.results.run: changed}
            self._host.store.set(replace(state, results=replace(state.results, tags=kept)))

    def _take_page(self, path: str, report: RunReport) -> None:
        if not report.finished:
            self._change(report=report)
            return
        self._process = None
        self._change(report=None)
        self._host.say(report.problem or f"Wrote {path}")

    def _begin(self, order: RunOrder) -> None:
        from sefd_viewer.evaluation.runs.orders import RunReport
        from sefd_viewer.features.people.results.process import RunProcess

        self._change(report=RunReport(stage="starting"), paused=False)
        self._process = (self._start or RunProcess)(order, self._post, self._listener(self._take))

    def pause(self) -> None:
        """Let the run rest, or go on."""
        if self._process is not None:
            self._process.pause(not self._process.paused)
            self._change(paused=self._process.paused)

    def stop(self) -> None:
        """End the run; what was measured stays."""
        if self._process is not None:
            self._process.stop()

    def close(self) -> None:
        """The window closes, or another data set was opened; what was measured stays."""
        if self._process is not None:
            self._number += 1
            self._process.close()
            self._process = None
            self._change(report=None, paused=False)

    def _listener(self, take: Callable[[RunReport], None]) -> Callable[[RunReport], None]:
        """`take` for one process: a late word of one that was given up is about another data set."""
        self._number += 1
        number = self._number
        return lambda report: take(report) if number == self._number else None

    def _take(self, report: RunReport) -> None:
        """Show how the run stands; its table is read now and then, and at the end."""
        content = self._host.content.results
        changes: dict[str, Any] = {"report": report}
        if report.folder is not None and self._host.state.results.run != report.folder:
            state = self._host.state
            shown = replace(state.results, run=report.folder, row=None, lasso=None)
            self._host.store.set(replace(state, results=shown), remember=False)
            changes["generation"] = content.generation + 1
        now = time.monotonic()
        if report.finished or now > self._read_at + READ_S:
            self._read_at = now
            changes["read"] = content.read + 1
        if report.finished:
            self._process = None
            changes |= {"report": None, "paused": False, "generation": content.generation + 1}
            if report.problem:
                self._host.say(report.problem)
        self._change(**changes)

    def _change(self, **changes: Any) -> None:
        self._host.change_results(replace(self._host.content.results, **changes))
