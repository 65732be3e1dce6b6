"""`sefd-viewer synthesize`: synthetic scenes in the layout of a published data set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from sefd_viewer.errors import DatasetError

Format = Literal[
    "human36m", "mscoco", "mpii", "crowdpose", "ochuman", "muco", "3dpw", "3dpw-sequences", "mupots"
]

_SIDES = range(32, 4097)


def synthesize(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder for the data set.")],
    format: Annotated[Format, typer.Option(help="Whose layout.")],
    count: Annotated[int, typer.Option(min=1, help="How many scenes (Human3.6M: moments of four views).")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same scenes.")] = 1,
    size: Annotated[str, typer.Option(help="Width and height of the pictures.")] = "512x512",
    poses: Annotated[
        list[Path] | None,
        typer.Option(help="Motion file to draw poses from (SMPL or AMASS npz, BVH); may be given again."),
    ] = None,
) -> None:
    """Write crowd scenes of the open body with full ground truth, as a data set that sefd-viewer opens."""
    from rich.progress import Progress

    from sefd_viewer.datasets.synthetic import SceneSettings, open_poses
    from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan, new_folder

    settings = SceneSettings(size=_size(size), poses=tuple(poses or ()))
    open_poses(settings.poses)
    with new_folder(out) as folder, Progress(transient=True) as progress:
        bar = progress.add_task("Scenes", total=count)
        plan = Plan(count, seed, settings, lambda done: progress.update(bar, completed=done))
        WRITERS[format](folder, plan)
    typer.echo(f"Wrote {count} scenes to {out}. Look at them with: sefd-viewer {out}")


def _size(words: str) -> tuple[int, int]:
    """Width and height in pixels out of `512x512`."""
    match = re.fullmatch(r"(\d+)\s*[x×]\s*(\d+)", words.strip())
    if match is None or not all(int(side) in _SIDES for side in match.groups()):
        sides = f"from {_SIDES.start} to {_SIDES.stop - 1} pixels"
        raise DatasetError(f"the size {words!r} is not two sides {sides}", remedy="Write for example 640x480")
    return int(match[1]), int(match[2])
