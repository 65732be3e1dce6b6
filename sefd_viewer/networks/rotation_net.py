"""From joint features, or a 2D pose alone, to SMPL: the released graph network, a compact one, the lifter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.geometry.joints import GRAPH15, SMPL30
from sefd_viewer.networks.backbone import HEATMAP_SIZE, Stages
from sefd_viewer.networks.graph_conv import graph_stack, normalised_adjacency
from sefd_viewer.networks.position_net import VOLUME_SIZE


class RotationCodes(NamedTuple):
    """Heads of the rotation network, float32: root 6D (N,6), pose code (N,P), betas (N,10), camera (N,3)."""

    global_orient_6d: Tensor
    pose_code: Tensor
    betas: Tensor
    camera: Tensor


UPRIGHT_6D = (1.0, 0.0, 0.0, -1.0, 0.0, 0.0)
IDENTITY_6D = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
UPRIGHT_START = (UPRIGHT_6D, IDENTITY_6D * 23, (0.0,) * 10, (0.0, 0.0, 0.3))
"""Codes of an upright person in rest pose about 45 m away: a body inside the crop from the first step on."""
NO_CHANGE_START = tuple((0.0,) * len(values) for values in UPRIGHT_START)


class CodeHeads(nn.Module):
    """Four linear heads whose outputs begin near the four parts of `start`."""

    def __init__(self, inputs: int, start: Sequence[Sequence[float]]) -> None:
        super().__init__()
        self.root_pose_out, self.pose_out, self.shape_out, self.cam_out = (
            _start_head(inputs, v) for v in start
        )

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


def _start_head(inputs: int, start: Sequence[float]) -> nn.Linear:
    linear = nn.Linear(inputs, len(start))
    nn.init.normal_(linear.weight, std=0.01 / inputs**0.5)
    with torch.no_grad():
        linear.bias.copy_(torch.tensor(start))
    return linear


GRAPH15_IN_SMPL30 = tuple(SMPL30.index(name) for name in GRAPH15.names)


class Joints(NamedTuple):
    """What the rotation network knows about joints: its own estimates and the given 2D pose."""

    volume: Tensor
    """(N,15,3) x, y, z in voxels."""
    scores: Tensor
    """(N,15)."""
    heatmap: Tensor
    """(N,30,2) given joints in heatmap pixels."""
    mask: Tensor
    """(N,30) 1 where a given joint can be trusted, or its score."""
    dense: Tensor | None = None
    """(N,30,4) own estimates of all joints, see `position_net.Places`."""


class RotationNet(nn.Module):
    """The released graph network: joint features, a graph of 15 joints, four linear heads."""

    def __init__(
        self, channels: int, *, width: int = 128, residual_blocks: int = 4, code_size: int = 32
    ) -> None:
        super().__init__()
        adjacency = normalised_adjacency(GRAPH15)
        self.graph_block = graph_stack(adjacency, channels + 4, width, residual_blocks=residual_blocks)
        self.root_pose_out = _head(GRAPH15.count * width, 6)
        self.pose_out = _head(GRAPH15.count * width, code_size)
        self.shape_out = _head(GRAPH15.count * width, 10)
        self.cam_out = _head(GRAPH15.count * width, 3)

    def forward(self, stages: Stages, joints: Joints) -> RotationCodes:
        """Codes of the last stage's features at the joints."""
        sampled = sample_at_joints(stages.layer4, joints.volume)
        nodes = self.graph_block(torch.cat((sampled, joints.volume, joints.scores[..., None]), -1)).flatten(1)
        return RotationCodes(
            self.root_pose_out(nodes), self.pose_out(nodes), self.shape_out(nodes), self.cam_out(nodes)
        )


class CompactRotationNet(nn.Module):
    """Lifts the given 2D pose, then corrects the result by what the picture shows.

    The graph network also sees finer features, the given joints and the whole crop; its heads start at no
    correction, so that training goes on from the lifter's bodies.
    """

    given: Tensor

    def __init__(
        self, channels: Sequence[int], *, width: int = 64, hidden: int = 320, residual_blocks: int = 2
    ) -> None:
        super().__init__()
        adjacency = normalised_adjacency(GRAPH15)
        self.register_buffer("given", torch.tensor(GRAPH15_IN_SMPL30), persistent=False)
        inputs = channels[2] + channels[3] + 7
        self.graph_block = graph_stack(adjacency, inputs, width, residual_blocks=residual_blocks)
        self.lifter = Lifter()
        context = GRAPH15.count * width + channels[3] + self.lifter.width
        self.context = nn.Sequential(nn.Linear(context, hidden), nn.LayerNorm(hidden), nn.ReLU())
        self.correction = CodeHeads(hidden, NO_CHANGE_START)

    def lift(self, joints_heatmap: Tensor, joint_mask: Tensor) -> RotationCodes:
        """Codes of the 2D pose alone."""
        codes, _ = self.lifter(normalised_pose(joints_heatmap, joint_mask))
        return codes

    def forward(self, stages: Stages, joints: Joints) -> RotationCodes:
        """The lifted codes plus the correction from the features at the joints and the mean feature."""
        pose2d = normalised_pose(joints.heatmap, joints.mask)
        lifted, features = self.lifter(pose2d)
        nodes = self.graph_block(self._node_features(stages, joints, pose2d))
        whole = stages.layer4.float().mean((2, 3))
        change = self.correction(self.context(torch.cat((nodes.flatten(1), whole, features), 1)))
        return RotationCodes(*(a + b for a, b in zip(lifted, change, strict=True)))

    def _node_features(self, stages: Stages, joints: Joints, pose2d: Tensor) -> Tensor:
        features = [sample_at_joints(stage, joints.volume) for stage in (stages.layer3, stages.layer4)]
        positions = joints.volume / (VOLUME_SIZE / 2) - 1
        return torch.cat((*features, positions, joints.scores[..., None], pose2d[:, self.given]), -1)


class DenseRotationNet(nn.Module):
    """Lifts the given 2D pose, then corrects the result by all joints that the picture shows.

    The last stage keeps its places: a 1x1 convolution makes it narrow enough to be read whole.
    """

    def __init__(self, channels: int, *, narrow: int = 24, hidden: int = 512, map_size: int = 8) -> None:
        super().__init__()
        self.squeeze = nn.Sequential(
            nn.Conv2d(channels, narrow, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()
        )
        self.lifter = Lifter()
        inputs = narrow * map_size**2 + channels + self.lifter.width + (3 + 4) * SMPL30.count
        # A good lifter makes the first corrections harmful: behind a ReLU all units fell silent for good.
        self.context = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.LayerNorm(hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(hidden, hidden),
            nn.LayerNorm(hidden),
            nn.LeakyReLU(0.1),
        )
        self.correction = CodeHeads(hidden, NO_CHANGE_START)

    def lift(self, joints_heatmap: Tensor, joint_mask: Tensor) -> RotationCodes:
        """Codes of the 2D pose alone."""
        codes, _ = self.lifter(normalised_pose(joints_heatmap, joint_mask))
        return codes

    def forward(self, stages: Stages, joints: Joints) -> RotationCodes:
        """The lifted codes plus the correction from the joints found in the picture and the last stage."""
        assert joints.dense is not None
        pose2d = normalised_pose(joints.heatmap, joints.mask)
        lifted, features = self.lifter(pose2d)
        last = stages.layer4.float()
        seen = (self.squeeze(last).flatten(1), last.mean((2, 3)), features)
        change = self.correction(
            self.context(torch.cat((*seen, joints.dense.flatten(1), pose2d.flatten(1)), 1))
        )
        return RotationCodes(*(a + b for a, b in zip(lifted, change, strict=True)))


def sample_at_joints(features: Tensor, joints_volume: Tensor) -> Tensor:
    """Features (N,J,C), float32, read bilinearly from (N,C,H,W) at joints (N,J,3) in voxels.

    The corners of the map are the corners of the volume, whatever the map's size.
    """
    grid = joints_volume[:, None, :, :2] / (VOLUME_SIZE - 1) * 2 - 1
    return functional.grid_sample(features.float(), grid, align_corners=True)[:, :, 0].transpose(1, 2)


def normalised_pose(joints_heatmap: Tensor, joint_mask: Tensor) -> Tensor:
    """Given joints (N,J,3): x and y in [-1,1], then the mask or score; all zero where that is."""
    places = joints_heatmap.float() / (HEATMAP_SIZE / 2) - 1
    mask = joint_mask.float()[..., None]
    return torch.cat((places.clamp(-2, 2) * (mask > 0), mask), -1)


def _head(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs))
