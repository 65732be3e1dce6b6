"""Cameras that explain one person's joints: a bundle adjustment of cameras and joints, started at given ones.

What images alone cannot tell is set, not found: the first camera keeps its place, and the mean distance
between the cameras keeps its length until a body says how large the person is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import jacfwd, vmap

from sefd_viewer.fitting.torch_cameras import TorchCameras
from sefd_viewer.fitting.views import PersonViews
from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]

_STEPS = 200
_ROBUST_PX = 6.0
_FOCAL_TRUST = 30.0
"""How strongly the focal lengths keep to the given ones: px per natural logarithm, per camera."""


@dataclass(frozen=True, eq=False)
class _Bundle:
    """Cameras (V, 7: turn, shift, log focal from the given ones) and joints (N, 3) in metres of the world."""

    cameras: Tensor
    joints: Tensor


def own_cameras(person: PersonViews, *, focal: bool = False) -> tuple[PinholeCamera, ...]:
    """The person's cameras by view, near the given ones; with `focal` also other focal lengths."""
    given = TorchCameras.of(person.cameras, torch.float64)
    bundle, pixels, weights = _start(person)
    given, pixels = given.resized(1 / person.scale), pixels / person.scale
    free = torch.ones(7, dtype=torch.float64)
    free[6] = float(focal)
    damping, cost = 1e-3, _cost(bundle, given, pixels, weights)
    for _ in range(_STEPS):
        proposal = _step(bundle, given, pixels, weights, free, damping)
        after = _cost(proposal, given, pixels, weights)
        if after < cost:
            converged = cost - after < 1e-7 * cost
            bundle, cost, damping = proposal, after, max(damping / 3, 1e-9)
            if converged:
                break
        else:
            damping *= 4
            if damping > 1e6:
                break
    return _anchored(_moved(given, bundle.cameras), person.cameras)


def _start(person: PersonViews) -> tuple[_Bundle, Tensor, Tensor]:
    """The given cameras and what they see, with the pixels (V, N, 2) and weights (V, N) of N joints."""
    joints = _all_views(person)
    known = np.isfinite(joints).all(axis=-1)
    pixels = person.pixels.reshape(len(person.views), -1, 2)[:, known]
    weights = person.confidence.reshape(len(person.views), -1)[:, known]
    cameras = torch.zeros(len(person.views), 7, dtype=torch.float64)
    return (
        _Bundle(cameras, torch.from_numpy(joints[known])),
        torch.from_numpy(pixels),
        torch.from_numpy(weights),
    )


def _all_views(person: PersonViews) -> Array:
    """Joints from all views, also those that contradict each other: nobody knows yet who is right."""
    from sefd_viewer.review.triangulation import triangulate

    count = len(person.views)
    found = triangulate(
        person.cameras,
        person.pixels.reshape(count, -1, 2),
        weights=person.confidence.reshape(count, -1),
        tolerance_px=np.inf,
    )
    return found.points_world


def _moved(given: TorchCameras, change: Tensor) -> TorchCameras:
    return given.turned(change[:, :3], change[:, 3:6]).zoomed(change[:, 6])


def _residuals(bundle: _Bundle, given: TorchCameras, pixels: Tensor) -> Tensor:
    return _moved(given, bundle.cameras).project(bundle.joints) - pixels


def _robust(residuals: Tensor) -> Tensor:
    """Geman and McClure's weights (V, N) of least squares."""
    squared = (residuals**2).sum(-1) / _ROBUST_PX**2
    return 1 / (1 + squared) ** 2


def _cost(bundle: _Bundle, given: TorchCameras, pixels: Tensor, weights: Tensor) -> float:
    squared = (_residuals(bundle, given, pixels) ** 2).sum(-1)
    robust = squared / (1 + squared / _ROBUST_PX**2)
    prior = (_FOCAL_TRUST * bundle.cameras[:, 6]) ** 2
    return float((weights * robust).sum() + weights.sum() / weights.numel() * prior.sum())


def _step(
    bundle: _Bundle, given: TorchCameras, pixels: Tensor, weights: Tensor, free: Tensor, damping: float
) -> _Bundle:
    """One damped Gauss-Newton step; the joints are eliminated (Schur complement)."""
    residuals = _residuals(bundle, given, pixels)
    by_camera, by_joint = _jacobians(given, bundle)
    by_camera = by_camera * free
    weight = (weights * _robust(residuals))[..., None]
    cc = torch.einsum("vnik,vnil->vkl", by_camera, weight[..., None] * by_camera)
    jj = torch.einsum("vnik,vnil->nkl", by_joint, weight[..., None] * by_joint)
    cj = torch.einsum("vnik,vnil->vnkl", by_camera, weight[..., None] * by_joint)
    gc = torch.einsum("vnik,vni->vk", by_camera, weight * residuals)
    gj = torch.einsum("vnik,vni->nk", by_joint, weight * residuals)
    trust = weights.sum() / weights.numel() * _FOCAL_TRUST**2
    cc[:, 6, 6] += trust
    gc[:, 6] += trust * bundle.cameras[:, 6]
    cc = cc + torch.diag_embed(damping * cc.diagonal(dim1=1, dim2=2) + 1e-9)
    jj = jj + torch.diag_embed(damping * jj.diagonal(dim1=1, dim2=2) + 1e-9)
    inverse = torch.linalg.inv(jj)
    count = len(cc)
    schur = torch.block_diag(*cc) - torch.einsum("vnkl,nlm,wnpm->vkwp", cj, inverse, cj).reshape(
        7 * count, 7 * count
    )
    right = gc - torch.einsum("vnkl,nlm,nm->vk", cj, inverse, gj)
    cameras = -torch.linalg.solve(schur, right.reshape(-1)).reshape(count, 7)
    joints = -torch.einsum("nkl,nl->nk", inverse, gj + torch.einsum("vnkl,vk->nl", cj, cameras))
    return _Bundle(bundle.cameras + cameras * free, bundle.joints + joints)


def _jacobians(given: TorchCameras, bundle: _Bundle) -> tuple[Tensor, Tensor]:
    """Derivatives of the pixels by the cameras (V, N, 2, 7) and by the joints (V, N, 2, 3)."""
    parts = (given.focal, given.principal_point, given.distortion, given.R, given.t)
    derivative: Callable[..., tuple[Tensor, Tensor]] = jacfwd(_one_pixel, argnums=(0, 1))
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
        replace(camera, focal=focal.numpy(), R=R.numpy(), t=t.numpy())
        for camera, focal, R, t in zip(given, cameras.focal, cameras.R, cameras.t, strict=True)
    ]
    scale = _mean_distance(given) / _mean_distance(found)
    first = found[0]
    moved = []
    for camera in found:
        relative = camera.R @ first.R.T
        shift = scale * (camera.t - relative @ first.t)
        moved.append(replace(camera, R=relative @ given[0].R, t=relative @ given[0].t + shift))
    return tuple(moved)


def scaled(cameras: Sequence[PinholeCamera], factor: float) -> tuple[PinholeCamera, ...]:
    """The cameras of a world whose lengths are multiplied; the first camera keeps its place.

    A point p of the old world is at c + factor (p - c) in the new one, c the first camera's centre.
    """
    centre = _centre(cameras[0])
    return tuple(
        replace(camera, t=factor * camera.t + (factor - 1) * (camera.R @ centre)) for camera in cameras
    )


def _centre(camera: PinholeCamera) -> Array:
    return np.asarray(-camera.R.T @ camera.t)


def _mean_distance(cameras: Sequence[PinholeCamera]) -> float:
    pairs = combinations([_centre(camera) for camera in cameras], 2)
    return float(np.mean([np.linalg.norm(a - b) for a, b in pairs]))
