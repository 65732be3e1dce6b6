"""What annotation files say about people, as columns with one row per annotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Column, flags, numbers
from sefd_viewer.datasets.annotations.smpl_table import SmplTable
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import JointSet


class Rows(Protocol):
    """An array (P, J, 3), or what makes its rows when they are asked for."""

    def __getitem__(self, row: int, /) -> NDArray[np.float32]: ...


@dataclass(frozen=True, eq=False)
class PoseColumn:
    """2D keypoints (P, J, 3) float32 x, y, score in image pixels; a joint with nan is none."""

    joint_set: JointSet
    keypoints: Rows
    source: str = "annotation"


@dataclass(frozen=True, eq=False)
class JointsColumn:
    """3D joints (P, J, 3) float32, metres, camera frame; a joint with nan is none."""

    joint_set: JointSet
    points_camera: Rows


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
    wrong with which row.
    """

    ids: Sequence[str]
    boxes: NDArray[np.float32]
    poses: tuple[PoseColumn, ...] = ()
    joints: JointsColumn | None = None
    bodies: BodyColumn | None = None
    own_cameras: NDArray[np.float64] | None = None
    scores: NDArray[np.float32] | None = None
    left_out: Mapping[SkipReason, NDArray[np.bool_]] = field(default_factory=dict)
    faults: Mapping[int, Sequence[str]] = field(default_factory=dict)


def boxes(entries: Sequence[Mapping[str, Any]]) -> Column:
    """The entries' `bbox` x y w h (P, 4) in pixels."""
    return numbers([entry.get("bbox") for entry in entries], "bbox", (4,))


def flat_keypoints(entries: Sequence[Mapping[str, Any]], joint_set: JointSet) -> tuple[PoseColumn, Column]:
    """COCO's `keypoints` x y v: v = 2 is visible (score 1), 1 hidden (0.5), 0 not labelled."""
    column = numbers([entry.get("keypoints") for entry in entries], "keypoints", (joint_set.count, 3))
    values = column.values.astype(np.float32)
    values[..., 2] = np.clip(values[..., 2], 0, 2) / 2
    return PoseColumn(joint_set, values), column


def image_keypoints(
    entries: Sequence[Mapping[str, Any]],
    joint_set: JointSet,
    *,
    key: str = "keypoints_img",
    required: bool = True,
) -> tuple[PoseColumn, Column]:
    """Keypoints x y under `key`; `keypoints_vis`, where it is there, says which are visible (else hidden)."""
    column = numbers([entry.get(key) for entry in entries], key, (joint_set.count, 2), required=required)
    seen = numbers(
        [entry.get("keypoints_vis") for entry in entries], "keypoints_vis", (joint_set.count,), required=False
    )
    scores = np.where(seen.values == 0, 0.5, 1.0)
    keypoints = np.concatenate([column.values, scores[..., None]], axis=-1)
    return PoseColumn(joint_set, keypoints.astype(np.float32)), column


def joints_mm(
    entries: Sequence[Mapping[str, Any]], joint_set: JointSet, *, key: str = "keypoints_cam"
) -> tuple[JointsColumn, Column]:
    """3D joints of the camera frame in millimetres under `key`, as metres."""
    column = numbers([entry.get(key) for entry in entries], key, (joint_set.count, 3))
    return JointsColumn(joint_set, (column.values / 1000).astype(np.float32)), column


def marked(entries: Sequence[Mapping[str, Any]], key: str) -> NDArray[np.bool_]:
    """Where `key` holds a true value (P,)."""
    return flags(entry.get(key) for entry in entries)


def scores(entries: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
    """The entries' `score` (P,), nan where there is none."""
    cells = [entry.get("score") for entry in entries]
    return np.array([cell if isinstance(cell, int | float) else np.nan for cell in cells], dtype=np.float32)


def faults_by_row(*columns: Column) -> dict[int, list[str]]:
    """What is wrong with each row in any of the columns."""
    faults: dict[int, list[str]] = {}
    for column in columns:
        for row, fault in column.faults.items():
            faults.setdefault(row, []).append(fault)
    return faults
