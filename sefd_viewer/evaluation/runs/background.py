"""A run in a process of its own, led through a pipe by whoever started it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.orders import PAUSE, STOP, Order, RunOrder, RunReport
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder

_NAP_S = 0.1


@dataclass
class _Leash:
    """What the owner wants, as heard so far."""

    connection: Connection
    wish: Order = "go"

    def stopped(self) -> bool:
        """Whether to stop; waits here while the run is to pause."""
        while True:
            while self.connection.poll():
                self.wish = self.connection.recv()
            if self.wish != PAUSE:
                return self.wish == STOP
            time.sleep(_NAP_S)


def work(connection: Connection, order: RunOrder) -> None:
    """Do a run and report it; the last report has `finished`. An owner that is gone stops it."""
    leash = _Leash(connection)
    try:
        _run(connection, order, leash)
    except (EOFError, BrokenPipeError, OSError):
        return  # nobody listens any more; what was measured is in the store
    except SefdError as error:
        connection.send(RunReport(finished=True, problem=str(error)))
    except Exception as error:
        connection.send(RunReport(finished=True, problem=f"{type(error).__name__}: {error}"))


def _run(connection: Connection, order: RunOrder, leash: _Leash) -> None:
    root = None if order.root is None else Path(order.root)
    dataset = open_dataset(root, format=order.format, options=ReadOptions(bodies=order.bodies))
    options = RunOptions(EdgeSettings.from_dict(dict(order.edges)), device=order.device, bodies=order.bodies)
    plan = RunPlan.of(dataset, order.methods, settings_of(options, "annotation"))
    folder = Path(order.folder) if order.folder is not None else default_folder(plan)
    store = RunStore(folder, plan)
    connection.send(RunReport(folder=str(folder), stage="loading the networks"))

    def tell(done: int, total: int) -> None:
        connection.send(RunReport(str(folder), "", done, total))

    positions = order.positions if order.positions is not None else range(len(dataset.records))
    Runner(dataset, order.methods, options).run(store, positions, progress=tell, cancelled=leash.stopped)
    connection.send(RunReport(str(folder), finished=True))
