"""The loop around a training: data, Lightning's trainer, and what guards a run that is left alone."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor
from torch.utils.data import ChainDataset, DataLoader

from sefd_viewer.atomic import new_file
from sefd_viewer.datasets.exclude_list import ExcludeList
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.training.batches import Augmentation, Batch, Mixture, OrderedBatches, RandomBatches
from sefd_viewer.training.crops import CropSet, open_crops
from sefd_viewer.training.module import Training, contact_sheet
from sefd_viewer.training.recipes import SYNTHETIC, TrainingSettings

_CHECKPOINTS = timedelta(minutes=10)
_PICTURED = 6
_NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


@dataclass(frozen=True, eq=False)
class Data:
    """What is trained on and what is held out; `people` says of whom, in words."""

    mixture: Mixture
    held_out: Sequence[CropSet]
    people: str


def open_data(settings: TrainingSettings, crops: Mapping[str, Path], exclude: ExcludeList | None) -> Data:
    """The crops of the settings' sets; DatasetError where there are none."""
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
    return Data(mixture, [held for _, held in pairs], people)


def schedule(settings: TrainingSettings, epoch: int) -> tuple[int, tuple[int, ...]]:
    """Steps of the whole run, and those at which the rate falls; an epoch shows so many people."""
    if not settings.epochs:
        return settings.steps, tuple(round(step) for step in settings.decay_at)
    each = math.ceil(epoch / settings.batch_size)
    return round(settings.epochs * each), tuple(round(decay * each) for decay in settings.decay_at)


def fit(
    module: Training,
    settings: TrainingSettings,
    data: Data,
    run_folder: Path,
    *,
    steps: int,
    weighs_joints: bool = True,
    callbacks: Iterable[Callback] = (),
) -> lightning.Trainer:
    """Train `module` from the run's last checkpoint on, or from the start, and write its last one.

    Raises SefdError when the loss is no number or memory is short.
    """
    last = run_folder / "last.ckpt"
    done = _steps_done(last)
    _keep_curves(run_folder, done)
    guard = Guard(run_folder)
    trainer = _trainer(settings, run_folder, steps, [*callbacks, guard])
    try:
        trainer.fit(
            module,
            datamodule=_Batches(settings, data, weighs_joints, done, steps),
            ckpt_path=last if last.exists() else None,
            weights_only=True,  # a run may come from elsewhere
        )
    except RuntimeError as error:  # torch.OutOfMemoryError is one
        if not any(words in str(error) for words in _NO_MEMORY):
            raise
        raise _no_memory(module, guard.batch, settings.batch_size) from error
    trainer.save_checkpoint(last)
    return trainer


class _Batches(lightning.LightningDataModule):
    """The loaders, made when it is known which of several processes this is."""

    def __init__(
        self, settings: TrainingSettings, data: Data, weighs_joints: bool, done: int, steps: int
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
            Augmentation(settings.turn_degrees, settings.resize, settings.pose_errors),
            trainer.global_rank,
            trainer.world_size,
        )
        return DataLoader(batches, batch_size=None, num_workers=settings.workers)

    def val_dataloader(self) -> DataLoader[Batch]:
        held = [OrderedBatches(crops, 100, self.weighs_joints) for crops in self.data.held_out]
        return DataLoader(ChainDataset(held), batch_size=None)


class Guard(Callback):
    """Stops a run whose loss is no number, keeps the batch that made it so, and notes waiting for data.

    `waiting_share` in the curves is the share of time in which no step was computed since the last note.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.batch: Batch = {}
        self._ended = self._began = time.perf_counter()
        self._waited = self._worked = 0.0

    def on_train_batch_start(
        self, _trainer: lightning.Trainer, _module: lightning.LightningModule, batch: Batch, _index: int
    ) -> None:
        """Remember the batch, and how long it was waited for."""
        self.batch, self._began = batch, time.perf_counter()
        self._waited += self._began - self._ended

    def on_before_backward(
        self, trainer: lightning.Trainer, _module: lightning.LightningModule, loss: Tensor
    ) -> None:
        """Raise SefdError for a loss that is no number."""
        if bool(torch.isfinite(loss)):
            return
        path = self.folder / f"not_finite_{trainer.global_step:06d}.pt"
        with new_file(path) as part:
            torch.save({name: values.cpu() for name, values in self.batch.items()}, part)
        raise SefdError(
            f"the loss of step {trainer.global_step} is not a number; its batch is kept",
            where=path,
            remedy="Go on from the last checkpoint with a lower --learning-rate, or look at the batch",
        )

    def on_train_batch_end(
        self, _trainer: lightning.Trainer, module: lightning.LightningModule, *_: object
    ) -> None:
        """Note the share of waiting."""
        self._ended = time.perf_counter()
        self._worked += self._ended - self._began
        module.log("waiting_share", self._waited / (self._waited + self._worked))


class SamplePictures(Callback):
    """Puts `Training.panels` of the first held-out people under one another, at every check."""

    def on_validation_batch_end(
        self,
        trainer: lightning.Trainer,
        module: lightning.LightningModule,
        _outputs: object,
        batch: Batch,
        batch_index: int,
        _loader: int = 0,
    ) -> None:
        """Draw the first batch's people in the first process."""
        board = next((one for one in trainer.loggers if isinstance(one, TensorBoardLogger)), None)
        if board is None or batch_index or not trainer.is_global_zero:
            return
        assert isinstance(module, Training)
        with torch.no_grad():
            panels = module.panels({name: values[:_PICTURED] for name, values in batch.items()})
        board.experiment.add_image("held_out", contact_sheet(panels), trainer.global_step)


class _WholeFiles(TorchCheckpointIO):
    """Checkpoints that take the last one's place only when they are whole: a full disk loses none."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with new_file(Path(path)) as part:
            super().save_checkpoint(checkpoint, part, storage_options)


def _no_memory(module: Training, batch: Batch, size: int) -> SefdError:
    """What to say, with a batch of half, a quarter ... that fits, tried out."""
    count = len(next(iter(batch.values()))) if batch else 0
    fitting = count // 2
    while fitting > 1 and not _fits(module, {name: values[:fitting] for name, values in batch.items()}):
        fitting //= 2
    words = (
        f"--batch-size {max(fitting * size // max(count, 1), 1)} fits"
        if fitting > 1
        else "Choose a smaller preset"
    )
    return SefdError(f"there is no memory for {size} people in a step", remedy=words)


def _fits(module: Training, batch: Batch) -> bool:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    try:
        torch.stack(list(module.losses(batch).values())).sum().backward()
    except RuntimeError:
        return False
    return True


def is_first_process() -> bool:
    """Whether this process speaks and writes for all that train together."""
    return getattr(rank_zero_only, "rank", 0) == 0


def _steps_done(checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    try:
        return int(torch.load(checkpoint, map_location="cpu", weights_only=True)["global_step"])
    except (OSError, EOFError, RuntimeError, UnpicklingError, *DAMAGED) as error:
        words = str(error).split("\n", 1)[0]
        remedy = "Begin anew in another folder, or from weights with --start-from"
        raise SefdError(
            f"this checkpoint cannot be read ({words})", where=checkpoint, remedy=remedy
        ) from error


def _keep_curves(run_folder: Path, done: int) -> None:
    """Put the curves of a run that goes on aside: the logger begins a new file."""
    metrics = run_folder / "metrics.csv"
    if done and metrics.exists() and is_first_process():
        metrics.replace(run_folder / f"metrics_before_{done:06d}.csv")


def _trainer(
    settings: TrainingSettings, folder: Path, steps: int, callbacks: Iterable[Callback]
) -> lightning.Trainer:
    checkpoints = ModelCheckpoint(
        folder, filename="last", train_time_interval=_CHECKPOINTS, enable_version_counter=False
    )
    return lightning.Trainer(
        accelerator=settings.device,
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy="ddp_find_unused_parameters_true" if settings.devices * settings.nodes > 1 else "auto",
        precision=settings.precision,
        max_steps=steps,
        gradient_clip_val=5.0,
        default_root_dir=folder,
        logger=[
            CSVLogger(folder, name="", version=""),
            TensorBoardLogger(folder, name="", version="tensorboard"),
        ],
        callbacks=[*callbacks, checkpoints, SamplePictures()],
        plugins=[_WholeFiles()],
        val_check_interval=settings.check_every,
        check_val_every_n_epoch=None,
        log_every_n_steps=min(25, steps),
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
