"""`sefd-viewer [INPUT...]`: the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from sefd_viewer import __version__
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.cli.display import require_display
from sefd_viewer.errors import SefdError
from sefd_viewer.plain_files import is_there


def open_window(
    inputs: Sequence[Path],
    *,
    screenshot: Path | None = None,
    device: str = "auto",
    theme: Literal["system", "dark", "light"] | None = None,
    view: str | None = None,
    size: tuple[int, int] | None = None,
) -> int:
    """Open the window and return the exit status; SefdError where no window can open, or nothing is there."""
    if inputs and not any(is_there(path) or str(path) == SAMPLE for path in inputs):
        raise SefdError(
            f"there is no file, folder or command {inputs[0]}",
            remedy="Check the name; sefd-viewer --help lists the commands",
        )
    if screenshot is None:
        require_display()
    from sefd_viewer.gui.app import run

    return run(inputs, screenshot=screenshot, device=device, theme=theme, view=view, size=size)


def window(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="INPUT...",
            help="Photos, folders, videos, data sets or SMPL files; beside a set, predictions as methods. "
            "Without any, the start page opens.",
        ),
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Save a picture of the window once the results are there, then quit; needs no screen.",
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Device of the networks: auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
    theme: Annotated[
        Literal["system", "dark", "light"] | None,
        typer.Option(help="Colours of the window; kept for next time."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Open the included sample: four cameras, 25 moments, two people.")
    ] = False,
    crowd: Annotated[
        bool,
        typer.Option(
            "--crowd", help="Open the included crowd: photos with complete truth, a run, cases to present."
        ),
    ] = False,
    view: Annotated[
        str | None, typer.Option(metavar="JSON", help="Open the view that “Copy as command” copied.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Size of the window in pixels, for example 1440x900.")
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and quit.")] = False,
) -> None:
    """See, compare and check 3D human meshes under occlusion."""
    if version:
        print(f"sefd-viewer {__version__}")
        return
    if crowd:
        from sefd_viewer.datasets.opening import crowd_folder

        inputs = [*(inputs or []), crowd_folder()]
    if sample:
        inputs = [Path(SAMPLE), *(inputs or [])]
    status = open_window(
        inputs or [], screenshot=screenshot, device=device, theme=theme, view=view, size=_size(size)
    )
    raise typer.Exit(status)


def _size(words: str | None) -> tuple[int, int] | None:
    """Width and height of "1440x900"; an error with words for anything else."""
    if words is None:
        return None
    width, _, height = words.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise SefdError(f"--size is {words}", remedy="Give width and height in pixels: --size 1440x900")
    return int(width), int(height)
