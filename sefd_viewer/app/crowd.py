"""What the samples bring with them when they open: a run; the crowd estimated 2D poses and cases, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.story import Show, read_show
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
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
    from sefd_viewer.evaluation.runs.shipped import own_run

    try:
        folder = own_run(dataset)
    except SefdError as error:
        return None, (str(error),)
    return (None if folder is None else str(folder)), ()
