"""`sefd-viewer report RUN --out FILE`: one HTML file about chosen cases of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sefd_viewer.cli.opening import check_outputs
from sefd_viewer.evaluation.runs.methods import REPORT_TITLE, WantedCase


def report(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a run made by `sefd-viewer evaluate`.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The HTML file to write.")],
    cases: Annotated[int, typer.Option(min=1, help="Number of people to show.")] = 12,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD[-METHOD]",
            help="Sort by a method's error, or by the difference between two; largest first.",
        ),
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(metavar="RECORD:PERSON", help="Show this case instead; may be repeated."),
    ] = None,
    cases_from: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="Show the cases of this list instead, with its titles and notes."),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(metavar="ROOT", help="Folder of the data set, if it has moved since the run."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Heading of the page. Default: the title of the list.")
    ] = None,
    notes: Annotated[str, typer.Option(help="Paragraph below the heading.")] = "",
    device: Annotated[
        str, typer.Option(help="Device of the networks: auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
) -> None:
    """Write a self-contained HTML page: pictures with sliders, meshes to turn, numbers, settings, hashes."""
    from rich.console import Console
    from rich.progress import Progress

    from sefd_viewer.app.story import Show, read_show
    from sefd_viewer.evaluation.report.cases import named_cases, worst_cases
    from sefd_viewer.evaluation.report.writing import runner_of, write_report
    from sefd_viewer.evaluation.runs.store import open_run

    check_outputs([out])
    show = read_show(cases_from) if cases_from is not None else Show()
    store = open_run(run)
    wanted = [*show.wanted, *(_case(words) for words in case or [])]
    order = order or list(store.plan.methods)[-1]
    chosen = named_cases(store, wanted) if wanted else worst_cases(store, order, cases)
    runner = runner_of(store, root=root, device=device)
    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Drawing cases", total=len(chosen))
        problems = write_report(
            out,
            store,
            runner,
            chosen,
            title=title or show.title or REPORT_TITLE,
            notes=notes,
            progress=lambda done, _total: bars.update(bar, completed=done),
        )
    for problem in problems:
        typer.echo(problem, err=True)
    print(f"Wrote {out} ({out.stat().st_size / 1e6:.1f} MB)")


def _case(words: str) -> WantedCase:
    record, colon, person = words.rpartition(":")
    if not colon:
        raise typer.BadParameter(f"--case takes RECORD:PERSON, not {words}")
    return WantedCase(record, person)
