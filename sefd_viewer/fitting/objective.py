"""How badly a motion explains what was seen, term by term, and what is likely of poses and motions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sefd_viewer.body.model import BodyModel
from sefd_viewer.fitting.differentiable import Ground, MeasuredBody, TorchCameras, axis_angle_to_matrix
from sefd_viewer.geometry.alignment import procrustes
from sefd_viewer.geometry.joints import COCO17, SMPL24
from sefd_viewer.geometry.rotations import matrix_to_axis_angle
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


_PIXEL_NOISE = 4.0
_POINT_NOISE_M = 0.03
_ACCELERATION_NOISE_M = 0.02
_TURN_NOISE = 0.1
_OUTLINE_NOISE = 3.0
_GROUND_NOISE_M = 0.015
_JOINTS = 17


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a person at M moments, as tensors.

    `cameras` of V views, `pixels` (V,M,17,2) and `weights` (V,M,17); `points` (M,17,3) metres of the world
    with `point_weights` (M,17): triangulated joints, 0 where there is none; the
    `ground`, where it is known. Pixels are counted in units of `scale`.
    """

    cameras: TorchCameras
    pixels: Tensor
    weights: Tensor
    points: Tensor
    point_weights: Tensor
    ground: Ground | None = None
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Outlines:
    """N rim points: rows of `moments`, `views` and `vertices` (N), pixels `targets` (N,2) and `normals`."""

    moments: Tensor
    views: Tensor
    vertices: Tensor
    targets: Tensor
    normals: Tensor


@dataclass(frozen=True)
class Weights:
    """How much each term counts, and how far (px, m) an observation may be off before it loses weight."""

    reprojection: float = 1.0
    points: float = 0.0
    prior: float = 0.05
    hinges: float = 50.0
    smooth: float = 0.1
    turn_smooth: float = 0.2
    betas: float = 0.5
    ground: float = 0.0
    outlines: float = 0.0
    robust_px: float = 12.0
    robust_m: float = 0.2


class Objective:
    """The terms for one person; every term is a mean over moments."""

    def __init__(
        self, evidence: Evidence, body: MeasuredBody, prior: PosePrior, outlines: Outlines | None = None
    ) -> None:
        self.evidence, self.body, self.prior, self.outlines = evidence, body, prior, outlines

    def __call__(self, motion: Motion, weights: Weights) -> Tensor:
        """The weighted sum."""
        terms = self.terms(motion, weights)
        return sum((getattr(weights, name) * value for name, value in terms.items()), torch.zeros(()))

    def terms(self, motion: Motion, weights: Weights) -> Mapping[str, Tensor]:
        """Every term that counts, by the name of its weight."""
        rotations = motion.rotations()
        joints, chain, vertices = self.body(rotations, motion.betas, motion.transl)
        soles = self.body.soles_per_foot
        terms = {
            "reprojection": lambda: self._reprojection(joints, weights.robust_px),
            "points": lambda: self._points(joints, weights.robust_m),
            "prior": lambda: self.prior(motion.pose).mean(),
            "hinges": lambda: self.prior.against_hinges(motion.pose).mean(),
            "smooth": lambda: _acceleration(chain, _ACCELERATION_NOISE_M),
            "turn_smooth": lambda: _acceleration(rotations.flatten(2), _TURN_NOISE),
            "betas": lambda: (motion.betas**2).sum(),
            "ground": lambda: self._ground(vertices[:, : 2 * soles], motion.ground),
            "outlines": lambda: self._outlines(vertices[:, 2 * soles :], weights.robust_px),
        }
        return {name: term() for name, term in terms.items() if getattr(weights, name) > 0}

    def _reprojection(self, joints: Tensor, robust_px: float) -> Tensor:
        offsets = self.evidence.cameras.project(joints) - self.evidence.pixels
        squared = (offsets**2).sum(-1) / self.evidence.scale**2
        return (self.evidence.weights * _robust(squared, robust_px)).sum() / (len(joints) * _PIXEL_NOISE**2)

    def _outlines(self, vertices: Tensor, robust_px: float) -> Tensor:
        """Distances across the edges, weighed as if every view and moment had as many points as joints."""
        seen = self.outlines
        if seen is None or not len(seen.moments):
            return vertices.new_zeros(())
        points = vertices[seen.moments, seen.vertices]
        offsets = self.evidence.cameras.project_each(points, seen.views) - seen.targets
        across = (offsets * seen.normals).sum(-1) / self.evidence.scale
        count = len(self.evidence.cameras.R) * _JOINTS
        return _robust(across**2, robust_px).mean() * count / _OUTLINE_NOISE**2

    def _ground(self, soles: Tensor, shift: Tensor) -> Tensor:
        """Soles (M,2S,3) that stand lie on the ground, `shift` metres above where it seemed; none below."""
        ground = self.evidence.ground
        if ground is None:
            return soles.new_zeros(())
        up = torch.tensor(ground.up, dtype=torch.float32)
        heights = (soles @ up - ground.height - shift).unflatten(1, (2, -1)) / _GROUND_NOISE_M
        contact = torch.tensor(ground.contact, dtype=torch.float32)
        standing = contact * _robust(heights**2, 4.0).mean(-1)
        below = (torch.relu(-heights) ** 2).mean(-1)
        return (standing + below).sum(-1).mean()

    def _points(self, joints: Tensor, robust_m: float) -> Tensor:
        squared = ((joints - self.evidence.points) ** 2).sum(-1)
        weighted = self.evidence.point_weights * _robust(squared, robust_m)
        return weighted.sum() / (len(joints) * _POINT_NOISE_M**2)


def _robust(squared: Tensor, scale: float) -> Tensor:
    """Geman and McClure's error: like the square for small values, at most scale squared."""
    return squared / (1 + squared / scale**2)


def _acceleration(values: Tensor, noise: float) -> Tensor:
    """Second differences over moments (M, N, D), Huber, a mean over moments of the sum."""
    if len(values) < 3:
        return values.new_zeros(())
    second = (values[2:] - 2 * values[1:-1] + values[:-2]) / noise
    squared = (second**2).sum(-1)
    huber = torch.where(squared < 1, squared, 2 * torch.sqrt(squared.clamp(min=1)) - 1)
    return huber.sum(-1).mean()
