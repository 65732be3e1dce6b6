"""What long commands share: files to write are refused before the work, and a bar over many records."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset


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
def record_bar(title: str, *, unit: str = "records") -> Iterator[Callable[[int, int], None]]:
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
