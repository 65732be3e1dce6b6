"""A body whose COCO joints can be optimised: parameters in, joints in the world out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.joints import COCO17, SMPL30
from sefd_viewer.networks.body_layer import BodyLayer


class MeasuredBody(nn.Module):
    """The body's 17 COCO joints, measured as `BodyModel.joints` does, and its 24 chain joints.

    Only the vertices that these joints, or `more` (indices), need are computed.
    """

    from_vertices: Tensor
    from_chain: Tensor

    def __init__(self, body: BodyModel, *, more: np.ndarray | None = None) -> None:
        super().__init__()
        from_vertices, from_chain = _coco_measure(body)
        more = np.zeros(0, np.int64) if more is None else more
        needed = np.union1d(np.flatnonzero(from_vertices.any(axis=0)), more)
        self.layer = BodyLayer(body, vertices=needed)
        self.register_buffer("from_vertices", torch.from_numpy(from_vertices[:, needed]))
        self.register_buffer("from_chain", torch.from_numpy(from_chain))
        self.register_buffer("more", torch.from_numpy(np.searchsorted(needed, more)))

    def forward(self, rotations: Tensor, betas: Tensor, transl: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """COCO joints (M,17,3), chain joints (M,24,3) and the vertices `more` (M,K,3), metres.

        Of rotations (M,24,3,3), betas (10,) and transl (M,3).
        """
        vertices, chain = self.layer(rotations, betas.expand(len(rotations), -1), transl)
        return self.from_vertices @ vertices + self.from_chain @ chain, chain, vertices[:, self.more]


def _coco_measure(body: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """COCO joints as sums over vertices (17, V) and over chain joints (17, 24), float32."""
    from_chain = np.zeros((COCO17.count, 24), np.float32)
    if COCO17.name in body.regressors:
        return body.regressors[COCO17.name].astype(np.float32), from_chain
    from_vertices = np.zeros((COCO17.count, body.vertex_count), np.float32)
    for row, name in enumerate(COCO17.names):
        joint = SMPL30.index(name)
        if joint < 24:
            from_chain[row, joint] = 1
        else:
            from_vertices[row] = body.extra_regressor[joint - 24]
    return from_vertices, from_chain
