"""SMPL parameters from the world into a camera's frame, in three ways (supplement section 7.2)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle

ExtrinsicMode = Literal["raw", "paper", "exact"]


def smpl_to_camera(
    global_orient: ArrayLike,
    transl: ArrayLike,
    R: ArrayLike,
    t_metres: ArrayLike,
    *,
    mode: ExtrinsicMode = "exact",
    root_joint: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    """Root orientation (3,) axis-angle and translation (3,) metres in the frame of the camera R x + t.

    `raw` leaves both as they are; `paper` rotates the orientation and takes R T + t (equations 5 and 6);
    `exact` also allows for the body turning about its root joint J0 (3,) = `root_joint`, metres, instead
    of the origin: R (T + J0) + t - J0. Only `exact` equals moving every posed vertex by R v + t;
    `paper` is off by (R - I) J0.
    """
    orient, translation = np.asarray(global_orient, np.float64), np.asarray(transl, np.float64)
    if mode == "raw":
        return orient, translation
    rotation = np.asarray(R, np.float64)
    pivot = np.asarray(root_joint, np.float64) if mode == "exact" else np.zeros(3)
    turned = matrix_to_axis_angle(rotation @ axis_angle_to_matrix(orient))
    return turned, rotation @ (translation + pivot) + np.asarray(t_metres, np.float64) - pivot
