"""How fast one person, and eight, pass the paper's network: our prepared form against the layers as written.

usage: python benchmarks/network_forward.py [--rounds 7] [--threads 2]

The plain form runs the same weights the straightforward way: batch norms apart, images in planes, a loop over
the 15 joints for sampling, scores and graph layers. The two forms take turns; the table shows medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
from torch import Tensor, nn
from torch.nn import functional

from sefd_viewer.networks.decoders import rotation_6d_to_matrix
from sefd_viewer.networks.graph_conv import GraphConv, GraphResBlock
from sefd_viewer.networks.inference_form import prepare_for_inference
from sefd_viewer.networks.mesh_network import MeshNetwork, MeshOutput, build_network, camera_translation
from sefd_viewer.networks.position_net import PositionNet
from sefd_viewer.networks.rotation_net import RotationNet

Outputs = tuple[Tensor, Tensor, Tensor, Tensor]


class PlainGraphConv(nn.Module):
    """Linear and batch norm of every joint, one joint after the other."""

    def __init__(self, batched: GraphConv) -> None:
        super().__init__()
        self.adjacency = batched.adjacency
        count, outputs, inputs = batched.weight.shape
        self.fcbn_list = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)) for _ in range(count)
        )
        self.load_state_dict(batched.state_dict())

    def forward(self, features: Tensor) -> Tensor:
        """Map (N,J,inputs) to (N,J,outputs)."""
        mapped = torch.stack([layer(features[:, j]) for j, layer in enumerate(self.fcbn_list)], 1)
        return functional.relu(torch.bmm(self.adjacency.expand(len(mapped), -1, -1), mapped))


class PlainForm(nn.Module):
    """The paper's network without any of the shortcuts, sharing the backbone's and the heads' layers."""

    def __init__(self, network: MeshNetwork) -> None:
        super().__init__()
        assert isinstance(network.rotation_net, RotationNet)
        self.network, self.heads = network, network.rotation_net
        entry, *pairs = self.heads.graph_block
        self.entry = plain_graph(entry)
        self.pairs = nn.ModuleList(plain_graph(pair) for pair in pairs)

    def forward(self, crop: Tensor, joints_heatmap: Tensor, joint_mask: Tensor) -> Outputs:
        """Joints in voxels, rotations, betas and translation."""
        net, heads = self.network, self.heads
        early = net.backbone.stem(crop)
        guided = net.pose2feat(early, plain_heatmaps(joints_heatmap, joint_mask))
        features = net.backbone(guided).layer4
        assert isinstance(net.position_net, PositionNet)
        joints, scores = plain_positions(net.position_net.conv(features))
        nodes = self.entry(torch.cat((plain_sampling(features, joints), joints, scores[..., None]), 2))
        for pair in self.pairs:
            nodes = pair(nodes) + nodes
        flat = nodes.flatten(1)
        root = rotation_6d_to_matrix(heads.root_pose_out(flat))[:, None]
        rotations = torch.cat((root, net.vposer(heads.pose_out(flat))), 1)
        transl = camera_translation(heads.cam_out(flat), net.camera_k)
        return joints, rotations, heads.shape_out(flat), transl


def plain_graph(block: nn.Module) -> nn.Module:
    """One graph convolution, or the two of a residual block, joint by joint."""
    if isinstance(block, GraphResBlock):
        return nn.Sequential(plain_graph(block.graph_block1), plain_graph(block.graph_block2))
    assert isinstance(block, GraphConv)
    return PlainGraphConv(block)


def plain_heatmaps(joints: Tensor, mask: Tensor) -> Tensor:
    """One Gaussian image per joint, straight from the formula."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    dx, dy = x - joints[..., 0, None, None], y - joints[..., 1, None, None]
    return torch.exp(-((dx / 2.5) ** 2) / 2 - ((dy / 2.5) ** 2) / 2) * mask[..., None, None]


def plain_positions(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Soft-argmax and, joint by joint, the score."""
    volume = functional.softmax(logits.reshape(len(logits), 15, -1), 2).reshape(-1, 15, 8, 8, 8)
    steps = torch.arange(8.0)
    sums = (volume.sum((2, 3)), volume.sum((2, 4)), volume.sum((3, 4)))
    joints = torch.cat([(axis * steps).sum(2, keepdim=True) for axis in sums], 2)
    scores = []
    for j in range(15):
        grid = (joints[:, j] / 7 * 2 - 1)[:, None, None, None]
        scores.append(functional.grid_sample(volume[:, j, None], grid, align_corners=True)[:, 0, 0, 0, 0])
    return joints, torch.stack(scores, 1)


def plain_sampling(features: Tensor, joints: Tensor) -> Tensor:
    """The feature under each joint, joint by joint."""
    sampled = []
    for j in range(15):
        grid = (joints[:, j, :2] / 7 * 2 - 1)[:, None, None]
        sampled.append(functional.grid_sample(features, grid, align_corners=True)[:, :, 0, 0])
    return torch.stack(sampled, 1)


def median_milliseconds(forms: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median time of each form; they take turns so that a disturbance meets all of them."""
    times: list[list[float]] = [[] for _ in forms]
    for form in forms:
        form()
    for _ in range(rounds):
        for form, measured in zip(forms, times, strict=True):
            started = time.perf_counter()
            form()
            measured.append(1e3 * (time.perf_counter() - started))
    return [statistics.median(measured) for measured in times]


def settled_network() -> MeshNetwork:
    """The paper's student whose norms have seen data, so that folding them means something."""
    network = build_network("paper", "student").train()
    with torch.no_grad():
        network(torch.rand(8, 4, 256, 256), torch.rand(8, 30, 2) * 63, torch.ones(8, 30))
    return network.eval()


def largest_difference(plain: Outputs, output: MeshOutput) -> float:
    """Of all numbers that describe the bodies: voxels, rotation entries, betas, metres."""
    prepared = (output.joints_volume, output.rotations, output.betas, output.cam_transl)
    return max(float((a - b).abs().max()) for a, b in zip(plain, prepared, strict=True))


@torch.no_grad()
def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network = settled_network()
    plain, prepared = PlainForm(network).eval(), prepare_for_inference(network)
    print(f"torch {torch.__version__}, {options.threads} threads, medians of {options.rounds}")
    print("| batch | plain ms | prepared ms | ratio | largest difference |\n|---|---|---|---|---|")
    for batch in (1, 8):
        inputs = torch.rand(batch, 4, 256, 256), torch.rand(batch, 30, 2) * 63, torch.ones(batch, 30)
        difference = largest_difference(plain(*inputs), prepared(*inputs))
        forms = [partial(plain, *inputs), partial(prepared, *inputs)]
        slow, fast = median_milliseconds(forms, options.rounds)
        print(f"| {batch} | {slow:.1f} | {fast:.1f} | {slow / fast:.2f} | {difference:.1e} |")


if __name__ == "__main__":
    main()
