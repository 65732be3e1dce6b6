"""`edges.canny` for many grey pictures at once."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import torch
from torch import Tensor
from torch.nn import functional

from sefd_viewer.edges.gradient import EPSILON, FLAT, TAN_22_5, TIE
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.gpu_edges.dilation import dilate
from sefd_viewer.gpu_edges.windows import Windows


def canny(grey: Tensor, windows: Windows, settings: EdgeSettings) -> Tensor:
    """(L,h,w) float32: `edges.canny.canny` of grey pictures behind windows; 0 outside the pictures."""
    soft = suppressed_magnitude(_blurred(grey, windows, settings), windows)
    return soft if settings.variant == "soft" else hysteresis(soft, settings.low, settings.high)


def suppressed_magnitude(blurred: Tensor, windows: Windows) -> Tensor:
    """`edges.gradient.suppressed_magnitude` of (L,h,w): the same borders, directions and ties."""
    gx, gy = _sobel(windows.replicated(blurred, 1))
    magnitude = torch.sqrt(gx * gx + gy * gy + float(EPSILON))
    around = functional.pad(magnitude.where(windows.inside, float(FLAT)), (1, 1, 1, 1), value=float(FLAT))
    height, width = magnitude.shape[1:]
    (upper_left, upper, upper_right), (left, value, right), (lower_left, lower, lower_right) = (
        [around[:, y : y + height, x : x + width] for x in range(3)] for y in range(3)
    )
    across, down = gx.abs(), gy.abs()
    level, upright = down < float(TAN_22_5) * across, across < float(TAN_22_5) * down
    falling = gx * gy > 0
    before = left.where(level, upper.where(upright, upper_left.where(falling, upper_right)))
    after = right.where(level, lower.where(upright, lower_right.where(falling, lower_left)))
    margin = torch.where(level | upright, -float(TIE), float(TIE))
    kept = (value > before + float(TIE)) & (value > after + margin)
    return value.where(kept, 0)


def hysteresis(magnitude: Tensor, low: float, high: float) -> Tensor:
    """(L,h,w) float32 of 0 and 1: above `high`, or above `low` and connected to such (8 neighbours)."""
    weak, strong = (magnitude > low).float(), (magnitude > high).float()
    while True:
        grown = dilate(strong, 3) * weak
        if torch.equal(grown, strong):
            return strong
        strong = grown


def _blurred(grey: Tensor, windows: Windows, settings: EdgeSettings) -> Tensor:
    """The Gaussian, as sums of shifted pictures: a card's convolution may round to ten bits."""
    weights = cv2.getGaussianKernel(settings.gaussian_size, settings.sigma, cv2.CV_32F).ravel().tolist()
    wide = windows.mirrored(grey, settings.gaussian_size // 2)
    return _weighted(_weighted(wide, weights, 2), weights, 1)


def _weighted(values: Tensor, weights: Sequence[float], axis: int) -> Tensor:
    """The sum of the values shifted along an axis; as long as all of them reach."""
    length = values.shape[axis] - len(weights) + 1
    total = values.narrow(axis, 0, length) * weights[0]
    for shift, weight in enumerate(weights[1:], 1):
        total.add_(values.narrow(axis, shift, length), alpha=weight)
    return total


def _sobel(wide: Tensor) -> tuple[Tensor, Tensor]:
    """gx, gy (L,h,w) of pictures (L,h+2,w+2)."""
    above, here, below = wide[:, :-2], wide[:, 1:-1], wide[:, 2:]
    smooth, slope = above + 2 * here + below, below - above
    gx = smooth[:, :, 2:] - smooth[:, :, :-2]
    return gx, slope[:, :, :-2] + 2 * slope[:, :, 1:-1] + slope[:, :, 2:]
