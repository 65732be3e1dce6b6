"""From a picture's pixels to the screen's: conversion, colouring, scaling (OpenCV, so import it late)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Window = tuple[float, float, float, float]


def opaque_bgra(image: Pixels) -> Pixels:
    """Convert (H, W, 3) RGB or (H, W) grey to (H, W, 4) BGRA."""
    conversion = cv2.COLOR_GRAY2BGRA if image.ndim == 2 else cv2.COLOR_RGB2BGRA
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), conversion), np.uint8)


def halved(pixels: Pixels) -> Pixels:
    """Scale a picture of at least 2x2 pixels to half its size by averaging."""
    height, width = pixels.shape[:2]
    size = width // 2, height // 2
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8)


def premultiplied(rgba: Pixels) -> Pixels:
    """Convert (H, W, 4) RGBA with straight alpha to BGRA with premultiplied alpha."""
    red, green, blue, alpha = cv2.split(rgba)
    channels = [cv2.multiply(channel, alpha, scale=1 / 255) for channel in (blue, green, red)]
    return np.asarray(cv2.merge([*channels, alpha]), np.uint8)


def tinted(mask: Pixels, color: tuple[int, int, int]) -> Pixels:
    """Convert an (H, W) mask to BGRA with premultiplied alpha: `color` (RGB) wherever the mask is set."""
    red, green, blue = (
        mask if value == 255 else cv2.convertScaleAbs(mask, alpha=value / 255) for value in color
    )
    return np.asarray(cv2.merge([blue, green, red, mask]), np.uint8)


def resample(source: Pixels, window: Window, size: tuple[int, int], *, nearest: bool) -> Pixels:
    """Draw a window of `source` (left, top, right, bottom as fractions of it) at `size` (w, h) pixels."""
    height, width = source.shape[:2]
    left, top = window[0] * width, window[1] * height
    step_x, step_y = (window[2] - window[0]) * width / size[0], (window[3] - window[1]) * height / size[1]
    if nearest:
        columns = np.clip((left + (np.arange(size[0]) + 0.5) * step_x).astype(np.intp), 0, width - 1)
        rows = np.clip((top + (np.arange(size[1]) + 0.5) * step_y).astype(np.intp), 0, height - 1)
        return source[rows].take(columns, axis=1)
    to_source = np.array([[step_x, 0, left + step_x / 2 - 0.5], [0, step_y, top + step_y / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(source, to_source, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
