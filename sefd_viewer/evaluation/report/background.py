"""A report as a job of the runner, in a process of its own."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.report.cases import named_cases
from sefd_viewer.evaluation.report.reopening import runner_of
from sefd_viewer.evaluation.report.writing import write_report
from sefd_viewer.evaluation.runs.orders import ReportOrder, RunReport
from sefd_viewer.evaluation.runs.store import open_run
from sefd_viewer.jobs.background import Task


def work(order: ReportOrder, task: Task) -> str:
    """Write a report and tell RunReports; returns what is missing in it, "" for nothing.

    Raises SefdError when it was stopped: nothing is written then.
    """
    task.tell(RunReport(stage="loading the networks"))

    def tell(done: int, total: int) -> None:
        task.tell(RunReport(stage="drawing cases", done=done, total=total))
        if task.stopped:
            raise SefdError("the page was stopped; nothing was written")

    store = open_run(Path(order.run))
    runner = runner_of(store, device=order.device)
    cases = named_cases(store, order.cases)
    problems = write_report(Path(order.out), store, runner, cases, title=order.title, progress=tell)
    return "; ".join(problems)
