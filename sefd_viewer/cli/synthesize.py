"""`sefd-viewer synthesize`: scenes in a published layout; `estimate-poses`: 2D poses for sets with truth."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.opening import BodyOption, body_places, read_options
from sefd_viewer.errors import DatasetError

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset

Format = Literal[
    "human36m", "mscoco", "mpii", "crowdpose", "ochuman", "muco", "3dpw", "3dpw-sequences", "mupots"
]

_WITHOUT_BODIES = ("ochuman", "mupots")
"""Layouts that hold joints alone, from which no body's visibility is known."""
_SEVERAL_PICTURES = ("human36m", "3dpw-sequences")
"""Layouts whose pictures show the same people again."""
_SIDES = range(32, 4097)


def synthesize(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder for the data set.")],
    format: Annotated[Format, typer.Option(help="Format to write.")],
    count: Annotated[
        int, typer.Option(min=1, help="Number of scenes (Human3.6M: of moments with four views each).")
    ],
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same scenes.")] = 1,
    size: Annotated[str, typer.Option(help="Width and height of the pictures.")] = "512x512",
    crowds: Annotated[
        bool,
        typer.Option(
            "--crowds", help="Dense crowds in everyday poses, in streets and rooms, like the sample crowd."
        ),
    ] = False,
    poses: Annotated[
        list[Path] | None,
        typer.Option(help="Motion file to take poses from (SMPL or AMASS .npz, BVH); may be repeated."),
    ] = None,
    backgrounds: Annotated[
        list[Path] | None,
        typer.Option(help="Photo without people, or a folder of them, as background; may be repeated."),
    ] = None,
) -> None:
    """Write synthetic crowd scenes with complete truth, made with the open body, as a data set."""
    from rich.progress import Progress

    from sefd_viewer.cli.opening import open_with_bar
    from sefd_viewer.datasets.synthetic import SceneSettings, background_photos, open_poses
    from sefd_viewer.datasets.synthetic.crowd import CROWDS, generate_crowd
    from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan, new_folder
    from sefd_viewer.pose2d.pose_file import FILE_NAME

    if crowds and (poses or backgrounds or format in _SEVERAL_PICTURES):
        words = "poses and rooms of their own" if poses or backgrounds else "single pictures alone"
        raise DatasetError(f"crowds are of {words}", remedy="Leave --crowds out, or what does not go with it")
    settings = replace(
        CROWDS if crowds else SceneSettings(),
        size=_size(size),
        poses=tuple(poses or ()),
        photos=background_photos(backgrounds or ()),
    )
    open_poses(settings.poses)
    with new_folder(out) as folder, Progress(transient=True) as progress:
        bar = progress.add_task("Scenes", total=count)
        make = generate_crowd if crowds else None
        plan = Plan(count, seed, settings, lambda done: progress.update(bar, completed=done), make)
        WRITERS[format](folder, plan)
    if format not in _WITHOUT_BODIES:
        _estimate(open_with_bar(out, format=format), seed, out / FILE_NAME, ())
    typer.echo(f"Wrote {count} scenes to {out}. Look at them with: sefd-viewer {out}")


def estimate_poses(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Data set with true bodies.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write. Default: beside the set.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same errors.")] = 1,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Format of the data set, such as human36m or mscoco. Default: recognised."
        ),
    ] = None,
    body: BodyOption = None,
) -> None:
    """Simulate a detector's 2D poses for the people of a set: their true joints with typical errors.

    `sefd-viewer evaluate ROOT --poses estimated` uses the file beside the set, `--poses FILE` any other.
    """
    from sefd_viewer.cli.opening import open_and_tell
    from sefd_viewer.evaluation.estimated_poses import stored_file

    dataset = open_and_tell(root, format=format, options=read_options(body or ()))
    path = out or stored_file(dataset)
    if path is None:
        raise DatasetError("this set has no folder of its own", remedy="Name a file with --out")
    people = _estimate(dataset, seed, path, body_places(body))
    typer.echo(f"Wrote {people} estimated 2D poses to {path}")


def _estimate(dataset: Dataset, seed: int, path: Path, bodies: tuple[str, ...]) -> int:
    """Write the estimated poses of a set; how many there are."""
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.cli.opening import record_bar
    from sefd_viewer.evaluation.estimated_poses import estimate_poses
    from sefd_viewer.pose2d.pose_file import write_estimated_poses

    with record_bar("Estimating 2D poses") as progress:
        people = estimate_poses(dataset, catalog_at(bodies).get, seed=seed, progress=progress)
    write_estimated_poses(path, seed, people)
    return sum(map(len, people.values()))


def _size(words: str) -> tuple[int, int]:
    """Width and height in pixels out of `512x512`."""
    match = re.fullmatch(r"(\d+)\s*[x×]\s*(\d+)", words.strip())
    if match is None or not all(int(side) in _SIDES for side in match.groups()):
        sides = f"from {_SIDES.start} to {_SIDES.stop - 1} pixels"
        raise DatasetError(f"the size {words!r} is not two sides {sides}", remedy="Write for example 640x480")
    return int(match[1]), int(match[2])
