"""Opening data sets and 2D poses from the command line: a bar, what is wrong, what --exclude leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.exclude_list import ExcludeList
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.pose2d.pose_file import PoseFile


ExcludeOption = Annotated[
    Path | None,
    typer.Option(
        "--exclude",
        metavar="FILE",
        help="List of what to leave out: lines of `photo` (or sequence) or "
        "`photo<TAB>person`, JSON or CSV. "
        "From a file of verdicts, everything judged bad.",
    ),
]

_SQLITE = b"SQLite format 3\0"


def read_exclusion(file: Path | None) -> ExcludeList | None:
    """What a file lists, or the bad ones of a file of verdicts. Raises SefdError with words."""
    from sefd_viewer.datasets.exclude_list import read_exclude_list
    from sefd_viewer.judgements import VerdictStore, exclude_list

    if file is None:
        return None
    if not is_database(file):
        return read_exclude_list(file)
    with VerdictStore(file) as store:
        return exclude_list(store.all())


def leave_out(dataset: Dataset, exclude: ExcludeList | None) -> Dataset:
    """The data set without what is to be left out; how much of it fits nothing is told on stderr."""
    from sefd_viewer.datasets.exclude_list import without

    if exclude is None:
        return dataset
    kept = without(dataset, exclude)
    for problem in kept.problems[len(dataset.problems) :]:
        typer.echo(problem, err=True)
    return kept


def is_database(file: Path) -> bool:
    """Whether a file is an SQLite database, by its first bytes."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


JointsOption = Annotated[
    str | None,
    typer.Option(
        metavar="ORDER",
        help="Joint order of --poses, for example body25b. Default: recognised by the "
        "joints' names, or by the points.",
    ),
]

_TOLD = 20
"""Problems of a data set that are told one by one."""


def open_and_tell(
    path: Path | None, *, format: str | None = None, options: ReadOptions | None = None
) -> Dataset:
    """The same as `open_with_bar`; what could not be read is told on the error stream.

    So is which of several bodies is used, and whose gender is not told.
    """
    from sefd_viewer.body.catalog import catalog_at

    dataset = open_with_bar(path, format=format, options=options)
    tell_problems((*dataset.problems, *(catalog_at(options.bodies).notes if options is not None else ())))
    return dataset


def tell_problems(problems: Sequence[str]) -> None:
    """Tell what could not be read on the error stream, the first ones one by one."""
    for problem in problems[:_TOLD]:
        typer.echo(problem, err=True)
    if len(problems) > _TOLD:
        typer.echo(f"and {len(problems) - _TOLD} more", err=True)


def open_with_bar(
    path: Path | None, *, format: str | None = None, options: ReadOptions | None = None
) -> Dataset:
    """What `open_dataset` opens; the bar is on the terminal's error stream and vanishes."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from sefd_viewer.datasets.opening import open_dataset

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Opening", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bars.update(bar, description=escape(stage), completed=done, total=total or None)

        return open_dataset(path, format=format, options=options, progress=show)


def read_pose_file(file: Path | None, joints: str | None, dataset: Dataset | None = None) -> PoseFile | None:
    """The 2D poses of a file with joints in this order, None without a file. Raises PoseFileError.

    Pictures that it calls by number are those that the files of `dataset` call so.
    """
    from sefd_viewer.datasets.attaching import in_set
    from sefd_viewer.pose2d.files import read_poses

    if file is None or dataset is None:
        return None if file is None else read_poses(file, joints=joints)
    return in_set(read_poses(file, images=dataset.pictures_by_id, joints=joints), dataset)
