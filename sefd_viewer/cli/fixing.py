"""`sefd-viewer verify --fix`: the corrected copy, and what each change was good for, in words and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sefd_viewer.cameras.sequences.findings import SetVerdict
    from sefd_viewer.cameras.sequences.repairing import Change, FindBody, Residual
    from sefd_viewer.datasets.records import Dataset

REPORT = "corrections.json"


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
    from sefd_viewer.cameras.sequences.repairing import chosen_findings, residual_of, write_corrected

    chosen = chosen_findings(verdict.findings, confirmed)
    if not chosen:
        typer.echo("Nothing was corrected: no finding is both sure and of a kind that can be undone.")
        _tell_open(verdict)
        return
    changes = write_corrected(dataset, chosen, out, find_body)
    after = check_again(out)
    told = [(change, residual_of(change, verdict, after)) for change in changes]
    _write_report(out / REPORT, told, after)
    for change, residual in told:
        typer.echo(_words(change, residual))
    _tell_open(verdict, done=chosen)
    left = f"{len(after.findings)} findings are left" if after.findings else "nothing is found any more"
    typer.echo(f"Corrected copy in {out}, checked: {left}. What was changed is in {out / REPORT}")


def _words(change: Change, residual: Residual) -> str:
    amount = f"{change.entries:,} entries of {', '.join(change.files) or 'no file'}"
    dropped = f", {change.dropped:,} taken out" if change.dropped else ""
    stay = "".join(f"; {count:,} stay: {why}" for why, count in change.refused.items())
    moved = f": {residual.words}" if residual.words else ""
    return f"Corrected: {change.finding.key} ({amount}{dropped}{stay}){moved}"


def _tell_open(verdict: SetVerdict, done: Sequence[object] = ()) -> None:
    for one in verdict.findings:
        if one.corrections and not one.sure and one not in done:
            typer.echo(f'Not sure, so left: {one.key}. To correct it: --confirm "{one.key}"')


def _write_report(path: Path, told: Sequence[tuple[Change, Residual]], after: SetVerdict) -> None:
    import orjson

    from sefd_viewer.atomic import write_file

    content = {
        "changes": [
            {**change.to_dict(), "measured_before": dict(one.before), "measured_after": dict(one.after)}
            for change, one in told
        ],
        "findings_left": [one.sentence for one in after.findings],
    }
    write_file(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
