"""A 2D pose: one person's keypoints in an image, and who says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sefd_viewer.geometry.joints import OPENPOSE18, as_joint_set

JOINT_THRESHOLD = 0.1
"""Confidence above which a 2D joint is used (3DCrowdNet with HigherHRNet)."""
OPENPOSE_THRESHOLD = 0.05
"""The same for joints that OpenPose found."""


@dataclass(frozen=True, eq=False)
class Pose2D:
    """One person's keypoints (J, 3) float32 x, y, score in image pixels, and box (4,) float32 x y w h.

    `joint_set` is a name in JOINT_SETS; `score` the person's own; `source` says in a few words where the pose
    comes from, for example "MoveNet multipose", "file demo.json", "annotation" or "hand edit".
    """

    joint_set: str
    keypoints: np.ndarray
    bbox_xywh: np.ndarray
    score: float
    source: str

    def __post_init__(self) -> None:
        keypoints = np.asarray(self.keypoints, dtype=np.float32)
        expected = (as_joint_set(self.joint_set).count, 3)
        if keypoints.shape != expected:
            raise ValueError(f"keypoints of {self.joint_set} have shape {expected}, not {keypoints.shape}")
        object.__setattr__(self, "keypoints", keypoints)
        object.__setattr__(self, "bbox_xywh", np.asarray(self.bbox_xywh, dtype=np.float32).reshape(4))

    @property
    def joint_threshold(self) -> float:
        """The confidence above which joints of this source are used: OpenPose's are lower than others'."""
        by_openpose = self.joint_set == OPENPOSE18.name or "openpose" in self.source.lower()
        return OPENPOSE_THRESHOLD if by_openpose else JOINT_THRESHOLD
