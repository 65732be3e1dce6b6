"""The unknowns of one person's fit, and where they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sefd_viewer.body.model import BodyModel
from sefd_viewer.fitting.pose_prior import PosePrior
from sefd_viewer.fitting.torch_cameras import axis_angle_to_matrix
from sefd_viewer.geometry.alignment import procrustes
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.geometry.rotations import matrix_to_axis_angle

Array = NDArray[np.float64]

_TORSO = [COCO17.index(f"{side}_{part}") for part in ("Shoulder", "Hip") for side in "LR"]


class Motion(nn.Module):
    """M moments: `betas` (10), `pose` (M,23,3) axis-angle, `transl` (M,3) metres, the root in the world.

    `ground` (1) is how far, in metres, the ground lies above where it was taken to be.
    """

    start: Tensor

    def __init__(self, root: Array, transl: Array, pose: Tensor, betas: Tensor | None = None) -> None:
        super().__init__()
        self.register_buffer("start", torch.tensor(root, dtype=torch.float32))
        self.turn = nn.Parameter(torch.zeros(len(root), 3))
        self.transl = nn.Parameter(torch.tensor(transl, dtype=torch.float32))
        self.pose = nn.Parameter(pose.clone())
        self.ground = nn.Parameter(torch.zeros(1))
        self.betas = nn.Parameter(torch.zeros(10) if betas is None else betas.clone())

    def root(self) -> Tensor:
        """The root's rotations (M,3,3)."""
        return axis_angle_to_matrix(self.turn) @ self.start

    def rotations(self) -> Tensor:
        """All rotations (M,24,3,3)."""
        return torch.cat((self.root()[:, None], axis_angle_to_matrix(self.pose)), 1)

    def values(self) -> Mapping[str, Tensor]:
        """`betas` (10), `root` (M,3,3), `pose` (M,23,3) and `transl` (M,3)."""
        return {"betas": self.betas, "root": self.root(), "pose": self.pose, "transl": self.transl}

    def vertices(self, body: BodyModel) -> NDArray[np.float32]:
        """The body's vertices (M, V, 3) in the world, metres."""
        values = {name: tensor.detach().numpy() for name, tensor in self.values().items()}
        count = len(values["transl"])
        orient = matrix_to_axis_angle(values["root"].astype(np.float64))
        betas = np.tile(values["betas"], (count, 1))
        return body.forward_batch(orient, values["pose"].reshape(count, 69), betas, values["transl"]).vertices


def start_motion(points_world: Array, body: BodyModel, prior: PosePrior) -> Motion:
    """The likeliest pose, turned and moved so that the torso lies on its joints of `points_world` (M, 17, 3).

    Moments whose torso is not known start as the moments beside them.
    """
    pose = prior.mean.reshape(1, 23, 3).expand(len(points_world), -1, -1)
    rest = body.forward_batch(*(np.zeros((1, size)) for size in (3, 69, 10, 3)))
    torso = body.joints(rest.vertices, rest.joints, COCO17)[0, _TORSO]
    root_joint = body.root_joint(np.zeros(10))
    placed = [procrustes(torso, points) for points in _filled(points_world[:, _TORSO])]
    root = np.stack([similarity.R for similarity in placed])
    transl = [
        points.mean(axis=0) - similarity.R @ (torso.mean(axis=0) - root_joint) - root_joint
        for similarity, points in zip(placed, _filled(points_world[:, _TORSO]), strict=True)
    ]
    return Motion(root, np.stack(transl), pose)


def _filled(points: Array) -> Array:
    """Points (M, N, 3) with every unknown one between the known moments before and after it."""
    filled = points.copy()
    moments = np.arange(len(points))
    for values in np.moveaxis(filled.reshape(len(points), -1), 1, 0):
        known = np.isfinite(values)
        values[:] = np.interp(moments, moments[known], values[known])
    return filled


def missing_torso(points_world: Array) -> Sequence[str]:
    """Names of torso joints that no moment of (M, 17, 3) knows."""
    known = np.asarray(np.isfinite(points_world).all(axis=-1).any(axis=0))
    return [COCO17.names[joint] for joint in _TORSO if not known[joint]]
