"""`sefd-viewer render`: bodies over the photos of a whole set, contact sheets and films."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.edges import read_selection
from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    bodies_for,
    body_places,
    leave_out,
    open_and_tell,
    read_exclusion,
    record_bar,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sefd_viewer.cameras.renders.pictures import Rendered
    from sefd_viewer.cameras.renders.rendering import RenderReport

_SHOWN = 10


def render(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the data set.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for pictures, contact sheets and films.")],
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Format of the data set, such as human36m or mscoco. Default: recognised."
        ),
    ] = None,
    mode: Annotated[
        Literal["exact", "paper", "raw"],
        typer.Option(
            help="How bodies are moved from world to camera coordinates: exactly, as in the "
            "paper, or not at all (raw)."
        ),
    ] = "exact",
    what: Annotated[
        Literal["mesh", "edge", "both"], typer.Option(help="Shaded bodies, their edges, or both.")
    ] = "mesh",
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Write a picture for every frame and camera.")
    ] = True,
    sheets: Annotated[
        int,
        typer.Option(
            min=0, help="Moments on each sequence's contact sheet: photo, raw, paper, exact. 0: no sheets."
        ),
    ] = 3,
    films: Annotated[
        float,
        typer.Option(min=0, metavar="RATE", help="Make films of RATE frames per second. 0: no films."),
    ] = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="Only sequences whose name contains this; may be repeated."),
    ] = None,
    body: BodyOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of processes. Default: one per core.")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address of a Dask scheduler whose workers do the work."),
    ] = None,
    shard: Annotated[
        str,
        typer.Option(
            metavar="I/N", help="Do only part I of N of the sequences, to share the work among machines."
        ),
    ] = "1/1",
    exclude: ExcludeOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Use at most this many photos.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Draw bodies over the photos of a data set; what exists is kept. Exit status 1 if something failed."""
    from sefd_viewer.cameras.renders.pictures import RenderSettings
    from sefd_viewer.cameras.renders.rendering import Wanted, render_set
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
        yield f"{report.without_bodies} photos have nobody with a body"
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
