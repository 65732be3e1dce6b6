"""Canny edges of a picture, soft and binary, as the public release computes them (kornia's definition).

Dilation is apart (`sefd_viewer.edges.dilation`), so that a slider for it never repeats the work done here.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.edges.settings import EdgeSettings

_LUMA = (0.299, 0.587, 0.114)
_BAND = 128  # rows at a time: what lies between the steps stays in the processor's cache
_GRADIENT_REACH = 2  # Sobel and non-maximum suppression, one pixel each


def canny(image: NDArray[np.generic], settings: EdgeSettings) -> NDArray[np.float32]:
    """(H,W) edges of the picture in the variant that the settings name; not dilated. See the two variants."""
    return canny_soft(image, settings) if settings.variant == "soft" else canny_binary(image, settings)


def canny_soft(image: NDArray[np.generic], settings: EdgeSettings) -> NDArray[np.float32]:
    """Soft edges: the gradient magnitude left after non-maximum suppression, 0 between edges.

    image: (H,W,3) RGB or (H,W) grey; uint8, or float in [0,1]. Result (H,W) float32, not cut at 1: a
    blurred black-to-white step reaches about 2.6, as in kornia's `canny(...)[0]`, which fed the released
    networks.
    """
    height = image.shape[0]
    edge = np.zeros(image.shape[:2], np.float32)
    reach = settings.gaussian_size // 2 + _GRADIENT_REACH
    for top in range(0, height if edge.size else 0, _BAND):
        first = max(top - reach, 0)
        band = _soft_edges(image[first : top + _BAND + reach], settings)
        edge[top : top + _BAND] = band[top - first : top - first + _BAND]
    return edge


def _soft_edges(image: NDArray[np.generic], settings: EdgeSettings) -> NDArray[np.float32]:
    from sefd_viewer.edges.gradient import suppressed_magnitude

    grey = grey_picture(image, settings)
    size = (settings.gaussian_size, settings.gaussian_size)
    return suppressed_magnitude(
        cv2.GaussianBlur(grey, size, settings.sigma, borderType=cv2.BORDER_REFLECT_101)
    )


def canny_binary(image: NDArray[np.generic], settings: EdgeSettings) -> NDArray[np.float32]:
    """Binary edges, (H,W) float32 of 0 and 1: soft edges above `high`, or above `low` and tied to those."""
    from sefd_viewer.edges.gradient import hysteresis

    return hysteresis(canny_soft(image, settings), settings.low, settings.high)


def grey_picture(image: NDArray[np.generic], settings: EdgeSettings) -> NDArray[np.float32]:
    """(H,W) float32 in [0,1] from RGB or grey, uint8 or float; channels weighted in the settings' order.

    Raises ValueError for a picture of another shape.
    """
    scale = np.float32(1 / 255) if image.dtype == np.uint8 else np.float32(1)
    if image.ndim == 2:
        grey = np.ascontiguousarray(image, np.float32)
        return grey * scale if scale != 1 else grey
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"edges need a picture (H,W,3) or (H,W), not {image.shape}")
    weights = _LUMA if settings.channel_order == "rgb" else _LUMA[::-1]
    matrix = np.asarray([weights], np.float32) * scale
    return np.asarray(cv2.transform(image.astype(np.float32, order="C"), matrix), np.float32)
