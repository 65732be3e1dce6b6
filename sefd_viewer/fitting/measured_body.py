"""A body whose COCO joints can be optimised: parameters in, joints in the world out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from sefd_viewer.body.model import BodyModel
from sefd_viewer.fitting.ground import soles
from sefd_viewer.geometry.joints import COCO17, SMPL30
from sefd_viewer.networks.body_layer import BodyLayer


class MeasuredBody(nn.Module):
    """The body's 17 COCO joints, measured as `BodyModel.joints` does, its chain joints, and some vertices:
    those of the soles, left then right, and `more`.

    Skinning is linear in the vertices. So the vertices that make a joint are summed up per bone beforehand,
    and each sum moves with its bone like one vertex: the same result from a few points instead of thousands.
    """

    from_points: Tensor
    from_chain: Tensor

    def __init__(self, body: BodyModel, *, more: np.ndarray | None = None) -> None:
        super().__init__()
        from_vertices, from_chain = _coco_measure(body)
        joints, bones = np.nonzero(from_vertices @ body.weights)
        shares = (from_vertices @ body.weights)[joints, bones]
        sums = from_vertices[joints] * body.weights[:, bones].T / shares[:, None]
        below = soles(body)
        self.soles_per_foot = below.shape[1]
        chosen = np.concatenate([below.ravel(), np.zeros(0, np.int64) if more is None else more])
        self.layer = _layer(body, sums, bones, chosen)
        from_points = np.zeros((COCO17.count, len(joints)))
        from_points[joints, np.arange(len(joints))] = shares
        self.register_buffer("from_points", torch.tensor(from_points, dtype=torch.float32))
        self.register_buffer("from_chain", torch.tensor(from_chain, dtype=torch.float32))

    def forward(self, rotations: Tensor, betas: Tensor, transl: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """COCO joints (M,17,3), chain joints (M,24,3) and the chosen vertices (M,2S+K,3), metres.

        Of rotations (M,24,3,3), betas (10,) and transl (M,3).
        """
        points, chain = self.layer(rotations, betas.expand(len(rotations), -1), transl)
        count = self.from_points.shape[1]
        joints = self.from_points @ points[:, :count] + self.from_chain @ chain
        return joints, chain, points[:, count:]


def _layer(body: BodyModel, sums: np.ndarray, bones: np.ndarray, more: np.ndarray) -> BodyLayer:
    """The body's layer: sums of vertices (S, V), each on its bone (S,), in front of the vertices `more`."""
    layer = BodyLayer(body, vertices=np.concatenate([np.zeros(len(bones), np.int64), more]))
    rows = slice(0, len(bones))
    layer.v_template[rows] = _single(sums @ body.v_template)
    layer.shapedirs.unflatten(1, (-1, 3))[:, rows] = _single(_directions(sums, body.shapedirs))
    if layer.posedirs is not None and body.posedirs is not None:
        layer.posedirs.unflatten(1, (-1, 3))[:, rows] = _single(_directions(sums, body.posedirs))
    layer.weights[rows] = torch.nn.functional.one_hot(torch.from_numpy(bones), 24).float()
    return layer


def _directions(sums: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Sums (D, S, 3) of the directions (V, 3, D)."""
    return np.tensordot(sums, directions, axes=1).transpose(2, 0, 1)


def _single(values: np.ndarray) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _coco_measure(body: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """COCO joints as sums over vertices (17, V) and over chain joints (17, 24)."""
    from_chain = np.zeros((COCO17.count, 24))
    if COCO17.name in body.regressors:
        return body.regressors[COCO17.name].astype(np.float64), from_chain
    from_vertices = np.zeros((COCO17.count, body.vertex_count))
    for row, name in enumerate(COCO17.names):
        joint = SMPL30.index(name)
        if joint < 24:
            from_chain[row, joint] = 1
        else:
            from_vertices[row] = body.extra_regressor[joint - 24]
    return from_vertices, from_chain
