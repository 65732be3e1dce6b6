"""Inner loops of Canny, compiled by numba; they let go of the GIL. Imported at the point of use only."""

from __future__ import annotations

import math

import numpy as np

from sefd_viewer.render.rasterise import kernel

EPSILON = np.float32(1e-6)
"""Added to the squared magnitude, as kornia does."""

FLAT = np.float32(math.sqrt(1e-6))
"""The magnitude where nothing changes, and beyond the border."""

TIE = np.float32(2e-6)
"""Magnitudes that differ by less are equal."""

TAN_22_5 = np.float32(math.tan(math.pi / 8))
"""Slope at which a direction is rounded to the diagonal."""

_TWO = np.float32(2.0)
_ZERO = np.float32(0.0)
_WEAK, _STRONG = 1, 2


@kernel
def suppressed_magnitude(blurred: np.ndarray) -> np.ndarray:
    """Gradient magnitude of (H,W) float32, kept only where it is a maximum across the edge, else 0.

    Sobel 3x3 (not normalised, border replicated), sqrt(gx^2 + gy^2 + 1e-6), direction rounded to 45 degrees.
    Of two equal pixels across a horizontal or vertical step the left or upper one stays, across a diagonal
    neither. Equal means to 2e-6, so that rounding does not decide. Beyond the border the picture is flat.
    """
    height, width = blurred.shape
    out = np.empty((height, width), np.float32)
    gx, gy = np.zeros((3, width), np.float32), np.zeros((3, width), np.float32)
    magnitude = np.full((3, width + 2), FLAT, np.float32)
    smooth, slope = np.empty(width + 2, np.float32), np.empty(width + 2, np.float32)
    for y in range(height + 1):
        new = y % 3
        if y < height:
            above, below = blurred[max(y - 1, 0)], blurred[min(y + 1, height - 1)]
            _gradient_row(above, blurred[y], below, smooth, slope, gx[new], gy[new], magnitude[new])
        else:
            magnitude[new, :] = FLAT
        if y > 0:
            here, old = (y - 1) % 3, (y - 2) % 3
            _suppress_row(magnitude[old], magnitude[here], magnitude[new], gx[here], gy[here], out[y - 1])
    return out


@kernel
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
    """One row of the gradient; `smooth`, `slope` and `magnitude` are a pixel longer on either side.

    One loop for each result: only such loops become vector instructions.
    """
    width = here.shape[0]
    for x in range(width):
        smooth[x + 1] = above[x] + _TWO * here[x] + below[x]
    for x in range(width):
        slope[x + 1] = below[x] - above[x]
    smooth[0], smooth[width + 1] = smooth[1], smooth[width]
    slope[0], slope[width + 1] = slope[1], slope[width]
    for x in range(width):
        gx[x] = smooth[x + 2] - smooth[x]
    for x in range(width):
        gy[x] = slope[x] + _TWO * slope[x + 1] + slope[x + 2]
    for x in range(width):
        magnitude[x + 1] = math.sqrt(gx[x] * gx[x] + gy[x] * gy[x] + EPSILON)


@kernel
def _suppress_row(
    above: np.ndarray, here: np.ndarray, below: np.ndarray, gx: np.ndarray, gy: np.ndarray, out: np.ndarray
) -> None:
    """One row; those of magnitude are a pixel longer on either side. Without branches, so it vectorises."""
    for x in range(out.shape[0]):
        upper_left, upper, upper_right = above[x], above[x + 1], above[x + 2]
        left, value, right = here[x], here[x + 1], here[x + 2]
        lower_left, lower, lower_right = below[x], below[x + 1], below[x + 2]
        across, down = abs(gx[x]), abs(gy[x])
        level, upright = down < TAN_22_5 * across, across < TAN_22_5 * down
        falling = gx[x] * gy[x] > _ZERO
        before = upper_left if falling else upper_right
        after = lower_right if falling else lower_left
        before = upper if upright else before
        after = lower if upright else after
        before = left if level else before
        after = right if level else after
        margin = -TIE if level | upright else TIE
        out[x] = value if (value > before + TIE) & (value > after + margin) else _ZERO


@kernel
def hysteresis(magnitude: np.ndarray, low: float, high: float) -> np.ndarray:
    """(H,W) float32 of 0 and 1: above `high`, or above `low` and connected to such (8 neighbours)."""
    height, width = magnitude.shape
    pitch = width + 2
    state = _weak_and_strong(magnitude, np.float32(low), np.float32(high))
    neighbours = np.array([-pitch - 1, -pitch, -pitch + 1, -1, 1, pitch - 1, pitch, pitch + 1])
    stack = np.empty(np.count_nonzero(state) + 1, np.int64)
    for start in range(state.size):
        if state[start] != _STRONG:
            continue
        stack[0], count = start, 1
        while count > 0:
            count -= 1
            here = stack[count]
            for step in neighbours:
                if state[here + step] == _WEAK:
                    state[here + step] = _STRONG
                    stack[count] = here + step
                    count += 1
    edge = np.empty((height, width), np.float32)
    for y in range(height):
        inner, row = state[(y + 1) * pitch + 1 : (y + 2) * pitch - 1], edge[y]
        for x in range(width):
            row[x] = inner[x] >> 1
    return edge


@kernel
def _weak_and_strong(magnitude: np.ndarray, low: np.float32, high: np.float32) -> np.ndarray:
    """Flat uint8 picture with a border of one pixel: 1 above `low`, 2 above `high`, else 0."""
    height, width = magnitude.shape
    pitch = width + 2
    state = np.zeros((height + 2) * pitch, np.uint8)
    for y in range(height):
        inner, row = state[(y + 1) * pitch + 1 : (y + 2) * pitch - 1], magnitude[y]
        for x in range(width):
            inner[x] = np.uint8(row[x] > low) + np.uint8(row[x] > high)
    return state
