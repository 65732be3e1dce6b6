"""A bar for work over many records, on the error stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
