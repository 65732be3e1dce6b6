"""What the samples bring with them when they open: a run; the crowd estimated 2D poses and cases, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.story import Show, read_show
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from pathlib import Path

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.pose2d.pose_file import PoseFile


@dataclass(frozen=True)
class Brought:
    """`run` is the folder of the run, None where none fits; `poses` are 2D poses, by the file they are from.

    `show` are cases to present.
    """

    run: str | None = None
    poses: tuple[str, PoseFile] | None = None
    show: Show | None = None
    problems: tuple[str, ...] = ()


def brought_by(dataset: Dataset) -> Brought:
    """What comes with a sample; nothing with any other data set. Raises SefdError for broken files."""
    from sefd_viewer.datasets.opening import CASES, crowd_folder, is_crowd
    from sefd_viewer.pose2d.files import read_poses
    from sefd_viewer.pose2d.pose_file import FILE_NAME

    run, problems = _run(dataset)
    if not is_crowd(dataset):
        return Brought(run, problems=problems)
    file, show = crowd_folder() / FILE_NAME, read_show(crowd_folder() / CASES)
    return Brought(run, (str(file), read_poses(file)), show, problems)


def _run(dataset: Dataset) -> tuple[str | None, tuple[str, ...]]:
    try:
        folder = own_run(dataset)
    except SefdError as error:
        return None, (str(error),)
    return (None if folder is None else str(folder)), ()


def own_run(dataset: Dataset) -> Path | None:
    """The folder of a set's shipped run among those of the person who opens it; it is put there once.

    It stands for what `evaluate` would measure anew (of the crowd with `--poses estimated`), and is gone on
    with like any other. None for a set without one, and where it was measured with other weights than the
    program now has. Raises SefdError when it cannot be kept.
    """
    import orjson

    from sefd_viewer.atomic import write_file
    from sefd_viewer.datasets.opening import stored_run
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder

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
