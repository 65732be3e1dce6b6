"""A synthetic rig: four cameras in a ring and people who move between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry import COCO17, PinholeCamera, Pose2D, axis_angle_to_matrix

SIZE = (640, 480)
VIEWS = ("a", "b", "c", "d")
_STANDING = np.array(
    [
        *([0.0, 0.1, 1.6], [0.03, 0.08, 1.64], [-0.03, 0.08, 1.64], [0.07, 0.0, 1.62], [-0.07, 0.0, 1.62]),
        *([0.2, 0, 1.4], [-0.2, 0, 1.4], [0.3, 0.05, 1.1], [-0.3, 0.02, 1.12], [0.33, 0.2, 0.9]),
        *([-0.35, 0.15, 0.88], [0.1, 0, 0.9], [-0.1, 0, 0.9], [0.12, 0.05, 0.5], [-0.12, 0.02, 0.5]),
        *([0.13, -0.05, 0.08], [-0.13, -0.08, 0.08]),
    ]
)


def looking(place: Sequence[float], target: Sequence[float], focal: float) -> PinholeCamera:
    """A camera at `place` that looks at `target`, z of the world up, metres."""
    forward = np.subtract(target, place) / np.linalg.norm(np.subtract(target, place))
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    R = np.stack([right, np.cross(forward, right), forward])
    distortion = np.array([-0.12, 0.06, 0.001, -0.001, 0])
    centre = np.array([331.0, 226.0]) + 6 * np.sin(place[0] * 5 + np.array([0, 1]))
    return PinholeCamera(np.array([focal, focal + 2]), centre, R, -R @ np.array(place), distortion)


def rig() -> dict[str, PinholeCamera]:
    """Four cameras at different heights, distances and focal lengths."""
    places = ([3.6, 1.0, 1.4], [-0.8, 4.2, 2.1], [-3.9, -0.6, 1.1], [1.1, -3.3, 1.8])
    focals = (520.0, 610.0, 555.0, 480.0)
    return {
        view: looking(place, [0, 0, 0.9], focal)
        for view, place, focal in zip(VIEWS, places, focals, strict=True)
    }


def walker(moments: int, *, start: Sequence[float] = (-0.5, 0.1, 0), seed: int = 0) -> NDArray[np.float64]:
    """Joints (moments, 17, 3) of someone who walks, turns and waves, metres of the world."""
    rng = np.random.default_rng(seed)
    sway = rng.normal(scale=0.03, size=(3, 17, 3)) * 2
    times = np.arange(moments)[:, None, None]
    moving = _STANDING + sum(sway[k] * np.sin(times * (0.9 + 0.4 * k) + k) for k in range(3))
    turned = [moving[i] @ axis_angle_to_matrix(np.array([0, 0, 0.25 * i + seed])).T for i in range(moments)]
    return np.stack(turned) + np.array(start) + times * np.array([0.12, 0.05, 0])


def seen(camera: PinholeCamera, joints: NDArray[np.float64], *, noise: float, seed: int) -> list[Pose2D]:
    """2D poses of one person, one per moment."""
    rng = np.random.default_rng(seed)
    return [
        Pose2D(
            COCO17.name,
            np.column_stack([camera.project(one) + rng.normal(scale=noise, size=(17, 2)), np.ones(17)]),
            np.zeros(4),
            1.0,
            "test",
        )
        for one in joints
    ]


def filmed(
    cameras: Mapping[str, PinholeCamera], people: Sequence[NDArray[np.float64]], *, noise: float = 1.0
) -> dict[str, list[list[Pose2D]]]:
    """Per view and moment the poses of all people, in an order that differs from view to view."""
    views: dict[str, list[list[Pose2D]]] = {}
    for row, (view, camera) in enumerate(cameras.items()):
        tracks = [seen(camera, one, noise=noise, seed=10 * row + k) for k, one in enumerate(people)]
        order = tracks if row % 2 else tracks[::-1]
        views[view] = [[track[i] for track in order] for i in range(len(people[0]))]
    return views
