"""The training of one role from crops on disk to a weights file with its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.utils.data import DataLoader

from sefd_viewer.body import open_body
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import load_network, save_weights
from sefd_viewer.networks.mesh_network import MeshNetwork
from sefd_viewer.networks.presets import build_network
from sefd_viewer.networks.roles import PresetName, Role
from sefd_viewer.training.batches import OrderedBatches, RandomBatches
from sefd_viewer.training.crops import STUDENT_EDGES, TEACHER_EDGES, CropSet, open_crops
from sefd_viewer.training.lifting import take_lifter
from sefd_viewer.training.module import MeshTraining

EDGES = {"baseline": None, "student": STUDENT_EDGES, "teacher": TEACHER_EDGES}
_CHECKPOINTS = timedelta(minutes=10)


@dataclass(frozen=True)
class TrainingSettings:
    """How one network is trained. `held_out` crops, the first ones, are never trained on.

    They are measured every `check_every` steps. The weights of every `keep_every`-th step are kept, to be
    looked at; 0 keeps the last ones alone. A `blind` network is shown no picture.
    """

    role: Role
    preset: PresetName = "compact-2"
    steps: int = 3000
    batch_size: int = 64
    learning_rate: float = 2e-3
    seed: int = 1
    workers: int = 0
    held_out: int = 600
    check_every: int = 250
    device: str = "auto"
    keep_every: int = 0
    blind: bool = False


class _KeepWeights(Callback):
    """Writes weights while training goes on, with the step in their name and on their card."""

    def __init__(self, network: MeshNetwork, folder: Path, card: NetworkCard, every: int) -> None:
        self.network, self.folder, self.card, self.every = network, folder, card, every

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        step = trainer.global_step
        if self.every and step % self.every == 0:
            path = self.folder / f"{self.card.role}-step-{step:06d}.safetensors"
            card = replace(self.card, training={**self.card.training, "step": step})
            save_weights(path, self.network, card)


def train(
    settings: TrainingSettings,
    crops_folder: Path,
    run_folder: Path,
    *,
    lifter: Path | None = None,
    teacher: Path | None = None,
    start_from: Path | None = None,
    exclude: ExcludeList | None = None,
) -> Path:
    """Train one role and write `run_folder/<role>.safetensors`; returns that path.

    A compact network starts from the pre-trained `lifter`. A student with `teacher` starts from the
    teacher's weights and distils its features, as the paper does; any role may continue from the weights
    `start_from`. A run that was stopped goes on from its last checkpoint, at most ten minutes old, and sees
    what it would have seen. What `exclude` lists is left out.
    """
    lightning.seed_everything(settings.seed, workers=True, verbose=False)
    training, validation = open_crops(crops_folder, exclude=exclude).split(settings.held_out)
    network, guide = _networks(settings, lifter, teacher, start_from)
    module = MeshTraining(
        network,
        settings.role,
        open_body(),
        learning_rate=settings.learning_rate,
        steps=settings.steps,
        blind=settings.blind,
        teacher=guide,
    )
    last = run_folder / "last.ckpt"
    done = _steps_done(last)
    _keep_curves(run_folder, done)
    keep = _KeepWeights(network, run_folder, training_card(settings, {}, len(training)), settings.keep_every)
    trainer = _trainer(settings, run_folder, [keep])
    trainer.fit(
        module,
        DataLoader(
            _random(training, settings, network, done),
            batch_size=None,
            num_workers=settings.workers,
        ),
        DataLoader(OrderedBatches(validation, 100, network.weighs_joints), batch_size=None),
        ckpt_path=last if last.exists() else None,
        weights_only=False,
    )
    trainer.save_checkpoint(last)
    numbers = {n: round(float(v), 2) for n, v in trainer.callback_metrics.items() if n.startswith("val_")}
    path = run_folder / f"{settings.role}.safetensors"
    save_weights(path, network, training_card(settings, numbers, len(training)))
    return path


def _steps_done(checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    return int(torch.load(checkpoint, map_location="cpu", weights_only=False)["global_step"])


def _keep_curves(run_folder: Path, done: int) -> None:
    """Put the curves of a run that goes on aside: the logger begins a new file."""
    metrics = run_folder / "metrics.csv"
    if done and metrics.exists():
        metrics.replace(run_folder / f"metrics_before_{done:06d}.csv")


def training_card(settings: TrainingSettings, numbers: dict[str, float], crops: int) -> NetworkCard:
    """The card that travels with the weights."""
    edges = EDGES[settings.role]
    return NetworkCard(
        preset=settings.preset,
        role=settings.role,
        body_id=open_body().id,
        orientation="crop",
        picture_border="masked",
        edges=None if edges is None else edges.to_dict(),
        licence="MIT",
        trained_on=f"{crops} synthetic crops of the open body",
        metrics=numbers,
        training=asdict(settings),
    )


def _networks(
    settings: TrainingSettings, lifter: Path | None, teacher: Path | None, start_from: Path | None
) -> tuple[MeshNetwork, MeshNetwork | None]:
    network = build_network(settings.preset, settings.role)
    guide = load_network(teacher, role="teacher").network if teacher is not None else None
    if start_from is not None:
        network.load_state_dict(load_network(start_from, role=settings.role).network.state_dict())
    elif guide is not None:
        network.load_state_dict(guide.state_dict())
    elif lifter is not None:
        take_lifter(network, lifter)
    for module in (network, guide):
        if module is not None:
            convert_conv2d_weight_memory_format(module, torch.channels_last)
    return network, guide


def _random(crops: CropSet, settings: TrainingSettings, network: MeshNetwork, start: int) -> RandomBatches:
    return RandomBatches(
        crops, settings.batch_size, settings.seed, start, settings.steps, network.weighs_joints
    )


def _checkpoints(folder: Path) -> ModelCheckpoint:
    return ModelCheckpoint(
        folder, filename="last", train_time_interval=_CHECKPOINTS, enable_version_counter=False
    )


def _trainer(settings: TrainingSettings, folder: Path, callbacks: Sequence[Callback]) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator=settings.device,
        devices=1,
        precision="bf16-mixed",
        max_steps=settings.steps,
        gradient_clip_val=5.0,
        default_root_dir=folder,
        logger=CSVLogger(folder, name="", version=""),
        callbacks=[*callbacks, _checkpoints(folder)],
        val_check_interval=settings.check_every,
        check_val_every_n_epoch=None,
        log_every_n_steps=25,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
