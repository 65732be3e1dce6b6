"""`sefd-viewer ablate FAMILY`: trains the variants of a family alike and prints a table like the paper's."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.crop_maker import CropMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sefd_viewer.training.ablation import Line
    from sefd_viewer.training.crop_channels import Channels
    from sefd_viewer.training.recipes import TrainingSettings


def ablate(
    family: Annotated[
        str, typer.Argument(metavar="FAMILY", help="What to vary: map, dilation, loss or layers.")
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for the runs; finished ones are kept, interrupted ones resumed.")
    ],
    crops: Annotated[Path, typer.Option(help="Folder for the training crops; they are made if missing.")],
    scenes: Annotated[int, typer.Option(help="Number of synthetic scenes.")] = 8000,
    scene_seed: Annotated[int, typer.Option(help="Seed of the scenes.")] = 1,
    poses: Annotated[
        list[Path] | None,
        typer.Option(help="Motion file to take poses from (SMPL or AMASS .npz, BVH); may be repeated."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Steps of every variant, instead of the recipe's.")
    ] = None,
    start_from: Annotated[
        Path | None,
        typer.Option(
            help="Weights that every variant without a teacher starts from, of any role: "
            "edges that they do not know begin at zero."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights and augmentation.")] = 1,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="KEY=VALUE", help="Change a setting in all variants; may be repeated."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Train all variants of a family for the same steps, and compare them on the same held-out people."""
    from sefd_viewer.training.ablation import compared, held_out_errors, needs_teacher, ordered, variants
    from sefd_viewer.training.crops import TRAINING_SCENES, open_crops
    from sefd_viewer.training.recipes import read_recipe

    names = variants(family)
    settings = {name: read_recipe(name, change or (), steps=steps, seed=seed) for name in ordered(names)}
    world = replace(TRAINING_SCENES, poses=tuple(poses or ()))
    weights: dict[str, Path] = {}
    measured = {}
    for name in ordered(names):
        own = settings[name]
        if name not in names and not any(needs_teacher(settings[one]) for one in names):
            continue
        teacher = weights[ordered(names)[0]] if needs_teacher(own) else None
        channels = _channels(own, teacher)
        folder = crops / _folder_of(channels)
        maker = CropMaker(own, folder, channels, {}, (), None, world, scenes, scene_seed, crops)
        typer.echo(f"{name}: {own.about}", err=True)
        weights[name] = _trained(own, maker, out / name, teacher, start_from)
        if name in names:
            _, held = open_crops(folder).split(own.held_out)
            measured[name] = held_out_errors(weights[name], held)
    lines = compared({name: measured[name] for name in names})
    if as_json:
        print(json.dumps([line.to_dict() for line in lines], indent=1))
    else:
        _show(
            family, lines, [settings[line.name] for line in lines], len(next(iter(measured.values())).hidden)
        )


def _channels(settings: TrainingSettings, teacher: Path | None) -> Channels:
    from sefd_viewer.networks.state_files import read_state
    from sefd_viewer.training.run import channels_of

    return channels_of(settings, None if teacher is None else read_state(teacher).card)


def _folder_of(channels: Channels) -> str:
    """A name for the crops of these channels: variants that see the same share them."""
    edges = channels.mesh_edges
    dilation = f"{edges.dilation}{edges.kernel}" if edges.dilation == "fixed" else edges.dilation
    return f"{channels.image_map}_{channels.mesh_map}_{dilation}"


def _trained(
    settings: TrainingSettings, maker: CropMaker, folder: Path, teacher: Path | None, start_from: Path | None
) -> Path:
    from sefd_viewer.training.run import train

    path = folder / f"{settings.role}.safetensors"
    places = maker.make()
    if not path.exists():
        with redirect_stdout(sys.stderr):  # bars; the table alone is the command's output
            first = start_from if teacher is None else None
            train(settings, places, folder, lifter=maker.lifter, teacher=teacher, start_from=first)
    return path


def _show(family: str, lines: Sequence[Line], settings: Sequence[TrainingSettings], people: int) -> None:
    from rich.console import Console
    from rich.table import Table

    title = (
        f"{family}: {settings[0].steps} steps, seed {settings[0].seed}, {people} held-out people; "
        "differences to the first are paired, with 95 % intervals over scenes"
    )
    table = Table(
        "variant", "MPJPE mm", "PA-MPJPE mm", "MPJPE minus the first", "of those hidden", title=title
    )
    for line, own in zip(lines, settings, strict=True):
        gaps = [
            "" if mean is None else f"{mean.mean:+.1f} ({mean.between('+.1f')})"
            for mean in (line.difference, line.of_hidden)
        ]
        means = [f"{value:.1f}" for value in line.means.values()]
        table.add_row(own.about, *means, *gaps)
    Console(markup=False).print(table)
