"""A camera projects as OpenCV does, and its rays lead back."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from sefd_viewer.geometry import PinholeCamera, axis_angle_to_matrix


@pytest.fixture
def camera() -> PinholeCamera:
    return PinholeCamera(
        focal=[1145.0, 1143.5],
        principal_point=[512.5, 515.4],
        R=axis_angle_to_matrix([0.2, -0.4, 0.1]),
        t=[0.3, -0.1, 4.0],
        distortion=[-0.21, 0.24, 0.0009, -0.0016, -0.02],
    )


@pytest.fixture
def points_world() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, size=(50, 3))


def test_projects_with_distortion_as_opencv(camera: PinholeCamera, points_world: np.ndarray) -> None:
    expected, _ = cv2.projectPoints(
        points_world, cv2.Rodrigues(camera.R)[0], camera.t, camera.matrix, camera.distortion
    )
    assert_allclose(camera.project(points_world), expected[:, 0], atol=1e-6)


def test_rays_undo_projection(camera: PinholeCamera, points_world: np.ndarray) -> None:
    points_camera = camera.to_camera(points_world)
    rays = camera.rays(camera.project(points_world))
    assert_allclose(rays * points_camera[:, 2:], points_camera, atol=1e-9)


def test_world_round_trip(camera: PinholeCamera, points_world: np.ndarray) -> None:
    assert_allclose(camera.to_world(camera.to_camera(points_world)), points_world, atol=1e-12)


def test_points_behind_the_camera_have_no_pixel(camera: PinholeCamera) -> None:
    pixels = camera.project_camera(np.array([[0.1, 0.1, -1.0], [0.1, 0.1, 0.0], [0.0, 0.0, 2.0]]))
    assert np.isnan(pixels[:2]).all()
    assert_allclose(pixels[2], camera.principal_point)


def test_resized_follows_an_image_resize(camera: PinholeCamera, points_world: np.ndarray) -> None:
    before, after = camera.project(points_world), camera.resized(2.0, 0.5).project(points_world)
    assert_allclose(after + 0.5, (before + 0.5) * [2.0, 0.5], atol=1e-9)


def test_resized_keeps_the_corners_of_pixels() -> None:
    camera = PinholeCamera([10, 10], [-0.5, -0.5]).resized(3)
    assert_allclose(camera.principal_point, [-0.5, -0.5])


def test_shifted_moves_every_pixel(camera: PinholeCamera, points_world: np.ndarray) -> None:
    moved = camera.shifted(-30, 12.5).project(points_world)
    assert_allclose(moved - camera.project(points_world), np.broadcast_to([-30, 12.5], (50, 2)), atol=1e-9)


def test_without_extrinsics_sees_its_own_frame(camera: PinholeCamera, points_world: np.ndarray) -> None:
    points_camera = camera.to_camera(points_world)
    assert_allclose(camera.without_extrinsics().project(points_camera), camera.project(points_world))


def test_dictionary_round_trip(camera: PinholeCamera, points_world: np.ndarray) -> None:
    again = PinholeCamera.from_dict(camera.to_dict())
    assert_allclose(again.project(points_world), camera.project(points_world), rtol=0)


def test_a_dictionary_may_leave_out_the_extrinsics() -> None:
    camera = PinholeCamera.from_dict({"focal": [2, 2], "principal_point": [1, 1]})
    assert_allclose(camera.R, np.eye(3))
    assert not camera.is_distorted


def test_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="focal"):
        PinholeCamera([1.0, 1.0, 1.0], [0, 0])


def test_a_camera_whose_r_scales_takes_the_nearest_rotation() -> None:
    right = PinholeCamera([500, 510], [320, 240], R=axis_angle_to_matrix([0.3, -0.2, 0.1]), t=[0, 0, 3])
    scaled = replace(right, R=1.5 * right.R)
    assert right.is_rigid
    assert right.rigid() is right
    assert not scaled.is_rigid
    assert_allclose(scaled.rigid().R, right.R, atol=1e-12)
