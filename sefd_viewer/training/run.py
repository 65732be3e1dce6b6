"""The training of one role from crops on disk to a weights file with its card."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.utils.data import ChainDataset, DataLoader

from sefd_viewer.body import BodyModel, open_body
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.errors import SefdError
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import (
    LoadedNetwork,
    load_network,
    save_weights,
    take_backbone,
    take_vposer,
)
from sefd_viewer.networks.mesh_network import MeshNetwork
from sefd_viewer.networks.presets import build_network
from sefd_viewer.training.batches import Augmentation, Batch, Mixture, OrderedBatches, RandomBatches
from sefd_viewer.training.crops import CHANNELS, Channels, CropSet, body_of, open_crops
from sefd_viewer.training.lifting import take_lifter
from sefd_viewer.training.module import MeshTraining
from sefd_viewer.training.recipes import SYNTHETIC, TrainingSettings

_CHECKPOINTS = timedelta(minutes=10)


class _KeepWeights(Callback):
    """Writes weights while training goes on, with the step in their name and on their card."""

    def __init__(self, network: MeshNetwork, folder: Path, card: NetworkCard, every: int) -> None:
        self.network, self.folder, self.card, self.every = network, folder, card, every

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        step = trainer.global_step
        if self.every and step % self.every == 0 and trainer.is_global_zero:
            path = self.folder / f"{self.card.role}-step-{step:06d}.safetensors"
            card = replace(self.card, training={**self.card.training, "step": step})
            save_weights(path, self.network, card)


def train(
    settings: TrainingSettings,
    crops: Path | Mapping[str, Path],
    run_folder: Path,
    *,
    lifter: Path | None = None,
    teacher: Path | None = None,
    start_from: Path | None = None,
    exclude: ExcludeList | None = None,
    backbone: Path | None = None,
    vposer: Path | None = None,
    find_body: Callable[[str], BodyModel] | None = None,
) -> Path:
    """Train one role and write `run_folder/<role>.safetensors`; returns that path.

    `crops` are folders by the names of the settings' sets, or the one folder of synthetic ones. A compact
    network starts from the pre-trained `lifter`. A student with `teacher` starts from the
    teacher's weights and distils its features, as the paper does; any role may continue from the weights
    `start_from`. A run that was stopped goes on from its last checkpoint, at most ten minutes old, and sees
    what it would have seen. Synthetic people whom `exclude` lists are left out. A `backbone` that learned to
    see and a `vposer` that knows poses are what a paper network begins with; the latter learns no more.
    `find_body` finds the licensed bodies that annotated sets were fitted with.
    """
    lightning.seed_everything(settings.seed, workers=True, verbose=False)
    folders = {SYNTHETIC: crops} if isinstance(crops, Path) else crops
    data, body = _open(settings, folders, exclude), _body(settings, folders, find_body)
    network, guide = _networks(settings, lifter, teacher, start_from)
    if backbone is not None and guide is None and start_from is None:
        take_backbone(network, backbone)
    if vposer is not None:
        take_vposer(network, vposer)
    steps, decay_at = _schedule(settings, len(data.mixture))
    module = MeshTraining(
        network,
        settings,
        body,
        steps=steps,
        decay_at=decay_at,
        teacher=guide.network if guide is not None and settings.distils else None,
        empty_teacher=guide is not None and guide.card.map == "empty",
    )
    last = run_folder / "last.ckpt"
    done = _steps_done(last)
    _keep_curves(run_folder, done)
    card = training_card(settings, {}, data.people, body.id)
    trainer = _trainer(
        settings, run_folder, steps, [_KeepWeights(network, run_folder, card, settings.keep_every)]
    )
    trainer.fit(
        module,
        datamodule=_Batches(settings, data, network.weighs_joints, done, steps),
        ckpt_path=last if last.exists() else None,
        weights_only=False,
    )
    trainer.save_checkpoint(last)
    numbers = {n: round(float(v), 2) for n, v in trainer.callback_metrics.items() if n.startswith("val_")}
    path = run_folder / f"{settings.role}.safetensors"
    if trainer.is_global_zero:
        save_weights(path, network, training_card(settings, numbers, data.people, body.id))
    return path


@dataclass(frozen=True, eq=False)
class _Data:
    """What is trained on and what is held out; `people` says of whom, in words."""

    mixture: Mixture
    held_out: Sequence[CropSet]
    people: str


def _open(settings: TrainingSettings, crops: Mapping[str, Path], exclude: ExcludeList | None) -> _Data:
    opened = [
        open_crops(crops[name], exclude=exclude if name == SYNTHETIC else None) for name in settings.sets
    ]
    pairs = [one.split(settings.held_out // len(opened)) for one in opened]
    shares = list(settings.sets.values())
    training = [own for own, _ in pairs]
    mixture = Mixture(training, [one.half for one in shares], [one.weight for one in shares])
    counted = zip(training, settings.sets, strict=True)
    people = ", ".join(
        f"{len(one)} synthetic crops of the open body"
        if name == SYNTHETIC
        else f"{len(one)} people of {name}"
        for one, name in counted
    )
    return _Data(mixture, [held for _, held in pairs], people)


def _body(
    settings: TrainingSettings, folders: Mapping[str, Path], find_body: Callable[[str], BodyModel] | None
) -> BodyModel:
    """The one body that all sets are of."""
    bodies = {name: body_of(folders[name]) or open_body().id for name in settings.sets}
    if len(set(bodies.values())) > 1:
        told = ", ".join(f"{name} of {body}" for name, body in bodies.items())
        raise SefdError(
            f"the sets are of different bodies: {told}", remedy="A network learns one body: leave others out"
        )
    found = next(iter(bodies.values()))
    return open_body() if find_body is None or open_body().is_called(found) else find_body(found)


class _Batches(lightning.LightningDataModule):
    """The loaders, made when it is known which of several processes this is."""

    def __init__(
        self, settings: TrainingSettings, data: _Data, weighs_joints: bool, done: int, steps: int
    ) -> None:
        super().__init__()
        self.settings, self.data, self.weighs_joints = settings, data, weighs_joints
        self.done, self.steps = done, steps

    def train_dataloader(self) -> DataLoader[Batch]:
        settings, trainer = self.settings, self.trainer
        assert trainer is not None
        batches = RandomBatches(
            self.data.mixture,
            settings.batch_size,
            settings.seed,
            self.done,
            self.steps,
            self.weighs_joints,
            Augmentation(settings.turn_degrees, settings.resize),
            trainer.global_rank,
            trainer.world_size,
        )
        return DataLoader(batches, batch_size=None, num_workers=settings.workers)

    def val_dataloader(self) -> DataLoader[Batch]:
        held = [OrderedBatches(crops, 100, self.weighs_joints) for crops in self.data.held_out]
        return DataLoader(ChainDataset(held), batch_size=None)


def _schedule(settings: TrainingSettings, epoch: int) -> tuple[int, tuple[int, ...]]:
    """Steps of the whole run, and those at which the rate falls; an epoch shows so many people."""
    if not settings.epochs:
        return settings.steps, tuple(round(step) for step in settings.decay_at)
    each = math.ceil(epoch / settings.batch_size)
    return round(settings.epochs * each), tuple(round(decay * each) for decay in settings.decay_at)


def _steps_done(checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    return int(torch.load(checkpoint, map_location="cpu", weights_only=False)["global_step"])


def _keep_curves(run_folder: Path, done: int) -> None:
    """Put the curves of a run that goes on aside: the logger begins a new file."""
    metrics = run_folder / "metrics.csv"
    if done and metrics.exists():
        metrics.replace(run_folder / f"metrics_before_{done:06d}.csv")


def channels_of(settings: TrainingSettings, teacher: NetworkCard | None = None) -> Channels:
    """What crops must show for these settings, and for the teacher whose features are distilled."""
    edges, chosen = settings.edges, settings.structural_map
    seen = chosen if chosen and chosen != "empty" else None
    if settings.role == "teacher":
        return replace(CHANNELS, mesh_map=seen or "overlap", mesh_edges=edges or CHANNELS.mesh_edges)
    channels = CHANNELS
    if settings.role == "student":
        channels = replace(channels, image_map=seen or "canny", image_edges=edges or CHANNELS.image_edges)
    if teacher is None or teacher.map in (None, "empty"):
        return channels
    known = type(channels.mesh_edges).from_dict(teacher.edges) if teacher.edges else channels.mesh_edges
    return replace(channels, mesh_map=teacher.map or "overlap", mesh_edges=known)


def training_card(
    settings: TrainingSettings, numbers: dict[str, float], people: str, body_id: str
) -> NetworkCard:
    """The card that travels with the weights; `people` says of whom they were trained."""
    channels = channels_of(settings)
    edges = {"student": channels.image_edges, "teacher": channels.mesh_edges}.get(settings.role)
    return NetworkCard(
        preset=settings.preset,
        role=settings.role,
        body_id=body_id,
        orientation="crop",
        picture_border="masked",
        edges=None if edges is None else edges.to_dict(),
        structural_map=settings.structural_map or None,
        licence="MIT"
        if set(settings.sets) == {SYNTHETIC}
        else "the terms of the sets that it was trained on",
        trained_on=people,
        metrics=numbers,
        training=settings.to_dict(),
    )


def _networks(
    settings: TrainingSettings, lifter: Path | None, teacher: Path | None, start_from: Path | None
) -> tuple[MeshNetwork, LoadedNetwork | None]:
    network = build_network(settings.preset, settings.role)
    guide = load_network(teacher, role="teacher") if teacher is not None else None
    if guide is not None and guide.card.preset != settings.preset:
        raise SefdError(
            f"this teacher is a {guide.card.preset} network, not a {settings.preset} one",
            where=teacher,
            remedy="Student and teacher are of one architecture",
        )
    if start_from is not None:
        network.load_state_dict(load_network(start_from, role=settings.role).network.state_dict())
    elif guide is not None and settings.role == "student":
        network.load_state_dict(guide.network.state_dict())
    elif lifter is not None:
        take_lifter(network, lifter)
    for module in (network, *([guide.network] if guide is not None else [])):
        convert_conv2d_weight_memory_format(module, torch.channels_last)
    return network, guide


def _checkpoints(folder: Path) -> ModelCheckpoint:
    return ModelCheckpoint(
        folder, filename="last", train_time_interval=_CHECKPOINTS, enable_version_counter=False
    )


def _trainer(
    settings: TrainingSettings, folder: Path, steps: int, callbacks: Iterable[Callback]
) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator=settings.device,
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy="ddp" if settings.devices * settings.nodes > 1 else "auto",
        precision=settings.precision,
        max_steps=steps,
        gradient_clip_val=5.0,
        default_root_dir=folder,
        logger=CSVLogger(folder, name="", version=""),
        callbacks=[*callbacks, _checkpoints(folder)],
        val_check_interval=settings.check_every,
        check_val_every_n_epoch=None,
        log_every_n_steps=min(25, steps),
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
