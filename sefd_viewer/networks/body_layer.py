"""A body model as a differentiable layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from sefd_viewer.body.model import BodyModel


class BodyLayer(nn.Module):
    """Linear blend skinning in torch, float32 whatever the autocast; equal to `BodyModel.forward_batch`.

    With `vertices` (indices) only those vertices are computed, in that order.
    """

    v_template: Tensor
    shapedirs: Tensor
    posedirs: Tensor | None
    weights: Tensor
    joints_template: Tensor
    joints_shapedirs: Tensor

    def __init__(self, body: BodyModel, *, vertices: Sequence[int] | np.ndarray | None = None) -> None:
        super().__init__()
        chosen = np.arange(body.vertex_count) if vertices is None else np.asarray(vertices)
        arrays = {
            "v_template": body.v_template[chosen],
            "shapedirs": body.shapedirs[chosen].reshape(-1, body.shapedirs.shape[-1]).T,
            "posedirs": None
            if body.posedirs is None
            else body.posedirs[chosen].reshape(-1, body.posedirs.shape[-1]).T,
            "weights": body.weights[chosen],
            "joints_template": body.J_regressor @ body.v_template,
            "joints_shapedirs": np.einsum("jv,vcs->sjc", body.J_regressor, body.shapedirs),
        }
        for name, array in arrays.items():
            tensor = None if array is None else torch.from_numpy(np.array(array, np.float32))
            self.register_buffer(name, tensor, persistent=False)
        self.parents = tuple(int(parent) for parent in body.parents)

    def forward(self, rotations: Tensor, betas: Tensor, transl: Tensor) -> tuple[Tensor, Tensor]:
        """Vertices (N,V,3) and joints (N,J,3) in metres.

        Of rotations (N,J,3,3), J is 24 for SMPL, betas (N,S), all that the body has (10, and for SMPL-X the
        expression behind them), and transl (N,3) in metres.
        """
        with torch.autocast(rotations.device.type, enabled=False):
            return self._forward(rotations.float(), betas.float(), transl.float())

    def _forward(self, rotations: Tensor, betas: Tensor, transl: Tensor) -> tuple[Tensor, Tensor]:
        rest_joints = self.joints_template + torch.tensordot(betas, self.joints_shapedirs, 1)
        world_rotations, joints = self._chain(rotations, rest_joints)
        offsets = joints - (world_rotations @ rest_joints[..., None])[..., 0]
        transforms = torch.cat((world_rotations, offsets[..., None]), -1)
        vertices = self._skin(self._rest_vertices(rotations, betas), transforms)
        return vertices + transl[:, None], joints + transl[:, None]

    def _rest_vertices(self, rotations: Tensor, betas: Tensor) -> Tensor:
        displacement = betas @ self.shapedirs
        if self.posedirs is not None:
            bend = rotations[:, 1:] - torch.eye(3, device=rotations.device)
            displacement = displacement + bend.flatten(1) @ self.posedirs
        return self.v_template + displacement.unflatten(-1, (-1, 3))

    def _chain(self, rotations: Tensor, rest_joints: Tensor) -> tuple[Tensor, Tensor]:
        """World rotations (N,24,3,3) and places (N,24,3) of the joints, root first."""
        turned, placed = [rotations[:, 0]], [rest_joints[:, 0]]
        for joint, parent in enumerate(self.parents[1:], 1):
            bone = rest_joints[:, joint] - rest_joints[:, parent]
            placed.append(placed[parent] + (turned[parent] @ bone[..., None])[..., 0])
            turned.append(turned[parent] @ rotations[:, joint])
        return torch.stack(turned, 1), torch.stack(placed, 1)

    def _skin(self, rest_vertices: Tensor, transforms: Tensor) -> Tensor:
        blended = (self.weights @ transforms.flatten(2)).unflatten(-1, (3, 4))
        return (blended[..., :3] @ rest_vertices[..., None])[..., 0] + blended[..., 3]
