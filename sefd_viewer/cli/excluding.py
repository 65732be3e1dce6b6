"""The option --exclude: records and people that a command leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sefd_viewer.datasets.exclude_list import ExcludeList
    from sefd_viewer.datasets.records import Dataset

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
