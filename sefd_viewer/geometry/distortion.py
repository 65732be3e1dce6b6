"""The lens distortion of OpenCV's five numbers k1, k2, p1, p2, k3, and its inverse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Values = Any
"""NumPy arrays or torch tensors: plain arithmetic is the same for both."""

_NEWTON_STEPS = 12


def distort(points: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Distorted positions (..., 2) of ideal positions (..., 2) in the plane z = 1 (OpenCV's model)."""
    return np.stack(distort_xy(points[..., 0], points[..., 1], coefficients), axis=-1)


def distort_xy(x: Values, y: Values, coefficients: Iterable[Values]) -> tuple[Values, Values]:
    """Distorted x and y of ideal ones in the plane z = 1, k1 k2 p1 p2 k3 one by one, of any array library."""
    _, _, p1, p2, _ = coefficients
    squared = x * x + y * y
    radial, _ = _radial(squared, coefficients)
    distorted_x = x * radial + 2 * p1 * x * y + p2 * (squared + 2 * x * x)
    distorted_y = y * radial + p1 * (squared + 2 * y * y) + 2 * p2 * x * y
    return distorted_x, distorted_y


def undistort(points: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Ideal positions (..., 2) of distorted positions (..., 2) in the plane z = 1, by Newton's method."""
    ideal = points.copy()
    for _ in range(_NEWTON_STEPS):
        error = distort(ideal, coefficients) - points
        xx, xy, yy = _derivative(ideal, coefficients)
        determinant = xx * yy - xy * xy
        ideal[..., 0] -= (yy * error[..., 0] - xy * error[..., 1]) / determinant
        ideal[..., 1] -= (xx * error[..., 1] - xy * error[..., 0]) / determinant
    return ideal


def _radial(squared: Values, coefficients: Iterable[Values]) -> tuple[Values, Values]:
    """The radial factor and its derivative by the squared radius."""
    k1, k2, _, _, k3 = coefficients
    factor = 1 + squared * (k1 + squared * (k2 + squared * k3))
    slope = k1 + squared * (2 * k2 + squared * 3 * k3)
    return factor, slope


def _derivative(points: np.ndarray, coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The symmetric derivative of `distort`: d x'/d x, d x'/d y = d y'/d x, d y'/d y."""
    x, y = points[..., 0], points[..., 1]
    _, _, p1, p2, _ = coefficients
    radial, slope = _radial(x * x + y * y, coefficients)
    xx = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
    xy = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    yy = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
    return xx, xy, yy
