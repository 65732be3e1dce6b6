"""Several views of one person: points, residuals, outliers, epipolar lines."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sefd_viewer.cameras.views.triangulation import (
    epipolar_line,
    fundamental_matrix,
    residual_table,
    symmetric_distance,
    triangulate,
    undistorted_pixels,
)
from sefd_viewer.geometry import COCO17, Pose2D
from tests.cameras.review_rig import SIZE, VIEWS, filmed, rig, walker


def moments(noise: float = 0.5, count: int = 4) -> list[dict[str, Pose2D]]:
    views = filmed(rig(), [walker(count)], noise=noise)
    return [{view: views[view][i][0] for view in VIEWS} for i in range(count)]


def test_points_come_back_from_their_pixels() -> None:
    cameras, points = list(rig().values()), walker(1)[0]
    result = triangulate(cameras, [camera.project(points) for camera in cameras])
    assert_allclose(result.points_world, points, atol=1e-6)
    assert result.used.all()
    assert np.nanmax(result.errors_px) < 1e-4


def test_a_view_that_contradicts_the_others_is_left_out() -> None:
    cameras, points = list(rig().values()), walker(1)[0]
    pixels = np.stack([camera.project(points) for camera in cameras])
    pixels[2, 5] += [60, -40]
    result = triangulate(cameras, pixels)
    assert_allclose(result.points_world, points, atol=1e-6)
    assert not result.used[2, 5]
    assert result.used.sum() == result.used.size - 1
    assert result.errors_px[2, 5] == pytest.approx(np.hypot(60, 40), rel=1e-3)


def test_points_seen_once_stay_unknown() -> None:
    cameras, points = list(rig().values()), walker(1)[0]
    pixels = np.stack([camera.project(points) for camera in cameras])
    pixels[1:, 3] = np.nan
    result = triangulate(cameras, pixels)
    assert np.isnan(result.points_world[3]).all()
    assert np.isfinite(result.points_world[4]).all()


def test_true_cameras_have_small_residuals() -> None:
    table = residual_table(rig(), moments())
    assert table.errors_px.shape == (17, 4)
    assert table.median_px < 1
    assert not table.outlier_views
    assert not table.outlier_joints


def test_the_shifted_camera_stands_out() -> None:
    cameras = rig() | {"c": rig()["c"].shifted(30, 20)}
    table = residual_table(cameras, moments())
    assert table.outlier_views == ("c",)
    assert max(table.by_view, key=lambda view: table.by_view[view]) == "c"


def test_the_displaced_joint_stands_out() -> None:
    seen = moments()
    wrist = COCO17.index("L_Wrist")
    rng = np.random.default_rng(0)
    for moment in seen:
        for pose in moment.values():
            pose.keypoints[wrist, :2] += rng.normal(scale=25, size=2)
    assert residual_table(rig(), seen).outlier_joints == ("L_Wrist",)


def test_residuals_need_one_joint_set() -> None:
    with pytest.raises(ValueError, match="one joint set"):
        residual_table(rig(), [{}])


def test_epipolar_distance_is_zero_for_the_same_points_despite_distortion() -> None:
    cameras, points = rig(), walker(1)[0]
    a, b = cameras["a"], cameras["b"]
    fundamental, first = fundamental_matrix(a, b), undistorted_pixels(a, a.project(points))
    right, wrong = (undistorted_pixels(b, b.project(points) + moved) for moved in ([0, 0], [0, 12]))
    assert np.max(symmetric_distance(fundamental, first, right)) < 1e-3
    assert np.median(symmetric_distance(fundamental, first, wrong)) > 6


def test_the_epipolar_line_passes_through_the_point() -> None:
    cameras, point = rig(), np.array([0.2, -0.1, 1.1])
    for view in ("b", "c", "d"):
        line = epipolar_line(cameras["a"], cameras[view], cameras["a"].project(point), size=SIZE, steps=2000)
        distance = np.linalg.norm(line - cameras[view].project(point), axis=1).min()
        assert distance < 0.5
