"""`sefd-viewer profile`: how large networks are and how much they compute (supplement, Table 2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from sefd_viewer.networks.profiling import Profile


def profile(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]", help="Weights files. Default: the networks of the paper's Table 2."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Count parameters and multiply-accumulates for one person's crop, next to the paper's figures."""
    from rich.console import Console

    from sefd_viewer.networks.profiling import of_file, table_2, to_words

    rows = [of_file(path) for path in files] if files else table_2()
    if as_json:
        print(json.dumps([row.to_dict() for row in rows], indent=1))
        return
    console = Console(markup=False)
    console.print(_table(rows))
    for sentence in to_words(rows):
        console.print(sentence)


def _table(rows: list[Profile]) -> Table:
    from rich.table import Table

    table = Table("network", "params M", "used M", "GMACs", "counted", "printed M", "printed G", box=None)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        printed = (row.printed_parameters_m, row.printed_macs_g)
        table.add_row(
            row.name,
            *(f"{count / 1e6:.2f}" for count in (row.parameters, row.used_parameters)),
            *(f"{macs / 1e9:.2f}" for macs in (row.macs, row.counted_macs)),
            *("" if number is None else f"{number:.1f}" for number in printed),
        )
    return table
