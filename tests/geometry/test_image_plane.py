"""A person brought into another camera's image plane keeps every pixel."""

import numpy as np
from numpy.testing import assert_allclose

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry import (
    PinholeCamera,
    axis_angle_to_matrix,
    body_before_camera,
    body_in_space,
    to_image_plane,
)
from sefd_viewer.geometry.image_plane import place_over_pixels


def test_every_vertex_keeps_its_pixel_with_unequal_focal_lengths(open_body: BodyModel) -> None:
    vertices = open_body.v_template * [1, -1, -1] + [0.4, 0.1, 6.0]
    own = PinholeCamera([1500.0, 1430.0], [120.0, 300.0])
    reference = PinholeCamera([900.0, 1010.0], [320.0, 240.0])
    moved = to_image_plane(vertices, own, reference)
    assert_allclose(reference.project_camera(moved), own.project_camera(vertices), atol=1e-3)


def test_depth_scales_with_the_focal_length() -> None:
    own, reference = PinholeCamera([1000, 1000], [0, 0]), PinholeCamera([500, 500], [10, 10])
    assert_allclose(to_image_plane([0.0, 0.0, 4.0], own, reference)[2], 2.0)


def test_the_own_camera_changes_nothing() -> None:
    camera = PinholeCamera([1000, 900], [50, 60])
    points = np.random.default_rng(0).normal(size=(5, 3))
    assert_allclose(to_image_plane(points, camera, camera), points)


def test_a_body_before_another_camera_keeps_its_pixels_and_its_thickness() -> None:
    own = PinholeCamera([11000.0, 11000.0], [410.0, 220.0])
    bent = PinholeCamera([840.0, 835.0], [270.0, 470.0], distortion=[-0.05, 0.1, 0.001, 0.001, 0.0])
    vertices = np.random.default_rng(0).normal([0.1, -0.2, 40.0], [0.25, 0.6, 0.15], (200, 3))
    moved = body_before_camera(vertices, own, bent)
    assert_allclose(bent.project_camera(moved), own.project_camera(vertices), atol=1e-3)
    assert_allclose(np.ptp(moved[:, 2]), np.ptp(vertices[:, 2]))
    assert_allclose(moved[:, 2].mean(), vertices[:, 2].mean() * 840 / 11000)


def test_a_body_in_space_keeps_its_shape_and_its_middle_s_pixel() -> None:
    own, reference = PinholeCamera([9000.0, 9000.0], [100.0, 220.0]), PinholeCamera.assumed((640, 480))
    vertices = np.random.default_rng(1).normal([0.0, 0.1, 30.0], 0.3, (50, 3))
    turn = axis_angle_to_matrix(np.array([0.1, 0.4, -0.2]))
    moved = body_in_space(vertices, own, reference, turn=turn)
    middle, place = vertices.mean(0), moved.mean(0)
    assert_allclose((moved - place) @ turn, vertices - middle, atol=1e-9)
    assert_allclose(reference.project_camera(place), own.project_camera(middle), atol=1e-6)


def test_the_assumed_camera_looks_through_the_picture_s_middle() -> None:
    camera = PinholeCamera.assumed((300, 400))
    assert_allclose(camera.focal, 500.0)
    assert_allclose(camera.project_camera([0.0, 0.0, 2.0]), [149.5, 199.5])


def test_a_body_without_place_is_laid_over_its_pixels() -> None:
    """Exactly there where the pixels are those of a moved body; nowhere with two points, or behind."""
    camera = PinholeCamera(np.array([500.0, 510.0]), np.array([99.5, 79.5]))
    body = np.random.default_rng(0).normal(scale=0.4, size=(9, 3))
    place = np.array([0.3, -0.2, 4.0])
    pixels = camera.project_camera(body + place)
    found = place_over_pixels(body, pixels, camera)
    assert found is not None
    np.testing.assert_allclose(found, place, atol=1e-5)
    assert place_over_pixels(body[:2], pixels[:2], camera) is None
    assert place_over_pixels(body, 2 * camera.principal_point - pixels, camera) is None
