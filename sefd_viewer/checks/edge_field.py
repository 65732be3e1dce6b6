"""How near the next edge of a picture is, by the direction of the edge."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_DIRECTIONS = 6
_BLUR = 1.0
_WEAKEST = 6.0
"""Grey levels per pixel below which nothing counts as an edge."""

_FAR = 9.0
"""Times `near`, from where closeness is nothing."""

_DENSITY = 0.12
"""At most this share of the pixels are edges: in textured pictures only the strongest ones count."""


@dataclass(frozen=True, eq=False)
class EdgeField:
    """Closeness to an edge of each direction (D, H, W), 1 on it and 0 far from it."""

    closeness: NDArray[np.float32]

    def share(self, points: NDArray[np.floating], across: NDArray[np.floating]) -> float:
        """Mean closeness of points (N, 2), pixels, to edges that run as the outline does; nan: few inside.

        `across` (N,) is the direction across the outline, radians.
        """
        _, height, width = self.closeness.shape
        column, row = np.rint(points).astype(np.intp).T
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        if inside.mean() < 0.6:
            return float("nan")
        direction = _direction(across[inside])
        return float(self.closeness[direction, row[inside], column[inside]].mean())


def edge_field(grey: NDArray[np.float32], *, near: float) -> EdgeField:
    """The field of a grey picture (H, W) in 0 to 255; closeness falls to 1/e at `near` pixels."""
    soft = cv2.GaussianBlur(grey, (0, 0), _BLUR)
    dx = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    dy = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    edges = _thin_edges(dx, dy)
    direction = _direction(np.arctan2(dy, dx))
    return EdgeField(np.stack([_closeness(edges, direction, d, near) for d in range(_DIRECTIONS)]))


def _thin_edges(dx: NDArray[np.float32], dy: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels (H, W) whose gradient is strong and the largest across the edge."""
    strength = cv2.magnitude(dx, dy)
    crest = strength >= np.where(
        np.abs(dx) > np.abs(dy),
        np.maximum(np.roll(strength, 1, 1), np.roll(strength, -1, 1)),
        np.maximum(np.roll(strength, 1, 0), np.roll(strength, -1, 0)),
    )
    candidates = crest & (strength > _WEAKEST)
    most = int(_DENSITY * strength.size)
    if int(candidates.sum()) > most:
        limit = np.partition(strength[candidates], -most)[-most]
        candidates &= strength >= limit
    return np.asarray(candidates)


def _closeness(
    edges: NDArray[np.bool_], direction: NDArray[np.intp], wanted: int, near: float
) -> NDArray[np.float32]:
    """Closeness (H, W) to edges of the wanted direction or one beside it."""
    apart = np.abs(direction - wanted)
    alike = np.minimum(apart, _DIRECTIONS - apart) <= 1
    distance = cv2.distanceTransform((~(edges & alike)).astype(np.uint8), cv2.DIST_L2, 3)
    return np.exp(-np.square(np.minimum(distance / near, _FAR)), dtype=np.float32)


def _direction(across: NDArray[np.floating]) -> NDArray[np.intp]:
    """Directions as one of D, opposite ones alike."""
    return np.rint(across / (np.pi / _DIRECTIONS)).astype(np.intp) % _DIRECTIONS
