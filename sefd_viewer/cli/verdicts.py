"""`sefd-viewer verdicts`: what reviewers decided, as tables, files and one file out of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.opening import is_database
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.judgements import Disagreement, Verdict, VerdictState, VerdictStore

Source = Annotated[Path, typer.Argument(metavar="PATH", help="Data set or file of verdicts.")]
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATE",
        help="Only verdicts of this state: unreviewed, good, bad, unsure or fixed; may be repeated.",
    ),
]
Issues = Annotated[
    list[str] | None,
    typer.Option("--issue", metavar="KIND", help="Only verdicts with this kind of issue; may be repeated."),
]
Format = Annotated[str | None, typer.Option(help="Format of the data set, if it is not recognised.")]

verdicts = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="List, export, merge and check what reviewers decided.",
)


@verdicts.command("list")
def list_verdicts(
    path: Source,
    state: States = None,
    issue: Issues = None,
    format: Format = None,
    history: Annotated[
        bool, typer.Option("--history", help="Also list verdicts that were replaced or withdrawn.")
    ] = False,
) -> None:
    """Print the verdicts and how many there are of each kind."""
    from sefd_viewer.judgements import selected

    with _store(path, format) as store:
        found = store.log() if history else store.all()
    _print_verdicts(selected(found, states=_states(state), issues=_issues(issue)))
    typer.echo(f"{_counts(found)} in {store.path}")


@verdicts.command()
def export(
    path: Source,
    format: Annotated[
        Literal["csv", "json", "ids"],
        typer.Option(help="ids: lines of `photo<TAB>person`, for --exclude."),
    ] = "csv",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="New file to write. Default: print.")
    ] = None,
    state: States = None,
    issue: Issues = None,
    layout: Annotated[
        str | None, typer.Option(help="Format of the data set, if it is not recognised.")
    ] = None,
) -> None:
    """Write verdicts as a table, as JSON or as a list of ids (without --state, of those judged bad)."""
    from sefd_viewer.atomic import write_file
    from sefd_viewer.judgements import exported, selected

    states = _states(state or (["bad"] if format == "ids" else []))
    with _store(path, layout) as store:
        found = selected(store.all(), states=states, issues=_issues(issue))
    text = exported(found, format)
    if out is None:
        typer.echo(text.encode("utf-8", "surrogateescape"), nl=False)
        return
    if out.exists():
        raise SefdError("this file exists already", where=out, remedy="Name a new one")
    write_file(out, text.encode("utf-8", "surrogateescape"))
    typer.echo(f"Wrote {len(found)} verdicts to {out}")


@verdicts.command()
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of verdicts.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="New file for the merged verdicts.")
    ] = None,
    on_disagreement: Annotated[
        Literal["latest", "unsure"],
        typer.Option(help="latest: the newest verdict wins; unsure: the case becomes unsure."),
    ] = "latest",
) -> None:
    """List the cases on which reviewers disagree; with --out, merge the files into a new one.

    Exit status 1 if they disagree.
    """
    from sefd_viewer.judgements import disagreements, merge

    with ExitStack() as opened:
        stores = [opened.enter_context(_existing(file)) for file in files]
        conflicts = (
            disagreements(stores) if out is None else merge(stores, out, on_disagreement=on_disagreement)
        )
    _print_disagreements(conflicts)
    if out is not None:
        typer.echo(f"Wrote {out}")
    raise typer.Exit(1 if conflicts else 0)


@verdicts.command()
def stale(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Data set in its present state.")],
    verdicts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File of verdicts. Default: that of the data set.")
    ] = None,
    format: Format = None,
) -> None:
    """List the verdicts whose annotation has since changed or gone. Exit status 1 if there are any."""
    from sefd_viewer.judgements import VerdictStore
    from sefd_viewer.judgements import stale as stale_ones

    dataset = _dataset(root, format)
    with VerdictStore.beside(dataset) if verdicts is None else _existing(verdicts) as store:
        found = stale_ones(store, dataset)
        count = len(store.all())
    _print_table(
        ("record", "person", "state", "why"),
        ((one.verdict.record, one.verdict.person or "", one.verdict.state, one.reason) for one in found),
    )
    typer.echo(f"{len(found)} of {count} verdicts are stale")
    raise typer.Exit(1 if found else 0)


def _store(path: Path, format: str | None) -> VerdictStore:
    from sefd_viewer.judgements import VerdictStore

    return VerdictStore(path) if is_database(path) else VerdictStore.beside(_dataset(path, format))


def _existing(file: Path) -> VerdictStore:
    from sefd_viewer.judgements import VerdictStore

    if not file.exists():
        raise SefdError("there is no such file of verdicts", where=file, remedy="Check the name")
    return VerdictStore(file)


def _dataset(path: Path, format: str | None) -> Dataset:
    from sefd_viewer.datasets.opening import open_dataset

    return open_dataset(path, format=format)


def _states(words: Sequence[str] | None) -> list[VerdictState]:
    from sefd_viewer.judgements import STATES

    _refuse_unknown(words, STATES)
    return [state for state in STATES if state in (words or ())]


def _issues(words: Sequence[str] | None) -> Sequence[str]:
    from sefd_viewer.judgements import ISSUE_KINDS

    _refuse_unknown(words, tuple(ISSUE_KINDS))
    return words or ()


def _refuse_unknown(words: Sequence[str] | None, known: Sequence[str]) -> None:
    unknown = sorted(set(words or ()) - set(known))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)} is none of {', '.join(known)}")


def _counts(found: Sequence[Verdict]) -> str:
    from sefd_viewer.judgements import STATES

    counts = [(sum(one.state == state for one in found), state) for state in STATES]
    return ", ".join(f"{count} {state}" for count, state in counts if count) or "No verdicts"


def _print_verdicts(found: Iterable[Verdict]) -> None:
    _print_table(
        ("record", "person", "state", "issues", "note", "reviewer", "time"),
        (
            (v.record, v.person or "", v.state, " ".join(v.issues), v.note, v.reviewer, v.time[:16])
            for v in found
        ),
    )


def _print_disagreements(found: Sequence[Disagreement]) -> None:
    lines = [
        (
            one.record,
            one.person or "",
            ", ".join(f"{verdict.reviewer}: {verdict.state}" for verdict in one.verdicts),
            "" if one.same_data else "they saw different annotations",
        )
        for one in found
    ]
    _print_table(("record", "person", "verdicts", ""), lines)
    typer.echo("1 disagreement" if len(found) == 1 else f"{len(found)} disagreements")


def _print_table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    shown = Table(*(Column(name, overflow="fold") for name in heading))
    for line in lines:
        shown.add_row(*(Text(word.encode("utf-8", "backslashreplace").decode()) for word in line))
    if shown.rows:
        Console(markup=False).print(shown)
