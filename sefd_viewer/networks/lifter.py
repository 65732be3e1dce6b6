"""From a 2D pose alone to SMPL: a small residual network that can be trained without pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.networks.codes import RotationCodes

UPRIGHT_6D = (1.0, 0.0, 0.0, -1.0, 0.0, 0.0)
IDENTITY_6D = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
UPRIGHT_START = (UPRIGHT_6D, IDENTITY_6D * 23, (0.0,) * 10, (0.0, 0.0, 0.3))
"""Codes of an upright person in rest pose about 45 m away: a body inside the crop from the first step on."""
NO_CHANGE_START = tuple((0.0,) * len(values) for values in UPRIGHT_START)


class CodeHeads(nn.Module):
    """Four linear heads whose outputs begin near the four parts of `start`."""

    def __init__(self, inputs: int, start: Sequence[Sequence[float]]) -> None:
        super().__init__()
        self.root_pose_out, self.pose_out, self.shape_out, self.cam_out = (_head(inputs, v) for v in start)

    def forward(self, features: Tensor) -> RotationCodes:
        """Codes of features (N,C)."""
        return RotationCodes(
            self.root_pose_out(features),
            self.pose_out(features),
            self.shape_out(features),
            self.cam_out(features),
        )


class Lifter(nn.Module):
    """Residual blocks on the given 2D joints, after Martinez et al. (ICCV 2017)."""

    def __init__(self, *, width: int = 384, blocks: int = 2) -> None:
        super().__init__()
        self.width = width
        self.enter = nn.Sequential(nn.Linear(3 * SMPL30.count, width), nn.LayerNorm(width), nn.ReLU())
        self.blocks = nn.ModuleList(_block(width) for _ in range(blocks))
        self.heads = CodeHeads(width, UPRIGHT_START)

    def forward(self, pose2d: Tensor) -> tuple[RotationCodes, Tensor]:
        """Codes and the features (N,width) behind them, of a 2D pose (N,30,3): x, y in [-1,1], mask."""
        features = self.enter(pose2d.flatten(1))
        for block in self.blocks:
            features = features + block(features)
        return self.heads(features), features


def _block(width: int) -> nn.Sequential:
    inner = [nn.Linear(width, width), nn.LayerNorm(width), nn.ReLU()]
    return nn.Sequential(*inner, nn.Linear(width, width), nn.LayerNorm(width), nn.ReLU())


def _head(inputs: int, start: Sequence[float]) -> nn.Linear:
    linear = nn.Linear(inputs, len(start))
    nn.init.normal_(linear.weight, std=0.01 / inputs**0.5)
    with torch.no_grad():
        linear.bias.copy_(torch.tensor(start))
    return linear
