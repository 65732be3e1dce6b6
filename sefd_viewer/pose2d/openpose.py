"""2D poses in OpenPose's words: OpenPose's own files, and those that AlphaPose writes like them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.errors import DAMAGED
from sefd_viewer.geometry.joints import OPENPOSE18
from sefd_viewer.pose2d.entries import Entry, Images, PoseFormat, dicts_with, has, own_name


def _is_openpose(content: Any) -> bool:
    people = content.get("people") if isinstance(content, dict) else None
    return isinstance(people, list) and all(isinstance(one, dict) for one in people)


def _openpose(content: Any, path: Path, _images: Images) -> Iterator[Entry]:
    """With `--keypoint_scale 3` the points are shares of the picture, with 4 they run from -1 to 1."""
    people = [one.get("pose_keypoints_2d", one.get("pose_keypoints")) for one in content["people"]]
    low, high = _extent(people)
    scaled = low >= -1 and high <= 1
    for values in people:
        if scaled and low < 0:
            values = np.array(values, dtype=np.float64).reshape(-1, 3) * [0.5, 0.5, 1] + [0.5, 0.5, 0]
        yield Entry(own_name(path), values, by_openpose=True, fractions=scaled)


def _extent(people: list[Any]) -> tuple[float, float]:
    """The least and the greatest coordinate of the points that are seen; of none (inf, -inf)."""
    try:
        rows = np.concatenate([np.array(one, dtype=np.float64).reshape(-1, 3) for one in people])
    except DAMAGED:  # told when somebody is read
        return np.inf, -np.inf
    seen = rows[rows[:, 2] > 0, :2]
    return (float(seen.min()), float(seen.max())) if seen.size else (np.inf, -np.inf)


def _is_alphapose(content: Any) -> bool:
    return has(content, "bodies") and (dicts_with(content["bodies"], "joints") or content["bodies"] == [])


def _alphapose(content: Any, path: Path, _images: Images) -> Iterator[Entry]:
    for body in content["bodies"]:
        yield Entry(own_name(path), _with_own_neck(body["joints"]))


def _is_alphapose_pictures(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and bool(content)
        and all(_is_alphapose(one) or _is_openpose(one) for one in content.values())
    )


def _alphapose_pictures(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    for picture, one in content.items():
        for person in one["bodies"] if "bodies" in one else one["people"]:
            values = person["joints"] if "joints" in person else person["pose_keypoints_2d"]
            yield Entry(picture, _with_own_neck(values))


def _with_own_neck(values: Any) -> Any:
    """The person with a neck between the shoulders: with other than COCO's models AlphaPose puts the head."""
    rows = np.array(values, dtype=np.float64).reshape(-1, 3)
    if len(rows) == OPENPOSE18.count:
        shoulders = rows[[OPENPOSE18.index("L_Shoulder"), OPENPOSE18.index("R_Shoulder")]]
        rows[OPENPOSE18.index("Neck")] = (*shoulders[:, :2].mean(axis=0), shoulders[:, 2].min())
    return rows


OF_OPENPOSE = (
    PoseFormat(
        "OpenPose",
        "OpenPose, Pose2Sim, Sports2D, rtmlib",
        "`<picture>_keypoints.json`, or the folder",
        "their number, the points",
        "the file's name",
        _is_openpose,
        _openpose,
        numbered=True,
    ),
    PoseFormat(
        "AlphaPose `open`, `cmu`, one picture",
        "AlphaPose",
        "`sep-json/<picture>.json`, or the folder",
        "OpenPose's 18",
        "the file's name",
        _is_alphapose,
        _alphapose,
        numbered=True,
    ),
    PoseFormat(
        "AlphaPose `open`, `cmu`",
        "AlphaPose",
        "`alphapose-results.json`",
        "OpenPose's 18",
        "picture names",
        _is_alphapose_pictures,
        _alphapose_pictures,
        numbered=True,
    ),
)
