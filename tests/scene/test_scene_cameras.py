"""An orbit keeps bodies upright and in view, and OpenGL sees what the eye's own projection says."""

from __future__ import annotations

import numpy as np
import pytest

from sefd_viewer.scene.cameras import OrbitPose, bounds_of, orbit_camera

POINTS = np.random.default_rng(1).uniform((-1, -1, 3), (1, 1, 6), (50, 3))
SIZE = (640.0, 480.0)


def test_opengl_projection_agrees_with_project():
    camera = orbit_camera(OrbitPose(35, 20), bounds_of([POINTS]), 2.0, SIZE)
    right, up, forward = ((POINTS - camera.position) @ camera.axes.T).T
    clip = np.stack([right, up, -forward, np.ones_like(right)], axis=1) @ camera.projection.T
    device = clip[:, :3] / clip[:, 3:]
    seen = camera.project(POINTS, SIZE)
    np.testing.assert_allclose((device[:, 0] + 1) / 2 * SIZE[0], seen[:, 0])
    np.testing.assert_allclose((1 - device[:, 1]) / 2 * SIZE[1], seen[:, 1])
    assert (np.abs(device[:, 2]) < 1).all()


def test_orbit_from_the_front_looks_as_the_photo_does():
    bounds = bounds_of([POINTS])
    camera = orbit_camera(OrbitPose(0, 0), bounds, bounds.radius, SIZE)
    x, y, _depth = camera.project(bounds.center + [[0.1, 0, 0], [0, 0.1, 0], [0, 0, 0]], SIZE).T
    assert x[0] > x[2]
    assert y[1] > y[2]
    np.testing.assert_allclose((x[2], y[2]), (320, 240))


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (120, 60), (250, -80)])
def test_orbit_keeps_all_points_in_view_and_up_up(azimuth: float, elevation: float):
    bounds = bounds_of([POINTS])
    camera = orbit_camera(OrbitPose(azimuth, elevation), bounds, bounds.radius, SIZE)
    seen = camera.project(POINTS, SIZE)
    inside = (seen[:, :2] > -0.05 * SIZE[1]) & (seen[:, :2] < 1.05 * np.array(SIZE))
    assert inside.all()
    head = camera.project(bounds.center + 0.3 * bounds.up, SIZE)
    assert head[1] < SIZE[1] / 2
    assert ((seen[:, 2] > camera.near) & (seen[:, 2] < camera.far)).all()


def test_positive_elevation_looks_from_above():
    bounds = bounds_of([POINTS])
    camera = orbit_camera(OrbitPose(0, 30), bounds, bounds.radius, SIZE)
    assert camera.position @ bounds.up > bounds.center @ bounds.up


def test_pose_is_kept_within_reason():
    pose = OrbitPose().turned(1000, 500).zoomed(1e9)
    assert 0 <= pose.azimuth < 360
    assert pose.elevation == 89
    assert pose.zoom == 20


def test_floor_is_under_the_lowest_vertex_along_any_up():
    up = np.array([0.0, -1.0, -1.0])
    bounds = bounds_of([POINTS], up)
    assert bounds.floor == pytest.approx((POINTS @ (up / np.sqrt(2))).min())
