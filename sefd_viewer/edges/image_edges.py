"""Edges of a picture: Canny, soft or binary, and their dilation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.edges.settings import EdgeSettings, check_kernel

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


Edge = TypeVar("Edge", NDArray[np.float32], NDArray[np.uint8])


def dilate(edge: Edge, kernel: int) -> Edge:
    """Grey dilation of (H,W) by a flat square of `kernel` pixels (odd, 1 to 15, else ValueError)."""
    check_kernel(kernel)
    if kernel == 1 or not edge.size:
        return edge
    return cv2.dilate(edge, np.ones((kernel, kernel), np.uint8))  # type: ignore[return-value]  # it keeps the type


def adaptive_kernel(area: float, settings: EdgeSettings) -> int:
    """Kernel for a tight box of `area` square pixels; an area equal to a threshold gets the smaller one."""
    return settings.area_kernels[bisect_left(settings.area_thresholds, area)]


def kernel_for_box(bbox_xywh: NDArray[np.floating] | None, settings: EdgeSettings) -> int:
    """Kernel that the settings give to a person with this tight box (pixels; None counts as an empty one)."""
    if settings.dilation == "adaptive":
        return adaptive_kernel(0.0 if bbox_xywh is None else float(bbox_xywh[2] * bbox_xywh[3]), settings)
    return settings.kernel if settings.dilation == "fixed" else 1


def dilate_for_people(edge: Edge, boxes: Sequence[NDArray[np.floating]], settings: EdgeSettings) -> Edge:
    """Dilate an edge map (H,W) by the settings' rule; `boxes` are the people's tight bbox_xywh (pixels).

    Adaptive: inside each box the edge is dilated by that person's kernel, the strongest wins where boxes
    overlap, and outside all boxes the edge stays as thin as it was.
    """
    if settings.dilation != "adaptive":
        return dilate(edge, kernel_for_box(None, settings))
    dilated = edge.copy()
    for box in boxes:
        inside = _inside(box, edge.shape)
        kernel = kernel_for_box(box, settings)
        np.maximum(dilated[inside], _dilate_part(edge, inside, kernel), out=dilated[inside])
    return dilated


def _inside(bbox_xywh: NDArray[np.floating], shape: tuple[int, ...]) -> tuple[slice, slice]:
    x, y, w, h = (float(v) for v in bbox_xywh)
    left, right = np.clip([np.floor(x), np.ceil(x + w) + 1], 0, shape[1]).astype(int)
    top, bottom = np.clip([np.floor(y), np.ceil(y + h) + 1], 0, shape[0]).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def _dilate_part(edge: Edge, part: tuple[slice, slice], kernel: int) -> Edge:
    """`dilate(edge, kernel)[part]` without the rest of the picture."""
    reach = kernel // 2
    before = [min(reach, axis.start) for axis in part]
    wider = tuple(slice(a.start - b, a.stop + reach) for a, b in zip(part, before, strict=True))
    inner = tuple(slice(b, b + a.stop - a.start) for a, b in zip(part, before, strict=True))
    return dilate(np.ascontiguousarray(edge[wider]), kernel)[inner]
