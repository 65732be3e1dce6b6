"""How alike two edge maps are, and how far one lies beside the other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.edge_maps.drawing import Map

LARGEST_SHIFT = 16
"""Pixels in either direction that are searched."""

_FLOOR = 24
"""Fainter values count as 0: JPEG leaves such traces around edges."""


def agreement(one: Map, other: Map) -> float:
    """The shared part of two maps (H,W), 0 to 1: sum of the smaller over sum of the larger values."""
    first, second = _cleaned(one), _cleaned(other)
    whole = float(cv2.max(first, second).sum())
    return float(cv2.min(first, second).sum()) / whole if whole else 1.0


def shift_between(still: Map, moved: Map) -> tuple[float, float]:
    """How far (x, y) pixels `moved` lies right of and below `still`: the peak of their correlation."""
    spectra = np.fft.rfft2(_padded(still)).conj() * np.fft.rfft2(_padded(moved))
    correlation = np.fft.irfft2(spectra, _padded(still).shape)
    reach = np.arange(-LARGEST_SHIFT - 1, LARGEST_SHIFT + 2)
    near = correlation[np.ix_(reach, reach)]
    y, x = np.unravel_index(np.argmax(near[1:-1, 1:-1]), (len(reach) - 2, len(reach) - 2))
    row, column = int(y) + 1, int(x) + 1
    return (
        float(reach[column]) + _vertex(near[row, column - 1 : column + 2]),
        float(reach[row]) + _vertex(near[row - 1 : row + 2, column]),
    )


def shifted(picture: Map, shift: tuple[float, float]) -> Map:
    """The map moved by (x, y) pixels, right and down; 0 comes in from outside."""
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    return np.asarray(cv2.warpAffine(picture, matrix, (picture.shape[1], picture.shape[0])), np.uint8)


def _cleaned(picture: Map) -> Map:
    return np.asarray(cv2.threshold(picture, _FLOOR, 0, cv2.THRESH_TOZERO)[1], np.uint8)


def _padded(picture: Map) -> NDArray[np.float32]:
    """With a border, so that what leaves on one side does not come back on the other."""
    return np.pad(_cleaned(picture).astype(np.float32), (0, 2 * LARGEST_SHIFT))


def _vertex(three: NDArray[np.float64]) -> float:
    """Where the parabola through three values around their largest has its vertex, from -0.5 to 0.5."""
    bend = three[0] - 2 * three[1] + three[2]
    return float(np.clip((three[0] - three[2]) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0
