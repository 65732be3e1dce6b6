"""`sefd-viewer convert`: a set of several views with bodies, written in the layout of a published set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    bodies_for,
    find_body,
    leave_out,
    open_and_tell,
    read_exclusion,
    read_options,
    record_bar,
)
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.geometry.rotations import ExtrinsicMode


def convert(
    root: Annotated[
        Path, typer.Argument(metavar="ROOT", help="Capture with bodies, or a data set with several views.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder for the data set.")],
    to: Annotated[
        Literal["amass", "glb", "obj", "coco", "usd"] | None,
        typer.Option(
            help="Write the bodies of any set or file instead: AMASS .npz, one animated GLB or "
            "USD, OBJ files, or COCO "
            "results."
        ),
    ] = None,
    format: Annotated[Literal["human36m"], typer.Option(help="Format to write.")] = "human36m",
    people: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="people.json of `sefd-viewer fit`, if it lies elsewhere."),
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this person; may be repeated.")
    ] = None,
    smpl: Annotated[
        Literal["world", "camera"],
        typer.Option(
            help="world: the whole set in another format; camera: only SMPL parameters, in each "
            "camera's coordinates."
        ),
    ] = "world",
    mode: Annotated[
        Literal["exact", "paper", "raw"],
        typer.Option(help="With --smpl camera: how bodies are moved from world to camera coordinates."),
    ] = "exact",
    rate: Annotated[
        float,
        typer.Option(min=0.1, help="With --smpl camera and --to: frames per second."),
    ] = 50.0,
    exclude: ExcludeOption = None,
    body: BodyOption = None,
) -> None:
    """Write pictures, cameras (R, t in millimetres), joints and bodies in world coordinates as Human3.6M.

    Each person becomes a subject; lens distortion is removed from the pictures. With --smpl camera, write
    parameters for training: JSON by annotation id as in 3DCrowdNet, and NPZ with AMASS's names. With --to,
    write the bodies of any set or file for other programs; for glb, usd and coco OUT is a file.
    """
    bodies = bodies_for(root, body)
    dataset = leave_out(open_and_tell(root, options=read_options(bodies)), read_exclusion(exclude))
    if to is not None:
        _write_bodies(dataset, out, bodies, to, rate)
    elif smpl == "camera":
        _write_parameters(dataset, out, bodies, mode, rate)
    else:
        _write_set(dataset, root, out, format, people, person or (), bodies)


def _write_bodies(dataset: Dataset, out: Path, bodies: tuple[Path, ...], to: str, rate: float) -> None:
    from sefd_viewer.datasets import bodies_out

    find = find_body(bodies)
    if to == "coco":
        count = bodies_out.write_coco(dataset, out, find)
        typer.echo(f"Wrote the joints of {count} people to {out}")
        return
    with record_bar("Bodies") as tell:
        found = bodies_out.motions(dataset, find, tell)
    where = "in the world" if found.in_world else "before their cameras"
    if to == "glb":
        bodies_out.write_glb(found, out, rate)
    elif to == "usd":
        from sefd_viewer.datasets.usd_out import write_usd

        write_usd(found, out, rate)
    elif to == "obj":
        bodies_out.write_obj(found, out)
    else:
        bodies_out.write_amass(found, out, rate)
    frames = sum(len(track.frames) for track in found.tracks)
    typer.echo(f"Wrote {len(found.tracks)} people in {frames} bodies, {where}, to {out}")
    if found.left_out:
        typer.echo(f"{found.left_out} bodies are left out: the files of theirs are not here", err=True)


def _write_parameters(
    dataset: Dataset, out: Path, bodies: tuple[Path, ...], mode: ExtrinsicMode, rate: float
) -> None:
    from sefd_viewer.cameras.smpl_parameters import write_camera_parameters

    with record_bar("SMPL parameters") as tell:
        written = write_camera_parameters(
            dataset, out, find_body(bodies), mode=mode, rate=rate, progress=tell
        )
    typer.echo(f"Wrote {written.bodies} bodies in {written.files} files, in their cameras' frames ({mode})")
    for reason, count in written.left_out.items():
        typer.echo(f"{count} left out: {reason}", err=True)
    if written.shapes_vary:
        typer.echo(
            f"In {written.shapes_vary} sequences the shape varies: `betas` in their NPZ is the median, "
            "smpl_betas has all",
            err=True,
        )


def _write_set(
    dataset: Dataset,
    root: Path,
    out: Path,
    format: str,
    people: Path | None,
    keys: Sequence[str],
    bodies: tuple[Path, ...],
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from sefd_viewer.datasets.converting import write_as_human36m
    from sefd_viewer.datasets.fitted_people import dataset_with_people, read_people

    if people is None and dataset.format == format:
        raise SefdError(
            "this set is in Human3.6M's format already",
            where=root,
            remedy="For SMPL parameters in the cameras' frames: --smpl camera",
        )
    if people is not None:
        dataset = dataset_with_people(dataset, read_people(people))
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Pictures", total=None)
        subjects = write_as_human36m(
            dataset,
            out,
            find_body(bodies),
            keys=keys,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    for number, subject in enumerate(subjects, start=1):
        typer.echo(
            f"Subject {number}: {subject.key}, {len(subject.bodies)} moments, {len(subject.cameras)} cameras"
        )
    typer.echo(f"Wrote {out} as {format}. Look at it with: sefd-viewer {out}")
