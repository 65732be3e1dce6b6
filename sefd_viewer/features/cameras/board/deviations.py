"""How far 2D joints lie from where their 3D points are seen: in pixels, and in millimetres at the joint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.epipolar import fundamental_matrix, symmetric_distance, undistorted_pixels
from sefd_viewer.cameras.views.residuals import ResidualTable
from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]
_LEAST_JOINTS = 5


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
    """Of one person's `joints` from 3D joints, by view: tables joint x camera in pixels and millimetres.

    `points_world` (J, 3) metres; where every camera has a body of its own, the first one's.
    """

    joints: tuple[str, ...]
    sights: Mapping[str, Sight]
    points_world: Array

    @cached_property
    def px(self) -> ResidualTable:
        """In the pictures."""
        return self._table([sight.pixels() for sight in self.sights.values()])

    @cached_property
    def mm(self) -> ResidualTable:
        """Of the viewing rays at the joints."""
        return self._table([sight.millimetres() for sight in self.sights.values()])

    @cached_property
    def pairs_px(self) -> Mapping[tuple[str, str], float]:
        """Median distances (px) of each two cameras' joints from each other's epipolar lines."""
        flat = {view: undistorted_pixels(one.camera, one.observed) for view, one in self.sights.items()}
        pairs = {}
        for a, b in combinations(self.sights, 2):
            matrix = fundamental_matrix(self.sights[a].camera, self.sights[b].camera)
            distances = symmetric_distance(matrix, flat[a], flat[b])
            known = distances[np.isfinite(distances)]
            if known.size >= _LEAST_JOINTS:
                pairs[a, b] = float(np.median(known))
        return pairs

    def _table(self, columns: Sequence[Array]) -> ResidualTable:
        errors = np.stack(columns, axis=1)
        known = errors[np.isfinite(errors)]
        median = float(np.median(known)) if known.size else float("nan")
        return ResidualTable(self.joints, tuple(self.sights), errors, self.points_world[None], median)


def deviations(joints: tuple[str, ...], sights: Mapping[str, Sight]) -> Deviations | None:
    """The tables of what the cameras say, None without any camera."""
    if not sights:
        return None
    first = next(iter(sights.values()))
    return Deviations(joints, sights, first.camera.to_world(first.points_camera))
