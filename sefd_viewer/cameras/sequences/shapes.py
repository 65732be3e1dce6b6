"""Are the limbs of a body as long as the measured ones? Else whose shape, or which body model, fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.body_joints import Bodies, JointsOfBodies
from sefd_viewer.cameras.sequences.distances import rotations_between
from sefd_viewer.cameras.sequences.findings import BodyCorrection
from sefd_viewer.geometry.joints import JointSet

LOOKED_AT = 60
"""Frames of a sequence by which its shape is judged: limbs do not change."""

_LEAST_GAIN_MM = 7.0
_LEAST_KNOWN_MM = 4.0
_GAIN = 0.75
_STIFF_MM = 9.0
"""How much joints (mm) must gain for one standard deviation of a shape parameter."""


@dataclass(frozen=True, eq=False)
class Shape:
    """Another shape for some frames: its words, what it leaves of the error of posed joints (mm rms)."""

    fault: str
    remedy: str
    before: float
    after: float
    correction: BodyCorrection
    fitted: bool


def better_shape(
    parameters: Array,
    joints: Array,
    measure: JointsOfBodies,
    models: Mapping[str, JointsOfBodies],
    known: Mapping[str, Array],
) -> Shape | None:
    """The shape that makes limbs as long as they were measured, if the stored one does not.

    `parameters` (N, 85) and `joints` (N, J, 3) are all known. `models` are other body models by name, `known`
    other people's betas (10,) by words. None where the stored shape is as good.
    """
    before = unlike_mm(measure.of(parameters), joints)
    lengths = _limb_words(measure.of(parameters), joints, measure.joint_set)
    tried = [
        Shape(
            f"the bodies belong to the {name} model",
            f"Use the {name} body model for them, or state their gender",
            before,
            unlike_mm(model.of(parameters), joints),
            BodyCorrection(body_id=model.model.id),
            False,
        )
        for name, model in models.items()
    ]
    tried += [
        Shape(
            f"the shape (betas) is not this person's but fits with that of {words}: limbs are {lengths}",
            f"Take the betas of {words}",
            before,
            unlike_mm(measure.of(with_betas(parameters, betas)), joints),
            BodyCorrection(betas=betas),
            False,
        )
        for words, betas in known.items()
    ]
    found = min(tried, key=lambda one: one.after, default=None)
    if found is not None and found.before - found.after > _LEAST_KNOWN_MM and found.after < 0.85 * before:
        fitted = fitted_betas(parameters, joints, measure)
        rest = unlike_mm(measure.of(with_betas(parameters, fitted)), joints)
        if found.after < 1.25 * rest + 2:
            return found
    return _fitted(parameters, joints, measure, before, lengths)


def _fitted(
    parameters: Array, joints: Array, measure: JointsOfBodies, before: float, lengths: str
) -> Shape | None:
    betas = fitted_betas(parameters, joints, measure)
    after = unlike_mm(measure.of(with_betas(parameters, betas)), joints)
    if not _is_better(before, after) or np.abs(betas).max() > 8:
        return None
    return Shape(
        f"the shape (betas) is not this person's: limbs are {lengths}",
        "Take this subject's own betas, or fit them again",
        before,
        after,
        BodyCorrection(betas=np.round(betas, 4)),
        True,
    )


def _is_better(before: float, after: float) -> bool:
    return before - after > _LEAST_GAIN_MM and after < _GAIN * before


def with_betas(parameters: Array, betas: Array) -> Array:
    """The parameters (N, 85) with other betas."""
    changed = parameters.copy()
    changed[:, 72:82] = betas
    return changed


def unlike_mm(bodies: Bodies, joints: Array) -> float:
    """How unlike pose and shape are (mm, rms): each frame's body is placed and turned onto the joints."""
    return 1000 * float(np.sqrt(np.mean(_unlike(bodies.local, joints) ** 2)))


def fitted_betas(parameters: Array, joints: Array, measure: JointsOfBodies) -> Array:
    """The one shape (10,) with which the posed joints are most like the measured ones."""
    betas = np.median(parameters[:, 72:82], axis=0)
    for _ in range(2):
        local = measure.of(with_betas(parameters, betas)).local
        moved = [
            _centred(measure.of(with_betas(parameters, betas + step)).local) - _centred(local)
            for step in np.eye(10)
        ]
        change = np.stack(moved, axis=-1)
        wanted = _turned_back(local, joints) - _centred(local)
        known = np.isfinite(wanted).all(axis=2) & np.isfinite(change).all(axis=(2, 3))
        A, b = change[known].reshape(-1, 10), wanted[known].ravel()
        stiff = len(parameters) * (_STIFF_MM / 1000) ** 2 * np.eye(10)
        betas = betas + np.linalg.solve(A.T @ A + stiff, A.T @ b)
    return np.asarray(betas)


def _unlike(local: Array, joints: Array) -> Array:
    """Distances (M,) of all known joints once each body lies on its joints."""
    distances = np.linalg.norm(_turned_back(local, joints) - _centred(local), axis=-1)
    return distances[np.isfinite(distances)]


def _turned_back(local: Array, joints: Array) -> Array:
    """The measured joints (N, J, 3) as the upright body has them, about their middle."""
    wanted = _centred(joints)
    turns = rotations_between(_centred(local), wanted)
    return np.asarray(wanted @ turns)


def _centred(points: Array) -> Array:
    return np.asarray(points - np.nanmean(points, axis=1, keepdims=True))


def _limb_words(bodies: Bodies, joints: Array, joint_set: JointSet) -> str:
    """By how much the limbs are too long or too short, and which most."""
    stored, measured = _limbs(bodies.local, joint_set), _limbs(joints, joint_set)
    ratio = 100 * (np.nansum(stored) / max(float(np.nansum(measured)), 1e-9) - 1)
    apart = np.nan_to_num(stored - measured)
    worst = int(np.argmax(np.abs(apart)))
    names = "-".join(joint_set.names[row] for row in joint_set.skeleton[worst])
    if abs(ratio) >= 3:
        return f"{abs(ratio):.0f} % too {'long' if ratio > 0 else 'short'}"
    return f"of other proportions, {names} by {1000 * apart[worst]:+.0f} mm"


def _limbs(points: Array, joint_set: JointSet) -> Array:
    """The median length (B,) of every bone."""
    ends = np.array(joint_set.skeleton)
    return np.nanmedian(np.linalg.norm(points[:, ends[:, 0]] - points[:, ends[:, 1]], axis=-1), axis=0)
