"""What commands share: opening data sets, bodies and 2D poses, files to write, a bar over many records."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
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
    from sefd_viewer.plain_files import require_file

    try:
        require_file(file)
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


def check_outputs(files: Iterable[Path | None], dataset: Dataset | None = None) -> None:
    """See that the files can be written; raises SefdError where not, and for files that lie among the data.

    A report of an earlier run is replaced, unless it lies in the data set's folder: what is there may
    be the data set's own.
    """
    for file in files:
        if file is not None:
            _check_place(file)
            if dataset is not None and file.exists() and _is_among(file, dataset):
                raise SefdError(
                    "this file exists already, among the data",
                    where=file,
                    remedy="Name a file that is not there",
                )


def _check_place(file: Path) -> None:
    if file.is_dir():
        raise SefdError("this is a folder", where=file, remedy="Name a file in it")
    if not file.parent.is_dir():
        raise SefdError("there is no such folder", where=file.parent, remedy="Make it, or name another")
    if not os.access(file.parent, os.W_OK):
        raise SefdError(
            "you have no permission to write here", where=file.parent, remedy="Name another folder"
        )


def _is_among(file: Path, dataset: Dataset) -> bool:
    if dataset.root is None:
        return False
    folder = dataset.root if dataset.root.is_dir() else dataset.root.parent
    return file.resolve().is_relative_to(folder.resolve())


@contextmanager
def record_bar(title: str, *, unit: str = "photos") -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left, which vanishes; yields what is told how many of how many are done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(title, total=None, rate="")
        task = bars.tasks[bar]

        def tell(done: int, total: int) -> None:
            rate = f"{task.speed:.1f} {unit}/s" if task.speed else ""
            bars.update(bar, completed=done, total=total, rate=rate)

        yield tell


BodyOption = Annotated[
    list[Path] | None,
    typer.Option(metavar="PATH", help="SMPL file, or a folder with SMPL files; may be repeated."),
]


def body_places(places: Sequence[Path] | None) -> tuple[str, ...]:
    """The places as text; raises BodyError for a file that holds no body and a folder without any."""
    from sefd_viewer.body.catalog import catalog_at

    words = tuple(map(str, places or ()))
    catalog_at(words).check()
    return words


def bodies_for(root: Path | None, named: Sequence[Path] | None) -> tuple[Path, ...]:
    """The places that are named, else the body files that lie within the data set and can be read."""
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.body.files import bodies_within

    if named or root is None or not root.is_dir():
        return tuple(named or ())
    files = bodies_within(root)
    for words in catalog_at(tuple(map(str, files))).left_aside:
        typer.echo(f"Note: {words}", err=True)
    return tuple(file for file in files if _is_read(file))


def _is_read(file: Path) -> bool:
    from sefd_viewer.body.catalog import catalog_at

    return len(catalog_at((str(file),)).models) > 1


def load_bodies(places: Sequence[Path]) -> tuple[BodyModel, ...]:
    """The bodies of 24 joints that data sets are annotated with: the open one and SMPL's in these places.

    Raises BodyError as `body_places` does.
    """
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.geometry.joints import SMPL24

    return tuple(one for one in catalog_at(body_places(places)).models if one.joint_set == SMPL24)


def find_body(places: Sequence[Path]) -> Callable[[str], BodyModel]:
    """A function that returns the body of an id; it raises BodyError for one that is not here."""
    from sefd_viewer.body.catalog import catalog_at

    return catalog_at(tuple(map(str, places))).get


def one_body(place: Path | None) -> BodyModel:
    """The body of 24 joints in a file, the neutral one of a folder, the open one without a place.

    Raises BodyError.
    """
    from sefd_viewer.body import load_body, open_body
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.errors import BodyError
    from sefd_viewer.geometry.joints import SMPL24

    if place is None:
        return open_body()
    body = catalog_at(body_places([place])).get("smpl-neutral") if place.is_dir() else load_body(place)
    if body.joint_set != SMPL24:
        words = f"{body.name} has {body.joint_set.count} joints; this works with bodies of 24"
        raise BodyError(words, where=place, remedy="Name an SMPL file")
    return body


def read_options(places: Sequence[Path]) -> ReadOptions | None:
    """How a data set is read with these bodies; raises BodyError as `body_places` does."""
    from sefd_viewer.datasets.annotations import ReadOptions

    words = body_places(places)
    return ReadOptions(bodies=words) if words else None
