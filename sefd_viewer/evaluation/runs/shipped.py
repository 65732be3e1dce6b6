"""Runs that ship with the samples: one becomes a person's own run when its set opens."""

from __future__ import annotations

from pathlib import Path

import orjson

from sefd_viewer.atomic import write_file
from sefd_viewer.datasets.opening import stored_run
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder


def own_run(dataset: Dataset) -> Path | None:
    """The folder of a set's shipped run among those of the person who opens it; it is put there once.

    It stands for what `evaluate` would measure anew (of the crowd with `--poses estimated`), and is gone on
    with like any other. None for a set without one, and where it was measured with other weights than the
    program now has. Raises SefdError when it cannot be kept.
    """
    stored = stored_run(dataset)
    if stored is None:
        return None
    about = orjson.loads((stored / "run.json").read_bytes())
    methods = [Method(**definition) for definition in about["definitions"].values()]
    plan = RunPlan.of(dataset, methods, about["settings"])
    if dict(plan.methods) != about["methods"]:
        return None
    folder = default_folder(plan)
    parts = sorted(stored.glob("part-*.parquet"))
    if not all((folder / part.name).exists() for part in parts):
        store = RunStore(folder, plan)
        for part in parts:
            write_file(store.folder / part.name, part.read_bytes())
    return folder
