"""One Lightning module for the three roles: forward, losses, distillation, held-out numbers and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from sefd_viewer.body import BodyModel
from sefd_viewer.datasets.sample import CROP_SIZE
from sefd_viewer.geometry import SMPL30
from sefd_viewer.geometry.alignment import align_many
from sefd_viewer.networks.body_layer import BodyLayer
from sefd_viewer.networks.cards import Role
from sefd_viewer.networks.mesh_network import MeshNetwork, MeshOutput
from sefd_viewer.networks.rotation_net import RotationNet
from sefd_viewer.training.criterion import Distillation, joints_in_crop, mesh_losses, weighted_sum
from sefd_viewer.training.recipes import TrainingSettings

LIFTER_RATE = 0.05
EDGE_CHANNEL = {"student": "image_edge", "teacher": "mesh_edge"}
_DECAY = 0.1
TRUE, FOUND = (0.2, 0.8, 0.3), (1.0, 0.45, 0.1)
"""RGB of the true skeleton and of the found one."""


class Joints30(nn.Module):
    """The thirty SMPL joints of rotations and betas, without skinning the whole body."""

    regressor: Tensor

    def __init__(self, body: BodyModel) -> None:
        super().__init__()
        regressor = np.asarray(body.extra_regressor, np.float32)
        used = np.flatnonzero(regressor.any(0))
        self.layer = BodyLayer(body, vertices=used)
        self.register_buffer("regressor", torch.from_numpy(regressor[:, used]), persistent=False)

    def forward(self, rotations: Tensor, betas: Tensor) -> Tensor:
        """Joints (N, 30, 3) in metres, before any translation."""
        vertices, chain = self.layer(rotations, betas, betas.new_zeros(len(betas), 3))
        with torch.autocast(vertices.device.type, enabled=False):
            return torch.cat((chain, self.regressor @ vertices), 1)


def network_input(
    batch: Mapping[str, Tensor], role: Role, *, blind: bool = False, empty: bool = False
) -> Tensor:
    """The crop, black for a `blind` network, with the role's edge channel behind it where it has one.

    An `empty` channel shows nothing.
    """
    crop = torch.zeros_like(batch["crop"]) if blind else batch["crop"]
    if role == "baseline":
        return crop.contiguous(memory_format=torch.channels_last)
    edges = batch[EDGE_CHANNEL[role]]
    joined = torch.cat((crop, torch.zeros_like(edges) if empty else edges), 1)
    return joined.contiguous(memory_format=torch.channels_last)


class Training(lightning.LightningModule):
    """What trainings share: a sum of named losses, an optimizer and its rate.

    `decay_at` are steps at which the rate is divided by ten; without any it follows a cosine over `steps`.
    """

    def __init__(
        self, settings: TrainingSettings, *, steps: int, decay_at: Sequence[int] = (), warmup: int = 150
    ) -> None:
        super().__init__()
        self.settings = settings
        self.steps, self.decay_at, self.warmup = steps, tuple(decay_at), warmup

    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Every loss by name, unweighted."""
        raise NotImplementedError

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """What is minimised."""
        raise NotImplementedError

    def panels(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What a run's pictures show of N people, by title: maps (N,1,S,S), pictures (N,3,S,S) in [0,1]."""
        raise NotImplementedError

    def training_step(self, batch: Mapping[str, Tensor], _index: int) -> Tensor:
        """The weighted sum of all losses; each is logged by name."""
        losses = self.losses(batch)
        total = self.total(losses)
        self.log_dict({f"train_{n}": v for n, v in losses.items()} | {"train_total": total})
        return total

    def scheduled(self, groups: list[dict[str, Any]]) -> OptimizerLRSchedulerConfig:
        """AdamW, or Adam as in the release; the rate follows `rate_factor`."""
        rate = self.settings.learning_rate
        optimizer: torch.optim.Optimizer
        if self.settings.optimizer == "adam":
            optimizer = torch.optim.Adam(groups, lr=rate)
        else:
            optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": LambdaLR(optimizer, self.rate_factor), "interval": "step"},
        }

    def rate_factor(self, step: int) -> float:
        """Factor of the learning rate at a step: tenths after each decay, else a cosine after a warm-up."""
        if self.decay_at:
            return float(_DECAY ** sum(step >= decay for decay in self.decay_at))
        return cosine_rate(step, self.steps, self.warmup)

    def log_validation(self, numbers: Mapping[str, Tensor]) -> None:
        """Note what was measured of each held-out person (N,) under `val_` names."""
        self.log_dict(
            {f"val_{n}": v.mean() for n, v in numbers.items()},
            prog_bar=True,
            batch_size=len(next(iter(numbers.values()))),
            sync_dist=self.settings.devices * self.settings.nodes > 1,
        )


class MeshTraining(Training):
    """Trains `network` as `settings` say; with `teacher`, its features are distilled.

    A `blind` network sees the 2D pose alone: the floor under all others.
    """

    def __init__(
        self,
        network: MeshNetwork,
        settings: TrainingSettings,
        body: BodyModel,
        *,
        steps: int,
        decay_at: Sequence[int] = (),
        warmup: int = 150,
        teacher: MeshNetwork | None = None,
        empty_teacher: bool = False,
    ) -> None:
        super().__init__(settings, steps=steps, decay_at=decay_at, warmup=warmup)
        self.network, self.joints30 = network, Joints30(body)
        self.teacher = teacher.requires_grad_(False).eval() if teacher is not None else None
        self.empty_teacher = empty_teacher
        self.distillation = Distillation(settings.distillation, channels=network.backbone.stage_channels)

    def forward(self, batch: Mapping[str, Tensor]) -> MeshOutput:
        """The network's output for a batch."""
        settings = self.settings
        empty = settings.structural_map == "empty"
        pictures = network_input(batch, settings.role, blind=settings.blind, empty=empty)
        return self.network(pictures, batch["joints_heatmap"], batch["joint_scores"])

    def on_train_epoch_start(self) -> None:
        """Keep the teacher's norms frozen."""
        if self.teacher is not None:
            self.teacher.eval()

    def losses(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Every loss by name, unweighted."""
        output = self(batch)
        losses = mesh_losses(output, self.joints30(output.rotations, output.betas), batch)
        if self.teacher is not None:
            losses["distillation"] = self.distillation(output.features, self._teacher_features(batch))
        return losses

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Every loss times its weight."""
        return weighted_sum(losses, self.settings.losses)

    def _teacher_features(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        assert self.teacher is not None
        with torch.no_grad():
            crop = network_input(batch, "teacher", empty=self.empty_teacher)
            return self.teacher.features(crop, batch["joints_heatmap"], batch["joint_scores"])

    def validation_step(self, batch: Mapping[str, Tensor], _index: int) -> None:
        """MPJPE and PA-MPJPE over the thirty joints in mm, projection error in crop pixels.

        For a network with a lifter also how far the picture moves the lifted joints, in mm: near zero it says
        nothing.
        """
        output = self(batch)
        joints = self.joints30(output.rotations, output.betas)
        self.log_validation(
            joint_errors(joints, output.cam_transl, batch) | self._picture_moves(joints, batch)
        )

    def _picture_moves(self, joints: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        rotation_net = self.network.rotation_net
        if isinstance(rotation_net, RotationNet):
            return {}
        codes = rotation_net.lift(batch["joints_heatmap"], batch["joint_scores"])
        rotations, _ = self.network.decode(codes)
        lifted = self.joints30(rotations, codes.betas)
        moved = (joints - joints[:, :1]) - (lifted - lifted[:, :1])
        return {"picture_moves_mm": 1000 * moved.norm(dim=-1).mean(-1)}

    def panels(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The crop under the true and the found skeleton, and the edges that the network is given."""
        output = self(batch)
        joints = joints_in_crop(self.joints30(output.rotations, output.betas), output.cam_transl)
        bodies = with_skeletons(batch["crop"], batch["joints_crop"], joints)
        edges = EDGE_CHANNEL.get(self.settings.role)
        return {"true, found": bodies} | ({"edges": batch[edges]} if edges else {})

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """All that learns; a pre-trained lifter at a twentieth of the rate.

        So a beginning network does not spoil it.
        """
        rate = self.settings.learning_rate
        groups: list[dict[str, Any]] = [
            {"params": [parameter], "lr": rate * LIFTER_RATE if ".lifter." in name else rate}
            for name, parameter in self.network.named_parameters()
            if parameter.requires_grad
        ]
        groups += [{"params": [parameter], "lr": rate} for parameter in self.distillation.parameters()]
        return self.scheduled(groups)


def cosine_rate(step: int, steps: int, warmup: int) -> float:
    """Factor of the learning rate at `step` of `steps`: a linear rise, then half a cosine down to 1 %."""
    rise = max(min(warmup, steps // 4), 1)
    if step < rise:
        return (step + 1) / rise
    progress = min((step - rise) / max(steps - rise, 1), 1.0)
    return 0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * progress)))


def joint_errors(joints: Tensor, cam_transl: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Per person (N,): MPJPE and PA-MPJPE in mm over thirty joints, mean projection error in crop pixels."""
    rooted = joints - joints[:, :1]
    distance = (rooted - batch["joints"]).norm(dim=-1).mean(-1) * 1000
    truth = batch["joints"].double().cpu().numpy()
    gaps = align_many(rooted.double().cpu().numpy(), truth) - truth
    aligned = torch.from_numpy(np.linalg.norm(gaps, axis=-1).mean(-1) * 1000)
    pixels = (joints_in_crop(joints, cam_transl) - batch["joints_crop"]).norm(dim=-1).mean(-1)
    return {"mpjpe_mm": distance, "pa_mpjpe_mm": aligned, "projection_px": pixels}


def contact_sheet(panels: dict[str, Tensor]) -> NDArray[np.float32]:
    """A picture (3, H, W), RGB in [0,1]: a row for each person, a titled column for each panel.

    Panels are maps (N,1,S,S) and pictures (N,3,S,S) in [0,1]; grey ones are shown as they are.
    """
    size = max(panel.shape[-1] for panel in panels.values())
    columns = []
    for title, panel in panels.items():
        pictures = panel.detach().float().cpu().clamp(0, 1).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
        head = np.full((24, size, 3), 255, np.uint8)
        cv2.putText(head, title, (4, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
        people = [cv2.resize(one, (size, size)) for one in pictures]
        columns.append(np.concatenate([np.float32(head / 255), *people]))
    return np.concatenate(columns, 1).transpose(2, 0, 1)


def with_skeletons(crops: Tensor, true: Tensor, found: Tensor) -> Tensor:
    """Crops (N,3,S,S) under the bones of the true and the found thirty joints (N,30,2), in pixels at 256."""
    scale = crops.shape[-1] / CROP_SIZE
    pictures = crops.detach().float().cpu().permute(0, 2, 3, 1).numpy().copy()
    for picture, *skeletons in zip(pictures, true, found, strict=True):
        for joints, colour in zip(skeletons, (TRUE, FOUND), strict=True):
            points = np.nan_to_num(joints.detach().float().cpu().numpy() * scale).clip(-1e4, 1e4)
            bones = [points[list(bone)].round().astype(np.int32) for bone in SMPL30.skeleton]
            cv2.polylines(picture, bones, False, colour, 1, cv2.LINE_AA)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)
