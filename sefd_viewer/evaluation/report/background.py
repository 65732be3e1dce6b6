"""A report in a process of its own."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.report.cases import named_cases
from sefd_viewer.evaluation.report.reopening import runner_of
from sefd_viewer.evaluation.report.writing import write_report
from sefd_viewer.evaluation.runs.background import Leash, problems_told
from sefd_viewer.evaluation.runs.orders import ReportOrder, RunReport
from sefd_viewer.evaluation.runs.store import open_run


def work(connection: Connection, order: ReportOrder) -> None:
    """Write a report and tell how far it is; the last message has `finished`."""
    with problems_told(connection):
        connection.send(RunReport(stage="loading the networks"))
        leash = Leash(connection)

        def tell(done: int, total: int) -> None:
            connection.send(RunReport(stage="drawing cases", done=done, total=total))
            if leash.stopped():
                raise SefdError("the page was stopped; nothing was written")

        store = open_run(Path(order.run))
        runner = runner_of(store, device=order.device)
        cases = named_cases(store, order.cases)
        problems = write_report(
            Path(order.out),
            store,
            runner,
            cases,
            title=order.title,
            progress=tell,
        )
        connection.send(RunReport(finished=True, problem="; ".join(problems)))
