"""Cameras in the world: where their pyramids stand, and that a rendered room shows them."""

from __future__ import annotations

import numpy as np

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.scene.cameras import OrbitPose, bounds_of, orbit_camera
from sefd_viewer.scene.floor import Frustum, Skeleton, frustum_corners, frustum_depth, line_mesh

SIZE = (80, 60)
R = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
CAMERA = PinholeCamera(np.array([70.0, 70.0]), np.array([39.5, 29.5]), R, np.array([0.1, 0.2, 3.0]))


def test_a_pyramid_begins_at_the_eye_and_ends_at_the_pictures_corners():
    corners = frustum_corners(CAMERA, SIZE, 0.5)
    assert np.allclose(CAMERA.to_camera(corners[0]), 0.0)
    assert np.allclose(CAMERA.to_camera(corners[1:])[:, 2], 0.5)
    assert np.allclose(CAMERA.project(corners[1]), [-0.5, -0.5])
    assert np.allclose(CAMERA.project(corners[3]), [79.5, 59.5])


def test_pyramids_are_larger_where_cameras_stand_further_away():
    near = frustum_depth([CAMERA], CAMERA.to_world(np.array([0.0, 0, 2.0])))
    far = frustum_depth([CAMERA], CAMERA.to_world(np.array([0.0, 0, 4.0])))
    assert far > near > 0


def test_bones_with_an_unknown_end_are_left_out():
    points = np.array([[0.0, 0, 0], [np.nan] * 3, [0, 0, 1.0]])
    drawn, cells, colors = line_mesh([(points, ((0, 1), (0, 2)), (1, 2, 3)), (points, ((0, 2),), (4, 5, 6))])
    assert np.isfinite(drawn).all()
    assert cells.tolist() == [[0, 2], [3, 5]]
    assert colors[5].tolist() == [4, 5, 6, 255]


def test_a_room_shows_the_picture_on_its_image_plane_and_lets_it_go():
    from sefd_viewer.scene.world_scene import WorldScene

    image = np.zeros((30, 40, 3), np.uint8)
    image[:15] = (255, 0, 0)
    image[15:] = (0, 0, 255)
    corners = frustum_corners(CAMERA, SIZE, 0.5)
    scene = WorldScene()
    scene.set_frustums([Frustum("cam1", corners, (0, 255, 0), image)])
    scene.set_skeletons([Skeleton(np.zeros((2, 3)), ((0, 1),), (255, 255, 255))])
    up = tuple(-CAMERA.R[1])
    bounds = bounds_of([corners], up)
    behind = OrbitPose(azimuth=_azimuth(bounds, CAMERA.R[2]), elevation=0.0)
    eye = orbit_camera(behind, bounds, bounds.radius, (120, 120))
    blue_green_red = scene.render(eye, (120, 120))[..., :3].astype(int)
    red = blue_green_red[..., 2] > blue_green_red[..., 0] + 100
    blue = blue_green_red[..., 0] > blue_green_red[..., 2] + 100
    assert red.sum() > 200
    assert blue.sum() > 200
    assert np.flatnonzero(red.any(axis=1)).mean() < np.flatnonzero(blue.any(axis=1)).mean()  # the sky is up
    scene.set_frustums([])
    assert scene.render(eye, (120, 120))[..., :3].max() < 200
    scene.release()


def _azimuth(bounds, forward):
    """The orbit's azimuth that looks along `forward`."""
    best = max(
        range(0, 360, 5),
        key=lambda a: orbit_camera(OrbitPose(a, 0.0), bounds, 1.0, (10, 10)).forward @ forward,
    )
    return float(best)
