"""Thickening of edges: fixed squares and the rule by a person's size (supplement S4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.edges.settings import EdgeSettings, check_kernel

Edge = TypeVar("Edge", NDArray[np.float32], NDArray[np.uint8])


def dilate(edge: Edge, kernel: int) -> Edge:
    """Grey dilation of (H,W) by a flat square of `kernel` pixels (odd, 1 to 15, else ValueError)."""
    check_kernel(kernel)
    if kernel == 1 or not edge.size:
        return edge
    return cv2.dilate(edge, np.ones((kernel, kernel), np.uint8))  # type: ignore[return-value]


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
