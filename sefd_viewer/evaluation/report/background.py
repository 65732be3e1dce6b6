"""A report in a process of its own."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from sefd_viewer.evaluation.report.cases import named_cases
from sefd_viewer.evaluation.report.reopening import runner_of
from sefd_viewer.evaluation.report.writing import write_report
from sefd_viewer.evaluation.runs.background import problems_told
from sefd_viewer.evaluation.runs.orders import ReportOrder, RunReport
from sefd_viewer.evaluation.runs.store import open_run


def work(connection: Connection, order: ReportOrder) -> None:
    """Write a report and tell how far it is; the last message has `finished`."""
    with problems_told(connection):
        connection.send(RunReport(stage="loading the networks"))
        store = open_run(Path(order.run))
        runner = runner_of(store, device=order.device)
        cases = named_cases(store, order.cases)
        problems = write_report(
            Path(order.out),
            store,
            runner,
            cases,
            title=order.title,
            progress=lambda done, total: connection.send(RunReport(done=done, total=total)),
        )
        connection.send(RunReport(finished=True, problem="; ".join(problems)))
