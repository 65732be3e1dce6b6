"""Several people, each with an own camera, in one image plane (supplement section 7.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.geometry.cameras import PinholeCamera


def to_image_plane(points_camera: ArrayLike, own: PinholeCamera, reference: PinholeCamera) -> np.ndarray:
    """Points (..., 3) of a person's own camera frame, in metres, in the frame of a reference camera.

    Every point keeps the pixel that its own camera gives it: equations 1 to 4, with a factor of its own
    for y where fx and fy differ. Both cameras are taken without distortion and extrinsics. The depth order
    between people that results is the annotation's guess, not a measurement.
    """
    points = np.asarray(points_camera, dtype=np.float64)
    per_axis = (own.focal / own.focal[0]) * (reference.focal[0] / reference.focal)
    depth = points[..., 2:] * reference.focal[0] / own.focal[0]
    shift = (own.principal_point - reference.principal_point) / reference.focal
    return np.concatenate([points[..., :2] * per_axis + depth * shift, depth], axis=-1)
