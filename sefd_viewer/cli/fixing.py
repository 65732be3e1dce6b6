"""`sefd-viewer verify --fix`: the corrected copy, and what each change was good for, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sefd_viewer.cameras.sequences.findings import SetVerdict
    from sefd_viewer.cameras.sequences.repairing import FindBody
    from sefd_viewer.datasets.records import Dataset


def write_lists(dataset: Dataset, verdict: SetVerdict, ids: Path | None, csv: Path | None) -> None:
    """Write the records and the sequences that findings concern, where files are named."""
    from sefd_viewer.atomic import write_file
    from sefd_viewer.cameras.sequences.excluding import csv_of_verdict, ids_of_verdict

    if ids is not None:
        write_file(ids, ids_of_verdict(dataset, verdict).encode("utf-8", "surrogateescape"))
    if csv is not None:
        write_file(csv, csv_of_verdict(verdict))


def write_fixed(
    dataset: Dataset,
    verdict: SetVerdict,
    out: Path,
    confirmed: Sequence[str],
    find_body: FindBody,
    check_again: Callable[[Path], SetVerdict],
) -> None:
    """Write what is sure or confirmed to `out`, check the copy, and tell; SefdError as `write_corrected`."""
    from sefd_viewer.cameras.sequences.corrected_copy import correct
    from sefd_viewer.cameras.sequences.repairing import chosen_findings

    chosen = chosen_findings(verdict.findings, confirmed)
    if not chosen:
        typer.echo("Nothing was corrected: no finding is both sure and of a kind that can be undone.")
        _tell_open(verdict)
        return
    copy = correct(dataset, verdict, chosen, out, find_body, check_again)
    for line in copy.lines:
        typer.echo(line)
    _tell_open(verdict, done=chosen)
    typer.echo(copy.conclusion)


def _tell_open(verdict: SetVerdict, done: Sequence[object] = ()) -> None:
    for one in verdict.findings:
        if one.corrections and not one.sure and one not in done:
            typer.echo(f'Not sure, so left: {one.key}. To correct it: --confirm "{one.key}"')
