"""What annotation files say about people, as columns with one row per annotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Column
from sefd_viewer.datasets.annotations.entries import Entries
from sefd_viewer.datasets.annotations.smpl_table import SmplTable
from sefd_viewer.datasets.records import SkipReason
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
