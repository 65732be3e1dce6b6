"""How far bodies are from measured joints, and what moves one onto the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.body_joints import Bodies
from sefd_viewer.cameras.sequences.findings import BodyCorrection
from sefd_viewer.geometry.joints import JointSet

_ARM, _LEG = ("Shoulder", "Elbow", "Wrist"), ("Hip", "Knee", "Ankle")


class Limbs:
    """The joints of a set by limb: both arms, both legs, the rest."""

    def __init__(self, joint_set: JointSet) -> None:
        self.joint_set = joint_set
        names = joint_set.names
        groups = [[f"{side}_{part}" for part in parts] for parts in (_ARM, _LEG) for side in "LR"]
        rows = [[names.index(name) for name in group if name in names] for group in groups]
        used = {row for group in rows for row in group}
        rows.append([row for row in range(len(names)) if row not in used])
        self.rows = [group for group in rows if group]

    def errors_mm(self, joints: Array, found: Array) -> Array:
        """The error (N,) of each frame: the median of its worst limb; of joints (N, J, 3) in metres."""
        return self.worst(np.linalg.norm(joints - found, axis=-1) * 1000)

    def worst(self, distances: Array) -> Array:
        """The worst limb's median (N,) of distances (N, J); nan joints are left out, nan where all are."""
        if np.isfinite(distances).all():
            return np.asarray(np.max([np.median(distances[:, rows], axis=1) for rows in self.rows], axis=0))
        return _nanmax([_nanmedian(distances[:, rows]) for rows in self.rows])

    def swapped(self, parts: Sequence[str] = (*_ARM, *_LEG)) -> tuple[int, ...]:
        """The joints in their order with left and right of some parts exchanged."""
        order = list(range(self.joint_set.count))
        for left, right in self.joint_set.flip_pairs:
            if self.joint_set.names[left][2:] in parts:
                order[left], order[right] = right, left
        return tuple(order)


ARMS, LEGS = _ARM, _LEG


class Rigid(NamedTuple):
    """x -> scale R x + t, metres."""

    R: Array
    t: Array
    scale: float

    def of(self, points: Array) -> Array:
        """The points moved."""
        return np.asarray(self.scale * points @ self.R.T + self.t)


def rigid_fit(points: Array, targets: Array, *, scaled: bool = False) -> Rigid:
    """The motion that leads points (M, 3) closest to their targets (Umeyama 1991)."""
    known = np.isfinite(points).all(axis=1) & np.isfinite(targets).all(axis=1)
    a, b = points[known], targets[known]
    R = rotations_between((a - a.mean(axis=0))[None], (b - b.mean(axis=0))[None])[0]
    turned = (a - a.mean(axis=0)) @ R.T
    scale = float((turned * (b - b.mean(axis=0))).sum() / max((turned**2).sum(), 1e-12)) if scaled else 1.0
    return Rigid(R, b.mean(axis=0) - scale * R @ a.mean(axis=0), scale)


def rotations_between(points: Array, targets: Array) -> Array:
    """The rotations (N, 3, 3) that lead points (N, J, 3) closest to targets, about the origin (Kabsch)."""
    a, b = np.nan_to_num(points), np.nan_to_num(targets)
    both = np.isfinite(points).all(axis=-1, keepdims=True) & np.isfinite(targets).all(axis=-1, keepdims=True)
    covariance = np.swapaxes(b * both, 1, 2) @ (a * both)
    U, _, V = np.linalg.svd(covariance)
    U[..., -1] *= np.sign(np.linalg.det(U @ V))[:, None]
    return np.asarray(U @ V)


def mean_rotation(rotations: Array) -> Array:
    """The rotation (3, 3) in the middle of some (N, 3, 3)."""
    U, _, V = np.linalg.svd(rotations.mean(axis=0))
    return np.asarray(U @ np.diag([1, 1, np.sign(np.linalg.det(U @ V))]) @ V)


def angles_deg(rotations: Array) -> Array:
    """By how many degrees rotations (N, 3, 3) turn."""
    cosine = (np.trace(rotations, axis1=-2, axis2=-1) - 1) / 2
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def corrected(bodies: Bodies, correction: BodyCorrection) -> Bodies:
    """`BodyCorrection.applied` to many bodies, but for betas, body and time, which make other joints."""
    transl = bodies.transl * correction.transl_scale
    if correction.transl_axes is not None:
        transl = transl @ correction.transl_axes.T
    transl = transl - correction.roots * bodies.root
    orient = bodies.orient
    if correction.orient_transposed:
        orient = orient.transpose(0, 2, 1)
    if correction.own_turn is not None:
        orient = orient @ correction.own_turn
    if correction.turn is not None:
        orient = correction.turn @ orient
    if correction.about_origin:
        transl = transl + _turned(orient, bodies.root) - bodies.root
    if correction.R is not None:
        pivot = bodies.root if correction.mode == "exact" else np.zeros(3)
        orient = correction.R @ orient
        t = np.zeros(3) if correction.t is None else correction.t
        transl = (transl + pivot) @ correction.R.T + t - pivot
    if correction.shift is not None:
        transl = transl + correction.shift
    if correction.own_shift is not None:
        transl = transl + orient @ correction.own_shift
    return bodies.moved(orient=orient, transl=transl)


def _turned(rotations: Array, vectors: Array) -> Array:
    return np.asarray(np.einsum("nab,nb->na", rotations, vectors))


def typical(values: Array) -> float:
    """The median of what is known; nan when nothing is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _nanmedian(values: Array) -> Array:
    """The median (N,) of each row without nan; nan where nothing else is there."""
    ordered = np.sort(values, axis=1)
    count: NDArray[np.int64] = np.isfinite(values).sum(axis=1)
    low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, values.shape[1] - 1)
    rows = np.arange(len(values))
    return np.where(count > 0, (ordered[rows, low] + ordered[rows, high]) / 2, np.nan)


def _nanmax(columns: Sequence[Array]) -> Array:
    stacked = np.stack(columns)
    known = np.isfinite(stacked)
    return np.where(known.any(axis=0), np.where(known, stacked, -np.inf).max(axis=0), np.nan)
