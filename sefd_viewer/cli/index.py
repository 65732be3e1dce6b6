"""`sefd-viewer index`: read a data set once, say what is in it and who is missing; or clear the cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.opening import BodyOption, read_options
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polars import DataFrame

_PROBLEMS = 10


def index(
    root: Annotated[Path | None, typer.Argument(metavar="ROOT", help="Data set.")] = None,
    format: Annotated[
        str | None, typer.Option(help="Format of the data set, if it is not recognised.")
    ] = None,
    body: BodyOption = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all cached indexes first.")] = False,
) -> None:
    """Read a data set's annotations once, so that it opens at once later, and say what they contain."""
    if clear:
        _clear()
    if root is not None:
        _read(root, format, body or ())
    elif not clear:
        raise SefdError("there is nothing to do", remedy="Name a data set, or add --clear")


def _clear() -> None:
    import shutil

    from sefd_viewer.datasets.index.cache import cache_folder

    folder = cache_folder()
    size = sum(file.stat().st_size for file in folder.glob("*/*") if file.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"Removed {size / 1e6:.0f} MB from {folder}")


def _read(root: Path, format: str | None, bodies: Sequence[Path]) -> None:
    from time import perf_counter

    from sefd_viewer.cli.opening import open_with_bar
    from sefd_viewer.datasets.index import people_table

    start = perf_counter()
    dataset = open_with_bar(root, format=format, options=read_options(bodies))
    seconds = perf_counter() - start
    typer.echo(f"{dataset.name} ({dataset.format}), opened in {seconds:.1f} s: {dataset.root}")
    _print_people(people_table(dataset))
    for problem in dataset.problems[:_PROBLEMS]:
        typer.echo(problem)
    if len(dataset.problems) > _PROBLEMS:
        typer.echo(f"and {len(dataset.problems) - _PROBLEMS} more")


def _print_people(people: DataFrame) -> None:
    import polars as pl
    from rich.console import Console
    from rich.table import Table

    records = people.unique("position")
    shown = people.filter(pl.col("person").is_not_null())
    table = Table(show_header=False)
    rows = [
        ("photos", records.height),
        ("people shown", shown.height),
        ("with a body", int(shown["smpl"].sum())),
        ("with a camera", int(shown["camera"].sum())),
        ("people left out", int(records["skipped"].sum())),
        ("photos without people", people.height - shown.height),
    ]
    reasons = shown.filter(pl.col("problem") != "")["problem"].value_counts(sort=True).head(_PROBLEMS)
    rows += [(f"person {words}", count) for words, count in reasons.iter_rows() if "person " not in words]
    for words, count in rows:
        table.add_row(words, f"{count:,}".replace(",", " "))
    Console(markup=False).print(table)
