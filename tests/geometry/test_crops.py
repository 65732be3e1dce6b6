"""The crop's affine maps undo each other, and both of its cameras agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry import Crop, bbox_from_points, image_camera, network_camera

IMAGE_SIZE = (640, 480)
inside = st.tuples(st.floats(-50, 600), st.floats(-50, 440), st.floats(60, 700), st.floats(60, 700))


@given(inside)
def test_points_round_trip(bbox: tuple[float, float, float, float]) -> None:
    crop = Crop.from_bbox(bbox, IMAGE_SIZE)
    points = np.random.default_rng(0).uniform(-100, 700, size=(20, 2))
    assert_allclose(crop.points_to_image(crop.points_to_crop(points)), points, atol=1e-6)


@given(inside)
def test_network_and_image_camera_give_the_same_pixels(bbox: tuple[float, float, float, float]) -> None:
    crop = Crop.from_bbox(bbox, IMAGE_SIZE)
    points_camera = np.random.default_rng(0).uniform(-1, 1, size=(30, 3)) + [0, 0, 40]
    in_crop = network_camera(crop).project_camera(points_camera)
    in_image = image_camera(crop).project_camera(points_camera)
    assert_allclose(crop.points_to_image(in_crop), in_image, atol=1e-3)


def test_the_box_becomes_a_larger_square_about_the_same_centre() -> None:
    crop = Crop.from_bbox([100, 50, 80, 200], IMAGE_SIZE)
    assert_allclose(crop.bbox_xywh, [140 - 125, 150 - 125, 250, 250])
    assert crop.pixels_per_crop_pixel == pytest.approx(250 / 256)


def test_the_box_is_clipped_to_the_image_first() -> None:
    crop = Crop.from_bbox([-200, 100, 300, 100], IMAGE_SIZE, scale=1.0)
    assert_allclose(crop.bbox_xywh[:2] + crop.bbox_xywh[2:] / 2, [(100 - 0.5) / 2, 150])
    assert_allclose(crop.bbox_xywh[2:], 100.5)


def test_the_box_ends_where_the_last_pixel_ends() -> None:
    crop = Crop.from_bbox([600, 100, 300, 20], IMAGE_SIZE, scale=1.0)
    assert_allclose(crop.bbox_xywh[0] + crop.bbox_xywh[2], 639.5)


def test_a_crops_own_square_gives_the_crop_again() -> None:
    for convention, middle in (("centred", 31.5), ("release", 32.0)):
        crop = Crop.from_bbox([100, 50, 80, 200], IMAGE_SIZE, size=64, convention=convention)
        again = Crop.from_square(crop.bbox_xywh, size=64, convention=convention)
        assert_allclose(again.to_crop, crop.to_crop)
        assert_allclose(crop.points_to_crop(crop.bbox_xywh[:2] + crop.bbox_xywh[2:] / 2), middle)


def test_the_whole_of_an_image_in_its_own_size_is_the_identity() -> None:
    crop = Crop.from_bbox([-0.5, -0.5, 256, 256], (256, 256), scale=1.0)
    assert_allclose(crop.to_crop, [[1, 0, 0], [0, 1, 0]], atol=1e-12)


def test_the_border_of_the_box_is_the_border_of_the_crop() -> None:
    crop = Crop.from_bbox([100, 50, 80, 200], IMAGE_SIZE, size=64)
    low, side = crop.bbox_xywh[:2], crop.bbox_xywh[2:]
    assert_allclose(crop.points_to_crop([low, low + side]), [[-0.5, -0.5], [63.5, 63.5]], atol=1e-9)


@pytest.mark.parametrize("bbox", [[10, 10, 0, 50], [700, 10, 50, 50], [10, 10, np.nan, 5], [10, 10, -5, 5]])
def test_a_box_outside_the_image_is_refused_with_its_numbers(bbox: list[float]) -> None:
    with pytest.raises(SefdError, match=r"no part in the 640x480 image"):
        Crop.from_bbox(bbox, IMAGE_SIZE)


def test_the_first_pixel_reaches_half_a_pixel_before_its_middle() -> None:
    """A box that ends 0.3 px left of that middle covers a part of it, one that ends 0.7 px left none."""
    assert Crop.from_bbox([-50, 10, 49.7, 50], IMAGE_SIZE, scale=1.0).bbox_xywh[2] == pytest.approx(50)
    with pytest.raises(SefdError, match="no part"):
        Crop.from_bbox([-50, 10, 49.3, 50], IMAGE_SIZE)


def test_box_of_valid_points() -> None:
    points = np.array([[10, 20], [30, 60], [500, 500]])
    assert_allclose(bbox_from_points(points, [True, True, False]), [10 - 2, 20 - 4, 24, 48])
    assert_allclose(bbox_from_points(points, [True, True, False], scale=1.0), [10, 20, 20, 40])


@pytest.mark.parametrize("valid", [[False, False], [True, False]])
def test_no_box_without_extent(valid: list[bool]) -> None:
    assert bbox_from_points(np.array([[10, 20], [30, 60]]), valid) is None
