"""Where the 15 graph joints are in the feature volume: 3D soft-argmax and its score."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

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
