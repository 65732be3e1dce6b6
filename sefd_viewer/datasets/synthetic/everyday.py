"""Everyday poses by construction: people who stand, walk, talk, wave, fold their arms."""

from __future__ import annotations

import numpy as np

from sefd_viewer.geometry import SMPL24, axis_angle_to_matrix, matrix_to_axis_angle

_L_HIP, _R_HIP, _SPINE, _L_KNEE, _R_KNEE = (
    SMPL24.index(name) for name in ("L_Hip", "R_Hip", "Torso", "L_Knee", "R_Knee")
)
_CHEST, _NECK, _HEAD = (SMPL24.index(name) for name in ("Chest", "Neck", "Head"))
_SHOULDERS = (SMPL24.index("L_Shoulder"), SMPL24.index("R_Shoulder"))
_ELBOWS = (SMPL24.index("L_Elbow"), SMPL24.index("R_Elbow"))
_SIDES = (1.0, -1.0)
_ARMS = ("hanging", "bent", "hip", "up", "forward", "folded")
_ARM_SHARES = (0.46, 0.22, 0.1, 0.05, 0.06, 0.11)


def everyday_pose(rng: np.random.Generator) -> np.ndarray:
    """One pose (72,) axis-angle, Y up, upright and turned to a random side."""
    pose = np.zeros((24, 3))
    if rng.random() < 0.4:
        _walk(pose, rng)
    else:
        _stand(pose, rng)
    _trunk(pose, rng)
    both = rng.choice(len(_ARMS), p=_ARM_SHARES)
    for arm in range(2):
        kind = both if rng.random() < 0.35 else rng.choice(len(_ARMS), p=_ARM_SHARES)
        _arm(pose, arm, _ARMS[kind], rng)
    noise = axis_angle_to_matrix(rng.normal(0, 0.05, (24, 3)))
    noise[0] = axis_angle_to_matrix(np.array([0.0, rng.uniform(-np.pi, np.pi), 0.0]))
    return np.asarray(matrix_to_axis_angle(noise @ axis_angle_to_matrix(pose))).reshape(72)


def _stand(pose: np.ndarray, rng: np.random.Generator) -> None:
    """On both feet, or with the weight on one and the other knee bent; in place."""
    spread = abs(rng.normal(0.07, 0.06))
    for hip, side in ((_L_HIP, 1.0), (_R_HIP, -1.0)):
        pose[hip] = [rng.normal(-0.03, 0.05), side * rng.normal(0.1, 0.15), side * spread]
    if rng.random() < 0.5:
        hip, knee = ((_L_HIP, _L_KNEE), (_R_HIP, _R_KNEE))[rng.integers(2)]
        bent = rng.uniform(0.1, 0.5)
        pose[hip, 0] -= 0.6 * bent
        pose[knee, 0] = bent


def _walk(pose: np.ndarray, rng: np.random.Generator) -> None:
    """One instant of a step; in place."""
    phase, stride = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.55)
    for hip, knee, offset in ((_L_HIP, _L_KNEE, 0.0), (_R_HIP, _R_KNEE, np.pi)):
        swing = np.sin(phase + offset)
        pose[hip] = [-stride * swing, 0.0, rng.normal(0, 0.03)]
        pose[knee, 0] = 0.1 + 0.9 * stride * max(0.0, np.cos(phase + offset + 0.4)) + 0.1 * rng.random()
    pose[_CHEST, 1] = 0.2 * stride * np.sin(phase)


def _trunk(pose: np.ndarray, rng: np.random.Generator) -> None:
    """A little bent and turned, now and then leaning; the head looks somewhere; in place."""
    lean = rng.uniform(0.15, 0.5) if rng.random() < 0.15 else rng.normal(0.04, 0.05)
    pose[_SPINE] = [lean, rng.normal(0, 0.12), rng.normal(0, 0.05)]
    pose[_CHEST, 1] += rng.normal(0, 0.1)
    pose[_NECK] = [rng.normal(0.05, 0.12), rng.normal(0, 0.25), rng.normal(0, 0.06)]
    pose[_HEAD] = [rng.normal(0.05, 0.15), rng.normal(0, 0.25), rng.normal(0, 0.05)]


def _arm(pose: np.ndarray, arm: int, kind: str, rng: np.random.Generator) -> None:
    """What one arm does; in place. From the T-pose, z lowers the left arm when negative, y bends forward."""
    side, shoulder, elbow = _SIDES[arm], _SHOULDERS[arm], _ELBOWS[arm]
    down, forward, bend = -1.2, 0.0, -0.2
    if kind == "hanging":
        down, forward, bend = rng.uniform(-1.38, -1.12), rng.normal(0.05, 0.25), -rng.uniform(0.05, 0.5)
    elif kind == "bent":
        down, forward, bend = rng.uniform(-1.3, -1.05), rng.uniform(0.0, 0.5), -rng.uniform(1.2, 2.1)
    elif kind == "hip":
        down, forward, bend = rng.uniform(-0.95, -0.75), rng.uniform(-0.5, -0.2), -rng.uniform(1.3, 1.7)
    elif kind == "up":
        down, forward, bend = rng.uniform(0.3, 1.0), rng.uniform(-0.1, 0.4), -rng.uniform(0.5, 1.6)
    elif kind == "forward":
        down, forward, bend = rng.uniform(-1.2, -0.9), rng.uniform(0.8, 1.5), -rng.uniform(0.1, 0.7)
    elif kind == "folded":
        down, forward, bend = rng.uniform(-1.2, -1.0), rng.uniform(0.4, 0.7), -rng.uniform(1.7, 2.2)
    lowered = axis_angle_to_matrix(np.array([0.0, 0.0, side * down]))
    raised = axis_angle_to_matrix(np.array([-forward, 0.0, 0.0]))
    pose[shoulder] = matrix_to_axis_angle(raised @ lowered)
    pose[elbow] = [0.0, side * bend, side * rng.normal(0, 0.1)]
