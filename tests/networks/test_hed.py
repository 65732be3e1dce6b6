"""The shipped HED network finds what a person would call an edge."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from sefd_viewer.networks.hed import detect
from sefd_viewer.resources import resource_path

EXPECTED = Path(__file__).parent / "hed_expected.png"
"""Edges that the weights of the network's authors find in float32, in 65,535 levels (resources/BUILD.md)."""


def square_image(side: int) -> np.ndarray:
    image = np.full((side, side, 3), 70, np.uint8)
    image[side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = (230, 200, 60)
    return image


def test_the_border_of_a_square_is_found() -> None:
    edges = detect(square_image(96))
    assert edges.shape == (96, 96)
    assert edges.dtype == np.float32
    border = np.zeros((96, 96), np.uint8)
    cv2.rectangle(border, (24, 24), (71, 71), 1, thickness=3)
    inside, outside = edges[30:66, 30:66], edges[6:16, 6:-6]
    assert edges[border > 0].mean() > 0.5
    assert max(inside.mean(), outside.mean()) < 0.15


def test_rounded_weights_find_the_edges_of_the_whole_ones_within_a_level_of_255() -> None:
    photo = cv2.imread(str(resource_path("sample_photos/walkers.jpg")))[100:260, 100:260, ::-1]
    whole = cv2.imread(str(EXPECTED), cv2.IMREAD_UNCHANGED) / 65535
    apart = np.abs(detect(np.ascontiguousarray(photo)) - whole) * 255
    assert whole.max() > 0.9
    assert apart.max() < 1.0
    assert apart.mean() < 0.1


def test_large_images_are_scaled_down_and_their_edges_back_up() -> None:
    image = square_image(128)[:100]
    edges = detect(image, max_side=64)
    assert edges.shape == (100, 128)
    assert edges[40:90, 28:36].max() > 0.4
    assert 0 <= edges.min() <= edges.max() <= 1
