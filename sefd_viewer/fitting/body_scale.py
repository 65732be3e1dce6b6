"""How large a person is whom cameras of unknown scale saw: as large as the mean body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.joints import COCO17

_BONES = [
    (COCO17.index(f"{side}_{a}"), COCO17.index(f"{side}_{b}"))
    for side in "LR"
    for a, b in (("Shoulder", "Elbow"), ("Elbow", "Wrist"), ("Hip", "Knee"), ("Knee", "Ankle"))
]


def body_scale(joints: NDArray[np.float64], body: BodyModel) -> float:
    """The factor that gives the limbs of `joints` (M, 17, 3) the mean body's lengths: a median of ratios."""
    rest = body.forward_batch(*(np.zeros((1, size)) for size in (3, 69, 10, 3)))
    usual = _lengths(body.joints(rest.vertices, rest.joints, COCO17))
    found = _lengths(joints)
    known = np.isfinite(found).any(axis=0)
    return float(np.median(usual[0, known] / np.nanmedian(found[:, known], axis=0)))


def _lengths(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.stack([np.linalg.norm(joints[:, a] - joints[:, b], axis=-1) for a, b in _BONES], axis=-1)
