"""2D poses in tables of numbers: YOLO, DeepLabCut, SLEAP, MATLAB files of MPII and MPI-INF-3DHP, JTA."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.geometry.skeletons import of_length, published
from sefd_viewer.pose2d.entries import Entry, Images, PoseFormat, file_part, has, labelled

_VISIBLE, _HIDDEN, _ABSENT = 2.0, 1.0, 0.0
"""COCO's visibility."""
_FIRST = 1
"""What MATLAB calls the first pixel, and where MPI-INF-3DHP and JTA begin to count pictures."""


# ---- YOLO


def _is_yolo(content: Any) -> bool:
    if not isinstance(content, list) or not content or not all(isinstance(line, str) for line in content):
        return False
    rows = [line.split() for line in content if line.strip()]
    try:
        places = [[float(word) for word in row] for row in rows]
    except ValueError:
        return False
    return bool(rows) and all(
        len(row) > 5 and row[0].is_integer() and all(0 <= one <= 1 for one in row[1:5]) for row in places
    )


def _yolo(lines: list[str], path: Path, _images: Images) -> Iterator[Entry]:
    """Class, box and joints, all shares of the picture; predictions may end with a score and a track."""
    for row in (np.array(line.split(), dtype=np.float64) for line in lines if line.strip()):
        joints, score = _yolo_joints(row[5:])
        labels = bool(np.isin(joints[:, 2], (0, 1, 2)).all())
        box = [*(row[1:3] - row[3:5] / 2), *row[3:5]]
        yield Entry(path.stem, joints, score, box, annotated=labels, fractions=True)


def _yolo_joints(numbers: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Joints (K, 3) and the person's score: x y v of a known number of joints, else x y alone."""
    for width in (3, 2):
        for more in (0, 1, 2):
            count, rest = divmod(len(numbers) - more, width)
            if not rest and of_length(count):
                rows = numbers[: count * width].reshape(count, width)
                seen = np.where((rows[:, :2] == 0).all(axis=1), _ABSENT, _VISIBLE)
                joints = rows if width == 3 else np.column_stack([rows, seen])
                return joints, float(numbers[count * width]) if more else None
    raise ValueError(f"{len(numbers)} numbers after a box are not a known number of joints")


# ---- DeepLabCut


def _is_deeplabcut(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and str(content[0]).startswith("scorer,")


def _deeplabcut(lines: list[str], _path: Path, _images: Images) -> Iterator[Entry]:
    """Rows of frames; columns by (individual and) body part and coordinate. Labels name pictures."""
    table = [row for row in csv.reader(lines) if row]
    head = {row[0]: row for row in table[:4] if row[0] in ("individuals", "bodyparts", "coords")}
    start = next(column for column, word in enumerate(head["coords"]) if word in ("x", "y"))
    single = ["one"] * len(head["coords"])
    rows = zip(head.get("individuals", single), head["bodyparts"], head["coords"], strict=True)
    columns = list(rows)[start:]
    for row in table[len(head) + 1 :]:
        picture = row[start - 1] if start > 1 or not row[0].isdecimal() else row[0]
        values = [float(word) if word else np.nan for word in row[start:]]
        yield from _deeplabcut_people(picture, columns, values)


def _deeplabcut_people(
    picture: str, columns: Sequence[tuple[str, ...]], values: Sequence[float]
) -> Iterator[Entry]:
    """Everybody of one row; `columns` are individual, body part and coordinate."""
    people: dict[str, dict[str, dict[str, float]]] = {}
    for (who, part, coordinate), value in zip(columns, values, strict=False):
        people.setdefault(who, {}).setdefault(part, {})[coordinate] = float(value)
    for parts in people.values():
        points = {
            name: (one["x"], one["y"], one.get("likelihood", _VISIBLE))
            for name, one in parts.items()
            if np.isfinite(one["x"])
        }
        if points:
            predicted = any("likelihood" in one for one in parts.values())
            yield replace(labelled(picture, points), annotated=not predicted)


def _deeplabcut_frame(content: Any) -> Mapping[str, Any] | None:
    """The group of an HDF5 file that pandas wrote a table of DeepLabCut to; None for another file."""
    groups = content.values() if isinstance(content, dict) else ()
    for group in groups:
        in_table = has(group, "table") and "table@values_block_0_kind" in group
        if in_table or has(group, "block0_values", "axis0_level0"):
            return group
    return None


def _is_deeplabcut_h5(content: Any) -> bool:
    return _deeplabcut_frame(content) is not None


def _deeplabcut_h5(content: Mapping[str, Any], _path: Path, _images: Images) -> Iterator[Entry]:
    group = _deeplabcut_frame(content) or {}
    if "table" in group:
        kind = group["table@values_block_0_kind"]
        found = read_pickle(io.BytesIO(str(kind).encode()), where="the names of its columns")
        rows, values = group["table"]["index"], group["table"]["values_block_0"]
    else:
        found = list(zip(*_levels(group, "axis0"), strict=True))
        rows = ["/".join(map(str, parts)) for parts in zip(*_levels(group, "axis1"), strict=True)]
        values = group["block0_values"]
    columns = [("one", *map(str, one[-2:])) if len(one) < 4 else tuple(map(str, one[-3:])) for one in found]
    for name, row in zip(rows, values, strict=True):
        picture = name.decode() if isinstance(name, bytes) else str(name)
        yield from _deeplabcut_people(picture, columns, row)


def _levels(group: Mapping[str, Any], axis: str) -> list[np.ndarray]:
    """The words of an axis, level by level; one level where it is no tree."""
    if axis in group:
        return [np.asarray(group[axis])]
    count = sum(f"{axis}_level{k}" in group for k in range(9))
    return [np.asarray(group[f"{axis}_level{k}"])[group[f"{axis}_label{k}"]] for k in range(count)]


# ---- SLEAP


def _is_sleap_analysis(content: Any) -> bool:
    return has(content, "tracks", "node_names", "track_occupancy")


def _sleap_analysis(content: Mapping[str, Any], _path: Path, _images: Images) -> Iterator[Entry]:
    """Tracks (T, 2, nodes, frames); somebody who is not there is nan."""
    names = [str(name) for name in np.ravel(content["node_names"])]
    tracks = np.asarray(content["tracks"], dtype=np.float64)
    if tracks.ndim != 4 or tracks.shape[1:3] != (2, len(names)):
        raise ValueError(f"tracks is {tracks.shape}, not (tracks, 2, {len(names)}, frames)")
    scores = content.get("point_scores")
    for frame in range(tracks.shape[3]):
        for track in range(len(tracks)):
            third = np.full(len(names), _VISIBLE) if scores is None else scores[track, :, frame]
            rows = np.column_stack([tracks[track, :, :, frame].T, third])
            yield from _of_nodes(str(frame), names, rows, predicted=scores is not None)


def _is_sleap_project(content: Any) -> bool:
    return has(content, "metadata", "frames", "instances", "points", "pred_points")


def _sleap_project(content: Mapping[str, Any], _path: Path, _images: Images) -> Iterator[Entry]:
    """Instances point to their points; what was predicted in a frame counts where nobody was labelled."""
    about = json.loads(content["metadata"]["@json"])
    nodes = [str(one["name"]) for one in about["nodes"]]
    skeletons = [[nodes[int(one["id"])] for one in skeleton["nodes"]] for skeleton in about["skeletons"]]
    videos = [json.loads(one) for one in np.ravel(content.get("videos_json", ()))]
    for frame in content["frames"]:
        own = content["instances"][int(frame["instance_id_start"]) : int(frame["instance_id_end"])]
        by_hand = own[own["instance_type"] == 0]
        for one in by_hand if len(by_hand) else own:
            predicted = int(one["instance_type"]) == 1
            points = content["pred_points" if predicted else "points"]
            points = points[int(one["point_id_start"]) : int(one["point_id_end"])]
            third = points["score"] if predicted else np.where(points["visible"], _VISIBLE, _ABSENT)
            rows = np.column_stack([points["x"], points["y"], third]).astype(np.float64)
            picture = _sleap_picture(videos, int(frame["video"]), int(frame["frame_idx"]))
            yield from _of_nodes(picture, skeletons[int(one["skeleton"])], rows, predicted=predicted)


def _sleap_picture(videos: Sequence[Mapping[str, Any]], video: int, frame: int) -> str:
    """A frame's number, behind its video's name where there are several; pictures have their own names."""
    about = videos[video].get("backend", {}) if video < len(videos) else {}
    names = about.get("filename")
    if isinstance(names, list):
        return str(names[frame])
    return f"{Path(file_part(str(names))).stem}/{frame:06d}" if len(videos) > 1 else str(frame)


def _of_nodes(picture: str, names: Sequence[str], rows: np.ndarray, *, predicted: bool) -> Iterator[Entry]:
    points = {name: row for name, row in zip(names, rows.tolist(), strict=True) if np.isfinite(row[:2]).all()}
    if points:
        yield replace(labelled(picture, points), annotated=not predicted)


# ---- MPII and MPI-INF-3DHP as MATLAB files


def _is_mpii_mat(content: Any) -> bool:
    return has(content, "RELEASE") and has(content["RELEASE"], "annolist")


def _mpii_mat(content: Mapping[str, Any], _path: Path, _images: Images) -> Iterator[Entry]:
    """Points carry their joint's number; people of test pictures have none. `is_visible` may be empty."""
    order = published("mpii16").joints
    for one in _many(content["RELEASE"]["annolist"]):
        for person in _many(one["annorect"]):
            found = person.get("annopoints") if isinstance(person, dict) else None
            rows = np.zeros((len(order), 3))
            for point in _many(found["point"]) if isinstance(found, dict) and "point" in found else ():
                hidden = str(np.squeeze(point.get("is_visible", ""))).strip() in ("0", "0.0")
                place = float(point["x"]) - _FIRST, float(point["y"]) - _FIRST
                rows[int(point["id"])] = *place, _HIDDEN if hidden else _VISIBLE
            if rows.any():
                yield Entry(str(one["image"]["name"]), rows, names=order, annotated=True)


def _many(value: Any) -> list[Any]:
    """What MATLAB has one or several of, as a list."""
    if isinstance(value, dict):
        return [value]
    return list(np.ravel(value)) if isinstance(value, np.ndarray) else list(value)


def _is_3dhp(content: Any) -> bool:
    return has(content, "annot2", "annot3")


def _3dhp(content: Mapping[str, Any], path: Path, _images: Images) -> Iterator[Entry]:
    """One person before fourteen cameras (F, 56), or of a test sequence (F, 1, 17, 2); 0 is no joint."""
    found = content["annot2"]
    if isinstance(found, np.ndarray) and found.ndim == 4:
        valid = np.ravel(content.get("valid_frame", np.ones(len(found)))).astype(bool)
        for row in np.flatnonzero(valid[: len(found)]).tolist():
            picture = f"imageSequence/img_{row + _first_picture(path, 'imageSequence', 'img'):06d}"
            yield _of_3dhp(picture, found[row].reshape(-1, 2), "mupots17")
        return
    for camera, one in enumerate(_many(found)):
        numbers = np.asarray(one, dtype=np.float64)
        folder = f"imageFrames/video_{camera}"
        first = _first_picture(path, folder, "frame")
        for row, points in enumerate(numbers.reshape(len(numbers), -1, 2)):
            yield _of_3dhp(f"{folder}/frame_{row + first:06d}", points, "mpi-inf-3dhp28")


def _first_picture(path: Path, folder: str, called: str) -> int:
    """0 where the pictures beside the file are counted from 0, else 1, as most people extract them."""
    return 0 if any((path.parent / folder).glob(f"{called}_000000.*")) else _FIRST


def _of_3dhp(picture: str, points: np.ndarray, order: str) -> Entry:
    seen = np.where((points != 0).any(axis=1), _VISIBLE, _ABSENT)
    names = published(order).joints
    return Entry(picture, np.column_stack([points, seen]), names=names, annotated=True)


# ---- JTA

_JTA_COLUMNS, _JTA_JOINTS = 10, 22


def _is_jta(content: Any) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(row, list) and len(row) == _JTA_COLUMNS for row in content)
        and not any(isinstance(one, list) for one in content[0])
    )


def _jta(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    """A row for each joint: frame, person, joint, x, y, x, y, z in space, hidden by others, by oneself."""
    table = np.array(content, dtype=np.float64)
    joints = table[:, 2].astype(int)
    if not ((joints >= 0) & (joints < _JTA_JOINTS)).all():
        raise ValueError(
            f"its joints are numbered {joints.min()} to {joints.max()}, not 0 to {_JTA_JOINTS - 1}"
        )
    order = published("jta22").joints
    whose, people = np.unique(table[:, :2], axis=0, return_inverse=True)
    rows = np.zeros((len(whose), _JTA_JOINTS, 3))
    rows[np.ravel(people), joints, :2] = table[:, 3:5]
    rows[np.ravel(people), joints, 2] = np.where(table[:, 8:].any(axis=1), _HIDDEN, _VISIBLE)
    for (frame, _), own in zip(whose, rows, strict=True):
        yield Entry(str(int(frame)), own, names=order, annotated=True)


FORMATS = (
    PoseFormat(
        "YOLO pose",
        "Ultralytics' labels and `save_txt`",
        "`labels/<picture>.txt`, or the folder",
        "their number, the points",
        "the file's name",
        _is_yolo,
        _yolo,
    ),
    PoseFormat(
        "DeepLabCut",
        "DeepLabCut",
        "`*.csv`",
        "names in the file",
        "frame numbers from 0, picture names",
        _is_deeplabcut,
        _deeplabcut,
        numbered=True,
    ),
    PoseFormat(
        "DeepLabCut, HDF5",
        "DeepLabCut",
        "`*.h5`",
        "names in the file",
        "frame numbers from 0, picture names",
        _is_deeplabcut_h5,
        _deeplabcut_h5,
        numbered=True,
    ),
    PoseFormat(
        "SLEAP analysis",
        "SLEAP",
        "`*.analysis.h5`",
        "names in the file",
        "frame numbers from 0",
        _is_sleap_analysis,
        _sleap_analysis,
        numbered=True,
    ),
    PoseFormat(
        "SLEAP project",
        "SLEAP",
        "`*.slp`",
        "names in the file",
        "frame numbers from 0, picture names",
        _is_sleap_project,
        _sleap_project,
        numbered=True,
    ),
    PoseFormat(
        "MPII, MATLAB",
        "MPII",
        "`mpii_human_pose_v1_u12_1.mat`",
        "its own 16",
        "picture names",
        _is_mpii_mat,
        _mpii_mat,
    ),
    PoseFormat(
        "MPI-INF-3DHP",
        "MPI-INF-3DHP",
        "`annot.mat`, `annot_data.mat`",
        "its own 28 or 17",
        "folders of cameras, frame numbers",
        _is_3dhp,
        _3dhp,
    ),
    PoseFormat(
        "JTA",
        "JTA",
        "`seq_*.json`",
        "its own 22",
        "frame numbers from 1",
        _is_jta,
        _jta,
        numbered=True,
    ),
)
