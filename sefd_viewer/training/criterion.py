"""What a mesh network is trained to minimise: the paper's L1 losses by name, and their weighted sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sefd_viewer.geometry import GRAPH15, SMPL30
from sefd_viewer.geometry.crops import NETWORK_FOCAL
from sefd_viewer.networks.mesh_network import MeshOutput
from sefd_viewer.networks.position_net import BODY_DEPTH

VOXELS = 8
CROP_SIZE = 256

_GRAPH_IN_SMPL30 = [SMPL30.index(name) for name in GRAPH15.names]


@dataclass(frozen=True)
class LossWeights:
    """Factors of the losses: voxels, rotation matrix entries, betas, metres, and crop pixels / 32.

    Of joints that are found densely: half crops in the picture's plane, metres in depth. Measured are the
    joints that an annotated set has beside its fitted bodies: metres, crop pixels / 32.
    """

    joint_volume: float = 0.5
    joint_plane: float = 4.0
    joint_depth: float = 4.0
    rotation: float = 3.0
    shape: float = 0.05
    joint_camera: float = 8.0
    joint_projection: float = 1.0
    measured_camera: float = 0.0
    measured_projection: float = 0.0
    distillation: float = 1.0


def joints_in_crop(joints: Tensor, cam_transl: Tensor) -> Tensor:
    """Crop pixels (N, J, 2) of a body's joints (N, J, 3), given before its translation."""
    points = joints + cam_transl[:, None]
    return points[..., :2] / (points[..., 2:] + 1e-4) * NETWORK_FOCAL + (CROP_SIZE - 1) / 2


def joint_volume_target(batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The graph joints in voxel units (N, 15, 3), and which coordinates lie in the volume (N, 15, 3)."""
    pixels = batch["joints_crop"][:, _GRAPH_IN_SMPL30]
    depth = batch["joints"][:, _GRAPH_IN_SMPL30, 2:]
    in_plane = (pixels + 0.5) / CROP_SIZE * VOXELS - 0.5
    in_depth = (depth / BODY_DEPTH + 0.5) * VOXELS - 0.5
    target = torch.cat([in_plane, in_depth], -1)
    return target, ((target > -0.5) & (target < VOXELS - 0.5)).float()


def mesh_losses(output: MeshOutput, joints: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Unweighted losses; `joints` (N, 30, 3) are the predicted body's in metres, before its translation."""
    pixels, relative = joints_in_crop(joints, output.cam_transl), joints - joints[:, :1]
    losses = _found_joints(output, batch) | {
        "rotation": (output.rotations - batch["rotations"]).abs().mean(),
        "shape": (output.betas - batch["betas"]).abs().mean(),
        "joint_camera": (relative - batch["joints"]).abs().mean(),
        "joint_projection": _missed(pixels, batch["joints_crop"], torch.ones_like(pixels[..., 0])),
    }
    if "measured_crop" in batch:
        places, joints3d = batch["measured_crop"], batch["measured_joints"]
        gaps = (relative - joints3d[..., :3]).abs().mean(-1)
        losses["measured_camera"] = _mean(gaps, joints3d[..., 3])
        losses["measured_projection"] = _missed(pixels, places[..., :2], places[..., 2])
    return losses


def _missed(pixels: Tensor, true: Tensor, known: Tensor) -> Tensor:
    """Mean distance in units of 32 crop pixels, at most 8, of known joints no farther than a crop away."""
    near = (true - CROP_SIZE / 2).abs().amax(-1) < CROP_SIZE
    return _mean(((pixels - true).abs() / 32).clamp(max=8).mean(-1), near * known)


def _found_joints(output: MeshOutput, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the position network says, against the true places of joints inside the crop, hidden ones too."""
    if output.joints_dense is None:
        target, inside = joint_volume_target(batch)
        return {"joint_volume": _mean((output.joints_volume - target).abs(), inside)}
    plane = (batch["joints_crop"] + 0.5) / (CROP_SIZE / 2) - 1
    inside = (plane.abs() < 1).all(-1).float()
    return {
        "joint_plane": _mean((output.joints_dense[..., :2] - plane).abs().mean(-1), inside),
        "joint_depth": _mean((output.joints_dense[..., 2] - batch["joints"][..., 2]).abs(), inside),
    }


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    return (values * counted).sum() / counted.sum().clamp(min=1)


def weighted_sum(losses: Mapping[str, Tensor], weights: LossWeights) -> Tensor:
    """One number to minimise: every loss times the weight of the same name."""
    return torch.stack([getattr(weights, name) * loss for name, loss in losses.items()]).sum()
