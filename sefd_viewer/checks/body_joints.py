"""A body's joints in any joint set, as far as the body has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.geometry.joints import SMPL30, as_joint_set, remap

_THORAX = "Thorax"


def joints_of(output: BodyOutput, body: BodyModel, joint_set: str) -> NDArray[np.float32]:
    """Joints (J, 3) of the set, metres, camera frame; nan for those that no body has.

    The thorax lies between the shoulders.
    """
    wanted = as_joint_set(joint_set)
    if wanted.name in body.joint_sets:
        return np.asarray(body.joints(output.vertices, output.joints, wanted), np.float32)
    all30 = body.joints(output.vertices, output.joints, SMPL30)
    joints, present = remap(all30, SMPL30, wanted)
    joints[~present] = np.nan
    if _THORAX in wanted.names:
        shoulders = [SMPL30.index("L_Shoulder"), SMPL30.index("R_Shoulder")]
        joints[wanted.index(_THORAX)] = all30[shoulders].mean(axis=0)
    return joints.astype(np.float32)
