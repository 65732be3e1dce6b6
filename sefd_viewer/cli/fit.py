"""`sefd-viewer fit`: bodies of the people whom several calibrated cameras saw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.opening import JointsOption, read_pose_file
from sefd_viewer.errors import DatasetError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.fitted_people import FittedPeople
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.fitting.people import FitOptions
    from sefd_viewer.fitting.run import Listener
    from sefd_viewer.pose2d.pose_file import PoseFile


def fit(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Capture, or a data set with several views.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for people.json. Default: the capture."),
    ] = None,
    poses: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="2D poses; in pictures without any, people are detected."),
    ] = None,
    joints: JointsOption = None,
    format: Annotated[
        str | None, typer.Option(help="Format of the data set, if it is not recognised.")
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="SMPL file, or a folder with a neutral one. Default: the open body."
        ),
    ] = None,
    least_views: Annotated[int, typer.Option(min=2, help="Number of views that must see a person.")] = 3,
    own_cameras: Annotated[
        Literal["auto", "never", "always"],
        typer.Option(
            help="Estimate cameras for each person; auto: where the given ones disagree with the person."
        ),
    ] = "auto",
    names: Annotated[
        str, typer.Option(help="Names of the people, separated by commas, in the order of the report.")
    ] = "",
    pictures: Annotated[
        int, typer.Option(min=0, metavar="N", help="Also draw the bodies over all views at N moments.")
    ] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing people.json.")] = False,
    every: Annotated[int, typer.Option(min=1, metavar="N", help="Use every N-th moment.")] = 1,
    outlines: Annotated[
        bool,
        typer.Option(
            "--outlines/--no-outlines", help="Also fit the bodies' outlines to edges in the pictures."
        ),
    ] = True,
    threads: Annotated[int, typer.Option(min=1, help="Processor cores to use.")] = 1,
) -> None:
    """Fit a body to each person, over all views and moments together.

    Each person is saved when done: Ctrl+C loses only the one being fitted.
    """
    import torch

    from sefd_viewer.cli.opening import one_body
    from sefd_viewer.datasets import open_dataset
    from sefd_viewer.datasets.fitted_people import PEOPLE_FILE

    torch.set_num_threads(threads)
    dataset = open_dataset(root, format=format)
    model, found = one_body(body), read_pose_file(poses, joints, dataset)
    options = replace(_options(least_views, own_cameras, names), every=every, outlines=outlines)
    file = _folder(out, dataset) / PEOPLE_FILE
    if file.exists() and not overwrite:
        raise DatasetError(
            "this capture has fitted people already",
            where=file,
            remedy="Add --overwrite, or name another folder with --out",
        )
    fitted = _fit(dataset, model, found, options, file)
    _report(dataset, fitted, model)
    _draw(dataset, fitted, model, file.parent, pictures)


def _folder(out: Path | None, dataset: Dataset) -> Path:
    from sefd_viewer.atomic import writable_folder

    if out is None and (dataset.format != "capture" or dataset.root is None):
        raise DatasetError(
            "only a capture keeps its people itself", where=dataset.root, remedy="Give --out DIR"
        )
    return writable_folder(out or dataset.root or Path())


def _options(least_views: int, own: Literal["auto", "never", "always"], names: str) -> FitOptions:
    from sefd_viewer.fitting.people import FitOptions

    listed = tuple(name.strip() for name in names.split(",") if name.strip())
    if len(set(listed)) < len(listed):
        raise typer.BadParameter("--names are not all different")
    return FitOptions(least_views, own, listed)


def _fit(
    dataset: Dataset, body: BodyModel, poses: PoseFile | None, options: FitOptions, file: Path
) -> FittedPeople:
    """Fit and keep each person in `file`; after Ctrl+C those who are done."""
    from sefd_viewer.atomic import write_file
    from sefd_viewer.datasets.fitted_people import FittedPeople, people_document
    from sefd_viewer.fitting.run import PoseSource, fit_people
    from sefd_viewer.pose2d.detector import detect_people

    fitted = FittedPeople()
    try:
        with _listener() as listener:
            source = PoseSource(poses, detect_people)
            for fitted in fit_people(dataset, body, source, options=options, listener=listener):
                write_file(file, people_document(fitted))
    except KeyboardInterrupt:
        typer.echo(
            f"Stopped. {len(fitted.people)} people are in {file}" if fitted.people else "Stopped", err=True
        )
        raise typer.Exit(130) from None
    typer.echo(f"Wrote {len(fitted.people)} people to {file}")
    return fitted


@contextmanager
def _listener() -> Iterator[Listener]:
    """Bars and lines on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from sefd_viewer.fitting.run import Listener

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=None)

        def tell(task: str, done: int, total: int) -> None:
            bars.update(bar, description=task, completed=done, total=total)

        def say(line: str) -> None:
            bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

        yield Listener(tell, say)


def _report(dataset: Dataset, fitted: FittedPeople, body: BodyModel) -> None:
    from sefd_viewer.fitting.quality import qualities

    for one in qualities(dataset, fitted, body):
        typer.echo("\n".join(one.lines()))


def _draw(dataset: Dataset, fitted: FittedPeople, body: BodyModel, folder: Path, count: int) -> None:
    """Write `fit_<moment>.png` for moments that are evenly spread."""
    from sefd_viewer.fitting.run import draw_moments

    for path in draw_moments(dataset, fitted, body, folder, count=count):
        typer.echo(f"Drew {path}")
