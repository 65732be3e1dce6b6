"""2D poses as estimators write them: MMPose, Ultralytics, AlphaPose, OpenPose, OpenPifPaf, MediaPipe ..."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.pose2d.entries import (
    Entry,
    Images,
    PoseFormat,
    corner_box,
    dicts_with,
    has,
    own_name,
    picture_called,
    rows_of,
)
from sefd_viewer.pose2d.keypoints import are_fractions
from sefd_viewer.pose2d.openpose import OF_OPENPOSE
from sefd_viewer.pose2d.pose_file import as_id

_LANDMARKS = 33
_LEFT_HIP, _RIGHT_HIP = 23, 24
_HIP_CENTRE_M = 0.02
"""MediaPipe's world landmarks are metres about the middle of the hips, which is 0 there."""


# ---- MMPose and Sapiens


def _is_mmpose_picture(content: Any) -> bool:
    return dicts_with(content, "keypoints", "keypoint_scores")


def _is_mmpose_video(content: Any) -> bool:
    return dicts_with(content, "frame_id", "instances")


def _is_mmpose_demo(content: Any) -> bool:
    return has(content, "instance_info") and isinstance(content["instance_info"], list)


def _mmpose_picture(content: Any, path: Path, _images: Images) -> Iterator[Entry]:
    yield from _instances(content, own_name(path))


def _mmpose_video(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    for frame in content:
        yield from _instances(frame["instances"], str(frame["frame_id"]))


def _mmpose_demo(content: Any, path: Path, _images: Images) -> Iterator[Entry]:
    """Of a picture, or of a video, whose frames this program counts from 1."""
    about = content.get("meta_info")
    named = about.get("keypoint_id2name") if isinstance(about, dict) else None
    names = tuple(str(named[key]) for key in sorted(named, key=int)) if isinstance(named, dict) else ()
    found = content["instance_info"]
    if _is_mmpose_video(found):
        for frame in found:
            yield from _instances(frame["instances"], str(int(frame["frame_id"]) - 1), names)
    else:
        yield from _instances(found, own_name(path).removeprefix("results_"), names)


def _instances(found: Any, picture: str, names: tuple[object, ...] = ()) -> Iterator[Entry]:
    for one in found:
        points, scores = _plain(one["keypoints"]), _plain(one["keypoint_scores"])
        box = corner_box(_plain(one.get("bbox")))
        yield Entry(picture, rows_of(points, scores), one.get("bbox_score"), box, names)


def _plain(value: Any) -> Any:
    """An array that json_tricks wrote, or the value as it is."""
    return value["__ndarray__"] if has(value, "__ndarray__") else value


# ---- Ultralytics


def _is_ultralytics(content: Any) -> bool:
    return dicts_with(content, "box", "keypoints") and all(has(one["keypoints"], "x", "y") for one in content)


def _ultralytics(content: Any, path: Path, _images: Images) -> Iterator[Entry]:
    """Joints below a confidence are put to 0, 0; with `normalize` everything is a share of the picture."""
    people = [_of_ultralytics(one, own_name(path)) for one in content]
    fractions = are_fractions(np.stack([one.values for one in people])).all()
    yield from (replace(one, fractions=bool(fractions)) for one in people)


def _of_ultralytics(one: Mapping[str, Any], picture: str) -> Entry:
    x, y = (np.asarray(one["keypoints"][axis], dtype=np.float64) for axis in "xy")
    scores = np.asarray(one["keypoints"].get("visible", np.ones(len(x))), dtype=np.float64)
    scores = np.where((x == 0) & (y == 0), 0.0, scores)
    corners = [one["box"][corner] for corner in ("x1", "y1", "x2", "y2")]
    return Entry(
        picture, rows_of(np.column_stack([x, y]), scores), one.get("confidence"), corner_box(corners)
    )


# ---- COCO results, AlphaPose's own form, OpenPifPaf


def _is_results(content: Any) -> bool:
    return content == [] or dicts_with(content, "keypoints")


def _results(content: Any, path: Path, images: Images) -> Iterator[Entry]:
    theirs = images if images.keys() & {as_id(one.get("image_id")) for one in content} else {}
    for one in content:
        yield _result(one, picture_called(one, theirs, own_name(path)))


def _result(one: Mapping[str, Any], picture: str) -> Entry:
    values, box = one["keypoints"], one.get("bbox", one.get("box"))
    if dicts_with(values, "x", "y"):
        return _of_named_points(one, picture)
    return Entry(picture, values, one.get("score"), box)


def _is_frames(content: Any) -> bool:
    return dicts_with(content, "frame", "predictions")


def _frames(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    """OpenPifPaf's lines of a video; boxes that other heads found have no keypoints."""
    for frame in content:
        for one in frame["predictions"]:
            if "keypoints" in one:
                yield _result(one, str(frame["frame"]))


def _of_named_points(one: Mapping[str, Any], picture: str) -> Entry:
    """TensorFlow.js: points of x, y, score and mostly name."""
    points = one["keypoints"]
    rows = [[point["x"], point["y"], point.get("score", 1.0)] for point in points]
    names = tuple(point["name"] for point in points) if dicts_with(points, "name") else ()
    return Entry(picture, rows, one.get("score"), names=names)


# ---- MediaPipe


def _landmarks(content: Any) -> list[Any] | None:
    """The 33 landmarks of somebody, or None."""
    while isinstance(content, dict):
        names = ("landmarks", "pose_landmarks", "landmark", "keypoints")
        content = next((content[name] for name in names if name in content), None)
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], list):
        content = content[0]
    whole = isinstance(content, list) and len(content) == _LANDMARKS
    return content if whole and dicts_with(content, "x", "y") else None


def _mediapipe_people(content: Any) -> list[Any]:
    """Everybody in one picture: the tasks give a list of people, the older solutions one person."""
    own = _landmarks(content)
    if own is not None:
        return [own]
    found = content.get("pose_landmarks", content.get("landmarks")) if isinstance(content, dict) else content
    people = [_landmarks(one) for one in found] if isinstance(found, list) and found else [None]
    return [one for one in people if one is not None] if all(people) else []


def _is_mediapipe(content: Any) -> bool:
    if isinstance(content, dict) and content and not _mediapipe_people(content):
        return all(_mediapipe_people(one) for one in content.values())
    return bool(_mediapipe_people(content))


def _mediapipe(content: Any, path: Path, _images: Images) -> Iterator[Entry]:
    """One picture's people; a list of dictionaries are the frames of a video, one person each."""
    own = own_name(path)
    if isinstance(content, dict) and not _mediapipe_people(content):
        pictures = {str(name): _mediapipe_people(one) for name, one in content.items()}
    elif dicts_with(content, "x"):
        pictures = {own: [content]}
    elif dicts_with(content) and len(content) > 1:
        pictures = {_frame_of(one, number): _mediapipe_people(one) for number, one in enumerate(content)}
    else:
        pictures = {own: _mediapipe_people(content)}
    for picture, people in pictures.items():
        yield from (_of_mediapipe(one, picture) for one in people)


def _frame_of(one: Mapping[str, Any], number: int) -> str:
    return str(
        next((one[name] for name in ("image", "file_name", "frame", "frame_id") if name in one), number)
    )


def _of_mediapipe(points: list[Any], picture: str) -> Entry:
    rows = np.array([[point["x"], point["y"], point.get("visibility", 1.0)] for point in points], float)
    hips = rows[[_LEFT_HIP, _RIGHT_HIP], :2].mean(axis=0)
    if (np.abs(hips) < _HIP_CENTRE_M).all():
        words = "these are MediaPipe's world landmarks, metres about the hips, not places in the picture"
        return Entry(picture, None, refused=words)
    if (rows[:, 2] < 0).any() or (rows[:, 2] > 1).any():  # some models give logits
        rows[:, 2] = 1 / (1 + np.exp(-rows[:, 2]))
    return Entry(picture, rows, fractions=bool(np.abs(rows[:, :2]).max() < 10))


# ---- 3DCrowdNet

_OF_BODIES = ("theta", "pose", "shape", "beta", "global_orient", "body_pose", "rotmat", "trans", "vert")
"""Names that are no pictures': a body's parameters."""


def _is_demo(content: Any) -> bool:
    if not isinstance(content, dict) or not all(isinstance(people, list) for people in content.values()):
        return False
    people = [one for found in content.values() for one in found]
    numbers_alone = any(isinstance(one, list) and one and not isinstance(one[0], list) for one in people)
    of_bodies = any(str(name).lower().startswith(_OF_BODIES) for name in content)
    return not (numbers_alone or of_bodies)


def _demo(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    for picture, people in content.items():
        yield from (_result(one, picture) if has(one, "keypoints") else Entry(picture, one) for one in people)


FORMATS = (
    PoseFormat(
        "MMPose video",
        "MMPose's inferencer",
        "`predictions/<video>.json`",
        "their number, the points",
        "frame numbers from 0",
        _is_mmpose_video,
        _mmpose_video,
        numbered=True,
    ),
    PoseFormat(
        "MMPose",
        "MMPose's inferencer",
        "`predictions/<picture>.json`, or the folder",
        "their number, the points",
        "the file's name",
        _is_mmpose_picture,
        _mmpose_picture,
    ),
    PoseFormat(
        "MMPose demo",
        "MMPose's demos, Sapiens",
        "`results_<picture>.json`, or a folder",
        "names in the file",
        "the file's name; frame numbers from 1",
        _is_mmpose_demo,
        _mmpose_demo,
        numbered=True,
    ),
    PoseFormat(
        "Ultralytics",
        "YOLO's `to_json`, `summary`",
        "`<picture>.json`, or a folder",
        "their number, the points",
        "the file's name",
        _is_ultralytics,
        _ultralytics,
    ),
    PoseFormat(
        "MediaPipe",
        "MediaPipe Pose, as people save it",
        "`<picture>.json`, `<video>.json`",
        "MediaPipe's 33",
        "the file's name; frame numbers from 0",
        _is_mediapipe,
        _mediapipe,
        numbered=True,
    ),
    PoseFormat(
        "OpenPifPaf video",
        "OpenPifPaf",
        "`<video>.openpifpaf.json`",
        "their number, the points",
        "frame numbers",
        _is_frames,
        _frames,
        numbered=True,
    ),
    *OF_OPENPOSE,
    PoseFormat(
        "COCO results",
        "AlphaPose, HigherHRNet, Detectron2, OpenPifPaf, MMPose's tests, TensorFlow.js",
        "`*results*.json`, `*.predictions.json`",
        "their number, the points",
        "picture ids or names, else the file's name",
        _is_results,
        _results,
        numbered=True,
        by_id=True,
    ),
    PoseFormat(
        "3DCrowdNet",
        "3DCrowdNet's demo",
        "`2d_pose_result.json`",
        "their number, the points",
        "picture names",
        _is_demo,
        _demo,
    ),
)
"""In the order in which they are looked for: the last ones are told by little."""
