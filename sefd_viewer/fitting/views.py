"""One person as several calibrated views saw them, moment by moment, and the cameras they obey."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import jacrev, vmap

from sefd_viewer.cameras.views.matching import MatchedPerson
from sefd_viewer.cameras.views.tracks import Track
from sefd_viewer.cameras.views.triangulation import Triangulated, triangulate
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DatasetError
from sefd_viewer.fitting.differentiable import TorchCameras
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, Pose2D, as_joint_set, remap

Array = NDArray[np.float64]
Poses = Mapping[str, Sequence[Sequence[Pose2D]]]

TOLERANCE_PX = 15.0
"""Observations further than this from where the other views see a joint are left out of its 3D point."""

_USUAL_PX = 330.0

_UNRELIABLE = {"L_Hip": 0.4, "R_Hip": 0.4, "L_Shoulder": 0.7, "R_Shoulder": 0.7} | dict.fromkeys(
    ("Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear"), 0.4
)
"""Trust in joints by which detectors and bodies mean different places, or that are guessed when hidden."""


@dataclass(frozen=True, eq=False)
class PersonViews:
    """One person in V views at M moments.

    `cameras` (V), `pixels` (V, M, 17, 2) COCO joints in image pixels, zero where unseen, and `confidence`
    (V, M, 17), zero where unseen. `poses` are the 2D poses that they come from, by view and moment.
    """

    key: str
    views: tuple[str, ...]
    cameras: tuple[PinholeCamera, ...]
    pixels: Array
    confidence: Array
    poses: Mapping[tuple[str, int], Pose2D]

    @property
    def moments(self) -> int:
        """How many moments there are, M."""
        return self.pixels.shape[1]

    @property
    def scale(self) -> float:
        """How large the person is in the pictures: 1 for joints that span 330 px, as tolerances are for."""
        seen = self.confidence > 0
        whole = seen.sum(axis=-1) >= COCO17.count // 2
        if not whole.any():
            return 1.0
        high = np.where(seen, self.pixels[..., 1], -np.inf).max(axis=-1)
        low = np.where(seen, self.pixels[..., 1], np.inf).min(axis=-1)
        return float(np.median((high - low)[whole])) / _USUAL_PX

    def triangulated(self) -> Triangulated:
        """The M * 17 joints in 3D."""
        flat = self.pixels.reshape(len(self.views), -1, 2)
        trust = self.confidence.reshape(len(self.views), -1)
        return triangulate(self.cameras, flat, weights=trust, tolerance_px=TOLERANCE_PX * self.scale)


def joint_trust() -> Array:
    """How much each COCO joint (17,) counts: less where detectors and bodies mean different places."""
    return np.array([_UNRELIABLE.get(name, 1.0) for name in COCO17.names])


def person_views(
    key: str, person: MatchedPerson, cameras: Mapping[str, PinholeCamera], poses: Poses
) -> PersonViews:
    """The matched person with the confidences that tracks leave out."""
    views = tuple(sorted(person.tracks, key=list(cameras).index))
    tables = [_table(person.tracks[view], poses[view]) for view in views]
    found = {
        (view, moment): pose
        for view in views
        for moment, pose in enumerate(_poses_of(person.tracks[view], poses[view]))
        if pose is not None
    }
    stacked = np.stack(tables)
    return PersonViews(
        key, views, tuple(cameras[view] for view in views), stacked[..., :2], stacked[..., 2], found
    )


def _table(track: Track, moments: Sequence[Sequence[Pose2D]]) -> Array:
    """Pixels and confidence (M, 17, 3) of a track; zeros where a joint is not seen with confidence."""
    scores = np.zeros(track.pixels.shape[:2])
    for moment, pose in enumerate(_poses_of(track, moments)):
        if pose is not None:
            scores[moment] = _coco(pose)[:, 2]
    seen = np.asarray(np.isfinite(track.pixels).all(axis=-1))
    pixels = np.where(seen[..., None], track.pixels, 0.0)
    return np.concatenate([pixels, np.where(seen, scores, 0.0)[..., None]], axis=-1)


def _poses_of(track: Track, moments: Sequence[Sequence[Pose2D]]) -> list[Pose2D | None]:
    """The 2D pose of each moment that the track holds."""
    return [_pose_of(track.pixels[moment], poses) for moment, poses in enumerate(moments)]


def _pose_of(pixels: Array, poses: Sequence[Pose2D]) -> Pose2D | None:
    seen = np.isfinite(pixels).all(axis=-1)
    if not seen.any():
        return None
    return next((pose for pose in poses if np.allclose(_coco(pose)[seen, :2], pixels[seen])), None)


def _coco(pose: Pose2D) -> Array:
    values, _ = remap(pose.keypoints, as_joint_set(pose.joint_set), COCO17)
    return values.astype(np.float64)


_LAYOUT = "Give a capture folder (cameras.json and one folder of pictures per camera) or a Human3.6M root"


@dataclass(frozen=True, eq=False)
class MomentSequence:
    """Consecutive `moments` of the cameras by view; `records` by view and moment, where there is one.

    `up` (3,) points away from the ground in the cameras' world, None where that is not known.
    """

    name: str
    cameras: Mapping[str, PinholeCamera]
    moments: tuple[str, ...]
    records: Mapping[tuple[str, str], Record]
    up: tuple[float, float, float] | None = None


def sequences_of(dataset: Dataset, *, every: int = 1) -> list[MomentSequence]:
    """Every sequence that two cameras saw, of its moments one in `every`.

    Raises DatasetError, which says what is missing, when there is none.
    """
    found: dict[str, list[Record]] = {}
    for record in dataset.records:
        if record.moment is not None and record.view is not None:
            found.setdefault(_sequence(record.moment), []).append(record)
    if not found:
        raise DatasetError(
            "these pictures do not come from several cameras", where=dataset.root, remedy=_LAYOUT
        )
    made = [_made(name, records, every) for name, records in found.items()]
    usable = [one for one in made if len(one.cameras) > 1]
    if not usable:
        raise DatasetError("fewer than two views have a usable camera", where=dataset.root, remedy=_LAYOUT)
    return usable


def _sequence(moment: str) -> str:
    """A moment's name without the number at its end."""
    return re.sub(r"[_-]?\d+$", "", moment)


def _made(name: str, records: Sequence[Record], every: int) -> MomentSequence:
    cameras: dict[str, PinholeCamera] = {}
    for record in records:
        assert record.view is not None
        if record.camera is not None:
            _see_that_it_stands(record, cameras.setdefault(record.view, record.camera))
    by_place = {(record.view or "", record.moment or ""): record for record in records}
    moments = tuple(dict.fromkeys(moment for _, moment in by_place))[::every]
    return MomentSequence(name, cameras, moments, by_place, records[0].world_up)


def _see_that_it_stands(record: Record, camera: PinholeCamera) -> None:
    same = record.camera is camera or (
        record.camera is not None
        and all(
            np.allclose(getattr(record.camera, name), getattr(camera, name)) for name in ("R", "t", "focal")
        )
    )
    if not same:
        raise DatasetError(
            f"the camera of {record.view} moves", where=record.key, remedy="Only standing cameras can be used"
        )


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
