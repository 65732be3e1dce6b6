"""A run as a job of the runner, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.evaluation.runs.external import Commands
from sefd_viewer.evaluation.runs.orders import RunOrder, RunReport
from sefd_viewer.evaluation.runs.pose_sources import pose_finder
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder
from sefd_viewer.jobs.background import Task


def work(order: RunOrder, task: Task) -> str:
    """Do a run and tell RunReports; returns what is wrong with its 2D poses, "" for nothing."""
    root = None if order.root is None else Path(order.root)
    dataset = open_dataset(root, format=order.format, options=ReadOptions(bodies=order.bodies))
    edges = EdgeSettings.from_dict(dict(order.edges))
    answers = None if order.answers is None else Path(order.answers)
    options = RunOptions(edges, order.poses, device=order.device, bodies=order.bodies, answers=answers)
    plan = RunPlan.of(dataset, order.methods, settings_of(options))
    folder = Path(order.folder) if order.folder is not None else default_folder(plan)
    store = RunStore(folder, plan)
    task.tell(RunReport(folder=str(folder), stage="loading the networks"))

    def tell(done: int, total: int) -> None:
        task.tell(RunReport(str(folder), "", done, total))

    positions = order.positions if order.positions is not None else range(len(dataset.records))
    poses = pose_finder(options.poses, dataset, joints=options.joints)
    commands = Commands(dataset, list(positions), folder, poses, cancelled=lambda: task.stopped)
    runner = Runner(dataset, [commands.carried_out(method) for method in order.methods], options)
    runner.run(store, positions, progress=tell, cancelled=lambda: task.stopped)
    return _left_out(runner.pose_problems)


def _left_out(problems: Sequence[str]) -> str:
    """What is wrong with a file of 2D poses, in one line."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"2D poses: {problems[0]}{more}" if problems else ""
