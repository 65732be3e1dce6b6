"""One Lightning module for the three roles: forward, losses, distillation, validation numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from sefd_viewer.body import BodyModel
from sefd_viewer.geometry.alignment import align_many
from sefd_viewer.networks.body_layer import BodyLayer
from sefd_viewer.networks.mesh_network import MeshNetwork, MeshOutput
from sefd_viewer.networks.roles import Role
from sefd_viewer.networks.rotation_net import RotationNet
from sefd_viewer.training.criterion import LossWeights, joints_in_crop, mesh_losses, weighted_sum
from sefd_viewer.training.distillation import Distillation, DistillationSettings

LIFTER_RATE = 0.05
EDGE_CHANNEL = {"student": "image_edge", "teacher": "mesh_edge"}


class Joints30(nn.Module):
    """The thirty SMPL joints of rotations and betas, without skinning the whole body."""

    def __init__(self, body: BodyModel) -> None:
        super().__init__()
        self.layer = BodyLayer(body, vertices=np.asarray(body.extra_regressor).argmax(1))

    def forward(self, rotations: Tensor, betas: Tensor) -> Tensor:
        """Joints (N, 30, 3) in metres, before any translation."""
        face, chain = self.layer(rotations, betas, betas.new_zeros(len(betas), 3))
        return torch.cat((chain, face), 1)


def network_input(batch: Mapping[str, Tensor], role: Role, *, blind: bool = False) -> Tensor:
    """The crop, black for a `blind` network, with the role's edge channel behind it where it has one."""
    crop = torch.zeros_like(batch["crop"]) if blind else batch["crop"]
    joined = crop if role == "baseline" else torch.cat((crop, batch[EDGE_CHANNEL[role]]), 1)
    return joined.contiguous(memory_format=torch.channels_last)


class MeshTraining(lightning.LightningModule):
    """Trains `network` in its `role`; with `teacher`, its features are distilled.

    A `blind` network sees the 2D pose alone: the floor under all others.
    """

    def __init__(
        self,
        network: MeshNetwork,
        role: Role,
        body: BodyModel,
        *,
        weights: LossWeights | None = None,
        learning_rate: float = 2e-3,
        steps: int = 3000,
        warmup: int = 150,
        blind: bool = False,
        teacher: MeshNetwork | None = None,
        distillation: DistillationSettings | None = None,
    ) -> None:
        super().__init__()
        self.network, self.role, self.joints30 = network, role, Joints30(body)
        self.weights, self.learning_rate = weights or LossWeights(), learning_rate
        self.steps, self.warmup, self.blind = steps, warmup, blind
        self.teacher = teacher.requires_grad_(False).eval() if teacher is not None else None
        self.distillation = Distillation(distillation, channels=network.backbone.stage_channels)

    def forward(self, batch: Mapping[str, Tensor]) -> MeshOutput:
        """The network's output for a batch."""
        pictures = network_input(batch, self.role, blind=self.blind)
        return self.network(pictures, batch["joints_heatmap"], batch["joint_scores"])

    def on_train_epoch_start(self) -> None:
        """Keep the teacher's norms frozen."""
        if self.teacher is not None:
            self.teacher.eval()

    def training_step(self, batch: Mapping[str, Tensor], _index: int) -> Tensor:
        """The weighted sum of all losses; each is logged by name."""
        output = self(batch)
        losses = mesh_losses(output, self.joints30(output.rotations, output.betas), batch)
        if self.teacher is not None:
            losses["distillation"] = self.distillation(output.features, self._teacher_features(batch))
        total = weighted_sum(losses, self.weights)
        self.log_dict({f"train_{n}": v for n, v in losses.items()} | {"train_total": total})
        return total

    def _teacher_features(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        assert self.teacher is not None
        with torch.no_grad():
            crop = network_input(batch, "teacher")
            return self.teacher.features(crop, batch["joints_heatmap"], batch["joint_scores"])

    def validation_step(self, batch: Mapping[str, Tensor], _index: int) -> None:
        """MPJPE and PA-MPJPE over the thirty joints in mm, projection error in crop pixels.

        For a network with a lifter also how far the picture moves the lifted joints, in mm: near zero it says
        nothing.
        """
        output = self(batch)
        joints = self.joints30(output.rotations, output.betas)
        numbers = joint_errors(joints, output.cam_transl, batch) | self._picture_moves(joints, batch)
        self.log_dict(
            {f"val_{n}": v.mean() for n, v in numbers.items()}, prog_bar=True, batch_size=len(joints)
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

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW; the rate rises during `warmup` steps and then falls along a cosine.

        A pre-trained lifter learns at a twentieth of the rate, so that a beginning network does not spoil it.
        """
        rate = self.learning_rate
        groups: list[dict[str, Any]] = [
            {"params": [parameter], "lr": rate * LIFTER_RATE if ".lifter." in name else rate}
            for name, parameter in self.network.named_parameters()
        ]
        groups += [{"params": [parameter], "lr": rate} for parameter in self.distillation.parameters()]
        optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
        schedule = LambdaLR(optimizer, lambda step: cosine_rate(step, self.steps, self.warmup))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


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
