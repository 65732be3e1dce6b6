"""Convolutions of a processor with oneDNN: weights packed once, ReLU and the shortcut's addition inside.

These are the operators that `torch.compile` itself emits; used directly they need no compiler at hand.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sefd_viewer.networks.backbone import ResidualBlock

InputSizes = dict[nn.Conv2d, list[int]]


def can_fuse(device: torch.device) -> bool:
    """Whether this torch build has the fused operators for this device."""
    return device.type == "cpu" and torch.backends.mkldnn.is_available()


class FusedConvolution(nn.Module):
    """A convolution, then what is added to it, then ReLU. Its packed weights are not in the state dict."""

    def __init__(self, convolution: nn.Conv2d, sizes: InputSizes, *, relu: bool = True) -> None:
        super().__init__()
        geometry = (convolution.padding, convolution.stride, convolution.dilation)
        self._geometry = tuple(list(values) for values in geometry)
        self._bias = None if convolution.bias is None else convolution.bias.detach()
        self._weight = torch.ops.mkldnn._reorder_convolution_weight(
            convolution.weight.detach(), *geometry, 1, sizes[convolution]
        )
        self._activation = "relu" if relu else "none"

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:
        """Map (N,C,H,W) to (N,C',H',W'); `added` has the result's shape."""
        parts = (self._weight, self._bias, *self._geometry, 1)
        if added is None:
            return torch.ops.mkldnn._convolution_pointwise(x, *parts, self._activation, [], "")
        return torch.ops.mkldnn._convolution_pointwise.binary(
            x, added, *parts, "add", 1.0, self._activation, [], None
        )


class FusedBlock(nn.Module):
    """A residual block whose norms are folded, in as many operators as it has convolutions."""

    def __init__(self, block: ResidualBlock, sizes: InputSizes) -> None:
        super().__init__()
        convolutions = [block.get_submodule(f"conv{i}") for i in range(1, block.depth + 1)]
        fused = [FusedConvolution(c, sizes) for c in convolutions if isinstance(c, nn.Conv2d)]
        self.body, self.last = nn.Sequential(*fused[:-1]), fused[-1]
        self.shortcut = _fused_shortcut(block.downsample, sizes)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N,C,H,W) to (N,C',H/stride,W/stride)."""
        return self.last(self.body(x), self.shortcut(x))


def _fused_shortcut(downsample: nn.Sequential | None, sizes: InputSizes) -> nn.Module:
    if downsample is None:
        return nn.Identity()
    convolution = downsample[0]
    assert isinstance(convolution, nn.Conv2d)
    return FusedConvolution(convolution, sizes, relu=False)
