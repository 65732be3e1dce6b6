"""Looking at a body from elsewhere: a turn about a point that begins at the photo's camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

UP = (0.0, -1.0, 0.0)
"""Away from the ground in the frame of a camera that is held upright."""

STEEPEST = 90.0


@dataclass(frozen=True)
class Turn:
    """How far the bodies are turned from how the photo's camera sees them, degrees.

    `yaw` is about the axis away from the ground: above 0 what is near moves to the right. `pitch` is about
    the picture's horizontal: above 0 one looks from higher up. `upright` makes the ground's axis vertical in
    the picture although the photo's camera was held aslant.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    upright: bool = False

    def turned(self, yaw: float, pitch: float) -> Turn:
        """The turn after so many degrees more; it stops at straight up and down."""
        steep = min(max(self.pitch + pitch, -STEEPEST), STEEPEST)
        return replace(self, yaw=(self.yaw + yaw + 180.0) % 360.0 - 180.0, pitch=steep)

    @property
    def angle(self) -> float:
        """Degrees away from the photo's camera, at least."""
        return float(np.hypot(self.yaw, self.pitch))

    def rotation(self, up: ArrayLike = UP) -> NDArray[np.float64]:
        """(3,3) rotation of camera-frame points; `up` (3,) points away from the ground."""
        axis = np.asarray(up, np.float64) / np.linalg.norm(up)
        about_ground = axis_angle_to_matrix(axis * np.radians(self.yaw))
        level = np.eye(3)
        if self.upright and np.hypot(axis[0], axis[1]) > 1e-3:
            level = axis_angle_to_matrix(np.array([0.0, 0.0, np.arctan2(axis[0], axis[1]) - np.pi]))
        return np.asarray(axis_angle_to_matrix(np.radians([self.pitch, 0.0, 0.0])) @ level @ about_ground)


def elevation(up: ArrayLike = UP) -> float:
    """How far above the horizon a camera looks from, degrees; `up` (3,) is in its frame."""
    axis = np.asarray(up, np.float64)
    return float(np.degrees(np.arcsin(np.clip(-axis[2] / np.linalg.norm(axis), -1.0, 1.0))))


def seen_from(yaw: float, above: float, up: ArrayLike = UP) -> Turn:
    """The upright turn by `yaw` degrees that looks from `above` degrees over the horizon."""
    return Turn(yaw, above - elevation(up), upright=True)


def turned_camera(
    camera: PinholeCamera, turn: Turn, about: Sequence[float] | NDArray[np.floating], up: ArrayLike = UP
) -> PinholeCamera:
    """The camera that sees points of `camera`'s frame turned about one of them, which stays where it is seen.

    `about` (3,) metres; the result's world is the frame of `camera`, whose own R and t are left aside.
    """
    rotation, point = turn.rotation(up), np.asarray(about, np.float64)
    return replace(camera, R=rotation, t=point - rotation @ point)
