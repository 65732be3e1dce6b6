"""Epipolar geometry between two calibrated views, with distortion undone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry.cameras import PinholeCamera, distort

Array = NDArray[np.float64]


def fundamental_matrix(first: PinholeCamera, second: PinholeCamera) -> Array:
    """F (3, 3) with x2' F x1 = 0 for undistorted pixels x1 of `first` and x2 of `second`, of unit norm."""
    R = second.R @ first.R.T
    t = second.t - R @ first.t
    matrix = np.linalg.inv(second.matrix).T @ _cross(t) @ R @ np.linalg.inv(first.matrix)
    norm = float(np.linalg.norm(matrix))
    return matrix / norm if norm > 0 else matrix


def undistorted_pixels(camera: PinholeCamera, points_image: ArrayLike) -> Array:
    """Pixels (..., 2) where a camera without distortion would see what is at `points_image` (..., 2)."""
    plane: Array = camera.rays(np.asarray(points_image, np.float64))[..., :2]
    return plane * camera.focal + camera.principal_point


def symmetric_distance(fundamental: Array, points_first: Array, points_second: Array) -> Array:
    """The same from F (3, 3) and undistorted pixels (..., 2)."""
    return np.abs(signed_distance(fundamental, points_first, points_second))


def signed_distance(fundamental: Array, points_first: Array, points_second: Array) -> Array:
    """The same with the sign of the side of the line."""
    a, b = _homogeneous(points_first), _homogeneous(points_second)
    in_second, in_first = a @ fundamental.T, b @ fundamental
    product = np.sum(b * in_second, axis=-1)
    lengths = [np.linalg.norm(line[..., :2], axis=-1) for line in (in_first, in_second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance: Array = product * (1 / lengths[0] + 1 / lengths[1]) / 2
    return distance


def epipolar_line(
    first: PinholeCamera,
    second: PinholeCamera,
    point_first: ArrayLike,
    *,
    size: tuple[int, int],
    steps: int = 64,
) -> Array:
    """Where a point (2,) of `first` may lie in `second`: a curve (steps, 2) of pixels, bent by distortion.

    It spans the picture of (width, height) px; it is empty where the line does not cross the picture.
    """
    point = _homogeneous(undistorted_pixels(first, np.asarray(point_first, np.float64)))
    line = fundamental_matrix(first, second) @ point
    ends = _clipped(line, size)
    if ends is None:
        return np.zeros((0, 2))
    straight = ends[0] + np.linspace(0, 1, steps)[:, None] * (ends[1] - ends[0])
    plane = (straight - second.principal_point) / second.focal
    bent: Array = distort(plane, second.distortion) if second.is_distorted else plane
    return bent * second.focal + second.principal_point


def _clipped(line: Array, size: tuple[int, int]) -> tuple[Array, Array] | None:
    """The ends of the line's part within the picture, a tenth of its size beyond the border."""
    a, b, c = line
    length = float(np.hypot(a, b))
    if length == 0:
        return None
    margin = 0.1 * np.array(size)
    low, high = -margin, np.array(size) - 1 + margin
    origin, direction = -c * np.array([a, b]) / length**2, np.array([b, -a]) / length
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = np.sort(np.stack([(low - origin) / direction, (high - origin) / direction]), axis=0)
    begin, end = np.nanmax(bounds[0]), np.nanmin(bounds[1])
    return (origin + begin * direction, origin + end * direction) if begin < end else None


def _cross(vector: Array) -> Array:
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def _homogeneous(points: Array) -> Array:
    return np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)
