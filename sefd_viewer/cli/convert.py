"""`sefd-viewer convert`: a set of several views with bodies, written in the layout of a published set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sefd_viewer.cli.bodies import BodyOption, find_body, read_options
from sefd_viewer.errors import SefdError


def convert(
    root: Annotated[
        Path, typer.Argument(metavar="ROOT", help="Capture with bodies, or a data set of several views.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder for the data set.")],
    format: Annotated[Literal["human36m"], typer.Option(help="Whose layout.")] = "human36m",
    people: Annotated[
        Path | None, typer.Option(metavar="FILE", help="people.json of sefd-viewer fit, kept elsewhere.")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this person; may be repeated.")
    ] = None,
    body: BodyOption = None,
) -> None:
    """Write pictures, cameras (R, t in millimetres), joints and bodies of the world as Human3.6M has them.

    Each person becomes a subject; pictures of lenses with distortion are straightened.
    """
    from rich.console import Console
    from rich.progress import Progress

    from sefd_viewer.datasets import open_dataset
    from sefd_viewer.datasets.capture_bodies import dataset_with_people
    from sefd_viewer.datasets.converting import write_as_human36m
    from sefd_viewer.datasets.fitted_people import read_people

    dataset = open_dataset(root, options=read_options(body or ()))
    if people is None and dataset.format == format:
        raise SefdError("this set has the layout of Human3.6M already", where=root)
    if people is not None:
        dataset = dataset_with_people(dataset, read_people(people))
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Pictures", total=None)
        subjects = write_as_human36m(
            dataset,
            out,
            find_body(tuple(body or ())),
            keys=person or (),
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    for number, subject in enumerate(subjects, start=1):
        typer.echo(
            f"Subject {number}: {subject.key}, {len(subject.bodies)} moments, {len(subject.cameras)} cameras"
        )
    typer.echo(f"Wrote {out} as {format}. Look at it with: sefd-viewer {out}")
