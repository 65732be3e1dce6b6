"""How badly a motion explains what was seen, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sefd_viewer.fitting.ground import Ground
from sefd_viewer.fitting.measured_body import MeasuredBody
from sefd_viewer.fitting.motion import Motion
from sefd_viewer.fitting.pose_prior import PosePrior
from sefd_viewer.fitting.torch_cameras import TorchCameras

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
