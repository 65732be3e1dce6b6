"""Inner loops of Canny, compiled by numba; they let go of the GIL. Imported at the point of use only."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_EPSILON = np.float32(1e-6)
_FLAT = np.float32(math.sqrt(1e-6))
_TIE = np.float32(2e-6)
_TAN_22_5 = np.float32(math.tan(math.pi / 8))
_TWO = np.float32(2.0)
_ZERO = np.float32(0.0)


@njit(cache=True, nogil=True)
def weighted_grey(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(H,W,3) to (H,W) float32: the sum of the channels times `weights` (3,) float32."""
    height, width = image.shape[:2]
    grey = np.empty((height, width), np.float32)
    first, second, third = weights[0], weights[1], weights[2]
    for y in range(height):
        row = image[y]
        for x in range(width):
            grey[y, x] = (
                np.float32(row[x, 0]) * first + np.float32(row[x, 1]) * second + np.float32(row[x, 2]) * third
            )
    return grey


@njit(cache=True, nogil=True)
def suppressed_magnitude(blurred: np.ndarray) -> np.ndarray:
    """Gradient magnitude of (H,W) float32, kept only where it is a maximum across the edge, else 0.

    Sobel 3x3 (not normalised, border replicated), sqrt(gx^2 + gy^2 + 1e-6), direction rounded to 45 degrees.
    Of two equal pixels across a horizontal or vertical step the left or upper one stays, across a diagonal
    neither. Equal means to 2e-6, so that rounding does not decide. Beyond the border the picture is flat.
    """
    height, width = blurred.shape
    out = np.zeros((height, width), np.float32)
    gx, gy = np.zeros((3, width), np.float32), np.zeros((3, width), np.float32)
    magnitude = np.full((3, width + 2), _FLAT, np.float32)
    smooth, slope = np.empty(width + 2, np.float32), np.empty(width + 2, np.float32)
    for y in range(height + 1):
        new = y % 3
        if y < height:
            above, below = blurred[max(y - 1, 0)], blurred[min(y + 1, height - 1)]
            _gradient_row(above, blurred[y], below, smooth, slope, gx[new], gy[new], magnitude[new])
        else:
            magnitude[new, :] = _FLAT
        if y > 0:
            here, old = (y - 1) % 3, (y - 2) % 3
            _suppress_row(magnitude[old], magnitude[here], magnitude[new], gx[here], gy[here], out[y - 1])
    return out


@njit(cache=True, nogil=True)
def _gradient_row(
    above: np.ndarray,
    here: np.ndarray,
    below: np.ndarray,
    smooth: np.ndarray,
    slope: np.ndarray,
    gx: np.ndarray,
    gy: np.ndarray,
    magnitude: np.ndarray,
) -> None:
    width = here.shape[0]
    middle_smooth, middle_slope, middle = smooth[1:-1], slope[1:-1], magnitude[1:-1]
    for x in range(width):
        middle_smooth[x] = above[x] + _TWO * here[x] + below[x]
        middle_slope[x] = below[x] - above[x]
    smooth[0], smooth[width + 1] = smooth[1], smooth[width]
    slope[0], slope[width + 1] = slope[1], slope[width]
    right_smooth, right_slope = smooth[2:], slope[2:]
    for x in range(width):
        gx[x] = right_smooth[x] - smooth[x]
        gy[x] = slope[x] + _TWO * middle_slope[x] + right_slope[x]
        middle[x] = math.sqrt(gx[x] * gx[x] + gy[x] * gy[x] + _EPSILON)


@njit(cache=True, nogil=True)
def _suppress_row(
    above: np.ndarray, here: np.ndarray, below: np.ndarray, gx: np.ndarray, gy: np.ndarray, out: np.ndarray
) -> None:
    """Rows of magnitude are padded by one pixel on either side, the others are not."""
    above_middle, above_right = above[1:], above[2:]
    middle, right = here[1:], here[2:]
    below_middle, below_right = below[1:], below[2:]
    for x in range(out.shape[0]):
        across, down = abs(gx[x]), abs(gy[x])
        level, upright = down < _TAN_22_5 * across, across < _TAN_22_5 * down
        falling = (gx[x] > _ZERO) == (gy[x] > _ZERO)
        before = above[x] if falling else above_right[x]
        after = below_right[x] if falling else below[x]
        before = here[x] if level else (above_middle[x] if upright else before)
        after = right[x] if level else (below_middle[x] if upright else after)
        margin = -_TIE if level or upright else _TIE
        value = middle[x]
        keep = (value > before + _TIE) & (value > after + margin)
        out[x] = value if keep else _ZERO


@njit(cache=True, nogil=True)
def hysteresis(magnitude: np.ndarray, low: float, high: float) -> np.ndarray:
    """(H,W) float32 of 0 and 1: above `high`, or above `low` and connected to such (8 neighbours)."""
    height, width = magnitude.shape
    edge = np.zeros((height, width), np.float32)
    stack = np.empty((height * width, 2), np.int32)
    count = 0
    for y in range(height):
        for x in range(width):
            if magnitude[y, x] > high:
                edge[y, x] = 1.0
                stack[count, 0], stack[count, 1] = y, x
                count += 1
    while count > 0:
        count -= 1
        y, x = stack[count, 0], stack[count, 1]
        for ny in range(max(y - 1, 0), min(y + 2, height)):
            for nx in range(max(x - 1, 0), min(x + 2, width)):
                if edge[ny, nx] == 0.0 and magnitude[ny, nx] > low:
                    edge[ny, nx] = 1.0
                    stack[count, 0], stack[count, 1] = ny, nx
                    count += 1
    return edge
