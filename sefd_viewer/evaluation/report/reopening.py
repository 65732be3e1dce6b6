"""A run's data set and methods, opened again as they were."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import FORMATS, crowd_folder, open_dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.evaluation.runs.external import kept
from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION
from sefd_viewer.evaluation.runs.running import Runner, RunOptions
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore


def runner_of(store: RunStore, *, root: Path | None = None, device: str = "auto") -> Runner:
    """What runs a run's methods again; `root` is where its data set lies now, if it has been moved.

    Raises SefdError when the data set is not there, or the run does not say how its methods are run.
    """
    plan = store.plan
    if not plan.definitions:
        remedy = "Evaluate again"
        raise SefdError("this run does not say how to run its methods", where=store.folder, remedy=remedy)
    try:
        edges = EdgeSettings.from_dict(dict(plan.settings["edges"]))
        poses, joints = str(plan.settings.get("poses", ANNOTATION)), plan.settings.get("joints")
        bodies = tuple(plan.settings.get("bodies", ()))
    except DAMAGED as error:
        words = f"the settings of this run cannot be used ({error})"
        raise SefdError(words, where=store.folder, remedy="Evaluate again") from error
    place = root or (Path(plan.root) if plan.root else _shipped(plan))
    format = plan.format if plan.format in FORMATS and place is not None else None
    methods = [kept(method, store.folder) for method in plan.runnable()]
    dataset = open_dataset(place, format=format, options=ReadOptions(bodies=bodies))
    return Runner(dataset, methods, RunOptions(edges, poses, joints, device=device, bodies=bodies))


def _shipped(plan: RunPlan) -> Path | None:
    """Where the data set of a run lies that ships and names no folder: the crowd, else the sample (None)."""
    return crowd_folder() if plan.dataset == crowd_folder().name else None
