"""People of whom a method says joints and no surface: a body of thin bones between the joints of a set."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import JOINT_SETS, JointSet, as_joint_set

_PREFIX = "joints-"
AT_THE_ROOT_M = 0.3
"""Metres nearer than which joints stand before no camera: they are counted from the root."""
_RING = 4
_WAIST, _THIN, _THICKEST_M = 0.2, 0.1, 0.04
"""Where along a bone it is thickest, how thick that is as a part of its length, and metres at most."""


def joints_id(joint_set: JointSet | str) -> str:
    """The id of the body that is nothing but the joints of a set."""
    return f"{_PREFIX}{as_joint_set(joint_set).name}"


def is_joints(body_id: str) -> bool:
    """Whether this names a body of joints alone."""
    return body_id.removeprefix(_PREFIX) in JOINT_SETS and body_id.startswith(_PREFIX)


@lru_cache(maxsize=16)
def joints_body(body_id: str) -> BodyModel:
    """The body of this id: J joints, and behind them the corners of its bones.

    It has neither shape nor pose: people come as their joints lie (`joints_vertices`). Raises BodyError for
    other ids.
    """
    if not is_joints(body_id):
        known = ", ".join(f"{_PREFIX}{name}" for name in JOINT_SETS)
        raise BodyError(f"'{body_id}' names no joints", remedy=f"Known are {known}")
    joint_set = JOINT_SETS[body_id.removeprefix(_PREFIX)]
    count, bones = joint_set.count, np.array(joint_set.skeleton)
    corners = count + _RING * len(bones)
    regressor = np.eye(count, corners, dtype=np.float32)
    weights = np.zeros((corners, count), np.float32)
    weights[np.arange(corners), [*range(count), *np.repeat(bones[:, 0], _RING)]] = 1
    return BodyModel(
        id=body_id,
        name=f"Joints ({joint_set.name})",
        v_template=np.zeros((corners, 3), np.float32),
        shapedirs=np.zeros((corners, 3, 0), np.float32),
        posedirs=None,
        J_regressor=regressor,
        weights=weights,
        parents=np.full(count, -1),
        faces=_faces(bones, count),
        extra_regressor=np.zeros((0, corners), np.float32),
        regressors={joint_set.name: regressor},
        regressor_source="its own joints",
        joint_set=replace(joint_set, name=body_id),
    )


def joints_vertices(joints: ArrayLike, joint_set: JointSet | str) -> NDArray[np.float32]:
    """Vertices (V, 3) of the body of these joints (J, 3): the joints, and four corners around each bone."""
    points, bones = np.asarray(joints, np.float64), np.array(as_joint_set(joint_set).skeleton)
    if points.shape != (as_joint_set(joint_set).count, 3):
        raise BodyError(
            f"these joints are {points.shape}, not ({as_joint_set(joint_set).count}, 3)",
            remedy="Name the joint set that they have",
        )
    start, along = points[bones[:, 0]], points[bones[:, 1]] - points[bones[:, 0]]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    forward = along / np.maximum(length, 1e-9)
    across = np.cross(forward, np.eye(3)[np.abs(forward).argmin(axis=1)])
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    other = np.cross(forward, across)
    thick = np.minimum(length * _THIN, _THICKEST_M)
    waist = start + along * _WAIST
    ring = np.stack([waist + thick * side for side in (across, other, -across, -other)], axis=1)
    return np.concatenate([points, ring.reshape(-1, 3)]).astype(np.float32)


def _faces(bones: NDArray[np.int_], count: int) -> NDArray[np.int32]:
    """Triangles from the ring around each bone to the joints at its ends."""
    faces = []
    for number, (start, end) in enumerate(bones):
        ring = count + _RING * number + np.arange(_RING)
        after = np.roll(ring, -1)
        faces.append(np.column_stack([np.full(_RING, start), after, ring]))
        faces.append(np.column_stack([np.full(_RING, end), ring, after]))
    return np.concatenate(faces).astype(np.int32)
