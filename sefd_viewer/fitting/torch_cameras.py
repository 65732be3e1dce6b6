"""Pinhole cameras with OpenCV's distortion, as tensors that can be optimised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from sefd_viewer.geometry.cameras import PinholeCamera

_NEAREST_M = 0.1


@dataclass(frozen=True, eq=False)
class TorchCameras:
    """V cameras: focal (V,2), principal_point (V,2), distortion (V,5), R (V,3,3), t (V,3) in metres."""

    focal: Tensor
    principal_point: Tensor
    distortion: Tensor
    R: Tensor
    t: Tensor

    @classmethod
    def of(cls, cameras: Sequence[PinholeCamera], dtype: torch.dtype = torch.float32) -> TorchCameras:
        """The same cameras as tensors."""
        names = ("focal", "principal_point", "distortion", "R", "t")
        return cls(
            *(torch.tensor([getattr(c, name).tolist() for c in cameras], dtype=dtype) for name in names)
        )

    def turned(self, rotation: Tensor, shift: Tensor) -> TorchCameras:
        """The cameras with R turned by axis-angle vectors (V,3) and t moved by (V,3), in their own frames."""
        return replace(self, R=axis_angle_to_matrix(rotation) @ self.R, t=self.t + shift)

    def resized(self, factor: float) -> TorchCameras:
        """The cameras of pictures resized by a factor, pixel (0, 0) staying where it is."""
        return replace(self, focal=self.focal * factor, principal_point=self.principal_point * factor)

    def project(self, points_world: Tensor) -> Tensor:
        """Pixels (V,...,2) of world points (...,3); those nearer than 0.1 m count as at 0.1 m."""
        camera = points_world.reshape(-1, 3) @ self.R.transpose(1, 2) + self.t[:, None]
        return self._pixels(camera).unflatten(1, points_world.shape[:-1])

    def project_each(self, points_world: Tensor, rows: Tensor) -> Tensor:
        """Pixels (N,2) of world points (N,3), each in the camera of its row (N)."""
        each = TorchCameras(*(getattr(self, field.name)[rows] for field in fields(self)))
        return each.project_own(points_world)

    def project_own(self, points_world: Tensor) -> Tensor:
        """Pixels (V,2) of world points (V,3), one in each camera."""
        camera = (self.R @ points_world[..., None])[..., 0] + self.t
        return self._pixels(camera[:, None])[:, 0]

    def _pixels(self, camera: Tensor) -> Tensor:
        """Pixels (V,N,2) of points (V,N,3) in the cameras' frames."""
        plane = camera[..., :2] / camera[..., 2:].clamp(min=_NEAREST_M)
        return self._distorted(plane) * self.focal[:, None] + self.principal_point[:, None]

    def _distorted(self, plane: Tensor) -> Tensor:
        k1, k2, p1, p2, k3 = (self.distortion[:, i, None] for i in range(5))
        x, y = plane.unbind(-1)
        squared = x * x + y * y
        radial = 1 + squared * (k1 + squared * (k2 + squared * k3))
        return torch.stack(
            (
                x * radial + 2 * p1 * x * y + p2 * (squared + 2 * x * x),
                y * radial + p1 * (squared + 2 * y * y) + 2 * p2 * x * y,
            ),
            -1,
        )


def axis_angle_to_matrix(vectors: Tensor) -> Tensor:
    """Rotations (...,3,3) of axis-angle vectors (...,3); differentiable at zero."""
    squared = (vectors * vectors).sum(-1)[..., None, None]
    small = squared < 1e-8
    angle = torch.sqrt(torch.where(small, torch.ones_like(squared), squared))
    linear = torch.where(small, 1 - squared / 6, torch.sin(angle) / angle)
    quadratic = torch.where(small, 0.5 - squared / 24, (1 - torch.cos(angle)) / (angle * angle))
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), -1).unflatten(-1, (3, 3))
    eye = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return eye + linear * cross + quadratic * (cross @ cross)
