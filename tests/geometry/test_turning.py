"""A turn begins at the photo's camera, keeps its point in place and goes the way that the hand goes."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.turning import Turn, elevation, seen_from, turned_camera

CAMERA = PinholeCamera(np.array([500.0, 480.0]), np.array([100.0, 80.0]))
PELVIS = np.array([0.4, -0.2, 3.0])
AHEAD = PELVIS + np.array([0.0, 0.0, -0.3])
ASLANT = (0.25, -0.8, -0.5)


def test_no_turn_is_the_photo_itself() -> None:
    points = PELVIS + np.random.default_rng(1).normal(size=(9, 3)) * 0.3
    seen = turned_camera(CAMERA, Turn(), PELVIS, ASLANT).project(points)
    np.testing.assert_allclose(seen, CAMERA.project_camera(points), atol=1e-9)


@pytest.mark.parametrize("turn", [Turn(90, 0), Turn(-40, 30), seen_from(90, 15, ASLANT)])
def test_the_point_stays_where_it_is_seen(turn: Turn) -> None:
    turned = turned_camera(CAMERA, turn, PELVIS, ASLANT)
    np.testing.assert_allclose(turned.project(PELVIS), CAMERA.project_camera(PELVIS), atol=1e-9)


def test_what_is_near_goes_with_the_hand() -> None:
    before = CAMERA.project_camera(AHEAD)
    right = turned_camera(CAMERA, Turn().turned(5, 0), PELVIS).project(AHEAD)
    down = turned_camera(CAMERA, Turn().turned(0, 5), PELVIS).project(AHEAD)
    assert right[0] > before[0]
    assert down[1] > before[1]


def test_from_the_side_depth_lies_across_the_picture() -> None:
    seen = turned_camera(CAMERA, Turn(90, 0), PELVIS).to_camera(AHEAD)
    np.testing.assert_allclose(seen, PELVIS + [0.3, 0.0, 0.0], atol=1e-9)


@pytest.mark.parametrize(("yaw", "above"), [(0, 15), (90, 15), (180, 40), (30, 90)])
def test_chosen_views_are_upright_and_as_high_as_asked(yaw: float, above: float) -> None:
    up = seen_from(yaw, above, ASLANT).rotation(ASLANT) @ (np.array(ASLANT) / np.linalg.norm(ASLANT))
    np.testing.assert_allclose(up, [0.0, -np.cos(np.radians(above)), -np.sin(np.radians(above))], atol=1e-9)
    assert elevation(up) == pytest.approx(above, abs=1e-4)


def test_nobody_turns_over_the_top() -> None:
    assert Turn(0, 80).turned(0, 30).pitch == 90
    assert Turn(170, 0).turned(20, 0).yaw == pytest.approx(-170)
