"""Residual networks whose early features can be guided by a 2D pose (He et al. 2016; 3DCrowdNet)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Stages(NamedTuple):
    """Outputs of the four residual stages, at 1/4, 1/8, 1/16 and 1/32 of the crop unless strides differ."""

    layer1: Tensor
    layer2: Tensor
    layer3: Tensor
    layer4: Tensor


class ResidualBlock(nn.Module):
    """Convolutions `conv{i}` with norms `bn{i}` around a shortcut; subclasses say which convolutions."""

    expansion = 1

    def __init__(self, convolutions: Sequence[nn.Conv2d], channels: int, stride: int) -> None:
        super().__init__()
        self.depth = len(convolutions)
        for i, convolution in enumerate(convolutions, 1):
            self.add_module(f"conv{i}", convolution)
            self.add_module(f"bn{i}", nn.BatchNorm2d(convolution.out_channels))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(channels, convolutions[-1].out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C',H/stride,W/stride)."""
        out = x
        for i in range(1, self.depth + 1):
            out = self.get_submodule(f"bn{i}")(self.get_submodule(f"conv{i}")(out))
            out = self.relu(out) if i < self.depth else out
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(out + shortcut)

    def start_as_identity(self) -> None:
        """Let training begin with the shortcut alone."""
        last = self.get_parameter(f"bn{self.depth}.weight")
        nn.init.zeros_(last)


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__((_conv(channels, width, 3, stride), _conv(width, width, 3)), channels, stride)


class Bottleneck(ResidualBlock):
    """1x1, 3x3 and 1x1 convolutions; the output is four times as wide, the stride sits on the 3x3."""

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int) -> None:
        convolutions = (_conv(channels, width, 1), _conv(width, width, 3, stride), _conv(width, width * 4, 1))
        super().__init__(convolutions, channels, stride)


class ResNet(nn.Module):
    """A ResNet without its classifier, split in two so that a pose can join after the stem.

    State-dict names are torchvision's: `conv1`, `bn1`, `layer1` ... `layer4`.
    """

    def __init__(
        self,
        channels: int,
        block: type[BasicBlock] | type[Bottleneck],
        widths: Sequence[int],
        depths: Sequence[int],
        *,
        strides: Sequence[int] = (1, 2, 2, 2),
    ) -> None:
        super().__init__()
        self.conv1 = _conv(channels, widths[0], 7, 2)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.early_channels = widths[0]
        self.stage_channels = tuple(width * block.expansion for width in widths)
        entries = (widths[0], *self.stage_channels[:-1])
        stages = [
            _stage(block, *sizes, stride=stride)
            for *sizes, stride in zip(entries, widths, depths, strides, strict=True)
        ]
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        _initialise(self)

    def stem(self, crop: Tensor) -> Tensor:
        """Early features (N,early_channels,H/4,W/4) of a crop (N,channels,H,W)."""
        return self.maxpool(self.relu(self.bn1(self.conv1(crop))))

    def forward(self, early: Tensor) -> Stages:
        """The four stages of early features, whether or not a pose has joined them."""
        layer1 = self.layer1(early)
        layer2 = self.layer2(layer1)
        layer3 = self.layer3(layer2)
        return Stages(layer1, layer2, layer3, self.layer4(layer3))


def _conv(channels: int, width: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=False)


def _shortcut(channels: int, width: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels == width:
        return None
    return nn.Sequential(_conv(channels, width, 1, stride), nn.BatchNorm2d(width))


def _stage(
    block: type[BasicBlock] | type[Bottleneck], channels: int, width: int, depth: int, *, stride: int
) -> nn.Sequential:
    rest = [block(width * block.expansion, width, 1) for _ in range(depth - 1)]
    return nn.Sequential(block(channels, width, stride), *rest)


def _initialise(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, ResidualBlock):
            module.start_as_identity()


HEATMAP_SIZE = 64
HEATMAP_SIGMA = 2.5


def gaussian_heatmaps(
    joints_heatmap: Tensor, joint_mask: Tensor, *, size: int = HEATMAP_SIZE, sigma: float = HEATMAP_SIGMA
) -> Tensor:
    """Heatmaps (N,J,size,size) of joints (N,J,2) in heatmap pixels, zero where the mask (N,J) is zero.

    exp(-((x-jx)/sigma)^2/2 - ((y-jy)/sigma)^2/2) as a product of two bells; float32, channels last.
    """
    grid = torch.arange(size, device=joints_heatmap.device, dtype=torch.float32)
    distances = (grid[:, None, None] - joints_heatmap.float()[:, None]) / sigma
    bells = torch.exp(-0.5 * distances.square())
    columns, rows = bells[..., 0], bells[..., 1] * joint_mask.float()[:, None]
    return (rows[:, :, None] * columns[:, None]).permute(0, 3, 1, 2)


class Pose2Feat(nn.Module):
    """Mixes joint heatmaps into the early features (3DCrowdNet): a 3x3 convolution, norm and ReLU."""

    def __init__(self, early_channels: int, joint_count: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(early_channels + joint_count, early_channels, 3, padding=1),
            nn.BatchNorm2d(early_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, early: Tensor, heatmaps: Tensor) -> Tensor:
        """Pose-guided features (N,C,H,W) of early features (N,C,H,W) and heatmaps (N,J,H,W)."""
        return self.conv(torch.cat((early, heatmaps.to(early.dtype)), 1))
