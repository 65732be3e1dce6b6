"""A person brought into another camera's image plane keeps every pixel."""

import numpy as np
from numpy.testing import assert_allclose

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry import PinholeCamera, to_image_plane


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
