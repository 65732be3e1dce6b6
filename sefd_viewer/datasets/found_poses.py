"""The 2D poses of a people file: many people, told apart by name, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import COCO17, as_joint_set, remap
from sefd_viewer.geometry.poses import Pose2D

_NUMBERS = 3 * COCO17.count
_MARGIN = 0.1
"""How far boxes reach beyond the joints on each side, of the joints' extent."""


@dataclass(frozen=True, eq=False)
class FoundPose:
    """A 2D pose in a picture and the key of whom it shows, None for somebody without a name."""

    person: str | None
    pose: Pose2D


def pose_entry(found: FoundPose) -> dict[str, Any]:
    """What a file says of a pose; joints of another set are brought to COCO's 17."""
    values, _ = remap(found.pose.keypoints, as_joint_set(found.pose.joint_set), COCO17)
    return {
        "person": found.person,
        "source": found.pose.source,
        "score": round(float(found.pose.score), 3),
        "keypoints": np.round(values.astype(np.float64), 2).ravel().tolist(),
    }


def poses_by_picture(content: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, tuple[FoundPose, ...]]:
    """The poses that `pose_entry` wrote, by picture. Raises ValueError with the picture of a broken one."""
    flat = [(picture, entry) for picture, entries in content.items() for entry in entries]
    rows = [_numbers(picture, entry) for picture, entry in flat]
    keypoints = np.array(rows, dtype=np.float32).reshape(-1, COCO17.count, 3)
    boxes = _boxes(keypoints)
    found: dict[str, list[FoundPose]] = {picture: [] for picture in content}
    for (picture, entry), joints, box in zip(flat, keypoints, boxes, strict=True):
        pose = Pose2D(COCO17.name, joints, box, float(entry["score"]), str(entry["source"]))
        found[picture].append(FoundPose(entry["person"], pose))
    return {picture: tuple(poses) for picture, poses in found.items()}


def _numbers(picture: str, entry: Mapping[str, Any]) -> list[float]:
    """The keypoints of an entry that has everything."""
    complete = isinstance(entry, Mapping) and entry.keys() >= {"person", "source", "score", "keypoints"}
    numbers = entry["keypoints"] if complete else None
    if not isinstance(numbers, list) or len(numbers) != _NUMBERS:
        raise ValueError(f"a pose of {picture} lacks person, source, score or {_NUMBERS} keypoint numbers")
    if not all(isinstance(value, int | float) for value in (*numbers, entry["score"])):
        raise ValueError(f"a pose of {picture} has values that are not numbers")
    return numbers


def _boxes(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes x y w h (N, 4) around the seen joints of (N, 17, 3), a little larger; zeros without any."""
    seen = keypoints[..., 2:] > 0
    low = np.where(seen, keypoints[..., :2], np.inf).min(axis=1)
    high = np.where(seen, keypoints[..., :2], -np.inf).max(axis=1)
    known = seen.any(axis=1)
    low, size = np.where(known, low, 0), np.where(known, high - low, 0)
    return np.concatenate([low - _MARGIN * size, (1 + 2 * _MARGIN) * size], axis=1).astype(np.float32)
