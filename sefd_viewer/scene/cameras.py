"""Where a 3D view looks from: an orbit around what stands there (numpy only). Metres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

UP = (0.0, -1.0, 0.0)
HALF_ANGLE = np.tan(np.radians(15.0))
FIT_MARGIN = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SceneCamera:
    """An eye with an asymmetric frustum.

    `frustum` holds the slopes (left, right, bottom, top) of the view's edges at distance 1, right and up
    positive; `near` and `far` are distances along `forward` in metres.
    """

    position: Floats
    forward: Floats
    up: Floats
    frustum: tuple[float, float, float, float]
    near: float
    far: float

    @property
    def axes(self) -> Floats:
        """Rows: right, up, forward (unit vectors)."""
        right = np.cross(self.forward, self.up)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(right, self.forward), self.forward])

    @property
    def projection(self) -> Floats:
        """OpenGL's 4x4 projection matrix for points before the eye (looking along -z)."""
        left, right, bottom, top = self.frustum
        near, far = self.near, self.far
        return np.array(
            [
                [2 / (right - left), 0, (right + left) / (right - left), 0],
                [0, 2 / (top - bottom), (top + bottom) / (top - bottom), 0],
                [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
                [0, 0, -1, 0],
            ]
        )

    def project(self, points: ArrayLike, size: tuple[float, float]) -> Floats:
        """Return (..., 3): x and y in a view of `size` (y down, edges at 0 and size), depth in metres."""
        seen = (np.asarray(points, np.float64) - self.position) @ self.axes.T
        left, right, bottom, top = self.frustum
        depth = np.where(seen[..., 2] > 1e-6, seen[..., 2], np.nan)
        x = (seen[..., 0] / depth - left) / (right - left) * size[0]
        y = (top - seen[..., 1] / depth) / (top - bottom) * size[1]
        return np.stack([x, y, depth], axis=-1)


@dataclass(frozen=True)
class OrbitPose:
    """A view around the bodies, apart from where they are and how large: it can be shared between views.

    Degrees; azimuth and elevation 0 look as the photo's camera does. `zoom` 1 fits; `pan` is in radii of the
    scene, right and up.
    """

    azimuth: float = 20.0
    elevation: float = 10.0
    zoom: float = 1.0
    pan: tuple[float, float] = (0.0, 0.0)

    def turned(self, azimuth: float, elevation: float) -> OrbitPose:
        """Turn by so many degrees; the elevation stops short of the poles."""
        tilted = min(max(self.elevation + elevation, -89.0), 89.0)
        return replace(self, azimuth=(self.azimuth + azimuth) % 360.0, elevation=tilted)

    def zoomed(self, factor: float) -> OrbitPose:
        """Come nearer by `factor`."""
        return replace(self, zoom=min(max(self.zoom * factor, 0.1), 20.0))

    def panned(self, right: float, up: float) -> OrbitPose:
        """Move the eye sideways, in radii of the scene."""
        return replace(self, pan=(self.pan[0] + right, self.pan[1] + up))


@dataclass(frozen=True, eq=False)
class Bounds:
    """A sphere around all bodies, and the height of the floor below them along `up` (metres)."""

    center: Floats
    radius: float
    floor: float
    up: Floats


def bounds_of(vertices: list[NDArray[Any]], up: ArrayLike = UP) -> Bounds:
    """Enclose bodies; without any, a metre around a point three metres before the camera."""
    axis = np.asarray(up, np.float64) / np.linalg.norm(up)
    if not vertices:
        return Bounds(np.array([0.0, 0.0, 3.0]), 1.0, float(axis[2] * 3.0 - 1.0), axis)
    points = np.ascontiguousarray(np.concatenate(vertices).T, np.float64)  # (3, V): far quicker to reduce
    center = (points.min(axis=1) + points.max(axis=1)) / 2
    radius = float(np.sqrt(((points - center[:, None]) ** 2).sum(axis=0).max()))
    return Bounds(center, max(radius, 0.05), float((axis @ points).min()), axis)


def orbit_camera(pose: OrbitPose, bounds: Bounds, radius: float, size: tuple[float, float]) -> SceneCamera:
    """Look at the middle of `bounds` so that a sphere of `radius` metres fits the view at zoom 1."""
    forward = _orbit_direction(pose, bounds.up)
    slope_x, slope_y = _half_slopes(size)
    distance = radius * FIT_MARGIN / (np.sin(np.arctan(HALF_ANGLE)) * pose.zoom)
    eye = SceneCamera(bounds.center, forward, bounds.up, (-slope_x, slope_x, -slope_y, slope_y), 1.0, 2.0)
    shift = eye.axes[0] * pose.pan[0] * radius + eye.axes[1] * pose.pan[1] * radius
    near, far = max(distance - 8 * radius, 0.02 * distance), distance + 8 * radius
    return replace(eye, position=bounds.center + shift - forward * distance, near=near, far=far)


def _orbit_direction(pose: OrbitPose, up: Floats) -> Floats:
    ahead = np.array([0.0, 0.0, 1.0])
    ahead = ahead - up * (ahead @ up)
    ahead = ahead / np.linalg.norm(ahead) if np.linalg.norm(ahead) > 1e-6 else np.array([1.0, 0.0, 0.0])
    azimuth, elevation = np.radians(pose.azimuth), np.radians(pose.elevation)
    level = ahead * np.cos(azimuth) + np.cross(up, ahead) * np.sin(azimuth)
    return np.asarray(level * np.cos(elevation) - up * np.sin(elevation))


def _half_slopes(size: tuple[float, float]) -> tuple[float, float]:
    shorter = min(size)
    return HALF_ANGLE * size[0] / shorter, HALF_ANGLE * size[1] / shorter
