"""Samples through a network: one batch per role, in numpy on both sides."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from sefd_viewer.datasets.sample import Sample
from sefd_viewer.edges.settings import EdgeMap
from sefd_viewer.geometry.rotations import matrix_to_axis_angle
from sefd_viewer.inference.worker import Cancelled, Stop
from sefd_viewer.networks.mesh_network import MeshNetwork, MeshOutput

CHUNK = 16
"""People in one forward pass at most."""


class Estimates(NamedTuple):
    """SMPL parameters of N people, axis-angle in radians, metres in the frame of each crop's camera."""

    global_orient: np.ndarray
    """(N,3)"""
    body_pose: np.ndarray
    """(N,69)"""
    betas: np.ndarray
    """(N,10)"""
    transl: np.ndarray
    """(N,3)"""


def estimate(
    network: MeshNetwork,
    samples: Sequence[Sample],
    edges: Sequence[EdgeMap | None],
    device: torch.device,
    *,
    stop: Stop,
) -> Estimates:
    """Run everyone through `network`, at most CHUNK at a time; raises Cancelled when `stop` says so.

    On a GPU whose memory is too small the batch is halved until it fits.
    """
    parts, start, size = [], 0, CHUNK
    while start < len(samples):
        part = slice(start, start + size)
        try:
            parts.append(_forward(network, samples[part], edges[part], device, stop))
        except torch.OutOfMemoryError:
            if size == 1:
                raise
            size //= 2
            torch.cuda.empty_cache()
            continue
        start += size
    return Estimates(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _forward(
    network: MeshNetwork,
    samples: Sequence[Sample],
    edges: Sequence[EdgeMap | None],
    device: torch.device,
    stop: Stop,
) -> Estimates:
    return estimates_of(run_network(network, samples, edges, device, stop=stop))


def run_network(
    network: MeshNetwork,
    samples: Sequence[Sample],
    edges: Sequence[EdgeMap | None],
    device: torch.device,
    *,
    stop: Stop,
) -> MeshOutput:
    """Everything that `network` says about one batch; raises Cancelled when `stop` says so."""
    pixels = torch.from_numpy(_pixels(samples, edges)).to(device).permute(0, 3, 1, 2)
    joints, weights = given_joints(samples, network, device)
    with torch.inference_mode(), interruptible(stop):
        return network(pixels, joints, weights)


def given_joints(
    samples: Sequence[Sample], network: MeshNetwork, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """The given joints (N,30,2) in heatmap pixels, and what the network is told about each (N,30).

    That is whether it may be used, or its score.
    """
    weights = [sample.joint_scores if network.weighs_joints else sample.joint_mask for sample in samples]
    joints = np.stack([sample.joints_heatmap for sample in samples])
    return torch.from_numpy(joints).to(device), torch.from_numpy(np.stack(weights)).to(device)


def estimates_of(output: MeshOutput) -> Estimates:
    """The SMPL parameters of a batch."""
    rotations = output.rotations.cpu().numpy().astype(np.float64)
    axis_angle = matrix_to_axis_angle(rotations).astype(np.float32)
    rest = axis_angle[:, 1:].reshape(len(axis_angle), 69)
    return Estimates(axis_angle[:, 0], rest, output.betas.cpu().numpy(), output.cam_transl.cpu().numpy())


def _pixels(samples: Sequence[Sample], edges: Sequence[EdgeMap | None]) -> np.ndarray:
    """Crops (N,256,256,3 or 4) float32 in [0,1], the edge map last."""
    colours = np.stack([sample.crop_rgb for sample in samples]).astype(np.float32) / 255
    maps = [edge.values for edge in edges if edge is not None]
    return np.concatenate([colours, np.stack(maps)[..., None]], axis=-1) if maps else colours


@contextlib.contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Ask before every module of a forward pass whether it is still wanted."""

    def ask(_module: nn.Module, _inputs: Any) -> None:
        if stop.cancelled():
            raise Cancelled

    handle = nn.modules.module.register_module_forward_pre_hook(ask)
    try:
        yield
    finally:
        handle.remove()
