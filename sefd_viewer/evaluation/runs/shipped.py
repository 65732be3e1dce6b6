"""The run that is shipped with the crowd: it becomes one of a person's own runs when the crowd opens."""

from __future__ import annotations

from pathlib import Path

import orjson

from sefd_viewer.atomic import write_file
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.shipped_crowd import RUN, crowd_folder
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder


def own_run(crowd: Dataset) -> Path | None:
    """The folder of the shipped run among those of the person who opens the crowd; it is put there once.

    It stands for what `evaluate --poses estimated` would measure anew, and is gone on with like any other.
    None where it was measured with other weights than the program now has. Raises SefdError when it cannot
    be kept.
    """
    stored = crowd_folder() / RUN
    about = orjson.loads((stored / "run.json").read_bytes())
    methods = [Method(**definition) for definition in about["definitions"].values()]
    plan = RunPlan.of(crowd, methods, about["settings"])
    if dict(plan.methods) != about["methods"]:
        return None
    folder = default_folder(plan)
    parts = sorted(stored.glob("part-*.parquet"))
    if not all((folder / part.name).exists() for part in parts):
        store = RunStore(folder, plan)
        for part in parts:
            write_file(store.folder / part.name, part.read_bytes())
    return folder
