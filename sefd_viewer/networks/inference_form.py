"""A mesh network made ready to run fast: evaluation mode, norms folded, channels last."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from sefd_viewer.networks.graph_conv import GraphConv
from sefd_viewer.networks.mesh_network import MeshNetwork


def prepare_for_inference(network: MeshNetwork) -> MeshNetwork:
    """A copy that gives the same outputs (to 1e-4) faster; it can no longer be trained or saved."""
    prepared = copy.deepcopy(network).eval().requires_grad_(False)
    for module in list(prepared.modules()):
        if isinstance(module, GraphConv):
            module.fold_norm()
        else:
            _fold_children(module)
    return prepared.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _fold_children(parent: nn.Module) -> None:
    """Fold every norm that directly follows a convolution among the children."""
    children = list(parent.named_children())
    for (before, convolution), (after, norm) in pairwise(children):
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(parent, before, fuse_conv_bn_eval(convolution, norm))
            setattr(parent, after, nn.Identity())
