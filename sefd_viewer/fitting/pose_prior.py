"""What poses are likely: a Gaussian over the shipped poses, hinges that bend one way, a stiff spine.

No licensed prior is needed. The shipped poses never turn wrists, hands, feet and collars; such joints get
small standard deviations of their own.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sefd_viewer.geometry.joints import SMPL24
from sefd_viewer.resources import resource_path

_LEAST_SPREAD = {
    "Torso": 0.15,
    "Spine": 0.15,
    "Chest": 0.15,
    "Neck": 0.2,
    "Head": 0.2,
    "L_Thorax": 0.15,
    "R_Thorax": 0.15,
    "L_Hand": 0.05,
    "R_Hand": 0.05,
    "L_Toe": 0.05,
    "R_Toe": 0.05,
}
_OWN_SPREAD = {"L_Ankle": 0.2, "R_Ankle": 0.2}
"""Joints whose shipped angles are not believed: their standard deviations about the neutral pose."""

_USUAL_LEAST_SPREAD = 0.1
"""Radians; standard deviations that no joint falls below."""

_MIRROR = np.array([1.0, -1.0, -1.0])
"""Axis-angle vectors of a body seen in a mirror."""

_HINGES = (("L_Knee", 0, 1.0), ("R_Knee", 0, 1.0), ("L_Elbow", 1, -1.0), ("R_Elbow", 1, 1.0))
"""Joint, axis and the sign of bending."""


class PosePrior(nn.Module):
    """Penalties of body poses (M, 23, 3), axis-angle in radians."""

    mean: Tensor
    whitening: Tensor

    def __init__(self) -> None:
        super().__init__()
        poses = _poses()
        for name in _OWN_SPREAD:
            first = 3 * (SMPL24.index(name) - 1)
            poses[:, first : first + 3] = 0
        spread = np.repeat([_least_spread(name) for name in SMPL24.names[1:]], 3)
        covariance = np.cov(poses.T) + np.diag(spread**2)
        self.register_buffer("mean", torch.tensor(poses.mean(axis=0), dtype=torch.float32))
        whitening = np.linalg.cholesky(np.linalg.inv(covariance))
        self.register_buffer("whitening", torch.tensor(whitening, dtype=torch.float32))

    def forward(self, body_pose: Tensor) -> Tensor:
        """Squared Mahalanobis distance (M,) from the mean pose."""
        return (((body_pose.flatten(1) - self.mean) @ self.whitening) ** 2).sum(-1)

    @staticmethod
    def against_hinges(body_pose: Tensor) -> Tensor:
        """Squares (M,) of the angles by which knees and elbows bend the wrong way."""
        wrong = [
            torch.relu(-sign * body_pose[:, SMPL24.index(name) - 1, axis]) ** 2
            for name, axis, sign in _HINGES
        ]
        return torch.stack(wrong, -1).sum(-1)


def _least_spread(name: str) -> float:
    return _OWN_SPREAD.get(name, _LEAST_SPREAD.get(name, _USUAL_LEAST_SPREAD))


def _poses() -> NDArray[np.float64]:
    """The shipped body poses (N, 69) and their mirror images."""
    with np.load(resource_path("poses.npz")) as file:
        poses = file["poses"].astype(np.float64).reshape(-1, 24, 3)
    mirrored = poses[:, list(SMPL24.flip_order)] * _MIRROR
    return np.concatenate([poses, mirrored])[:, 1:].reshape(-1, 69)
