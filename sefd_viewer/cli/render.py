"""`sefd-viewer render`: bodies over the photos of a whole set, contact sheets and films."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.bodies import BodyOption, bodies_for, body_places
from sefd_viewer.cli.edges import read_selection
from sefd_viewer.cli.excluding import ExcludeOption, leave_out, read_exclusion
from sefd_viewer.cli.record_bar import record_bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sefd_viewer.cameras.renders.pictures import Rendered
    from sefd_viewer.cameras.renders.rendering import RenderReport

_SHOWN = 10


def render(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The data set's folder.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for pictures, sheets and films.")],
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="human36m, mscoco ...; else found out.")
    ] = None,
    mode: Annotated[
        Literal["exact", "paper", "raw"], typer.Option(help="How world parameters come into the camera.")
    ] = "exact",
    what: Annotated[
        Literal["mesh", "edge", "both"], typer.Option(help="Shaded bodies, their edges, or both.")
    ] = "mesh",
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="A picture of every frame and camera.")
    ] = True,
    sheets: Annotated[
        int,
        typer.Option(
            min=0, help="Contact sheets of sequences with so many moments: photo, raw, paper, exact."
        ),
    ] = 3,
    films: Annotated[
        float,
        typer.Option(min=0, metavar="RATE", help="Films of the pictures, RATE frames a second; 0: none."),
    ] = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="Only sequences with this in their name; may be repeated."),
    ] = None,
    body: BodyOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as cores if not said.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, whose workers do the work.")
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Part I of N of the sequences, for several machines.")
    ] = "1/1",
    exclude: ExcludeOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many records.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make what is not there yet; exit status 1 when something could not be made."""
    from sefd_viewer.cameras.renders.pictures import RenderSettings
    from sefd_viewer.cameras.renders.rendering import Wanted, render_set
    from sefd_viewer.cli.opening import open_and_tell
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.jobs.pool import core_count

    selection = read_selection(shard, limit)
    bodies = body_places(bodies_for(root, body))
    options = ReadOptions(extrinsics=mode, bodies=bodies)
    dataset = leave_out(open_and_tell(root, format=format, options=options), read_exclusion(exclude))
    with record_bar("Rendering", unit="files") as tell:
        report = render_set(
            dataset,
            out,
            RenderSettings(mode, what),
            Wanted(pictures, sheets, films, tuple(only or ())),
            selection=selection,
            bodies=bodies,
            workers=workers or core_count(),
            cluster=dask,
            progress=lambda _kind, done, total: tell(done, total),
        )
    print(json.dumps(report.to_dict(), indent=1) if as_json else "\n".join(_words(report, out)))
    raise typer.Exit(1 if report.failed else 0)


def _words(report: RenderReport, out: Path) -> Iterator[str]:
    for kind in dict.fromkeys([*report.made, *report.kept]):
        yield f"{kind}: {report.made.get(kind, 0)} made, {report.kept.get(kind, 0)} kept"
    if not report.made and not report.kept:
        yield "Nothing was made"
    if report.without_bodies:
        yield f"{report.without_bodies} records have nobody with a body"
    if report.unseen:
        yield f"on {report.unseen} pictures no body is in view"
    yield from _listed("lack something", [(one, one.note) for one in report.notes])
    yield from _listed("could not be made", [(one, one.failure) for one in report.failures])
    yield f"In {out}"


def _listed(what: str, found: list[tuple[Rendered, str | None]]) -> Iterator[str]:
    if found:
        yield f"{len(found)} {what}:"
        yield from (f"  {one.key}: {words}" for one, words in found[:_SHOWN])
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more; --json lists all"
