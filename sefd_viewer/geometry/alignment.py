"""The best similarity between two sets of points (Procrustes), as PA-MPJPE uses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False)
class Similarity:
    """The map x -> scale * R x + t, R (3, 3) a rotation, t (3,)."""

    scale: float
    R: np.ndarray
    t: np.ndarray

    def apply(self, points: ArrayLike) -> np.ndarray:
        """Mapped points (..., 3)."""
        return self.scale * np.asarray(points) @ self.R.T + self.t


def procrustes(source: ArrayLike, target: ArrayLike) -> Similarity:
    """The similarity that brings source (J, 3) closest to target (J, 3), never a reflection.

    Least squares after Umeyama (1991).
    """
    from_points = np.asarray(source, dtype=np.float64)
    to_points = np.asarray(target, dtype=np.float64)
    from_mean, to_mean = from_points.mean(axis=0), to_points.mean(axis=0)
    centred = from_points - from_mean
    left, singular, right = np.linalg.svd((to_points - to_mean).T @ centred)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = (left * signs) @ right
    spread = float(np.sum(centred**2))
    scale = float(np.sum(singular * signs)) / spread if spread > 0 else 1.0
    return Similarity(scale, rotation, to_mean - scale * rotation @ from_mean)


def align(source: ArrayLike, target: ArrayLike) -> np.ndarray:
    """Source points (J, 3) after the similarity that brings them closest to target (J, 3)."""
    return procrustes(source, target).apply(source)


def align_many(source: ArrayLike, target: ArrayLike) -> np.ndarray:
    """`align` for N people at once: both (N, J, 3)."""
    from_points, to_points = np.asarray(source, np.float64), np.asarray(target, np.float64)
    from_mean, to_mean = (points.mean(axis=1, keepdims=True) for points in (from_points, to_points))
    centred = from_points - from_mean
    left, singular, right = np.linalg.svd(np.swapaxes(to_points - to_mean, 1, 2) @ centred)
    signs = np.ones_like(singular)
    signs[:, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    rotation = (left * signs[:, None]) @ right
    spread = np.sum(centred**2, axis=(1, 2))
    scale = np.where(spread > 0, np.sum(singular * signs, axis=1) / np.where(spread > 0, spread, 1), 1.0)
    return scale[:, None, None] * centred @ np.swapaxes(rotation, 1, 2) + to_mean
