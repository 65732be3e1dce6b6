"""The process of a run as the window sees it: started, paused, stopped, listened to."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

from sefd_viewer.evaluation.runs.orders import GO, PAUSE, STOP, Order, ReportOrder, RunOrder, RunReport
from sefd_viewer.inference.process import empty_main_module
from sefd_viewer.jobs.runner import Post

_PATIENCE_S = 5.0
ENDED = "The process of the run ended. What was measured is kept; start it again to go on."


class RunProcess:
    """One run; `report` is called on the owner's thread, for the last time with `finished`."""

    def __init__(
        self, order: RunOrder | ReportOrder, post: Post, report: Callable[[RunReport], None]
    ) -> None:
        self._post, self._report = post, report
        self._connection, theirs = multiprocessing.get_context("spawn").Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(
            target=enter, args=(order.target, theirs, order), name="sefd-viewer run", daemon=True
        )
        with empty_main_module():
            self._process.start()
        theirs.close()
        self.paused = False
        threading.Thread(target=self._listen, name="run", daemon=True).start()

    def pause(self, on: bool) -> None:
        """Rest after the batch that runs, or go on."""
        self.paused = on
        self._say(PAUSE if on else GO)

    def stop(self) -> None:
        """End after the batch that runs; what was measured is kept."""
        self._say(STOP)

    def close(self) -> None:
        """End at once: the window closes. Whole parts are on disk."""
        self._process.kill()
        self._process.join()

    def _reap(self) -> None:
        """Let the process end; it has nothing left to do."""
        self._process.join(_PATIENCE_S)
        self._process.kill()
        self._process.join()

    def _say(self, order: Order) -> None:
        with contextlib.suppress(OSError):
            self._connection.send(order)

    def _listen(self) -> None:
        report = RunReport()
        while not report.finished:
            try:
                report = self._connection.recv()
            except (EOFError, OSError):
                report = RunReport(report.folder, finished=True, problem=ENDED)
            if report.finished:
                self._reap()
            told = report
            self._post(lambda told=told: self._report(told))  # type: ignore[misc]


def enter(target: str, connection: Connection, order: RunOrder | ReportOrder) -> None:
    """Run what `target` names as module:function: the first thing that the process does."""
    module, function = target.split(":")
    getattr(importlib.import_module(module), function)(connection, order)
