"""How far 2D joints lie from where their 3D points are seen: in pixels, and in millimetres at the joint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.review.residuals import ResidualTable

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sight:
    """What one camera says: pixels `observed` (J, 2) and joints (J, 3) `points_camera`, metres; nan: none."""

    camera: PinholeCamera
    observed: Array
    points_camera: Array

    def pixels(self) -> Array:
        """Distances (J,) px of the observed pixels from those of the points."""
        expected = self.camera.project_camera(self.points_camera)
        return np.asarray(np.linalg.norm(expected - self.observed, axis=-1))

    def millimetres(self) -> Array:
        """Distances (J,) mm of the points from the viewing rays through the observed pixels."""
        known: NDArray[np.bool_] = np.asarray(np.isfinite(self.observed).all(axis=-1))
        rays = self.camera.rays(np.where(known[:, None], self.observed, 0.0))
        rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
        along = np.sum(self.points_camera * rays, axis=-1)
        distance = np.linalg.norm(self.points_camera - along[:, None] * rays, axis=-1)
        return np.where(known & (along > 0), 1000 * distance, np.nan)


@dataclass(frozen=True, eq=False)
class Deviations:
    """Of one person from 3D joints: tables joint x camera in pixels and in millimetres.

    `points_world` (J, 3) metres; where every camera has a body of its own, the first one's.
    """

    px: ResidualTable
    mm: ResidualTable
    points_world: Array


def deviations(joints: tuple[str, ...], sights: Mapping[str, Sight]) -> Deviations | None:
    """The tables of what the cameras say, None without any camera."""
    if not sights:
        return None
    first = next(iter(sights.values()))
    points = first.camera.to_world(first.points_camera)
    tables = [
        _table(joints, tuple(sights), np.stack(columns, axis=1), points)
        for columns in (
            [sight.pixels() for sight in sights.values()],
            [sight.millimetres() for sight in sights.values()],
        )
    ]
    return Deviations(tables[0], tables[1], points)


def _table(joints: tuple[str, ...], views: tuple[str, ...], errors: Array, points: Array) -> ResidualTable:
    known = errors[np.isfinite(errors)]
    median = float(np.median(known)) if known.size else float("nan")
    return ResidualTable(joints, views, errors, points[None], median)
