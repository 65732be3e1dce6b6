"""Errors of a predicted body: MPJPE, PA-MPJPE, MPVPE (3DPW, Human3.6M), 3DPCK and AUC (MuPoTS), PCKh.

Those in 3D take camera-space points in metres of one person. What is common to both, the position of
the root, is taken out first, so that only pose, shape and turn of the body count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry.alignment import align, align_many
from sefd_viewer.geometry.joints import HUMAN36M17

HUMAN36M_ROOT = 0
HUMAN36M_EVALUATED = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16)
"""The 14 of the 17 Human3.6M joints that count: no pelvis, torso or nose."""
EVALUATED_NAMES = tuple(HUMAN36M17.names[joint] for joint in HUMAN36M_EVALUATED)
"""Their names, in the order of a run's lists of errors."""

HUMAN36M_PARTS: dict[str, tuple[int, ...]] = {
    "legs": (1, 2, 3, 4, 5, 6),
    "trunk and head": (8, 10),
    "arms": (11, 12, 13, 14, 15, 16),
}
"""Which of the 17 Human3.6M joints belong to which part of the body; together the evaluated ones."""

PCK_MM = 150.0
"""Distance within which a joint counts as correct (3DPCK)."""

_AUC_MM = tuple(range(0, 151, 5))
_MM_PER_METRE = 1000.0


def mpjpe(predicted_camera: ArrayLike, truth_camera: ArrayLike) -> float:
    """Mean distance (mm) of 17 Human3.6M joints (17,3) metres, root-relative, over the 14 evaluated."""
    return mean_distance_mm(_evaluated(predicted_camera), _evaluated(truth_camera))


def pa_mpjpe(predicted_camera: ArrayLike, truth_camera: ArrayLike) -> float:
    """Mean distance (mm) of the same joints after aligning the prediction with the truth (Procrustes)."""
    predicted, truth = _evaluated(predicted_camera), _evaluated(truth_camera)
    return mean_distance_mm(align(predicted, truth), truth)


def mpvpe(
    predicted_camera: ArrayLike, truth_camera: ArrayLike, *, predicted_root: ArrayLike, truth_root: ArrayLike
) -> float:
    """Mean distance (mm) of mesh vertices (V,3) metres, each mesh relative to its SMPL pelvis (3,)."""
    predicted = _points(predicted_camera) - np.asarray(predicted_root, np.float64)
    return mean_distance_mm(predicted, _points(truth_camera) - np.asarray(truth_root, np.float64))


def joint_errors_mm(predicted_camera: ArrayLike, truth_camera: ArrayLike) -> NDArray[np.float64]:
    """Distance (mm) of each of the 14 evaluated joints, root-relative, in the order of HUMAN36M_EVALUATED."""
    return np.linalg.norm(_evaluated(predicted_camera) - _evaluated(truth_camera), axis=-1) * _MM_PER_METRE


def depth_and_across_mm(
    predicted_camera: ArrayLike, truth_camera: ArrayLike, sight: ArrayLike
) -> tuple[float, float]:
    """Mean parts (mm) of the 14 joints' errors along the line of `sight` (3,) and at right angles to it.

    By Pythagoras joint by joint, so that the two do not add up to MPJPE.
    """
    line = np.asarray(sight, np.float64)
    apart = (_evaluated(predicted_camera) - _evaluated(truth_camera)) * _MM_PER_METRE
    along = apart @ (line / np.linalg.norm(line))
    across = np.sqrt(np.maximum((apart**2).sum(axis=-1) - along**2, 0.0))
    return float(np.abs(along).mean()), float(across.mean())


@dataclass(frozen=True, eq=False)
class JointErrors:
    """Errors of N people in mm: `mpjpe` (N,), `pa_mpjpe` (N,), and `of_joints` (N,14) before alignment."""

    mpjpe: NDArray[np.float64]
    pa_mpjpe: NDArray[np.float64]
    of_joints: NDArray[np.float64]


def many_joint_errors(predicted_camera: ArrayLike, truth_camera: ArrayLike) -> JointErrors:
    """MPJPE and PA-MPJPE of many people at once, from their 17 Human3.6M joints (N,17,3) in metres."""
    predicted, truth = _points(predicted_camera), _points(truth_camera)
    if predicted.shape != truth.shape or predicted.shape[1:] != (17, 3):
        raise ValueError(f"expected twice (N, 17, 3), got {predicted.shape} and {truth.shape}")
    chosen = list(HUMAN36M_EVALUATED)
    own, true = ((p - p[:, HUMAN36M_ROOT, None])[:, chosen] for p in (predicted, truth))
    errors = np.linalg.norm(own - true, axis=-1) * _MM_PER_METRE
    aligned = np.linalg.norm(align_many(own, true) - true, axis=-1) * _MM_PER_METRE
    return JointErrors(errors.mean(axis=1), aligned.mean(axis=1), errors)


def pck3d(errors_mm: ArrayLike, *, threshold_mm: float = PCK_MM) -> float:
    """Share of joints within the threshold; nan errors are left out, nan without any other."""
    errors = _known(errors_mm)
    return float((errors <= threshold_mm).mean()) if errors.size else float("nan")


def auc3d(errors_mm: ArrayLike) -> float:
    """Mean of `pck3d` over the thresholds 0, 5 ... 150 mm (MuPoTS); nan without any known error."""
    errors = _known(errors_mm)
    return float(np.mean([pck3d(errors, threshold_mm=limit) for limit in _AUC_MM]))


def pckh(predicted_image: ArrayLike, truth_image: ArrayLike, head_px: float, *, share: float = 0.6) -> float:
    """Share of 2D joints (J,2) within `share` of the head's length (MPII's rule).

    Joints without truth (nan) are left out, predicted ones that are nan are wrong; nan without any truth or
    head.
    """
    truth = _points(truth_image)
    known = np.isfinite(truth).all(axis=-1)
    if not known.any() or not head_px > 0:
        return float("nan")
    distances = np.linalg.norm(_points(predicted_image)[known] - truth[known], axis=-1)
    return float((distances <= share * head_px).mean())


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


def _known(values: ArrayLike) -> NDArray[np.float64]:
    numbers = np.asarray(values, np.float64)
    return numbers[np.isfinite(numbers)]
