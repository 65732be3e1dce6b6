"""Whether keypoints can be people in the order of joints in which a file is read.

Measured on annotated people of COCO, CrowdPose, OCHuman, PoseTrack, MPII, Halpe and Human3.6M: read in the
right order the limbs of a person are short and alike on both sides, in a wrong one they cross the body.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.skeletons import LIMB_JOINTS, Skeleton, of_length

Array = NDArray[np.float64]

_BONES = (
    *(("L_Shoulder", "L_Elbow"), ("R_Shoulder", "R_Elbow"), ("L_Elbow", "L_Wrist"), ("R_Elbow", "R_Wrist")),
    *(("L_Hip", "L_Knee"), ("R_Hip", "R_Knee"), ("L_Knee", "L_Ankle"), ("R_Knee", "R_Ankle")),
    *(("L_Shoulder", "L_Hip"), ("R_Shoulder", "R_Hip"), ("L_Shoulder", "R_Shoulder"), ("L_Hip", "R_Hip")),
)
_ENDS = np.array([[LIMB_JOINTS.index(name) for name in bone] for bone in _BONES]).T
_PAIRED = 8
"""The first bones come in pairs of left and right."""

_SEEN = 0.05
_SMALL = 10.0
"""People whose twelve joints span less than so many pixels tell nothing."""
_MARGIN, _MARGIN_OF_FEW, _FEW = 0.5, 1.0, 3
_IMPOSSIBLE, _ENOUGH = 3.4, 5
_LOOKED_AT = 2000
_WRONG_WAY = 0.6


class ImpossibleOrderError(ValueError):
    """In no known order are these points people; the message says what speaks against it."""


def fitting_order(people: NDArray[np.floating], assumed: Skeleton) -> Skeleton:
    """The order in which keypoints (P, K, 3) are people: `assumed`, or another that fits clearly better.

    Too few whole people to tell leave it as assumed. Raises ImpossibleOrderError where nobody fits.
    """
    known = np.asarray(people[:: 1 + len(people) // (10 * _LOOKED_AT)], dtype=np.float64)
    whole = known[np.isfinite(_misfits(known, assumed))][:_LOOKED_AT]
    others = [one for one in of_length(assumed.count) if one.joints != assumed.joints]
    if _looks_like_posetrack(known, assumed):
        return next(one for one in others if one.name == "posetrack17")
    if len(whole) == 0:
        return assumed
    own = float(np.median(_misfits(whole, assumed)))
    best, least = assumed, own - (_MARGIN if len(whole) >= _FEW else _MARGIN_OF_FEW)
    for other in others:
        misfits = _misfits(whole, other)
        if np.isfinite(misfits).mean() > 0.5 and (score := float(np.nanmedian(misfits))) < least:
            best, least = other, score
    score = own if best is assumed else least
    if score > _IMPOSSIBLE and len(whole) >= _ENOUGH:
        raise ImpossibleOrderError(
            f"in the order of {assumed.title} the limbs of {len(whole)} people cross their bodies"
        )
    return best


def _misfits(people: Array, skeleton: Skeleton) -> Array:
    """How badly each of the people (P, K, 3) fits an order (P,); nan where a limb's joint is not seen.

    The sum of the bones' lengths over the person's diagonal, the median log ratio of left and right bones,
    and a penalty each for shoulders turned against the hips and for a trunk that stands on its head.
    """
    joints = people[:, [skeleton.joints.index(name) for name in LIMB_JOINTS]]
    points = joints[..., :2]
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = (joints[..., 2] > _SEEN) & (points != 0).any(axis=-1) & np.isfinite(points).all(axis=-1)
        diagonal = np.linalg.norm(np.ptp(points, axis=1), axis=-1)
        bones = np.maximum(np.linalg.norm(points[:, _ENDS[0]] - points[:, _ENDS[1]], axis=-1), 1e-6)
        sides = np.abs(np.log(bones[:, 0:_PAIRED:2] / bones[:, 1:_PAIRED:2]))
        score = bones.sum(axis=1) / diagonal + np.median(sides, axis=1) + _WRONG_WAY * _wrong_ways(points)
    usable = seen.all(axis=1) & (diagonal >= _SMALL)
    return np.where(usable, score, np.nan)


def _wrong_ways(points: Array) -> Array:
    """How many of two signs (P,) speak against the twelve joints (P, 12, 2)."""
    left, right = points[:, 0::2], points[:, 1::2]
    across = left - right  # shoulder, elbow, wrist, hip, knee, ankle
    turned = (across[:, 0] * across[:, 3]).sum(axis=-1) < 0
    height = (left + right)[..., 1]
    upside_down = (height[:, 0] > height[:, 3]) & (height[:, 5] > height[:, 3])
    return turned.astype(np.float64) + upside_down


def _looks_like_posetrack(people: Array, assumed: Skeleton) -> bool:
    """Whether COCO's eyes lie above and below the nose: head top and bottom then, the limbs are the same."""
    if assumed.count != 17 or assumed.joints[:3] != ("Nose", "L_Eye", "R_Eye"):
        return False
    rows = [*range(3), assumed.joints.index("L_Shoulder"), assumed.joints.index("R_Shoulder")]
    points = people[(people[:, rows, 2] > _SEEN).all(axis=1)][:, rows, :2]
    width = np.linalg.norm(points[:, 3] - points[:, 4], axis=-1)
    points, width = points[width > 1], width[width > 1]
    if len(points) == 0:
        return False
    apart = np.linalg.norm(points[:, 1] - points[:, 2], axis=-1) / width
    opposite = (points[:, 1, 1] - points[:, 0, 1]) * (points[:, 2, 1] - points[:, 0, 1]) < 0
    return bool(np.median(apart) > 0.5 and opposite.mean() > 0.5)
