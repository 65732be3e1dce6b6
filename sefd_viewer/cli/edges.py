"""`sefd-viewer edges`: mesh edge maps of a whole data set as files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sefd_viewer.factory.jobs import Selection
    from sefd_viewer.factory.making import MakingReport
    from sefd_viewer.factory.settings import FactorySettings

_SHOWN = 10


def edges(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The data set's folder.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of all sets' maps (MSCOCO, 3dpw ... below it).")
    ],
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="mscoco, human36m ...; else found out.")
    ] = None,
    kind: Annotated[
        Literal["single", "all", "overlap", "occluded"], typer.Option(help="Which edges.")
    ] = "overlap",
    dilation: Annotated[str, typer.Option(help="adaptive, fixed:K or none.")] = "adaptive",
    camera_mode: Annotated[
        Literal["exact", "paper", "raw"], typer.Option(help="How world parameters come into the camera.")
    ] = "exact",
    jpeg: Annotated[bool, typer.Option("--jpeg", help="JPEG with the photos' names instead of PNG.")] = False,
    body: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Licensed SMPL file; may be repeated.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as cores if not said.")
    ] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Part I of N, for several machines.")] = "1/1",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many records.")] = None,
) -> None:
    """Make the edge maps that are not there yet; exit status 1 when a record could not be drawn."""
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.opening import open_dataset
    from sefd_viewer.factory.making import make_maps
    from sefd_viewer.factory.workers import core_count

    settings, selection = _settings(kind, dilation, camera_mode, jpeg), _selection(shard, limit)
    bodies = tuple(map(str, body or []))
    dataset = open_dataset(root, format=format, options=ReadOptions(extrinsics=camera_mode, bodies=bodies))
    for problem in dataset.problems:
        typer.echo(problem, err=True)
    with _progress("Edge maps") as progress:
        report = make_maps(
            dataset,
            out,
            settings,
            selection=selection,
            bodies=bodies,
            workers=workers or core_count(),
            progress=progress,
        )
    typer.echo("\n".join(_made_lines(report, out)))
    raise typer.Exit(1 if report.failures else 0)


def _settings(
    kind: Literal["single", "all", "overlap", "occluded"],
    dilation: str,
    camera_mode: Literal["exact", "paper", "raw"],
    jpeg: bool,
) -> FactorySettings:
    from sefd_viewer.factory.settings import FactorySettings, dilation_settings

    try:
        edge_settings = dilation_settings(dilation)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return FactorySettings(kind, edge_settings, camera_mode, "jpeg" if jpeg else "png")


def _selection(shard: str, limit: int | None) -> Selection:
    from sefd_viewer.factory.jobs import Selection

    match = re.fullmatch(r"(\d+)/(\d+)", shard)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"--shard takes I/N with I from 1 to N, for example 2/8, not {shard}")
    return Selection(int(match[1]), int(match[2]), limit)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr with rate and time left; yields what is told how far the work is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(title, total=None, rate="")
        task = bars.tasks[bar]

        def tell(done: int, total: int) -> None:
            rate = f"{task.speed:.1f} images/s" if task.speed else ""
            bars.update(bar, completed=done, total=total, rate=rate)

        yield tell


def _made_lines(report: MakingReport, out: Path) -> Iterator[str]:
    """What was made, in words."""
    yield (
        f"Made {report.maps} maps of {report.made} records in {report.seconds:.1f} s, "
        f"kept those of {report.kept}: {out}"
    )
    if report.without_bodies:
        yield f"{report.without_bodies} records have nobody with a body"
    if report.people_without_body:
        yield f"{report.people_without_body} people are annotated without a body and not drawn"
    if report.failures:
        yield f"{len(report.failures)} records could not be drawn:"
        yield from (f"  {one.record}: {one.reason}" for one in report.failures[:_SHOWN])
    if len(report.failures) > _SHOWN:
        yield f"  and {len(report.failures) - _SHOWN} more, listed in the manifest"
