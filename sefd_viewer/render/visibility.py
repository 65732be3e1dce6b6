"""Which joints of a body the camera sees, and what hides the others."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import Buffers

DEPTH_INSIDE_BODY = 0.08
"""Metres that a joint of a limb may lie behind the first surface of its own body and still count as seen."""

DEPTH_INSIDE_TRUNK = 0.18
"""The same for joints of the trunk and head; on the shipped body 9 of 10 such joints lie less deep."""

_TRUNK = frozenset(
    ["Pelvis", "L_Hip", "R_Hip", "Torso", "Spine", "Chest", "Thorax", "L_Thorax", "R_Thorax", "Neck", "Head"]
)


class Visibility(IntEnum):
    """What stands between the camera and a joint."""

    VISIBLE = 0
    SELF_OCCLUDED = 1
    OTHER_PERSON = 2
    OBJECT = 3
    OUTSIDE = 4


def joint_visibility(
    joints_camera: Sequence[NDArray[np.floating]],
    buffers: Buffers,
    camera: PinholeCamera,
    *,
    tolerance: float | NDArray[np.floating] = DEPTH_INSIDE_BODY,
    object_depth: NDArray[np.floating] | None = None,
    factors: Sequence[float] | None = None,
) -> tuple[NDArray[np.uint8], ...]:
    """Visibility (J,) of each person's joints (J,3), camera metres; people as in the buffers.

    A joint outside the image or behind the camera is OUTSIDE. One with a nearer surface of an object
    (`object_depth` (H,W) metres, inf where none), else of another body, is hidden by it. One farther than
    `tolerance` behind its own first surface is SELF_OCCLUDED (metres; one number, or (J,) as from
    `joint_tolerances`). Where bodies were scaled about the camera to stand nearer or farther, `factors` says
    by how much; the tolerance is that of bodies of their true size.
    """
    sizes = np.ones(len(joints_camera)) if factors is None else factors
    return tuple(
        _of_person(np.asarray(joints, np.float64), number, buffers, camera, tolerance * size, object_depth)
        for number, (joints, size) in enumerate(zip(joints_camera, sizes, strict=True), start=1)
    )


def joint_tolerances(names: Sequence[str]) -> NDArray[np.float64]:
    """(J,) metres to give as `tolerance` for joints of these names: trunk joints lie deeper in the body."""
    return np.array([DEPTH_INSIDE_TRUNK if name in _TRUNK else DEPTH_INSIDE_BODY for name in names])


def _of_person(
    joints: NDArray[np.float64],
    number: int,
    buffers: Buffers,
    camera: PinholeCamera,
    tolerance: float | NDArray[np.floating],
    object_depth: NDArray[np.floating] | None,
) -> NDArray[np.uint8]:
    inside, rows, columns = _pixels(joints, buffers, camera)
    surface, owner = buffers.depth[rows, columns], buffers.person_id[rows, columns]
    depth = joints[:, 2]
    result = np.full(len(joints), Visibility.VISIBLE, np.uint8)
    result[(owner == number) & (depth - surface > tolerance)] = Visibility.SELF_OCCLUDED
    result[(owner != 0) & (owner != number) & (surface < depth)] = Visibility.OTHER_PERSON
    if object_depth is not None:
        thing = object_depth[rows, columns]
        result[(thing < depth) & (thing < surface)] = Visibility.OBJECT
    result[~inside] = Visibility.OUTSIDE
    return result


def _pixels(
    joints: NDArray[np.float64], buffers: Buffers, camera: PinholeCamera
) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
    """Whether each joint falls on the buffers, and its row and column there (0 where it does not)."""
    points = camera.project_camera(joints) - np.asarray(buffers.origin)
    width, height = buffers.size
    inside = ((points >= -0.5) & (points < np.array([width, height]) - 0.5)).all(axis=-1)
    nearest = np.rint(np.where(inside[:, None], points, 0)).astype(np.intp)
    return inside, np.clip(nearest[:, 1], 0, height - 1), np.clip(nearest[:, 0], 0, width - 1)
