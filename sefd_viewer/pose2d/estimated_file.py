"""Files of estimated 2D poses: everybody in each picture of a set, as a detector might have found them.

`{"format": ..., "seed": 1, "pictures": {record: {person: {"keypoints": [x, y, score ...], "bbox_xywh"}}}}` by
the set's own keys, with COCO's 17 joints. `read_poses` reads them: every command and the window take them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sefd_viewer.atomic import write_file
from sefd_viewer.errors import DAMAGED
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.pose2d.pose_file import PoseFile

FORMAT = "sefd-viewer estimated 2D poses 1"
FILE_NAME = "estimated_poses.json"
"""The file's name beside a data set, where `evaluate --poses estimated` looks for it."""
ESTIMATED = "estimated"
"""What estimated poses say of their source."""


def is_estimated_poses(content: object) -> bool:
    """Whether the content of a JSON file is of this format."""
    return isinstance(content, dict) and content.get("format") == FORMAT


def write_estimated_poses(path: Path, seed: int, people: Mapping[str, Mapping[str, Pose2D]]) -> None:
    """Write people by record and by their own key; raises OSError."""
    pictures = {
        record: {
            person: {
                "keypoints": np.round(pose.keypoints.astype(np.float64), 3).ravel().tolist(),
                "bbox_xywh": np.round(pose.bbox_xywh.astype(np.float64), 2).tolist(),
            }
            for person, pose in poses.items()
        }
        for record, poses in people.items()
    }
    write_file(path, orjson.dumps({"format": FORMAT, "seed": seed, "pictures": pictures}))


def estimated_poses(content: Mapping[str, Any]) -> PoseFile:
    """The people of a file; those that are broken become problems."""
    pictures, problems = content.get("pictures"), list[str]()
    people: dict[str, list[Pose2D]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for record, listed in pictures.items() if isinstance(pictures, dict) else ():
        entries = listed.items() if isinstance(listed, dict) else ()
        found = {person: _pose(entry) for person, entry in entries}
        problems += [f"{record}, person {key}: broken; left out" for key, one in found.items() if one is None]
        people[record] = [pose for pose in found.values() if pose is not None]
        keys[record] = tuple(key for key, pose in found.items() if pose is not None)
    return PoseFile(people, tuple(problems), people=keys)


def _pose(entry: object) -> Pose2D | None:
    if not isinstance(entry, dict):
        return None
    try:
        keypoints = np.asarray(entry.get("keypoints"), np.float32).reshape(COCO17.count, 3)
        box = np.asarray(entry.get("bbox_xywh"), np.float32).reshape(4)
    except DAMAGED:
        return None
    if not np.isfinite(keypoints).all() or not np.isfinite(box).all():
        return None
    return Pose2D(COCO17.name, keypoints, box, float(keypoints[:, 2].mean()), ESTIMATED)
