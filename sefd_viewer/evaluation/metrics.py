"""Errors of a predicted body in millimetres: MPJPE, PA-MPJPE, MPVPE (method of 3DPW and Human3.6M).

All take camera-space points in metres of one person. What is common to both, the position of
the root, is taken out first, so that only pose, shape and turn of the body count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry.alignment import align

HUMAN36M_ROOT = 0
HUMAN36M_EVALUATED = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16)
"""The 14 of the 17 Human3.6M joints that count: no pelvis, torso or nose."""

_MM_PER_METRE = 1000.0


def mpjpe(predicted_camera: ArrayLike, truth_camera: ArrayLike) -> float:
    """Mean distance (mm) of 17 Human3.6M joints (17,3) metres, root-relative, over the 14 evaluated."""
    return mean_distance_mm(_evaluated(predicted_camera), _evaluated(truth_camera))


def pa_mpjpe(predicted_camera: ArrayLike, truth_camera: ArrayLike) -> float:
    """The same after the best turn, shift and scale of the prediction (Procrustes) onto the truth."""
    predicted, truth = _evaluated(predicted_camera), _evaluated(truth_camera)
    return mean_distance_mm(align(predicted, truth), truth)


def mpvpe(
    predicted_camera: ArrayLike, truth_camera: ArrayLike, *, predicted_root: ArrayLike, truth_root: ArrayLike
) -> float:
    """Mean distance (mm) of mesh vertices (V,3) metres, each mesh relative to its SMPL pelvis (3,)."""
    predicted = _points(predicted_camera) - np.asarray(predicted_root, np.float64)
    return mean_distance_mm(predicted, _points(truth_camera) - np.asarray(truth_root, np.float64))


def mean_distance_mm(a: ArrayLike, b: ArrayLike) -> float:
    """Mean distance (mm) of paired points (N,3) in metres."""
    first, second = _points(a), _points(b)
    if first.shape != second.shape:
        raise ValueError(f"the two have different shapes: {first.shape} and {second.shape}")
    return float(np.linalg.norm(first - second, axis=-1).mean() * _MM_PER_METRE)


def _evaluated(joints_camera: ArrayLike) -> NDArray[np.float64]:
    joints = _points(joints_camera)
    if joints.shape != (17, 3):
        raise ValueError(f"expected the 17 Human3.6M joints as (17, 3), got {joints.shape}")
    return (joints - joints[HUMAN36M_ROOT])[list(HUMAN36M_EVALUATED)]


def _points(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)
