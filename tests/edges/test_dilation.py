"""Fixed and adaptive dilation (supplement S4)."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.edges.image_edges import adaptive_kernel, dilate, dilate_for_people, kernel_for_box
from sefd_viewer.edges.settings import EdgeSettings

ADAPTIVE = EdgeSettings(dilation="adaptive")


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def greatest_around(edge: NDArray[np.float32], kernel: int) -> NDArray[np.float32]:
    padded = np.pad(edge, kernel // 2, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel))
    return windows.max(axis=(2, 3))


@pytest.mark.parametrize("kernel", [1, 3, 5, 7, 15])
def test_the_greatest_value_of_the_square(kernel: int) -> None:
    edge = noise(23, 31)
    np.testing.assert_array_equal(dilate(edge, kernel), greatest_around(edge, kernel))
    as_bytes = (edge * 255).astype(np.uint8)
    assert dilate(as_bytes, kernel).dtype == np.uint8


@pytest.mark.parametrize("kernel", [0, -3, 2, 4, 16, 17])
def test_other_kernels_are_refused_in_words(kernel: int) -> None:
    with pytest.raises(
        ValueError, match=f"dilation of {kernel} pixels is not possible; choose an odd number"
    ):
        dilate(noise(5, 5), kernel)


@pytest.mark.parametrize(
    ("area", "kernel"),
    [(0, 1), (256, 1), (257, 3), (4096, 3), (4097, 5), (65536, 5), (65537, 7), (1e9, 7)],
)
def test_kernel_by_area(area: float, kernel: int) -> None:
    assert adaptive_kernel(area, ADAPTIVE) == kernel


def test_kernel_by_rule() -> None:
    box = np.array([3, 4, 100, 100])
    assert kernel_for_box(box, ADAPTIVE) == 5
    assert kernel_for_box(None, ADAPTIVE) == 1
    assert kernel_for_box(box, EdgeSettings(dilation="fixed", kernel=9)) == 9
    assert kernel_for_box(box, EdgeSettings(dilation="none", kernel=9)) == 1


def test_each_box_is_dilated_by_its_own_kernel() -> None:
    edge = np.zeros((400, 400), np.float32)
    points = [
        (20, 20),
        (60, 60),
        (300, 300),
        (390, 10),
    ]  # rows and columns, each in one box; the last in none
    for row, column in points:
        edge[row, column] = 1
    boxes = [np.array(box) for box in ([15, 15, 10, 10], [40, 40, 50, 50], [110, 110, 280, 280])]
    thick = dilate_for_people(edge, boxes, ADAPTIVE)
    widths = [int(thick[row].sum()) for row, _ in points]
    assert widths == [1, 3, 7, 1]


def test_the_last_row_and_column_of_a_box_belong_to_it() -> None:
    """A box of x 4 and width 20 reaches pixel 24, the one that its right edge goes through the middle of."""
    box = np.array([4.0, 4.0, 20.0, 20.0])
    for row, column in ((12, 24), (24, 12)):
        edge = np.zeros((40, 40), np.float32)
        edge[row, column] = 1.0
        dilated = dilate_for_people(edge, [box], ADAPTIVE)
        expected = [(y, x) for y in range(row - 1, row + 2) for x in range(column - 1, column + 2)]
        assert [tuple(one) for one in np.argwhere(dilated)] == [one for one in expected if max(one) <= 24]


def test_boxes_beyond_the_picture_and_empty_ones_do_no_harm() -> None:
    edge = noise(50, 60)
    everything = np.array([-500.0, -500, 2000, 2000])
    elsewhere = np.array([900.0, 900, 10, 10])
    np.testing.assert_array_equal(dilate_for_people(edge, [everything, elsewhere], ADAPTIVE), dilate(edge, 7))
    np.testing.assert_array_equal(dilate_for_people(edge, [], ADAPTIVE), edge)


def test_fixed_and_none_ignore_the_boxes() -> None:
    edge = noise(50, 60)
    fixed = dilate_for_people(edge, [], EdgeSettings(kernel=3))
    np.testing.assert_array_equal(fixed, dilate(edge, 3))
    np.testing.assert_array_equal(dilate_for_people(edge, [], EdgeSettings(dilation="none")), edge)


def test_around_a_box_edges_from_outside_reach_into_it_as_far_as_its_kernel_does() -> None:
    edge = np.zeros((60, 90), np.float32)
    edge[:, 10], edge[:, 70] = 1.0, 1.0
    box = np.array([13.0, 10.0, 56.0, 40.0], np.float32)
    settings = EdgeSettings(dilation="adaptive", area_thresholds=(1.0, 2.0, 3.0), area_kernels=(1, 3, 5, 7))
    dilated = dilate_for_people(edge, [box], settings)
    whole = dilate(edge, 7)
    np.testing.assert_array_equal(dilated[10:51, 13:70], whole[10:51, 13:70])
    assert dilated[30, 13] == 1.0  # three pixels right of the edge at 10, as a square of seven reaches
