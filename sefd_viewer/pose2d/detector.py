"""Find people and their 17 COCO joints in a picture with the shipped models."""

from __future__ import annotations

import numpy as np

from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.pose2d.merging import (
    SEEN,
    added,
    box_overlap,
    claimed,
    distinct,
    fused,
    settle_contested,
    similarity,
    tight_box,
)
from sefd_viewer.pose2d.models import Candidate, one_person, person_boxes, several_people

MINIMUM_SIDE = 16
"""Shortest side of a picture, in pixels, in which people are looked for."""

_FINE_SIDE = 512
_COARSE_SIDE = 320
_MULTIPOSE_SCORE = 0.2
_THUNDER_SCORE = 0.3
_SAME_BOX = 0.45
_SAME_SCALE = 0.75
_NEW_PERSON = 0.35
_SAME_PERSON = 0.4


def detect_people(image: np.ndarray, *, max_people: int = 30) -> list[Pose2D]:
    """Everyone in `image` (H, W, 3) uint8 RGB as COCO17 poses, the largest and surest first.

    MoveNet multipose at two scales proposes, MoveNet Thunder looks again at each person, and at every
    NanoDet box that no proposal explains. Raises ImageError for a picture under 16 pixels.
    """
    _check(image)
    proposals = _proposals(image)
    people = settle_contested([_look_again(image, one, proposals) for one in proposals])
    poses = [pose for pose in map(_pose, people) if pose is not None]
    return sorted(poses, key=_prominence, reverse=True)[:max_people]


def detect_person(image: np.ndarray, bbox_xywh: np.ndarray) -> Pose2D | None:
    """The one person in a box of `image` (H, W, 3) uint8 RGB as a COCO17 pose; None where nobody is sure.

    A tenth of the time that looking for everybody takes. Raises ImageError for a picture under 16 pixels.
    """
    _check(image)
    found = one_person(image, np.asarray(bbox_xywh, np.float64), source="MoveNet Thunder")
    return _pose(found) if found.score > _THUNDER_SCORE else None


def _check(image: np.ndarray) -> None:
    height, width = image.shape[:2]
    if min(height, width) < MINIMUM_SIDE:
        raise ImageError(
            f"the picture is {width} x {height} pixels, too small to find people in",
            remedy=f"Use a picture with at least {MINIMUM_SIDE} pixels each way",
        )


def _proposals(image: np.ndarray) -> list[Candidate]:
    """One pose per person: the fine scale separates people best, the coarse one and boxes add the rest."""
    fine, coarse = (_confident(several_people(image, side=side)) for side in (_FINE_SIDE, _COARSE_SIDE))
    people = distinct(fine, limit=_SAME_SCALE)
    people = added(people, coarse, limit=_NEW_PERSON)
    return added(people, _in_unexplained_boxes(image, people), limit=_NEW_PERSON)


def _confident(candidates: list[Candidate]) -> list[Candidate]:
    return [
        one for one in candidates if one.score > _MULTIPOSE_SCORE and tight_box(one.keypoints) is not None
    ]


def _in_unexplained_boxes(image: np.ndarray, people: list[Candidate]) -> list[Candidate]:
    boxes = [box[:4] for box in person_boxes(image) if not any(_explains(one, box) for one in people)]
    found = [one_person(image, box, source="NanoDet + MoveNet Thunder") for box in boxes]
    return [one for one in found if one.score > _THUNDER_SCORE and tight_box(one.keypoints) is not None]


def _explains(person: Candidate, box: np.ndarray) -> bool:
    own = tight_box(person.keypoints)
    return own is not None and box_overlap(own, box) > _SAME_BOX


def _look_again(image: np.ndarray, person: Candidate, everyone: list[Candidate]) -> Candidate:
    """The pose joined with Thunder's view of its box, unless Thunder sees somebody else there."""
    box = tight_box(person.keypoints)
    if box is None:
        return person
    others = [one for one in everyone if one is not person]
    finer = one_person(image, box, source=person.source)
    rival = max((similarity(one.keypoints, finer.keypoints) for one in others), default=0.0)
    if similarity(person.keypoints, finer.keypoints) <= max(_SAME_PERSON, rival):
        return person
    free = ~claimed(finer.keypoints, [one.keypoints for one in others])
    return fused(person, finer, trusted=free)


def _pose(person: Candidate) -> Pose2D | None:
    box = tight_box(person.keypoints)
    if box is None:
        return None
    return Pose2D("coco17", person.keypoints, box.astype(np.float32), person.score, person.source)


def _prominence(pose: Pose2D) -> float:
    """Mean score of the seen joints times the box's diagonal in pixels."""
    scores = pose.keypoints[:, 2]
    return float(scores[scores > SEEN].mean() * np.hypot(*pose.bbox_xywh[2:]))
