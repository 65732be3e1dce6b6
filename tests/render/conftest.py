"""A posed body in front of a camera."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sefd_viewer.body.parameters import SmplParameters


@pytest.fixture
def body_in_view(open_body, sample_poses: NDArray[np.float32]) -> NDArray[np.float32]:
    """The open body in a real pose, (V,3) camera metres, upright, its pelvis 3 m in front of the camera."""
    pose = np.concatenate([[np.pi, 0, 0], sample_poses[3, 3:]]).astype(np.float32)
    parameters = SmplParameters.from_pose(
        open_body.id, pose, np.zeros(10, np.float32), np.zeros(3, np.float32)
    )
    output = open_body.forward(parameters)
    return (output.vertices - output.joints[0] + np.float32([0, 0, 3])).astype(np.float32)
