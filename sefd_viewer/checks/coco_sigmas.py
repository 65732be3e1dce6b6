"""How far careful annotators' keypoints lie apart, joint by joint (COCO's keypoint evaluation)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import as_joint_set

BODY_IN_BOX = 0.53
"""The usual share of a person's box that the person's silhouette fills (COCO's areas over its boxes)."""

_SIGMAS = {
    "Nose": 0.026, "Eye": 0.025, "Ear": 0.035, "Shoulder": 0.079, "Elbow": 0.072, "Wrist": 0.062,
    "Hip": 0.107, "Knee": 0.087, "Ankle": 0.089, "Head_top": 0.079, "Neck": 0.079, "Hand": 0.062,
    "Toe": 0.089,
}  # fmt: skip
_OTHER = 0.107


def coco_sigmas(joint_set: str) -> NDArray[np.float64]:
    """Standard deviation (J,) of annotated keypoints over the root of the person's area.

    Joints that COCO lacks take that of a similar one.
    """
    names = [name.removeprefix("L_").removeprefix("R_") for name in as_joint_set(joint_set).names]
    return np.array([_SIGMAS.get(name, _OTHER) for name in names])
