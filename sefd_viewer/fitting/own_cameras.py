"""Cameras that explain one person's joints: a bundle adjustment of cameras and joints, started at given ones.

Lenses and focal lengths stay as given. What images alone cannot tell is set, not found: the first camera
keeps its place, and the mean distance between the cameras keeps its length until `scaled` changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import jacrev, vmap

from sefd_viewer.cameras.views.triangulation import triangulate
from sefd_viewer.fitting.torch_cameras import TorchCameras
from sefd_viewer.fitting.views import PersonViews
from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]

_ROBUST_PX = (100.0, 25.0, 6.0)
"""From trusting all observations, since the cameras start wrong, to trusting those that agree."""

_STEPS = 60
_CONVERGED = 1e-6


@dataclass(frozen=True, eq=False)
class _Bundle:
    """Cameras (V, 6: turn and shift from the given ones, in their frames) and joints (N, 3) in the world."""

    cameras: Tensor
    joints: Tensor


@dataclass(frozen=True, eq=False)
class _Observed:
    """The given cameras, the pixels (V, N, 2) that they should have seen, and the weights (V, N) of these."""

    given: TorchCameras
    pixels: Tensor
    weights: Tensor

    def residuals(self, bundle: _Bundle) -> Tensor:
        """What is missing (V, N, 2) px."""
        return _moved(self.given, bundle.cameras).project(bundle.joints) - self.pixels

    def cost(self, bundle: _Bundle, robust_px: float) -> float:
        """Geman and McClure's sum."""
        squared = (self.residuals(bundle) ** 2).sum(-1)
        return float((self.weights * squared / (1 + squared / robust_px**2)).sum())


def own_cameras(person: PersonViews) -> tuple[PinholeCamera, ...]:
    """The person's cameras by view, found near the given ones."""
    bundle, observed = _start(person)
    for robust_px in _ROBUST_PX:
        bundle = _adjusted(bundle, observed, robust_px)
    return _anchored(_moved(observed.given, bundle.cameras), person.cameras)


def scaled(cameras: Sequence[PinholeCamera], factor: float) -> tuple[PinholeCamera, ...]:
    """The cameras of a world whose lengths are multiplied; the first camera keeps its place.

    A point p of the old world is at c + factor (p - c) in the new one, c the first camera's centre.
    """
    centre = _centre(cameras[0])
    return tuple(
        replace(camera, t=factor * camera.t + (factor - 1) * (camera.R @ centre)) for camera in cameras
    )


def _start(person: PersonViews) -> tuple[_Bundle, _Observed]:
    """The given cameras and the joints from all views: nobody knows yet which of them are right."""
    count = len(person.views)
    pixels, weights = person.pixels.reshape(count, -1, 2), person.confidence.reshape(count, -1)
    found = triangulate(person.cameras, pixels, weights=weights, tolerance_px=np.inf).points_world
    known = np.asarray(np.isfinite(found).all(axis=-1))
    given = TorchCameras.of(person.cameras, torch.float64).resized(1 / person.scale)
    observed = _Observed(
        given, torch.from_numpy(pixels[:, known] / person.scale), torch.from_numpy(weights[:, known])
    )
    return _Bundle(torch.zeros(count, 6, dtype=torch.float64), torch.from_numpy(found[known])), observed


def _moved(given: TorchCameras, change: Tensor) -> TorchCameras:
    return given.turned(change[:, :3], change[:, 3:])


def _adjusted(bundle: _Bundle, observed: _Observed, robust_px: float) -> _Bundle:
    """The bundle after damped Gauss-Newton steps (Levenberg, Marquardt), with weights made anew for each."""
    damping, cost = 1e-3, observed.cost(bundle, robust_px)
    for _ in range(_STEPS):
        proposal = _step(bundle, observed, robust_px, damping)
        after = observed.cost(proposal, robust_px)
        if after >= cost:
            damping *= 4
            continue
        converged = cost - after < _CONVERGED * cost
        bundle, cost, damping = proposal, after, max(damping / 3, 1e-9)
        if converged:
            break
    return bundle


def _step(bundle: _Bundle, observed: _Observed, robust_px: float, damping: float) -> _Bundle:
    """One step; the joints are eliminated first (Schur's complement)."""
    residuals = observed.residuals(bundle)
    by_camera, by_joint = _jacobians(observed.given, bundle)
    weight = observed.weights / (1 + (residuals**2).sum(-1) / robust_px**2) ** 2
    cc = _damped(torch.einsum("vn,vnik,vnil->vkl", weight, by_camera, by_camera), damping)
    jj = _damped(torch.einsum("vn,vnik,vnil->nkl", weight, by_joint, by_joint), damping)
    cj = torch.einsum("vn,vnik,vnil->vnkl", weight, by_camera, by_joint)
    gc = torch.einsum("vn,vnik,vni->vk", weight, by_camera, residuals)
    gj = torch.einsum("vn,vnik,vni->nk", weight, by_joint, residuals)
    eliminated = torch.einsum("vnkl,nlm->vnkm", cj, torch.linalg.inv(jj))
    schur = torch.block_diag(*cc) - torch.einsum("vnkm,wnpm->vkwp", eliminated, cj).reshape(gc.numel(), -1)
    right = gc - torch.einsum("vnkm,nm->vk", eliminated, gj)
    cameras = -torch.linalg.solve(schur, right.reshape(-1)).reshape(gc.shape)
    joints = -torch.linalg.solve(jj, gj + torch.einsum("vnkl,vk->nl", cj, cameras))
    return _Bundle(bundle.cameras + cameras, bundle.joints + joints)


def _damped(blocks: Tensor, damping: float) -> Tensor:
    return blocks + torch.diag_embed(damping * blocks.diagonal(dim1=1, dim2=2) + 1e-9)


def _jacobians(given: TorchCameras, bundle: _Bundle) -> tuple[Tensor, Tensor]:
    """Derivatives of the pixels by the cameras (V, N, 2, 6) and by the joints (V, N, 2, 3)."""
    parts = (given.focal, given.principal_point, given.distortion, given.R, given.t)
    derivative: Callable[..., tuple[Tensor, Tensor]] = jacrev(_one_pixel, argnums=(0, 1))
    over_joints = vmap(derivative, in_dims=(None, 0, *([None] * 5)))
    by_camera, by_joint = vmap(over_joints, in_dims=(0, None, *([0] * 5)))(
        bundle.cameras, bundle.joints, *parts
    )
    return by_camera, by_joint


def _one_pixel(change: Tensor, joint: Tensor, *parts: Tensor) -> Tensor:
    """The pixel (2,) of one joint (3,) in one camera."""
    one = TorchCameras(*(part[None] for part in parts))
    return _moved(one, change[None]).project(joint[None])[0, 0]


def _anchored(cameras: TorchCameras, given: Sequence[PinholeCamera]) -> tuple[PinholeCamera, ...]:
    """The same cameras in a world where the first stands as given and the mean distance is as given."""
    found = [
        replace(camera, R=R.numpy(), t=t.numpy())
        for camera, R, t in zip(given, cameras.R, cameras.t, strict=True)
    ]
    scale = _mean_distance(given) / _mean_distance(found)
    first, moved = found[0], []
    for camera in found:
        relative = camera.R @ first.R.T
        shift = scale * (camera.t - relative @ first.t)
        moved.append(replace(camera, R=relative @ given[0].R, t=relative @ given[0].t + shift))
    return tuple(moved)


def _centre(camera: PinholeCamera) -> Array:
    return np.asarray(-camera.R.T @ camera.t)


def _mean_distance(cameras: Sequence[PinholeCamera]) -> float:
    pairs = combinations([_centre(camera) for camera in cameras], 2)
    return float(np.mean([np.linalg.norm(a - b) for a, b in pairs]))
