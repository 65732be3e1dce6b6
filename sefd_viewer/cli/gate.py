"""`sefd-viewer gate RUN --against BASE`: exit status 1 when a method has become worse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.opening import check_outputs
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.evaluation.runs.gating import Gate
    from sefd_viewer.evaluation.runs.store import RunStore


def gate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the new run of `evaluate`.")],
    against: Annotated[Path, typer.Option(metavar="BASE", help="Folder of the run to compare with.")],
    metric: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What is compared: mpjpe, mpjpe_hidden, pa_mpjpe, mpvpe, pck3d, pckh and others.",
        ),
    ] = "mpjpe",
    method: Annotated[
        str | None, typer.Option(metavar="NAME", help="Method of the new run. Default: its last.")
    ] = None,
    base_method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Method of the base run. Default: the one of the same name, else its last."
        ),
    ] = None,
    margin: Annotated[float, typer.Option(min=0.0, help="How much worse is still acceptable.")] = 0.0,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an HTML page about the ten people who got worse the most."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Device of the networks, for --page: auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compare two runs person by person. Exit status 1 if the new one is significantly worse (95 %).

    Made for continuous integration: evaluate the new weights on a fixed set, and let the gate decide.
    """
    from sefd_viewer.evaluation.runs.gating import gate as compare
    from sefd_viewer.evaluation.runs.store import open_run

    check_outputs([page])
    store = open_run(run)
    found = compare(store, open_run(against), metric, method=method, base_method=base_method, margin=margin)
    _tell(found, as_json=as_json)
    if page is not None and found.worst:
        try:
            _write_page(page, store, found, device)
        except SefdError as error:  # the answer stands without it
            typer.echo(f"The page was not written: {error}", err=True)
    raise typer.Exit(1 if found.is_worse else 0)


def _tell(found: Gate, *, as_json: bool) -> None:
    if as_json:
        content = {
            "metric": found.metric,
            "unit": found.unit,
            "method": found.method,
            "base_method": found.base_method,
            "change": found.change.to_dict(),
            "resampled": found.resampled,
            "margin": found.margin,
            "worse": found.is_worse,
            "only_in_run": found.alone[0],
            "only_in_base": found.alone[1],
            "worst": [{"record": one.record, "person": one.person, "words": one.note} for one in found.worst],
        }
        print(json.dumps(content, indent=1))
        return
    print(found.told)
    for count, where in zip(found.alone, ("this run", "the base"), strict=True):
        if count:
            print(f"{count} people are predicted in {where} only, and not compared")
    print(found.verdict)
    for one in found.worst:
        print(f"  {one.title}: {one.note}")


def _write_page(page: Path, store: RunStore, found: Gate, device: str) -> None:
    from sefd_viewer.evaluation.report.cases import NUMBERS, named_cases
    from sefd_viewer.evaluation.report.writing import runner_of, write_report
    from sefd_viewer.evaluation.runs.gating import HIDDEN

    words = {**NUMBERS, HIDDEN: "MPJPE of hidden joints"}.get(found.metric, found.metric)
    title = f"{found.method}: who got worse the most in {words.partition(',')[0]}"
    cases, notes = named_cases(store, found.worst), f"{found.told}. {found.verdict}"
    problems = write_report(page, store, runner_of(store, device=device), cases, title=title, notes=notes)
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"Wrote {page}", err=True)
