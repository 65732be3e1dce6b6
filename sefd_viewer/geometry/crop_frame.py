"""The frame in which a network sees one person: the camera, turned to look at the middle of the crop."""

from __future__ import annotations

import numpy as np

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import Crop
from sefd_viewer.geometry.rotations import axis_angle_to_matrix


def crop_rotation(crop: Crop, camera: PinholeCamera) -> np.ndarray:
    """Rotation (3, 3) from the crop's frame to the frame of `camera`, whose R and t do not matter.

    A crop shows a person as if the camera looked straight at them, although they may stand far from the
    picture's middle. The crop's frame is the camera's, turned by the shortest way until its z axis meets
    the crop's centre.
    """
    centre = crop.bbox_xywh[:2] + crop.bbox_xywh[2:] / 2
    ray = camera.rays(centre)
    ray = ray / np.linalg.norm(ray)
    axis = np.array([-ray[1], ray[0], 0.0])
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        return np.eye(3)
    return axis_angle_to_matrix(axis / sine * np.arctan2(sine, ray[2]))
