"""Which proposed poses are the same person, and which of two people a joint belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.pose2d.models import Candidate

SEEN = 0.1
"""Score above which a joint counts as seen."""

COCO_SIGMAS = np.array(
    [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062]
    + [0.107, 0.107, 0.087, 0.087, 0.089, 0.089]
)
"""How far annotators differ on each COCO joint, relative to the person's size."""

_FLIP = list(COCO17.flip_order)
_BODY = slice(5, 17)
_SAME_PLACE = 0.5
_CONTESTED = 0.7
_LOST = 0.05


def similarity(a: np.ndarray, b: np.ndarray, *, mirrored: bool = False) -> float:
    """Object keypoint similarity (0 to 1) of the body joints of two poses (17, 3) that both show.

    With `mirrored` left and right may be exchanged: the better of both readings counts.
    """
    plain = _similarity(a, b)
    return max(plain, _similarity(a, b[_FLIP])) if mirrored else plain


def tight_box(keypoints: np.ndarray) -> np.ndarray | None:
    """Box (4,) x y w h of the seen joints (17, 3), enlarged 1.2 times; None with fewer than four joints."""
    seen = keypoints[:, 2] > SEEN
    return bbox_from_points(keypoints[:, :2], seen) if seen.sum() >= 4 else None


def box_overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (4,) x y w h."""
    common = _common_area(a, b)
    union = _area(a) + _area(b) - common
    return common / union if union > 0 else 0.0


def distinct(candidates: Sequence[Candidate], *, limit: float) -> list[Candidate]:
    """The best pose of every person, best first; poses more similar than `limit` to a better one go."""
    return added([], sorted(candidates, key=lambda one: -one.score), limit=limit)


def added(people: Sequence[Candidate], more: Sequence[Candidate], *, limit: float) -> list[Candidate]:
    """`people` and those of `more` (in order) that are no more similar than `limit` to anyone before."""
    kept = list(people)
    for one in more:
        if all(similarity(one.keypoints, known.keypoints, mirrored=True) <= limit for known in kept):
            kept.append(one)
    return kept


def claimed(keypoints: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """Which joints (17,) of a pose lie where another pose has that joint, or its left-right partner."""
    taken = np.zeros(len(keypoints), dtype=bool)
    for other in others:
        for reading in (other, other[_FLIP]):
            taken |= (_joint_similarity(keypoints, reading) > _SAME_PLACE) & (reading[:, 2] > SEEN)
    return taken


def fused(pose: Candidate, finer: Candidate, *, trusted: np.ndarray) -> Candidate:
    """Two readings of one person in one: joints that agree are averaged by score.

    Elsewhere the finer reading counts where it is surer and `trusted` (17,), otherwise the first.
    """
    first, second = pose.keypoints, finer.keypoints
    agree = _joint_similarity(first, second) > _SAME_PLACE
    weights = np.stack([first[:, 2], second[:, 2]]) + 1e-6
    mean = np.einsum("ij,ijk->jk", weights / weights.sum(0), np.stack([first, second])[..., :2])
    better = (agree | trusted) & (second[:, 2] > first[:, 2])
    keypoints = np.where(better[:, None], second, first)
    keypoints[agree, :2] = mean[agree]
    source = pose.source if "Thunder" in pose.source else f"{pose.source} + Thunder"
    return Candidate(keypoints, max(pose.score, finer.score), source)


def settle_contested(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Give every joint that two people claim at one place to the surer of them.

    The other's score sinks below SEEN: for people who are hidden the models tend to borrow face, arms or
    legs of the one in front.
    """
    settled = [candidate.keypoints.copy() for candidate in candidates]
    for i, a in enumerate(settled):
        for b in settled[i + 1 :]:
            claimed = (_joint_similarity(a, b) > _CONTESTED) & (a[:, 2] > SEEN) & (b[:, 2] > SEEN)
            a_loses = claimed & (a[:, 2] < b[:, 2])
            b_loses = claimed & ~a_loses
            a[a_loses, 2] = np.minimum(a[a_loses, 2], _LOST)
            b[b_loses, 2] = np.minimum(b[b_loses, 2], _LOST)
    return [replace(one, keypoints=pose) for one, pose in zip(candidates, settled, strict=True)]


def _area(box: np.ndarray) -> float:
    return float(box[2] * box[3])


def _common_area(a: np.ndarray, b: np.ndarray) -> float:
    low = np.maximum(a[:2], b[:2])
    high = np.minimum(a[:2] + a[2:4], b[:2] + b[2:4])
    return float(np.prod(np.clip(high - low, 0, None)))


def _similarity(a: np.ndarray, b: np.ndarray) -> float:
    both = ((a[:, 2] > SEEN) & (b[:, 2] > SEEN))[_BODY]
    return float(_joint_similarity(a, b)[_BODY][both].mean()) if both.sum() >= 3 else 0.0


def _joint_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """exp(-d^2 / (2 area (2 sigma)^2)) for each joint (17,); the smaller person's area counts."""
    boxes = [box for box in (tight_box(a), tight_box(b)) if box is not None]
    area = min((_area(box) for box in boxes), default=1.0)
    squared = np.sum((a[:, :2] - b[:, :2]) ** 2, axis=1)
    return np.exp(-squared / (2 * area * (2 * COCO_SIGMAS) ** 2))
