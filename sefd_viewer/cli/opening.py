"""Opening a data set from the command line, with a bar while its annotations are read for the first time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.records import Dataset


def open_with_bar(path: Path, *, format: str | None = None, options: ReadOptions | None = None) -> Dataset:
    """What `open_dataset` opens; the bar is on the terminal's error stream and vanishes."""
    from rich.console import Console
    from rich.progress import Progress

    from sefd_viewer.datasets.opening import open_dataset

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Opening", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bars.update(bar, description=stage, completed=done, total=total or None)

        return open_dataset(path, format=format, options=options, progress=show)
