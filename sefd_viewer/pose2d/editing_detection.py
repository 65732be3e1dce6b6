"""A pose for somebody whose box was drawn: the detector looks there alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.pose2d.editing import moved_by
from sefd_viewer.pose2d.merging import box_overlap

Detect = Callable[[NDArray[np.uint8]], list[Pose2D]]

_MARGIN = 0.25
_LEAST_OVERLAP = 0.3


def detect_in_box(image: NDArray[np.uint8], bbox_xywh: ArrayLike, detect: Detect) -> Pose2D | None:
    """The pose of whoever fills the box (4,) of `image` (H, W, 3) best, None where nobody is found.

    The source stays the detector's.
    """
    box = np.asarray(bbox_xywh, np.float64)
    left, top, right, bottom = _with_margin(box, image.shape[1], image.shape[0])
    try:
        found = detect(np.ascontiguousarray(image[top:bottom, left:right]))
    except SefdError:
        return None
    placed = [replace(moved_by(pose, (left, top)), source=pose.source) for pose in found]
    best = max(placed, key=lambda pose: box_overlap(pose.bbox_xywh, box), default=None)
    return best if best is not None and box_overlap(best.bbox_xywh, box) >= _LEAST_OVERLAP else None


def _with_margin(box: NDArray[np.float64], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the box with some ground around it, within the picture."""
    low = np.floor(box[:2] - _MARGIN * box[2:]).clip(0, (width, height))
    high = np.ceil(box[:2] + (1 + _MARGIN) * box[2:]).clip(0, (width, height))
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
