"""Opening what a person names: one data set out of one or several paths, and files of 2D poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.pose2d.files import PoseFile


def open_inputs(inputs: Sequence[str], *, bodies: Sequence[str] = ()) -> Dataset:
    """Open the paths as one data set; none opens the shipped sample. Raises SefdError if the only one fails.

    `bodies` are files of licensed bodies, for annotations that need them. Of several paths
    those that fail are named among the problems, and the rest goes on.
    """
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.opening import open_dataset

    options = ReadOptions(bodies=tuple(bodies))
    if len(inputs) <= 1:
        return open_dataset(Path(inputs[0]) if inputs else None, options=options)
    return _joined(inputs, options)


def _joined(inputs: Sequence[str], options: ReadOptions) -> Dataset:
    from sefd_viewer.datasets.opening import open_dataset
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.errors import SefdError

    records: list[Record] = []
    problems: list[str] = []
    for path in inputs:
        try:
            opened = open_dataset(Path(path), options=options)
        except SefdError as error:
            problems.append(str(error))
            continue
        records += [replace(record, key=f"{path}:{record.key}") for record in opened.records]
        problems += opened.problems
    return Dataset(f"{len(inputs)} inputs", None, "several inputs", records, tuple(problems))


def read_pose_file(path: str) -> PoseFile:
    """Read a file or folder of 2D poses: people by image name, and problems. Raises PoseFileError."""
    from sefd_viewer.pose2d.files import read_poses

    return read_poses(Path(path))
