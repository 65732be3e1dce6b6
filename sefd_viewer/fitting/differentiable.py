"""Cameras, a body with its scale, and the ground that it stands on, in torch: what fitting optimises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, SMPL24, SMPL30
from sefd_viewer.networks.body_layer import BodyLayer

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


Array = NDArray[np.float64]

_ANKLES = [COCO17.index("L_Ankle"), COCO17.index("R_Ankle")]
_STANDING_M = 0.04
"""An ankle so much higher than when standing is half believed to stand."""

_SOLE_M = 0.012
_SOLE_VERTICES = 12


@dataclass(frozen=True, eq=False)
class Ground:
    """`up` (3,) away from the ground in the world, its `height` along that at first sight, metres, and
    `contact` (M, 2): how surely the left and the right foot stand on it.
    """

    up: Array
    height: float
    contact: Array


def find_ground(points_world: Array, up: Sequence[float] | None, body: BodyModel) -> Ground | None:
    """The ground below the ankles of `points_world` (M, 17, 3); None when up or the ankles are unknown."""
    if up is None:
        return None
    direction = np.asarray(up, np.float64)
    heights = points_world[:, _ANKLES] @ direction
    if not np.isfinite(heights).any():
        return None
    lowest = float(np.nanpercentile(heights, 10))
    contact = np.exp(-(((heights - lowest) / _STANDING_M) ** 2))
    return Ground(direction, lowest - _ankle_height(body), np.nan_to_num(contact))


def soles(body: BodyModel) -> NDArray[np.int64]:
    """Vertices (2, 12) below the left and the right foot, spread from heel to toes."""
    return np.stack([_sole(body, side) for side in "LR"])


def _sole(body: BodyModel, side: str) -> NDArray[np.int64]:
    parts = [SMPL24.index(f"{side}_Ankle"), SMPL24.index(f"{side}_Toe")]
    foot = np.flatnonzero(np.isin(body.part_ids, parts))
    height = body.v_template[foot, 1]
    low = foot[height < height.min() + _SOLE_M]
    ordered = low[np.argsort(body.v_template[low, 2])]
    return ordered[np.linspace(0, len(ordered) - 1, _SOLE_VERTICES).round().astype(int)].astype(np.int64)


def _ankle_height(body: BodyModel) -> float:
    """How high the detected ankles of a standing mean body are above its soles."""
    rest = body.forward_batch(*(np.zeros((1, size)) for size in (3, 69, 10, 3)))
    ankles = body.joints(rest.vertices, rest.joints, COCO17)[0, _ANKLES, 1]
    return float(ankles.mean() - rest.vertices[0, :, 1].min())


_BONES = [
    (COCO17.index(f"{side}_{a}"), COCO17.index(f"{side}_{b}"))
    for side in "LR"
    for a, b in (("Shoulder", "Elbow"), ("Elbow", "Wrist"), ("Hip", "Knee"), ("Knee", "Ankle"))
]


def body_scale(joints: NDArray[np.float64], body: BodyModel) -> float:
    """The factor that gives the limbs of `joints` (M, 17, 3) the mean body's lengths: a median of ratios."""
    rest = body.forward_batch(*(np.zeros((1, size)) for size in (3, 69, 10, 3)))
    usual = _lengths(body.joints(rest.vertices, rest.joints, COCO17))
    found = _lengths(joints)
    known = np.isfinite(found).any(axis=0)
    return float(np.median(usual[0, known] / np.nanmedian(found[:, known], axis=0)))


def _lengths(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.stack([np.linalg.norm(joints[:, a] - joints[:, b], axis=-1) for a, b in _BONES], axis=-1)


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
