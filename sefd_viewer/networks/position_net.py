"""Where joints are: 15 in a feature volume, or all thirty in heatmaps with depths, read by soft-argmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.geometry.joints import GRAPH15, SMPL30
from sefd_viewer.networks.backbone import Stages

VOLUME_SIZE = 8


class Places(NamedTuple):
    """Where a position network finds joints, float32."""

    volume: Tensor
    """(N,15,3) graph joints as x, y, z in voxels of the 8x8x8 volume."""
    scores: Tensor
    """(N,15) probability of each joint's place."""
    dense: Tensor | None = None
    """(N,30,4) all joints: x, y in [-1,1] over the crop, z in metres from the pelvis, highest probability."""


class PositionNet(nn.Module):
    """A 1x1 convolution to one 8x8x8 volume per joint, read out by soft-argmax."""

    def __init__(self, channels: int, joint_count: int) -> None:
        super().__init__()
        self.joint_count = joint_count
        to_volumes = nn.Conv2d(channels, joint_count * VOLUME_SIZE, 1)
        nn.init.normal_(to_volumes.weight, std=0.001)
        self.conv = nn.Sequential(to_volumes)

    def forward(self, stages: Stages) -> Places:
        """Joints in voxels and their scores, from the last stage (N,C,8,8)."""
        volume = self.volumes(stages)
        joints = soft_argmax(volume)
        return Places(joints, sample_volume(volume, joints))

    def volumes(self, stages: Stages) -> Tensor:
        """The probability (N,J,8,8,8) of each joint's voxel (depth, row, column)."""
        logits = self.conv(stages.layer4).float()
        volume = logits.reshape(len(logits), self.joint_count, -1).softmax(-1)
        return volume.reshape(len(logits), self.joint_count, VOLUME_SIZE, *logits.shape[2:])


def soft_argmax(volume: Tensor) -> Tensor:
    """Expected voxel (N,J,3) as x, y, z of probability volumes (N,J,D,H,W)."""
    sums = (volume.sum((2, 3)), volume.sum((2, 4)), volume.sum((3, 4)))
    return torch.stack([_expected_index(p) for p in sums], -1)


def sample_volume(volume: Tensor, joints: Tensor) -> Tensor:
    """Probabilities (N,J) of volumes (N,J,D,H,W), read trilinearly at each one's joint (N,J,3) in voxels."""
    depth, height, width = volume.shape[2:]
    last_voxel = torch.tensor((width - 1, height - 1, depth - 1), dtype=joints.dtype, device=joints.device)
    grid = (joints / last_voxel * 2 - 1).reshape(-1, 1, 1, 1, 3)
    samples = functional.grid_sample(volume.reshape(-1, 1, depth, height, width), grid, align_corners=True)
    return samples.reshape(joints.shape[:2])


def _expected_index(probabilities: Tensor) -> Tensor:
    index = torch.arange(probabilities.shape[-1], device=probabilities.device, dtype=probabilities.dtype)
    return (probabilities * index).sum(-1)


BODY_DEPTH = 2.0
"""Metres along the volume's depth axis, centred on the pelvis."""
_GRAPH = [SMPL30.index(name) for name in GRAPH15.names]


class _Maps(NamedTuple):
    """Probability and depth in metres at each place (N,30,H,W), float32."""

    probability: Tensor
    depth: Tensor


class DenseJoints(nn.Module):
    """Joins three stages into heatmaps and depth maps (integral regression, Sun et al. 2018).

    Depths are corrections of what the lifter already knows from the given 2D pose.
    """

    def __init__(self, channels: Sequence[int], lifted: int, *, width: int = 64) -> None:
        """`channels` of the four stages and of the features that are `lifted` from the given pose."""
        super().__init__()
        self.prior = nn.Linear(lifted, SMPL30.count)
        nn.init.zeros_(self.prior.weight)
        self.fine = nn.Conv2d(channels[0], width, 3, 2, 1)
        self.middle = nn.Conv2d(channels[1], width, 1)
        self.coarse = nn.Conv2d(channels[3], width, 1)
        self.maps = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * SMPL30.count, 1),
        )

    def forward(self, stages: Stages, lifted: Tensor) -> Places:
        """Everybody's joints, by the means of their maps; `lifted` (N,C) are the lifter's features."""
        maps = self._read(stages, lifted)
        rows, columns = maps.probability.sum(3), maps.probability.sum(2)
        x, y = ((line * _places(line)).sum(-1) for line in (columns, rows))
        z = (maps.probability * maps.depth).sum((2, 3))
        peak = maps.probability.flatten(2).amax(-1)
        dense = torch.stack((x, y, z, peak), -1)
        return Places(_in_voxels(dense[:, _GRAPH, :3]), peak[:, _GRAPH], dense)

    def volumes(self, stages: Stages, lifted: Tensor) -> Tensor:
        """The probability (N,15,8,H,W) of each graph joint's voxel (depth, row, column)."""
        probability, depth = (values[:, _GRAPH] for values in self._read(stages, lifted))
        place = ((depth / BODY_DEPTH + 0.5) * VOLUME_SIZE - 0.5).clamp(0, VOLUME_SIZE - 1)
        layers = torch.arange(VOLUME_SIZE, device=place.device).view(1, 1, -1, 1, 1)
        return probability[:, :, None] * (1 - (place[:, :, None] - layers).abs()).clamp(min=0)

    def _read(self, stages: Stages, lifted: Tensor) -> _Maps:
        size = stages.layer2.shape[-2:]
        coarse = functional.interpolate(
            self.coarse(stages.layer4), size=size, mode="bilinear", align_corners=False
        )
        logits, depth = (
            self.maps(self.fine(stages.layer1) + self.middle(stages.layer2) + coarse).float().chunk(2, 1)
        )
        known = self.prior(lifted.detach()).float()[..., None, None]
        return _Maps(logits.flatten(2).softmax(-1).view_as(logits), depth + known)


def _places(line: Tensor) -> Tensor:
    """The middles of a line's cells (...,L) in [-1,1]."""
    return (torch.arange(line.shape[-1], device=line.device, dtype=line.dtype) + 0.5) * (
        2 / line.shape[-1]
    ) - 1


def _in_voxels(dense: Tensor) -> Tensor:
    plane, depth = dense[..., :2] / 2, dense[..., 2:] / BODY_DEPTH
    return (torch.cat((plane, depth), -1) + 0.5) * VOLUME_SIZE - 0.5
