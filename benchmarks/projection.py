"""How well a body sits on its 2D pose, as a share of the person's size in the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.joints import COCO17, Pose2D
from sefd_viewer.inference.messages import Prediction

SEEN = 0.3
"""Confidence from which a joint of a 2D pose counts."""

_BOX_MARGIN = 1.2
"""Boxes are this much larger than the extent of the joints (3DCrowdNet)."""


def projection_error(prediction: Prediction, pose: Pose2D, body: BodyModel) -> float:
    """Mean distance of the body's COCO joints to those of `pose`, over the diagonal of the pose's box."""
    vertices, joints24 = body.forward(prediction.parameters)
    joints = prediction.camera.project_camera(body.joints(vertices, joints24, COCO17))
    return _share(joints, pose)


def mean_pose_error(pose: Pose2D, body: BodyModel) -> float:
    """The same for a yardstick that sees nothing: the body at rest, upright, fitted to the box's height."""
    rest = body.forward_batch(*(np.zeros((1, count), np.float32) for count in (3, 69, 10, 3)))
    joints = body.joints(rest.vertices, rest.joints, COCO17)[0, :, :2] * [1, -1]
    low, high = joints.min(axis=0), joints.max(axis=0)
    x, y, width, height = pose.bbox_xywh
    scale = height / _BOX_MARGIN / (high - low)[1]
    return _share((joints - (low + high) / 2) * scale + [x + width / 2, y + height / 2], pose)


def _share(joints_image: NDArray[np.floating], pose: Pose2D) -> float:
    seen = pose.keypoints[:, 2] > SEEN
    if not seen.any():
        return float("nan")
    distance = np.linalg.norm(joints_image - pose.keypoints[:, :2], axis=1)[seen].mean()
    return float(distance / np.hypot(*pose.bbox_xywh[2:]))
