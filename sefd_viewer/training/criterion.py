"""What networks are trained to minimise: the paper's L1 losses by name, and losses on a teacher's features.

What a student is told: the paper's loss on features and the five it was compared with. The features are the
outputs of the backbone's four stages, `layer1` to `layer4`, (N, C, H, W) each (method.md section 7). Every
such loss takes student and teacher of equal shapes and lets no gradient reach the teacher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry import GRAPH15, SMPL30
from sefd_viewer.geometry.crops import NETWORK_FOCAL
from sefd_viewer.networks.mesh_network import MeshOutput
from sefd_viewer.networks.position_net import BODY_DEPTH

VOXELS = 8
CROP_SIZE = 256

_GRAPH_IN_SMPL30 = [SMPL30.index(name) for name in GRAPH15.names]


@dataclass(frozen=True)
class LossWeights:
    """Factors of the losses: voxels, rotation matrix entries, betas, metres, and crop pixels / 32.

    Of joints that are found densely: half crops in the picture's plane, metres in depth. Measured are the
    joints that an annotated set has beside its fitted bodies: metres, crop pixels / 32.
    """

    joint_volume: float = 0.5
    joint_plane: float = 4.0
    joint_depth: float = 4.0
    rotation: float = 3.0
    shape: float = 0.05
    joint_camera: float = 8.0
    joint_projection: float = 1.0
    measured_camera: float = 0.0
    measured_projection: float = 0.0
    distillation: float = 1.0


def joints_in_crop(joints: Tensor, cam_transl: Tensor) -> Tensor:
    """Crop pixels (N, J, 2) of a body's joints (N, J, 3), given before its translation."""
    points = joints + cam_transl[:, None]
    return points[..., :2] / (points[..., 2:] + 1e-4) * NETWORK_FOCAL + (CROP_SIZE - 1) / 2


def joint_volume_target(batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The graph joints in voxel units (N, 15, 3), and which coordinates lie in the volume (N, 15, 3)."""
    pixels = batch["joints_crop"][:, _GRAPH_IN_SMPL30]
    depth = batch["joints"][:, _GRAPH_IN_SMPL30, 2:]
    in_plane = (pixels + 0.5) / CROP_SIZE * VOXELS - 0.5
    in_depth = (depth / BODY_DEPTH + 0.5) * VOXELS - 0.5
    target = torch.cat([in_plane, in_depth], -1)
    return target, ((target > -0.5) & (target < VOXELS - 0.5)).float()


def mesh_losses(output: MeshOutput, joints: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Unweighted losses; `joints` (N, 30, 3) are the predicted body's in metres, before its translation."""
    pixels, relative = joints_in_crop(joints, output.cam_transl), joints - joints[:, :1]
    losses = _found_joints(output, batch) | {
        "rotation": (output.rotations - batch["rotations"]).abs().mean(),
        "shape": (output.betas - batch["betas"]).abs().mean(),
        "joint_camera": (relative - batch["joints"]).abs().mean(),
        "joint_projection": _missed(pixels, batch["joints_crop"], torch.ones_like(pixels[..., 0])),
    }
    if "measured_crop" in batch:
        places, joints3d = batch["measured_crop"], batch["measured_joints"]
        gaps = (relative - joints3d[..., :3]).abs().mean(-1)
        losses["measured_camera"] = _mean(gaps, joints3d[..., 3])
        losses["measured_projection"] = _missed(pixels, places[..., :2], places[..., 2])
    return losses


def _missed(pixels: Tensor, true: Tensor, known: Tensor) -> Tensor:
    """Mean distance in units of 32 crop pixels, at most 8, of known joints no farther than a crop away."""
    near = (true - CROP_SIZE / 2).abs().amax(-1) < CROP_SIZE
    return _mean(((pixels - true).abs() / 32).clamp(max=8).mean(-1), near * known)


def _found_joints(output: MeshOutput, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the position network says, against the true places of joints inside the crop, hidden ones too."""
    if output.joints_dense is None:
        target, inside = joint_volume_target(batch)
        return {"joint_volume": _mean((output.joints_volume - target).abs(), inside)}
    plane = (batch["joints_crop"] + 0.5) / (CROP_SIZE / 2) - 1
    inside = (plane.abs() < 1).all(-1).float()
    return {
        "joint_plane": _mean((output.joints_dense[..., :2] - plane).abs().mean(-1), inside),
        "joint_depth": _mean((output.joints_dense[..., 2] - batch["joints"][..., 2]).abs(), inside),
    }


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    return (values * counted).sum() / counted.sum().clamp(min=1)


def weighted_sum(losses: Mapping[str, Tensor], weights: LossWeights) -> Tensor:
    """One number to minimise: every loss times the weight of the same name."""
    return torch.stack([getattr(weights, name) * loss for name, loss in losses.items()]).sum()


DistillationName = Literal["log_softmax_l1", "l1", "attention", "fsp", "kd", "global_context"]
DISTILLATION_NAMES: tuple[DistillationName, ...] = get_args(DistillationName)

DEFAULT_LAYERS: Mapping[DistillationName, Mapping[int, float]] = {
    "log_softmax_l1": {3: 1.0, 4: 2.0},
    "l1": {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0},
    "attention": {1: 100.0, 2: 100.0, 3: 100.0, 4: 100.0},
    "fsp": {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0},
    "kd": {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0},
    "global_context": {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0},
}
"""Which layers each loss connects, and how much each counts, in the release ("feat34" is the paper's)."""


@dataclass(frozen=True)
class DistillationSettings:
    """Which loss, over which layers; `layers` of None are the release's for that loss.

    `layers` maps a stage, 1 to 4, to its factor. FSP connects neighbours in that list; the later one's
    factor counts.
    """

    loss: DistillationName = "log_softmax_l1"
    layers: Mapping[int, float] | None = None

    def __post_init__(self) -> None:
        if self.loss not in DISTILLATION_NAMES:
            raise SefdError(
                f"there is no distillation loss {self.loss!r}",
                remedy=f"Known are {', '.join(DISTILLATION_NAMES)}",
            )
        wrong = [layer for layer in self.factors if layer not in (1, 2, 3, 4)]
        if wrong or len(self.factors) < (2 if self.loss == "fsp" else 1):
            needed = "two or more of the layers" if self.loss == "fsp" else "one or more of the layers"
            raise SefdError(
                f"the distillation {self.loss} cannot connect the layers {sorted(self.factors)}",
                remedy=f"It takes {needed} 1, 2, 3, 4",
            )

    @property
    def factors(self) -> Mapping[int, float]:
        """Each connected stage, 1 to 4, and its factor."""
        return DEFAULT_LAYERS[self.loss] if self.layers is None else self.layers


class Distillation(nn.Module):
    """The loss of some settings; it has parameters of its own only for `global_context`."""

    def __init__(
        self,
        settings: DistillationSettings | None = None,
        *,
        channels: Sequence[int] = (256, 512, 1024, 2048),
    ) -> None:
        """`channels` are those of the four stages; only `global_context` needs them."""
        super().__init__()
        self.settings = settings or DistillationSettings()
        contexts = self.settings.factors if self.settings.loss == "global_context" else ()
        self.contexts = nn.ModuleDict({str(layer): GlobalContext(channels[layer - 1]) for layer in contexts})

    def forward(self, student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
        """One number for the four stages of a student and of its teacher."""
        ours = [features.float() for features in student]
        theirs = [features.detach().float() for features in teacher]
        return torch.stack(list(self._terms(ours, theirs).values())).sum()

    def _terms(self, ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> dict[int, Tensor]:
        factors = self.settings.factors
        if self.settings.loss == "fsp":
            return {
                late: factors[late]
                * fsp_distance((ours[early - 1], ours[late - 1]), (theirs[early - 1], theirs[late - 1]))
                for early, late in pairwise(sorted(factors))
            }
        if self.settings.loss == "global_context":
            ours, theirs = self._in_context(ours), self._in_context(theirs)
            return {
                layer: factor * functional.l1_loss(ours[layer - 1], theirs[layer - 1])
                for layer, factor in factors.items()
            }
        distance = _DISTANCES[self.settings.loss]
        return {
            layer: factor * distance(ours[layer - 1], theirs[layer - 1]) for layer, factor in factors.items()
        }

    def _in_context(self, features: Sequence[Tensor]) -> list[Tensor]:
        """The features of connected layers through their context block, which student and teacher share."""
        names = [str(layer) for layer in range(1, len(features) + 1)]
        return [
            self.contexts[name](stage) if name in self.contexts else stage
            for name, stage in zip(names, features, strict=True)
        ]


class GlobalContext(nn.Module):
    """Every place gets the same change, made from an attended mean of all places (GCNet, Cao et al. 2019)."""

    def __init__(self, channels: int, ratio: int = 16) -> None:
        super().__init__()
        inner = max(channels // ratio, 1)
        self.attention = nn.Conv2d(channels, 1, 1)
        self.transform = nn.Sequential(
            nn.Conv2d(channels, inner, 1),
            nn.LayerNorm([inner, 1, 1]),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C,H,W)."""
        weights = self.attention(features).flatten(2).softmax(-1)
        context = torch.einsum("ncp,nop->nc", features.flatten(2), weights)
        return features + self.transform(context[..., None, None])


def log_softmax_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """L1 distance of log-softmaxed channels (the paper's)."""
    return functional.l1_loss(functional.log_softmax(student, 1), functional.log_softmax(teacher, 1))


def attention_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared difference of attention maps: channels' mean square, of length 1 over all places.

    Zagoruyko and Komodakis 2017, as their code has it.
    """
    return functional.mse_loss(_attention(student), _attention(teacher))


def kd_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """KL divergence of softmaxed channels, summed over places, mean over the batch (Hinton et al. 2015)."""
    return functional.kl_div(
        functional.log_softmax(student, 1),
        functional.log_softmax(teacher, 1),
        reduction="batchmean",
        log_target=True,
    )


def fsp_distance(student: tuple[Tensor, Tensor], teacher: tuple[Tensor, Tensor]) -> Tensor:
    """Distance of two layers' flow matrices, summed over the later layer's channels (Yim et al. 2017).

    A flow matrix (C, C') holds the mean product of each channel of a layer with each of the next one; columns
    are compared by their Euclidean length, the batch is averaged.
    """
    difference = _flow(*student) - _flow(*teacher)
    return difference.norm(dim=1).sum() / len(difference)


def _attention(features: Tensor) -> Tensor:
    return functional.normalize(features.square().mean(1).flatten(1))


def _flow(early: Tensor, late: Tensor) -> Tensor:
    height, width = (min(sizes) for sizes in zip(early.shape[2:], late.shape[2:], strict=True))
    early, late = (functional.adaptive_max_pool2d(stage, (height, width)) for stage in (early, late))
    return torch.einsum("nchw,ndhw->ncd", early, late) / (height * width)


_DISTANCES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "log_softmax_l1": log_softmax_distance,
    "l1": functional.l1_loss,
    "attention": attention_distance,
    "kd": kd_distance,
}
