"""Pinhole cameras: OpenCV's frame (x right, y down, z forward), metres, pixel centres at integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sefd_viewer.geometry.rotations import is_rotation, nearest_rotation

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


@dataclass(frozen=True, eq=False)
class PinholeCamera:
    """A camera: R x + t from world to camera in metres, distortion, focal and principal point in pixels.

    `focal` (2,), `principal_point` (2,), `R` (3, 3), `t` (3,), `distortion` (5,) k1 k2 p1 p2 k3 as in OpenCV;
    all float64. Raises ValueError for other shapes.
    """

    focal: np.ndarray
    principal_point: np.ndarray
    R: np.ndarray = field(default_factory=lambda: np.eye(3))
    t: np.ndarray = field(default_factory=lambda: np.zeros(3))
    distortion: np.ndarray = field(default_factory=lambda: np.zeros(5))

    def __post_init__(self) -> None:
        for name, shape in _SHAPES.items():
            value = np.array(getattr(self, name), dtype=np.float64)
            if value.shape != shape:
                raise ValueError(f"a camera's {name} has shape {shape}, not {value.shape}")
            object.__setattr__(self, name, value)

    @classmethod
    def assumed(cls, size: tuple[int, int]) -> PinholeCamera:
        """A plausible camera for a picture of (width, height) of which nothing is known.

        The focal length is the picture's diagonal (as in CLIFF, ECCV 2022), its centre the principal point.
        """
        return cls(np.full(2, np.hypot(*size)), (np.array(size) - 1) / 2)

    @property
    def matrix(self) -> np.ndarray:
        """The intrinsic matrix K (3, 3)."""
        matrix = np.diag([*self.focal, 1.0])
        matrix[:2, 2] = self.principal_point
        return matrix

    @property
    def is_distorted(self) -> bool:
        """Whether any distortion coefficient differs from zero."""
        return bool(np.any(self.distortion))

    @property
    def is_rigid(self) -> bool:
        """Whether R is a rotation; files also state matrices that mirror or scale."""
        return is_rotation(self.R)

    def rigid(self) -> PinholeCamera:
        """The same camera with the rotation that its R is nearest to; ValueError where R squashes space."""
        return self if self.is_rigid else replace(self, R=nearest_rotation(self.R))

    def to_camera(self, points_world: np.ndarray) -> np.ndarray:
        """Camera-frame points (..., 3) of world points (..., 3), both in metres."""
        return np.asarray(points_world) @ self.R.T + self.t

    def to_world(self, points_camera: np.ndarray) -> np.ndarray:
        """World points (..., 3) of camera-frame points (..., 3), both in metres."""
        return (np.asarray(points_camera) - self.t) @ self.R

    def project(self, points_world: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of world points (..., 3) in metres; nan at or behind the camera."""
        return self.project_camera(self.to_camera(points_world))

    def project_camera(self, points_camera: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of camera-frame points (..., 3) in metres; nan at or behind the camera."""
        points = np.asarray(points_camera, dtype=np.float64)
        depth = np.where(points[..., 2:] > 0, points[..., 2:], np.nan)
        plane = points[..., :2] / depth
        if self.is_distorted:
            plane = distort(plane, self.distortion)
        return plane * self.focal + self.principal_point

    def rays(self, points_image: np.ndarray) -> np.ndarray:
        """Camera-frame rays (..., 3) with z = 1 through pixels (..., 2), distortion undone."""
        plane = (np.asarray(points_image, dtype=np.float64) - self.principal_point) / self.focal
        if self.is_distorted:
            plane = undistort(plane, self.distortion)
        return np.concatenate([plane, np.ones_like(plane[..., :1])], axis=-1)

    def resized(self, factor_x: float, factor_y: float | None = None) -> PinholeCamera:
        """The camera of the same image resized by a factor (by two: width's and height's)."""
        factor = np.array([factor_x, factor_x if factor_y is None else factor_y])
        moved = (self.principal_point + 0.5) * factor - 0.5
        return replace(self, focal=self.focal * factor, principal_point=moved)

    def shifted(self, dx: float, dy: float) -> PinholeCamera:
        """The camera whose every pixel lies (dx, dy) further right and down (a crop: minus its corner)."""
        return replace(self, principal_point=self.principal_point + np.array([dx, dy]))

    def without_extrinsics(self) -> PinholeCamera:
        """The same camera at the origin, for points that are in its frame already."""
        return replace(self, R=np.eye(3), t=np.zeros(3))

    def without_distortion(self) -> PinholeCamera:
        """The same camera with an ideal lens."""
        return replace(self, distortion=np.zeros(5))

    def to_dict(self) -> dict[str, Any]:
        """Plain lists under the field names, for JSON and TOML."""
        return {name: getattr(self, name).tolist() for name in _SHAPES}

    @classmethod
    def from_dict(cls, values: Mapping[str, Sequence[Any]]) -> PinholeCamera:
        """The camera that `to_dict` wrote; R, t and distortion may be missing."""
        return cls(**{name: np.array(values[name], dtype=np.float64) for name in _SHAPES if name in values})


_SHAPES = {"focal": (2,), "principal_point": (2,), "R": (3, 3), "t": (3,), "distortion": (5,)}
