"""What one annotation file and those beside it say: a row per person, and a row per picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Column, Labels, numbers
from sefd_viewer.datasets.annotations.entries import Entries
from sefd_viewer.datasets.annotations.json_files import read_json_or_note
from sefd_viewer.datasets.annotations.smpl_table import SmplTable
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.errors import shown
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import JointSet

MISSING_BOX = "bbox is missing"
"""The fault of a person without a box."""


@dataclass(frozen=True, eq=False)
class PoseColumn:
    """2D keypoints (P, J, 3) float32 x, y, score in image pixels; a joint with nan is none."""

    joint_set: JointSet
    keypoints: NDArray[np.float32]
    source: str = "annotation"


@dataclass(frozen=True, eq=False)
class JointsColumn:
    """3D joints (P, J, 3) float32, metres, camera frame; a joint with nan is none."""

    joint_set: JointSet
    points_camera: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class WorldJoints:
    """Joints (M, J, 3) float32 in metres of the world, nan is none, and each person's row of them (P,).

    Seen by the record's camera they are both the person's 2D pose and the 3D joints.
    """

    joint_set: JointSet
    points_world: NDArray[np.float32]
    rows: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BodyColumn:
    """The row of each person's parameters in a table (P,), -1 where there are none; `absent` says why.

    `unaligned` (P,) marks people for whom the camera's pose does not fit the picture.
    """

    table: SmplTable
    rows: NDArray[np.int64]
    absent: str
    unaligned: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class PersonRows:
    """One row per annotation: P ids, boxes (P, 4) float32 x y w h in pixels (nan is none), and what is known.

    Of `poses` the first with any joint is the person's. `own_cameras` (P, 4) are fx fy cx cy in pixels.
    `left_out` marks the rows (P,) that a reason leaves out, `scores` (P,) may hold nan; `faults` say what is
    wrong with which row. `derived_boxes` are made from joints, nobody annotated them; `areas` (P,) are
    annotated, in square pixels, nan is none.
    """

    ids: Sequence[str]
    boxes: NDArray[np.float32]
    poses: tuple[PoseColumn, ...] = ()
    joints: JointsColumn | None = None
    world_joints: WorldJoints | None = None
    bodies: BodyColumn | None = None
    own_cameras: NDArray[np.float64] | None = None
    scores: NDArray[np.float32] | None = None
    left_out: Mapping[SkipReason, NDArray[np.bool_]] = field(default_factory=dict)
    faults: Mapping[int, Sequence[str]] = field(default_factory=dict)
    derived_boxes: bool = False
    areas: NDArray[np.float32] | None = None


def boxes(annotations: Entries) -> Column:
    """The annotations' `bbox` x y w h (P, 4) in pixels; fractions of the picture's size are none."""
    column = annotations.numbers("bbox", (4,))
    with np.errstate(invalid="ignore"):
        small = (np.abs(column.values) <= 1).all(axis=1) & (column.values[:, 2:] > 0).all(axis=1)
    if not small.any():
        return column
    values = np.where(small[:, None], np.nan, column.values)
    words = "bbox holds fractions of the picture's size, not pixels"
    return Column(values, column.faults | dict.fromkeys(np.flatnonzero(small).tolist(), words))


def image_keypoints(
    annotations: Entries, joint_set: JointSet, *, key: str = "keypoints_img", required: bool = True
) -> tuple[PoseColumn, Column]:
    """Keypoints x y under `key`; `keypoints_vis`, where it is there, says which are visible (else hidden)."""
    column = annotations.numbers(key, (joint_set.count, 2), required=required)
    seen = annotations.numbers("keypoints_vis", (joint_set.count,), required=False)
    scores = np.where(seen.values == 0, 0.5, 1.0)
    keypoints = np.concatenate([column.values, scores[..., None]], axis=-1, dtype=np.float32)
    return PoseColumn(joint_set, keypoints), column


def joints_mm(
    annotations: Entries, joint_set: JointSet, *, key: str = "keypoints_cam"
) -> tuple[JointsColumn, Column]:
    """3D joints of the camera frame in millimetres under `key`, as metres."""
    column = annotations.numbers(key, (joint_set.count, 3))
    return JointsColumn(joint_set, (column.values / 1000).astype(np.float32)), column


def scores(annotations: Entries, *, key: str = "score") -> NDArray[np.float32]:
    """The annotations' numbers under `key` (P,), nan where there is none."""
    cells = annotations.cells(key)
    return np.array([cell if isinstance(cell, int | float) else np.nan for cell in cells], dtype=np.float32)


def detected_poses(
    file: Path, annotation_ids: Sequence[str], joint_set: JointSet, source: str, reading: PartReading
) -> PoseColumn | None:
    """The keypoints x y score of `joint_set` for these annotations; None when there is no such file."""
    reading.look_at(file)
    if not file.is_file():
        return None
    content = read_json_or_note(file, reading)
    if content is None:
        return None
    found = [content.get(key) for key in annotation_ids]
    cells = [entry.get("coco_joints") if isinstance(entry, dict) else entry for entry in found]
    column = numbers(cells, "coco_joints", (joint_set.count, 3), required=False)
    for row, fault in column.faults.items():
        reading.problems.add(file, fault, f"annotation {annotation_ids[row]}")
    return PoseColumn(joint_set, column.values.astype(np.float32), source)


@dataclass(frozen=True, eq=False)
class CameraRows:
    """Cameras `table` (C, 16) fx fy cx cy in pixels, R row by row, t in metres; `rows` (N,) by picture.

    They are as files state them: R may mirror or scale.

    The row -1 is no camera.
    """

    table: NDArray[np.float64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, cameras: Sequence[PinholeCamera | None], rows: NDArray[np.int64]) -> CameraRows:
        """The pictures' `rows` of these cameras, without those that are None."""
        known = [camera for camera in cameras if camera is not None]
        places = np.cumsum([camera is not None for camera in cameras]) - 1
        kept = [-1 if camera is None else int(place) for camera, place in zip(cameras, places, strict=True)]
        table = [
            np.concatenate([camera.focal, camera.principal_point, camera.R.ravel(), camera.t])
            for camera in known
        ]
        by_camera = np.array([*kept, -1], dtype=np.int64)
        return cls(np.array(table, dtype=np.float64).reshape(-1, 16), by_camera[rows])

    @classmethod
    def plain(cls, intrinsics: NDArray[np.floating]) -> CameraRows:
        """One camera per picture, of its fx fy cx cy (N, 4), where these are known."""
        known = np.isfinite(intrinsics).all(axis=1)
        rows = np.where(known, np.cumsum(known) - 1, -1)
        turned = np.tile([*np.eye(3).ravel(), 0, 0, 0], (int(known.sum()), 1))
        return cls(np.concatenate([intrinsics[known], turned], axis=1), rows)

    def at(self, position: int) -> PinholeCamera | None:
        """The camera of a picture as it is stated, None without one."""
        row = int(self.rows[position])
        if row < 0:
            return None
        values = np.array(self.table[row])
        return PinholeCamera(values[:2], values[2:4], values[4:13].reshape(3, 3), values[13:])


@dataclass(frozen=True, eq=False)
class PictureRows:
    """N pictures: file `names`, unique `keys`, `sizes` (N, 2) width and height in pixels (nan is unknown).

    The people of picture i are rows offsets[i] to offsets[i + 1]. `titles` are their words, else the names
    are; `moments` say which show the same instant, from which of the `views`, of what action; `subject` is
    who is seen in all of them. `crowding` (N,) is CrowdPose's crowd index, nan where nobody says; `ids` (N,)
    are the numbers that the file of annotations gives them. `faults` say what is wrong with which picture.
    """

    names: Sequence[str]
    keys: Sequence[str]
    sizes: NDArray[np.float64]
    offsets: NDArray[np.int64]
    titles: Sequence[str] | None = None
    cameras: CameraRows | None = None
    moments: Labels | None = None
    views: Labels | None = None
    actions: Labels | None = None
    subject: str = ""
    crowding: NDArray[np.float64] | None = None
    ids: NDArray[np.int64] | None = None
    faults: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def title(self, position: int) -> str:
        """The words for a picture."""
        return shown(self.names[position]) if self.titles is None else self.titles[position]

    def size(self, position: int) -> tuple[int, int] | None:
        """Width and height in pixels, None where they are not known."""
        width, height = self.sizes[position].tolist()
        return None if np.isnan(width) else (int(width), int(height))

    def crowd_index(self, position: int) -> float | None:
        """How crowded a picture is, None where nobody says."""
        value = np.nan if self.crowding is None else float(self.crowding[position])
        return None if np.isnan(value) else value


def unique_keys(names: Sequence[str], prefix: str = "") -> list[str]:
    """A key per picture: its name, with a number where a name is there again."""
    keys, seen = [], set()
    for position, name in enumerate(names):
        key = f"{prefix}{name}" if name.isascii() else shown(f"{prefix}{name}")
        key = f"{key} #{position}" if key in seen else key
        seen.add(key)
        keys.append(key)
    return keys


@dataclass(frozen=True, eq=False)
class PartRows:
    """Pictures in `folder` and the people in them.

    `world_up` is the direction away from the ground (unit vector) in the world of the cameras, where known.
    """

    folder: Path
    pictures: PictureRows
    people: PersonRows
    world_up: tuple[float, float, float] | None = None
