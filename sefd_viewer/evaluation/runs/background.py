"""A run in a process of its own, led through a pipe by whoever started it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.external import Commands
from sefd_viewer.evaluation.runs.orders import PAUSE, STOP, Order, RunOrder, RunReport
from sefd_viewer.evaluation.runs.pose_sources import pose_finder
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder

_NAP_S = 0.1


@dataclass
class Leash:
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
    with problems_told(connection):
        _run(connection, order, Leash(connection))


@contextmanager
def problems_told(connection: Connection) -> Iterator[None]:
    """Tell the owner what went wrong inside; an owner that is gone ends it without a word."""
    try:
        yield
    except (EOFError, ConnectionError):
        return  # nobody listens any more; what was measured is in the store
    except SefdError as error:
        problem = str(error)
    except Exception as error:  # the owner must hear of it, whatever it is
        problem = f"{type(error).__name__}: {error}"
    else:
        return
    with suppress(ConnectionError):
        connection.send(RunReport(finished=True, problem=problem))


def _run(connection: Connection, order: RunOrder, leash: Leash) -> None:
    root = None if order.root is None else Path(order.root)
    dataset = open_dataset(root, format=order.format, options=ReadOptions(bodies=order.bodies))
    edges = EdgeSettings.from_dict(dict(order.edges))
    answers = None if order.answers is None else Path(order.answers)
    options = RunOptions(edges, order.poses, device=order.device, bodies=order.bodies, answers=answers)
    plan = RunPlan.of(dataset, order.methods, settings_of(options))
    folder = Path(order.folder) if order.folder is not None else default_folder(plan)
    store = RunStore(folder, plan)
    connection.send(RunReport(folder=str(folder), stage="loading the networks"))

    def tell(done: int, total: int) -> None:
        connection.send(RunReport(str(folder), "", done, total))

    positions = order.positions if order.positions is not None else range(len(dataset.records))
    poses = pose_finder(options.poses, dataset, joints=options.joints)
    commands = Commands(dataset, list(positions), folder, poses, cancelled=leash.stopped)
    runner = Runner(dataset, [commands.carried_out(method) for method in order.methods], options)
    runner.run(store, positions, progress=tell, cancelled=leash.stopped)
    connection.send(RunReport(str(folder), finished=True, problem=_left_out(runner.pose_problems)))


def _left_out(problems: Sequence[str]) -> str:
    """What is wrong with a file of 2D poses, in one line."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"2D poses: {problems[0]}{more}" if problems else ""
