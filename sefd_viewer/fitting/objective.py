"""How badly a motion explains what was seen, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sefd_viewer.fitting.measured_body import MeasuredBody
from sefd_viewer.fitting.motion import Motion
from sefd_viewer.fitting.pose_prior import PosePrior
from sefd_viewer.fitting.torch_cameras import TorchCameras

_PIXEL_NOISE = 4.0
_POINT_NOISE_M = 0.03
_ACCELERATION_NOISE_M = 0.02
_TURN_NOISE = 0.1
_FLOOR_NOISE_M = 0.01


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a person at M moments, as tensors.

    `cameras` of V views, `pixels` (V,M,17,2) and `weights` (V,M,17); `points` (M,17,3) metres of the world
    with `point_weights` (M,17): triangulated joints, 0 where there is none.
    """

    cameras: TorchCameras
    pixels: Tensor
    weights: Tensor
    points: Tensor
    point_weights: Tensor


@dataclass(frozen=True)
class Weights:
    """How much each term counts, and how far (px, m) an observation may be off before it loses weight."""

    reprojection: float = 1.0
    points: float = 0.0
    prior: float = 0.05
    hinges: float = 50.0
    smooth: float = 0.1
    turn_smooth: float = 0.1
    betas: float = 0.5
    floor: float = 0.0
    robust_px: float = 12.0
    robust_m: float = 0.2


class Objective:
    """The terms for one person; every term is a mean over moments."""

    def __init__(self, evidence: Evidence, body: MeasuredBody, prior: PosePrior) -> None:
        self.evidence, self.body, self.prior = evidence, body, prior

    def __call__(self, motion: Motion, weights: Weights) -> Tensor:
        """The weighted sum."""
        terms = self.terms(motion, weights)
        return sum((getattr(weights, name) * value for name, value in terms.items()), torch.zeros(()))

    def terms(self, motion: Motion, weights: Weights) -> Mapping[str, Tensor]:
        """Every term that counts, by the name of its weight."""
        rotations = motion.rotations()
        joints, chain, soles = self.body(rotations, motion.betas, motion.transl)
        terms = {
            "reprojection": lambda: self._reprojection(joints, weights.robust_px),
            "points": lambda: self._points(joints, weights.robust_m),
            "prior": lambda: self.prior(motion.pose).mean(),
            "hinges": lambda: self.prior.against_hinges(motion.pose).mean(),
            "smooth": lambda: _acceleration(chain, _ACCELERATION_NOISE_M),
            "turn_smooth": lambda: _acceleration(rotations.flatten(2), _TURN_NOISE),
            "betas": lambda: (motion.betas**2).sum(),
            "floor": lambda: (torch.relu(-soles[..., 2]) ** 2).sum(-1).mean() / _FLOOR_NOISE_M**2,
        }
        return {name: term() for name, term in terms.items() if getattr(weights, name) > 0}

    def _reprojection(self, joints: Tensor, robust_px: float) -> Tensor:
        offsets = self.evidence.cameras.project(joints) - self.evidence.pixels
        squared = (offsets**2).sum(-1)
        return (self.evidence.weights * _robust(squared, robust_px)).sum() / (len(joints) * _PIXEL_NOISE**2)

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
