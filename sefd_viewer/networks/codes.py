"""What the heads of a rotation network put out."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class RotationCodes(NamedTuple):
    """Heads of the rotation network, float32: root 6D (N,6), pose code (N,P), betas (N,10), camera (N,3)."""

    global_orient_6d: Tensor
    pose_code: Tensor
    betas: Tensor
    camera: Tensor
