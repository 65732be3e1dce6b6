"""`sefd-viewer train`: synthetic scenes to crops, crops to weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from sefd_viewer.cli.excluding import ExcludeOption, read_exclusion
from sefd_viewer.errors import SefdError


def train(
    out: Annotated[Path, typer.Option(help="Folder for the run: weights, checkpoints, metrics.csv.")],
    crops: Annotated[Path, typer.Option(help="Folder of the training crops; made when missing.")],
    role: Annotated[
        Literal["baseline", "teacher", "student"], typer.Option(help="Which network.")
    ] = "baseline",
    teacher: Annotated[Path | None, typer.Option(help="Weights that a student learns from.")] = None,
    start_from: Annotated[
        Path | None, typer.Option(help="Weights of the same role to continue from.")
    ] = None,
    preset: Annotated[
        Literal["compact-2", "compact", "paper"], typer.Option(help="Architecture.")
    ] = "compact-2",
    poses: Annotated[
        list[Path] | None,
        typer.Option(help="Motion file to draw poses from (SMPL or AMASS npz, BVH); may be given again."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out from its last checkpoint.")
    ] = False,
    blind: Annotated[
        bool, typer.Option("--blind", help="Show the network no picture: what the 2D pose alone can do.")
    ] = False,
    scenes: Annotated[int, typer.Option(help="How many synthetic scenes.")] = 8000,
    scene_seed: Annotated[int, typer.Option(help="Seed of the scenes.")] = 1,
    steps: Annotated[int, typer.Option(help="Training steps.")] = 3000,
    batch_size: Annotated[int, typer.Option(help="People in a step.")] = 64,
    learning_rate: Annotated[float, typer.Option(help="Highest rate of AdamW.")] = 2e-3,
    seed: Annotated[int, typer.Option(help="Seed of weights and augmentation.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes beside this one that prepare data.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    keep_every: Annotated[
        int, typer.Option(min=0, help="Also keep the weights of every N-th step, to see how training went.")
    ] = 0,
    exclude: ExcludeOption = None,
) -> None:
    """Train the baseline, the teacher or a student on synthetic scenes. The same seeds repeat a run."""
    from rich.progress import Progress

    from sefd_viewer.datasets.synthetic import open_poses
    from sefd_viewer.networks.presets import build_network
    from sefd_viewer.training.crops import TRAINING_SCENES, make_crops
    from sefd_viewer.training.lifting import pretrain
    from sefd_viewer.training.run import TrainingSettings
    from sefd_viewer.training.run import train as run

    left_out = read_exclusion(exclude)
    _check_run(out, resume)
    world = replace(TRAINING_SCENES, poses=tuple(poses or ()))
    open_poses(world.poses)
    with Progress() as progress:
        bar = progress.add_task("Synthetic scenes", total=None)
        make_crops(
            crops,
            seed=scene_seed,
            scenes=scenes,
            settings=world,
            size=build_network(preset, role).input_size,
            workers=workers + 1,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
        lifter = crops / "lifter.safetensors" if preset != "paper" else None
        if lifter is not None and not lifter.exists():
            bar = progress.add_task("Lifting 2D poses", total=None)
            pretrain(
                lifter,
                preset=preset,
                settings=world,
                seed=scene_seed,
                workers=workers + 1,
                progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    settings = TrainingSettings(
        role=role,
        preset=preset,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        workers=workers,
        device=device,
        keep_every=keep_every,
        blind=blind,
    )
    path = run(settings, crops, out, lifter=lifter, teacher=teacher, start_from=start_from, exclude=left_out)
    typer.echo(f"Wrote {path}")


def _check_run(out: Path, resume: bool) -> None:
    """Neither go on with a run by accident nor begin one that ought to go on."""
    begun = (out / "last.ckpt").exists()
    if begun and not resume:
        raise SefdError(
            "a run was begun in this folder",
            where=out,
            remedy="Go on with it by --resume, or name another folder",
        )
    if resume and not begun:
        raise SefdError("there is no checkpoint to go on from", where=out, remedy="Leave out --resume")
