"""Networks that guess the overlap edge from a photo: the SMPL edge estimator and its de-occluder (S§5).

SEE is a U-Net from the RGB crop to the overlap edge; the mesh network then sees its edge as a fourth channel.
SESD puts a second U-Net between, which completes edges that somebody else hides. The names in the state dicts
are the release's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

PAPER_WIDTHS = (64, 128, 256, 512, 1024)


class DoubleConv(nn.Module):
    """Two 3x3 convolutions, each with norm and ReLU."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for entry in (channels, width):
            parts += [
                nn.Conv2d(entry, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
        self.double_conv = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C',H,W)."""
        return self.double_conv(x)


class Down(nn.Module):
    """Half the size, then two convolutions."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(channels, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C',H//2,W//2)."""
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Twice the size, joined with what was seen at that size before, then two convolutions."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, width, 2, stride=2)
        self.conv = DoubleConv(2 * width, width)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Map (N,C,h,w) and `seen` (N,C',H,W) to (N,C',H,W); an odd H or W gets zeros at its far end."""
        larger = self.up(x)
        missing = [seen.shape[3] - larger.shape[3], seen.shape[2] - larger.shape[2]]
        padded = functional.pad(
            larger, [missing[0] // 2, -(-missing[0] // 2), missing[1] // 2, -(-missing[1] // 2)]
        )
        return self.conv(torch.cat((seen, padded), 1))


class UNet(nn.Module):
    """Ronneberger et al. 2015 with one output channel; 31.04 M parameters at the paper's widths."""

    def __init__(self, channels: int, widths: Sequence[int] = PAPER_WIDTHS) -> None:
        super().__init__()
        self.inc = DoubleConv(channels, widths[0])
        self.depth = len(widths) - 1
        for number, (upper, lower) in enumerate(pairwise(widths), 1):
            self.add_module(f"down{number}", Down(upper, lower))
        for number, (upper, lower) in enumerate(reversed(list(pairwise(widths))), 1):
            self.add_module(f"up{number}", Up(lower, upper))
        self.outc = nn.ModuleDict({"conv": nn.Conv2d(widths[0], 1, 1)})

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to an edge map (N,1,H,W), which training pulls to [0,1] but nothing clips."""
        stages = [self.inc(x)]
        for number in range(1, self.depth + 1):
            stages.append(self.get_submodule(f"down{number}")(stages[-1]))
        out = stages.pop()
        for number in range(1, self.depth + 1):
            out = self.get_submodule(f"up{number}")(out, stages.pop())
        return self.outc["conv"](out)


class EdgeEstimator(nn.Module):
    """SEE: the overlap edge of everybody in a crop, from its colours alone."""

    def __init__(self, widths: Sequence[int] = PAPER_WIDTHS) -> None:
        super().__init__()
        self.edges = UNet(3, widths)

    def forward(self, crop: Tensor) -> Tensor:
        """Edges (N,1,H,W) in [0,1] of RGB crops (N,3,H,W) in [0,1]."""
        return self.edges(crop).clamp(0, 1)


class DeoccludingEdgeEstimator(nn.Module):
    """SESD: what SEE finds, and the edges that it lost where somebody else stands in front completed."""

    def __init__(self, widths: Sequence[int] = PAPER_WIDTHS) -> None:
        super().__init__()
        self.edges = UNet(3, widths)
        self.completion = UNet(2, widths)

    def forward(self, crop: Tensor, occluders: Tensor) -> Tensor:
        """Edges (N,1,H,W) in [0,1] of RGB crops (N,3,H,W) in [0,1].

        `occluders` (N,1,H,W) is 1 where others may hide the person; elsewhere SEE's edges stay as they are.
        """
        found = self.edges(crop).clamp(0, 1)
        completed = self.completion(torch.cat((found * (1 - occluders), occluders), 1)).clamp(0, 1)
        return torch.where(occluders > 0, completed, found)
