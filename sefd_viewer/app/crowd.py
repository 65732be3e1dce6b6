"""What the shipped crowd brings with it when it opens: estimated 2D poses, a run, and cases to present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError
from sefd_viewer.features.present.show import Show, read_show

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.pose2d.pose_file import PoseFile


@dataclass(frozen=True, eq=False)
class Brought:
    """`poses` as read from the file `poses_path`; `run` is the folder of the run, None where none fits."""

    poses_path: str
    poses: PoseFile
    show: Show
    run: str | None
    problems: tuple[str, ...] = ()


def brought_by(dataset: Dataset) -> Brought | None:
    """What comes with the shipped crowd; None for any other data set. Raises SefdError for broken files."""
    from sefd_viewer.datasets.shipped_crowd import CASES, crowd_folder, is_crowd
    from sefd_viewer.pose2d.estimated_file import FILE_NAME
    from sefd_viewer.pose2d.files import read_poses

    if not is_crowd(dataset):
        return None
    poses, show = crowd_folder() / FILE_NAME, read_show(crowd_folder() / CASES)
    run, problems = _run(dataset)
    return Brought(str(poses), read_poses(poses), show, run, problems)


def _run(dataset: Dataset) -> tuple[str | None, tuple[str, ...]]:
    from sefd_viewer.evaluation.runs.shipped import own_run

    try:
        folder = own_run(dataset)
    except SefdError as error:
        return None, (str(error),)
    return (None if folder is None else str(folder)), ()
