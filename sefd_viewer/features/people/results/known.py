"""The runs of a data set that lie on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION
from sefd_viewer.features.people.results.frame import KnownRun

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.runs.store import RunStore


def known_runs(dataset: Dataset) -> tuple[KnownRun, ...]:
    """Runs over this data set in the folder where runs are kept, the newest first."""
    from sefd_viewer.errors import SefdError, shown
    from sefd_viewer.evaluation.runs.store import open_run, runs_folder

    root = "" if dataset.root is None else shown(str(dataset.root.resolve()))
    found = []
    folders = [path.parent for path in runs_folder().glob("*/run.json")]
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            store = open_run(folder)
        except SefdError:
            continue  # a folder that only looks like a run
        if (store.plan.format, store.plan.root) == (dataset.format, root):
            poses = str(store.plan.settings.get("poses", ANNOTATION))
            found.append(KnownRun(str(folder), _title(store, Path(poses).name), poses))
    return tuple(found)


def _title(store: RunStore, poses: str) -> str:
    done, total = len(store.done()), store.plan.records
    state = f"{done} of {total} records" if done < total else f"{total} records"
    source = "" if poses == ANNOTATION else f" · {poses} poses"
    return f"{', '.join(store.plan.methods)}{source} · {state}"
