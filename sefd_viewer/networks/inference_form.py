"""A mesh network made ready to run fast: evaluation mode, norms folded, channels last, operators fused."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.networks.backbone import ResidualBlock, ResNet
from sefd_viewer.networks.graph_conv import GraphConv
from sefd_viewer.networks.mesh_network import CROP_SIZE, MeshNetwork

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


def prepare_for_inference(network: MeshNetwork) -> MeshNetwork:
    """A copy that gives the same outputs (to 1e-4) faster, on the device where the network is.

    It can no longer be trained, saved or moved to another device.
    """
    prepared = copy.deepcopy(network).eval().requires_grad_(False)
    for module in list(prepared.modules()):
        if isinstance(module, GraphConv):
            module.fold_norm()
        else:
            _fold_children(module)
    prepared = prepared.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if can_fuse(prepared.backbone.conv1.weight.device):
        _fuse(prepared)
    return prepared


def _fold_children(parent: nn.Module) -> None:
    """Fold every norm that directly follows a convolution among the children."""
    children = list(parent.named_children())
    for (before, convolution), (after, norm) in pairwise(children):
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(parent, before, fuse_conv_bn_eval(convolution, norm))
            setattr(parent, after, nn.Identity())


def _fuse(network: MeshNetwork) -> None:
    sizes = _input_sizes(network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, ResidualBlock):
                setattr(parent, name, FusedBlock(child, sizes))
    _fuse_with_relu(network.backbone, "conv1", sizes)
    _fuse_with_relu(network.pose2feat.conv, "0", sizes)


def _fuse_with_relu(parent: ResNet | nn.Sequential, name: str, sizes: InputSizes) -> None:
    """Put the parent's only ReLU into the convolution `name`."""
    convolution = parent.get_submodule(name)
    assert isinstance(convolution, nn.Conv2d)
    setattr(parent, name, FusedConvolution(convolution, sizes))
    for other, child in list(parent.named_children()):
        if isinstance(child, nn.ReLU):
            setattr(parent, other, nn.Identity())


@torch.no_grad()
def _input_sizes(network: MeshNetwork) -> InputSizes:
    """What each convolution is fed when one crop passes; the best packing of its weights depends on it."""
    sizes: InputSizes = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if isinstance(module, nn.Conv2d):
            sizes[module] = list(inputs[0].shape)

    hooks = [module.register_forward_pre_hook(note) for module in network.modules()]
    crop = torch.zeros(1, network.backbone.conv1.in_channels, CROP_SIZE, CROP_SIZE)
    network.features(crop, torch.zeros(1, SMPL30.count, 2), torch.zeros(1, SMPL30.count))
    for hook in hooks:
        hook.remove()
    return sizes
