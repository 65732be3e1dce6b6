"""`sefd-viewer train`: a recipe, synthetic scenes or annotated sets to crops, crops to weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.crop_maker import CropMaker
from sefd_viewer.cli.opening import BodyOption, ExcludeOption, body_places, find_body, read_exclusion
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.training.crop_channels import Channels
    from sefd_viewer.training.recipes import TrainingSettings

_ROLE_RECIPES = {"baseline": "crowds-baseline", "teacher": "crowds-teacher", "student": "crowds-student"}


def train(
    out: Annotated[
        Path | None, typer.Option(help="Folder for the run: weights, checkpoints, metrics.csv.")
    ] = None,
    crops: Annotated[
        Path | None, typer.Option(help="Folder for the training crops; they are made if missing.")
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="[RECIPE]",
            help="A complete set of settings: a name or a file; `list` names the included ones.",
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Only print the recipe with all changes, as TOML.")
    ] = False,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="KEY=VALUE", help="Change one setting of the recipe; may be repeated."
        ),
    ] = None,
    role: Annotated[
        Literal["baseline", "teacher", "student"] | None,
        typer.Option(help="Network to train; without a recipe, with the settings for crowds."),
    ] = None,
    teacher: Annotated[
        Path | None, typer.Option(help="Weights of the teacher that a student learns from.")
    ] = None,
    start_from: Annotated[
        Path | None,
        typer.Option(help="Weights to start from, of any role; edges that they do not know begin at zero."),
    ] = None,
    preset: Annotated[
        Literal["compact-2", "compact", "paper"] | None, typer.Option(help="Architecture.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DIR", help="Folder of an annotated set that the recipe names; may be repeated."
        ),
    ] = None,
    body: BodyOption = None,
    backbone: Annotated[
        Path | None, typer.Option(help="Trained ResNet-50 from which a paper network starts.")
    ] = None,
    estimator: Annotated[
        Path | None, typer.Option(help="Weights of SEE or SESD, for a student that gets their edges.")
    ] = None,
    vposer: Annotated[
        Path | None, typer.Option(help="Weights of VPoser (version 1), for a paper network.")
    ] = None,
    distillation: Annotated[
        Literal["log_softmax_l1", "l1", "attention", "fsp", "kd", "global_context", "none"] | None,
        typer.Option(help="Loss that draws the student's features towards the teacher's."),
    ] = None,
    poses: Annotated[
        list[Path] | None,
        typer.Option(help="Motion file to take poses from (SMPL or AMASS .npz, BVH); may be repeated."),
    ] = None,
    backgrounds: Annotated[
        list[Path] | None,
        typer.Option(help="Photo without people, or a folder of them, as background; may be repeated."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the run in --out from its last checkpoint.")
    ] = False,
    blind: Annotated[
        bool | None,
        typer.Option(
            "--blind", help="Hide the picture from the network, to see what the 2D pose alone can do."
        ),
    ] = None,
    scenes: Annotated[int, typer.Option(help="Number of synthetic scenes.")] = 8000,
    scene_seed: Annotated[int, typer.Option(help="Seed of the scenes.")] = 1,
    steps: Annotated[int | None, typer.Option(help="Training steps, instead of the recipe's.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Number of people per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and augmentation.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of extra processes that prepare data.")] = None,
    device: Annotated[str | None, typer.Option(help="Device to train on: auto, cpu, cuda or mps.")] = None,
    devices: Annotated[int | None, typer.Option(help="Number of devices that share each batch.")] = None,
    keep_every: Annotated[
        int | None,
        typer.Option(min=0, help="Also keep the weights of every N-th step."),
    ] = None,
    exclude: ExcludeOption = None,
) -> None:
    """Train the baseline, the teacher or a student. The same seeds give the same run.

    A recipe (paper-teacher, crowds-student, ablation-loss-kd, ...) sets everything; any setting can be
    changed with --with or with its own option.
    """
    from sefd_viewer.training.recipes import about, read_recipe, recipe_names, to_toml

    if recipe == "list":
        width = max(map(len, recipe_names()))
        typer.echo("\n".join(f"{name:<{width}}  {about(name)}" for name in recipe_names()))
        return
    options: dict[str, object] = {
        "role": role,
        "preset": preset,
        "blind": blind,
        "steps": steps,
        "epochs": None if steps is None else 0.0,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "workers": workers,
        "device": device,
        "devices": devices,
        "keep_every": keep_every,
    }
    if distillation == "none":
        options["distils"] = False
    elif distillation is not None:
        options["distillation"] = {"loss": distillation}
    settings = read_recipe(recipe or _ROLE_RECIPES[role or "baseline"], change or (), **options)
    if show:
        typer.echo(to_toml(settings), nl=False)
        return
    if out is None or crops is None:
        raise SefdError("a run needs two folders", remedy="Give --out for the run and --crops for the crops")
    _check_run(out, resume)
    _check_files(teacher, start_from, backbone, vposer, estimator)
    from sefd_viewer.datasets.synthetic import background_photos
    from sefd_viewer.training.crops import TRAINING_SCENES
    from sefd_viewer.training.loop import is_first_process
    from sefd_viewer.training.run import train as run

    maker = CropMaker(
        settings,
        crops,
        _channels(settings, teacher, estimator),
        folders=_data_folders(settings, data or ()),
        bodies=body_places(body),
        exclude=read_exclusion(exclude),
        world=replace(TRAINING_SCENES, poses=tuple(poses or ()), photos=background_photos(backgrounds or ())),
        scenes=scenes,
        seed=scene_seed,
    )
    places = maker.make()
    if settings.task != "mesh":
        from sefd_viewer.training.edge_training import train_estimator

        path = train_estimator(settings, places, out, see=start_from)
        if is_first_process():
            typer.echo(f"Wrote {path}")
        return
    path = run(
        settings,
        places,
        out,
        lifter=maker.lifter,
        teacher=teacher,
        start_from=start_from,
        exclude=maker.exclude,
        backbone=backbone,
        vposer=vposer,
        estimator=estimator,
        find_body=find_body(body or ()),
    )
    if is_first_process():
        typer.echo(f"Wrote {path}")


def _check_files(*files: Path | None) -> None:
    """Name a missing file before crops are made, which may take hours."""
    for file in files:
        if file is not None and not file.is_file():
            raise SefdError("this weights file does not exist", where=file, remedy="Check the path")


def _channels(settings: TrainingSettings, teacher: Path | None, estimator: Path | None) -> Channels:
    from sefd_viewer.networks.state_files import read_state
    from sefd_viewer.training.run import channels_of

    card = read_state(teacher, role="teacher").card if teacher is not None else None
    return channels_of(settings, card, estimator)


def _data_folders(settings: TrainingSettings, data: Sequence[str]) -> dict[str, Path]:
    """The folders of the recipe's annotated sets; SefdError for one without, and for one too many."""
    from sefd_viewer.training.recipes import SYNTHETIC

    pairs = [words.partition("=") for words in data]
    folders = {name: Path(path) for name, _, path in pairs if path}
    wanted = [name for name in settings.sets if name != SYNTHETIC]
    for words, (name, _, path) in zip(data, pairs, strict=True):
        if not path or name not in wanted:
            known = ", ".join(wanted) or "no annotated set"
            raise SefdError(
                f"{words!r} names no set of the recipe", remedy=f"It has {known}: --data NAME=DIR"
            )
    for name in wanted:
        if name not in folders:
            remedy = f"Give --data {name}=DIR, or leave it out by --with sets.{name}.weight=0"
            raise SefdError(f"the recipe's set {name} has no folder", remedy=remedy)
    return folders


def _check_run(out: Path, resume: bool) -> None:
    """Neither go on with a run by accident nor begin one that ought to go on."""
    begun = (out / "last.ckpt").exists()
    if begun and not resume:
        raise SefdError(
            "there is a run in this folder already",
            where=out,
            remedy="Resume it with --resume, or name another folder",
        )
    if resume and not begun:
        raise SefdError("there is no checkpoint to resume from", where=out, remedy="Leave out --resume")
