"""Graph convolutions with an own linear map for every joint, all joints in one multiplication."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.geometry.joints import JointSet

_RELEASED_NAMES = {
    "0.weight": "weight",
    "0.bias": "bias",
    "1.weight": "norm_weight",
    "1.bias": "norm_bias",
    "1.running_mean": "running_mean",
    "1.running_var": "running_var",
    "1.num_batches_tracked": "num_batches_tracked",
}


def normalised_adjacency(joints: JointSet) -> Tensor:
    """D^-1/2 A D^-1/2 (J,J) of the skeleton's edges, the left-right pairs and the identity."""
    adjacency = torch.eye(joints.count)
    for a, b in (*joints.skeleton, *joints.flip_pairs):
        adjacency[a, b] = adjacency[b, a] = 1
    scale = adjacency.sum(1).rsqrt()
    return scale[:, None] * adjacency * scale


class GraphConv(nn.Module):
    """Linear and batch norm per joint, then the adjacency, then ReLU.

    The tensors of all joints are stacked; in state dicts they carry the released names
    `fcbn_list.{joint}.0.weight` and so on, one tensor per joint.
    """

    adjacency: Tensor
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, adjacency: Tensor, inputs: int, outputs: int) -> None:
        super().__init__()
        count = len(adjacency)
        self.register_buffer("adjacency", adjacency, persistent=False)
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(count, outputs, inputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(count, outputs).uniform_(-bound, bound))
        self.norm_weight = nn.Parameter(torch.ones(count, outputs))
        self.norm_bias = nn.Parameter(torch.zeros(count, outputs))
        self.register_buffer("running_mean", torch.zeros(count, outputs))
        self.register_buffer("running_var", torch.ones(count, outputs))
        self.register_buffer("num_batches_tracked", torch.zeros(count, dtype=torch.long))
        self.norm_folded = False

    def forward(self, features: Tensor) -> Tensor:
        """Map (N,J,inputs) to (N,J,outputs)."""
        mapped = torch.baddbmm(self.bias[:, None], features.transpose(0, 1), self.weight.transpose(1, 2))
        mapped = mapped.transpose(0, 1)
        if not self.norm_folded:
            mapped = self._normalise(mapped)
        return functional.relu(self.adjacency @ mapped)

    def fold_norm(self) -> None:
        """Put the batch norm's running statistics into weight and bias: the same outputs in evaluation."""
        scale = self.norm_weight * (self.running_var + 1e-5).rsqrt()
        with torch.no_grad():
            self.weight.mul_(scale[:, :, None])
            self.bias.sub_(self.running_mean).mul_(scale).add_(self.norm_bias)
        self.norm_folded = True

    def _normalise(self, mapped: Tensor) -> Tensor:
        if self.training:
            self.num_batches_tracked += 1
        return functional.batch_norm(
            mapped.reshape(len(mapped), -1),
            self.running_mean.view(-1),
            self.running_var.view(-1),
            self.norm_weight.view(-1),
            self.norm_bias.view(-1),
            self.training,
        ).reshape(mapped.shape)

    def _released_tensors(self, prefix: str) -> Iterator[tuple[str, Tensor]]:
        for joint in range(len(self.weight)):
            for released, own in _RELEASED_NAMES.items():
                yield f"{prefix}fcbn_list.{joint}.{released}", getattr(self, own)[joint]

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._released_tensors(prefix):
            destination[name] = tensor if keep_vars else tensor.detach()

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        del local_metadata
        own = dict(self._released_tensors(prefix))
        found = {name for name in state_dict if name.startswith(prefix)}
        missing_keys.extend(name for name in own if name not in found and strict)
        unexpected_keys.extend(name for name in found if name not in own and strict)
        for name in own.keys() & found:
            if state_dict[name].shape != own[name].shape:
                shapes = f"{tuple(state_dict[name].shape)} in the file, {tuple(own[name].shape)} here"
                error_msgs.append(f"size mismatch for {name}: {shapes}")
                continue
            with torch.no_grad():
                own[name].copy_(state_dict[name])


class GraphResBlock(nn.Module):
    """Two graph convolutions with the input added to their output."""

    def __init__(self, adjacency: Tensor, width: int) -> None:
        super().__init__()
        self.graph_block1 = GraphConv(adjacency, width, width)
        self.graph_block2 = GraphConv(adjacency, width, width)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N,J,width) to (N,J,width)."""
        return features + self.graph_block2(self.graph_block1(features))


def graph_stack(adjacency: Tensor, inputs: int, width: int, *, residual_blocks: int) -> nn.Sequential:
    """One graph convolution to `width`, then residual blocks."""
    blocks = (GraphResBlock(adjacency, width) for _ in range(residual_blocks))
    return nn.Sequential(GraphConv(adjacency, inputs, width), *blocks)
