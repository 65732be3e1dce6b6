"""Linear blend skinning of SMPL-format bodies, for several people at once."""

from __future__ import annotations

import numpy as np


def joint_transforms(
    rotations: np.ndarray, joints: np.ndarray, parents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (N, J, 3, 3) and positions (N, J, 3) of all joints in the body's frame.

    `rotations` (N, J, 3, 3) are relative to the parent, `joints` (N, J, 3) at rest; `parents` (J,) come
    before their children, the root's is -1.
    """
    turned, moved = rotations.copy(), joints.copy()
    for child in range(1, len(parents)):
        parent = parents[child]
        turned[:, child] = turned[:, parent] @ rotations[:, child]
        bone = joints[:, child] - joints[:, parent]
        moved[:, child] = moved[:, parent] + (turned[:, parent] @ bone[:, :, None])[:, :, 0]
    return turned, moved


def skin(
    rest: np.ndarray, weights_by_joint: np.ndarray, turned: np.ndarray, offsets: np.ndarray
) -> np.ndarray:
    """Skinned vertices (N, 3, V) of rest vertices (N, 3, V): coordinates come first, so that rows are long.

    `weights_by_joint` (J, V); `turned` (N, J, 3, 3) and `offsets` (N, J, 3) map a joint's rest points.
    """
    count, _, vertices = rest.shape
    maps = np.concatenate([turned, offsets[..., None]], axis=-1).astype(np.float32)
    by_entry = maps.transpose(0, 2, 3, 1).reshape(count * 12, len(weights_by_joint))
    blended = (by_entry @ weights_by_joint).reshape(count, 3, 4, vertices)
    posed = blended[:, :, 3]
    for axis in range(3):
        blended[:, :, axis] *= rest[:, None, axis]
        posed += blended[:, :, axis]
    return posed
