"""The training of one role from crops on disk to a weights file with its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch.nn.utils import convert_conv2d_weight_memory_format

from sefd_viewer import __version__
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
    take_weights,
)
from sefd_viewer.networks.edge_estimators import LoadedEstimator, load_estimator
from sefd_viewer.networks.mesh_network import MeshNetwork, build_network
from sefd_viewer.training.crop_channels import CHANNELS, Channels
from sefd_viewer.training.crops import body_of
from sefd_viewer.training.lifting import take_lifter
from sefd_viewer.training.loop import fit, open_data, schedule
from sefd_viewer.training.module import MeshTraining
from sefd_viewer.training.recipes import SYNTHETIC, TrainingSettings


class _KeepWeights(Callback):
    """Writes weights while training goes on, with the step in their name and on their card."""

    def __init__(
        self,
        network: MeshNetwork,
        folder: Path,
        card: NetworkCard,
        every: int,
        estimator: LoadedEstimator | None,
    ) -> None:
        self.network, self.folder, self.card, self.every = network, folder, card, every
        self.estimator = estimator

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        step = trainer.global_step
        if self.every and step % self.every == 0 and trainer.is_global_zero:
            path = self.folder / f"{self.card.role}-step-{step:06d}.safetensors"
            card = replace(self.card, training={**self.card.training, "step": step})
            save_weights(path, self.network, card, self.estimator)


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
    estimator: Path | None = None,
) -> Path:
    """Train one role and write `run_folder/<role>.safetensors`; returns that path.

    `crops` are folders by the names of the settings' sets, or the one folder of synthetic ones. A compact
    network starts from the pre-trained `lifter`. A student with `teacher` starts from the
    teacher's weights and distils its features, as the paper does; any role may continue from the weights
    `start_from`. A run that was stopped goes on from its last checkpoint, at most ten minutes old, and sees
    what it would have seen. Synthetic people whom `exclude` lists are left out. A `backbone` that learned to
    see and a `vposer` that knows poses are what a paper network begins with; the latter learns no more.
    An `estimator` makes the edges of a student of SEE's or SESD's, and is written with its weights.
    `find_body` finds the licensed bodies that annotated sets were fitted with.
    """
    lightning.seed_everything(settings.seed, workers=True, verbose=False)
    folders = {SYNTHETIC: crops} if isinstance(crops, Path) else crops
    data, body = open_data(settings, folders, exclude), _body(settings, folders, find_body)
    network, guide = _networks(settings, lifter, teacher, start_from)
    if backbone is not None and guide is None and start_from is None:
        take_backbone(network, backbone)
    if vposer is not None:
        take_vposer(network, vposer)
    if settings.compiled:
        network.compile()
    steps, decay_at = schedule(settings, len(data.mixture))
    module = MeshTraining(
        network,
        settings,
        body,
        steps=steps,
        decay_at=decay_at,
        teacher=guide.network if guide is not None and settings.distils else None,
        empty_teacher=guide is not None and guide.card.map == "empty",
    )
    file = _estimator_file(settings, estimator)
    maker = None if file is None else load_estimator(file)
    card = training_card(settings, {}, data.people, body.id, steps)
    keep = _KeepWeights(network, run_folder, card, settings.keep_every, maker)
    trainer = fit(
        module,
        settings,
        data,
        run_folder,
        steps=steps,
        weighs_joints=network.weighs_joints,
        callbacks=[keep],
    )
    numbers = {n: round(float(v), 2) for n, v in trainer.callback_metrics.items() if n.startswith("val_")}
    path = run_folder / f"{settings.role}.safetensors"
    if trainer.is_global_zero:
        save_weights(path, network, training_card(settings, numbers, data.people, body.id, steps), maker)
    return path


def _body(
    settings: TrainingSettings, folders: Mapping[str, Path], find_body: Callable[[str], BodyModel] | None
) -> BodyModel:
    """The one body that all sets are of."""
    bodies = {name: body_of(folders[name]) or open_body().id for name in settings.sets}
    if len(set(bodies.values())) > 1:
        told = ", ".join(f"{name} of {body}" for name, body in bodies.items())
        raise SefdError(
            f"the sets are of different bodies: {told}",
            remedy="A network learns a single body: leave out the other sets",
        )
    found = next(iter(bodies.values()))
    return open_body() if find_body is None or open_body().is_called(found) else find_body(found)


def channels_of(
    settings: TrainingSettings, teacher: NetworkCard | None = None, estimator: Path | None = None
) -> Channels:
    """What crops must show for these settings, and for the teacher whose features are distilled.

    `estimator` is the weights file of SEE or SESD, for a student that sees their edges.
    """
    edges, chosen = settings.edges, settings.structural_map
    seen = chosen if chosen and chosen != "empty" else None
    if settings.role == "teacher":
        return replace(CHANNELS, mesh_map=seen or "overlap", mesh_edges=edges or CHANNELS.mesh_edges)
    channels = CHANNELS
    if settings.role == "student":
        channels = replace(
            channels,
            image_map=seen or "canny",
            image_edges=edges or CHANNELS.image_edges,
            estimator=_estimator_file(settings, estimator),
        )
    if teacher is None or teacher.map in (None, "empty"):
        return channels
    known = type(channels.mesh_edges).from_dict(teacher.edges) if teacher.edges else channels.mesh_edges
    return replace(channels, mesh_map=teacher.map or "overlap", mesh_edges=known)


def _estimator_file(settings: TrainingSettings, file: Path | None) -> Path | None:
    """The file of the estimator that a student's settings name; SefdError where it is missing."""
    wanted = settings.structural_map
    if wanted != "see" and wanted != "sesd":
        return None
    if file is None:
        raise SefdError(
            f"a student of {wanted.upper()}'s edges needs its weights", remedy="Give --estimator FILE"
        )
    load_estimator(file, kind=wanted)
    return file


def training_card(
    settings: TrainingSettings, numbers: dict[str, float], people: str, body_id: str, steps: int
) -> NetworkCard:
    """The card that travels with the weights; `people` says of whom they were trained, in how many steps."""
    plain = replace(settings, structural_map="") if settings.structural_map in ("see", "sesd") else settings
    channels = channels_of(plain)
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
        training=settings.to_dict() | {"steps": steps, "versions": _versions()},
    )


def _versions() -> dict[str, str]:
    return {"sefd-viewer": __version__, "torch": torch.__version__, "lightning": lightning.__version__}


def _networks(
    settings: TrainingSettings, lifter: Path | None, teacher: Path | None, start_from: Path | None
) -> tuple[MeshNetwork, LoadedNetwork | None]:
    network = build_network(settings.preset, settings.role)
    guide = load_network(teacher, role="teacher") if teacher is not None else None
    if guide is not None and guide.card.preset != settings.preset:
        raise SefdError(
            f"this teacher is a {guide.card.preset} network, not a {settings.preset} one",
            where=teacher,
            remedy="Student and teacher need the same architecture",
        )
    if start_from is not None:
        take_weights(network, start_from)
    elif guide is not None and settings.role == "student":
        network.load_state_dict(guide.network.state_dict())
    elif lifter is not None:
        take_lifter(network, lifter)
    for module in (network, *([guide.network] if guide is not None else [])):
        convert_conv2d_weight_memory_format(module, torch.channels_last)
    return network, guide
