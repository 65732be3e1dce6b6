"""Rotations as axis-angle vectors, matrices and the networks' six numbers; SMPL from world to camera."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

_ROTATION_TOLERANCE = 1e-3
_SQUASHED = 1e-3


def axis_angle_to_matrix(axis_angle: ArrayLike) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3) in radians (Rodrigues)."""
    vector = _floating(axis_angle)
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    linear = np.sinc(angle / np.pi)
    quadratic = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    outer = vector[..., :, None] * vector[..., None, :]
    matrix = np.cos(angle) * np.eye(3) + quadratic * outer + linear * _cross_matrix(vector)
    return matrix.astype(vector.dtype, copy=False)


def matrix_to_axis_angle(matrix: ArrayLike) -> np.ndarray:
    """Axis-angle vectors (..., 3) of rotation matrices (..., 3, 3), angles in [0, pi], exact at both ends."""
    rotation = _floating(matrix)
    quaternion = _quaternion(rotation.astype(np.float64))
    real, vector = quaternion[..., :1], quaternion[..., 1:]
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    half_angle = np.arctan2(length, real)
    factor = np.where(length > 1e-12, 2 * half_angle / np.maximum(length, 1e-12), 2.0)
    return (vector * factor).astype(rotation.dtype, copy=False)


def rotation_6d_to_matrix(rotation_6d: ArrayLike) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of six numbers (..., 6).

    Row by row a (3, 2) matrix; Gram-Schmidt makes its columns orthonormal, the third is their cross product.
    """
    columns = _floating(rotation_6d)
    columns = columns.reshape(*columns.shape[:-1], 3, 2)
    first = _unit(columns[..., 0])
    along = np.sum(first * columns[..., 1], axis=-1, keepdims=True)
    second = _unit(columns[..., 1] - along * first)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def matrix_to_rotation_6d(matrix: ArrayLike) -> np.ndarray:
    """The first two columns of rotation matrices (..., 3, 3) as six numbers (..., 6), row by row."""
    rotation = _floating(matrix)
    return rotation[..., :2].reshape(*rotation.shape[:-2], 6)


def is_rotation(matrix: ArrayLike) -> bool:
    """Whether a finite matrix (3, 3) turns and does nothing else."""
    R = np.asarray(matrix, np.float64)
    return bool(np.abs(R @ R.T - np.eye(3)).max() < _ROTATION_TOLERANCE and np.linalg.det(R) > 0)


def nearest_rotation(matrix: ArrayLike) -> np.ndarray:
    """The rotation (3, 3) that a stated matrix (3, 3) is nearest to; itself where it is one.

    The first row of a matrix that mirrors is turned round before. Raises ValueError for a matrix that is not
    finite, or squashes space: then no rotation is nearer than others.
    """
    R = np.array(matrix, np.float64)
    if not np.isfinite(R).all():
        raise ValueError("R is not finite")
    if is_rotation(R):
        return R
    if np.linalg.det(R) < 0:
        R[0] = -R[0]
    left, sizes, right = np.linalg.svd(R)
    if sizes[2] <= _SQUASHED * sizes[0]:
        raise ValueError("R squashes space")
    return np.asarray(left @ right)


def squashes(matrix: ArrayLike) -> bool:
    """Whether a matrix (3, 3) is near to no rotation at all."""
    try:
        nearest_rotation(matrix)
    except ValueError:
        return True
    return False


def _floating(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _unit(vector: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return vector / np.maximum(length, np.finfo(vector.dtype).tiny)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(vector, -1, 0)
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)


def _quaternion(matrix: np.ndarray) -> np.ndarray:
    """Unit quaternions (w >= 0, x, y, z): the best conditioned row of the matrix 4 q q^T."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.moveaxis(matrix, (-2, -1), (0, 1))
    products = [
        [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
        [zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx],
        [xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy],
        [yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz],
    ]
    rows = np.moveaxis(np.array(products), (0, 1), (-2, -1))
    best = np.argmax(np.diagonal(rows, axis1=-2, axis2=-1), axis=-1)
    row = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    return _unit(np.where(row[..., :1] < 0, -row, row))


ExtrinsicMode = Literal["raw", "paper", "exact"]


def smpl_to_camera(
    global_orient: ArrayLike,
    transl: ArrayLike,
    R: ArrayLike,
    t_metres: ArrayLike,
    *,
    mode: ExtrinsicMode = "exact",
    root_joint: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    """Root orientation (3,) axis-angle and translation (3,) metres in the frame of the camera R x + t.

    `raw` leaves both as they are; `paper` rotates the orientation and takes R T + t (equations 5 and 6);
    `exact` also allows for the body turning about its root joint J0 (3,) = `root_joint`, metres, instead
    of the origin: R (T + J0) + t - J0. Only `exact` equals moving every posed vertex by R v + t;
    `paper` is off by (R - I) J0.
    """
    orient, translation = np.asarray(global_orient, np.float64), np.asarray(transl, np.float64)
    if mode == "raw":
        return orient, translation
    rotation = np.asarray(R, np.float64)
    pivot = np.asarray(root_joint, np.float64) if mode == "exact" else np.zeros(3)
    turned = matrix_to_axis_angle(rotation @ axis_angle_to_matrix(orient))
    return turned, rotation @ (translation + pivot) + np.asarray(t_metres, np.float64) - pivot
