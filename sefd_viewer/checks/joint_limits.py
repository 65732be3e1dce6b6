"""Joints bent further than people can: swing and twist of each joint against the range of that joint.

A joint's rotation is taken apart into a twist about the bone that it moves and a swing of that bone. Swings
are measured about the other two axes of SMPL's rest pose (arms stretched sideways; x to the person's left,
y up, z to the front), as a rotation vector in degrees. The ranges are wide: what anatomy allows, plus what
fits of healthy poses usually put into a neighbouring joint. The right side mirrors the left.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection, joints_of
from sefd_viewer.geometry.joints import SMPL24
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

Range = tuple[float, float]

_X, _Y, _Z = 0, 1, 2
_LEAST_JOINTS, _AS_MEASURED_M = 12, 0.08

LIMITS: dict[str, tuple[int, Range, Range, Range]] = {
    "L_Hip": (_Y, (-150, 50), (-80, 80), (-45, 95)),
    "L_Knee": (_Y, (-15, 165), (-45, 45), (-25, 25)),
    "L_Ankle": (_Z, (-60, 60), (-50, 50), (-50, 50)),
    "L_Toe": (_Z, (-70, 70), (-40, 40), (-40, 40)),
    "Torso": (_Y, (-40, 70), (-45, 45), (-45, 45)),
    "Spine": (_Y, (-40, 70), (-45, 45), (-45, 45)),
    "Chest": (_Y, (-40, 60), (-45, 45), (-45, 45)),
    "Neck": (_Y, (-65, 65), (-80, 80), (-50, 50)),
    "Head": (_Y, (-60, 60), (-70, 70), (-50, 50)),
    "L_Thorax": (_X, (-50, 50), (-50, 50), (-50, 50)),
    "L_Shoulder": (_X, (-120, 120), (-135, 80), (-115, 100)),
    "L_Elbow": (_X, (-100, 100), (-165, 20), (-45, 45)),
    "L_Wrist": (_X, (-90, 90), (-60, 60), (-95, 95)),
}
"""Per joint the axis of its bone, and ranges in degrees about x, y and z; on the bone's axis of the twist."""

_NAMES = {
    "Torso": "lower back", "Spine": "back", "Chest": "upper back", "Thorax": "collar bone", "Toe": "toes",
}  # fmt: skip
_SHARED = 21
"""Joints after the root that SMPL, SMPL-H and SMPL-X have alike."""


def excess_degrees(body_pose: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far (23, 3) each joint is beyond its range, degrees; `body_pose` (69 or more,) is axis-angle.

    Of SMPL-H and SMPL-X the joints that all bodies share are looked at, not fingers and face.
    """
    turns = np.asarray(body_pose, np.float64).reshape(-1, 3)[:23].copy()
    if np.size(body_pose) > turns.size:
        turns[_SHARED:] = 0
    angles = np.degrees(_swing_and_twist(turns))
    return np.maximum(np.maximum(_LOW - angles, angles - _HIGH), 0)


def measure_limits(inspection: Inspection) -> Iterator[Measurement]:
    """The largest excess of any joint over its range, in degrees; 0 where joints were measured just so."""
    for one in inspection.people:
        if one.parameters is None:
            continue
        if _is_measured(one):
            yield Measurement(one.key, 0.0)
            continue
        excess = excess_degrees(one.parameters.body_pose)
        joint, axis = np.unravel_index(int(excess.argmax()), excess.shape)
        words = _words(SMPL24.names[int(joint) + 1], int(axis))
        yield Measurement(one.key, float(excess[joint, axis]), words)


def _is_measured(one: InspectedPerson) -> bool:
    """Whether the joints that were measured in space stand to each other as those of the body do."""
    if one.person.joints is None or one.output is None or one.body is None:
        return False
    measured = one.person.joints.points_camera
    found = joints_of(one.output, one.body, one.person.joints.joint_set)
    known = np.isfinite(measured).all(axis=1) & np.isfinite(found).all(axis=1)
    if known.sum() < _LEAST_JOINTS:
        return False
    apart = measured[known] - found[known]
    return bool(np.linalg.norm(apart - apart.mean(axis=0), axis=1).max() < _AS_MEASURED_M)


def _swing_and_twist(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation vectors (23, 3) as swing and twist: on the bone's axis the twist, on the others the swing.

    The swing is the shortest rotation that takes the bone where the joint takes it.
    """
    rotations = axis_angle_to_matrix(vectors)
    rows = np.arange(len(rotations))
    bones = rotations[rows, :, _AXIS]
    swing = np.cross(np.eye(3)[_AXIS], bones)
    sine, cosine = np.linalg.norm(swing, axis=1), bones[rows, _AXIS]
    swing *= (np.arctan2(sine, cosine) / np.maximum(sine, 1e-9))[:, None]
    rest = np.swapaxes(axis_angle_to_matrix(swing), 1, 2) @ rotations
    angles = swing.copy()
    angles[rows, _AXIS] = _turn_about(rest, _AXIS)
    return angles


def _turn_about(rotations: NDArray[np.float64], axis: NDArray[np.intp]) -> NDArray[np.float64]:
    """Angles (N,) of rotations (N, 3, 3) that turn about one axis each."""
    rows, second, third = np.arange(len(rotations)), (axis + 1) % 3, (axis + 2) % 3
    return np.arctan2(rotations[rows, third, second], rotations[rows, second, second])


def _of_joint(name: str) -> tuple[int, NDArray[np.float64]]:
    """The bone's axis and the ranges (3, 2) of a joint; everything is allowed where no range is known."""
    left = "L_" + name[2:] if name.startswith("R_") else name
    if left not in LIMITS:
        return _X, np.tile([-180.0, 180.0], (3, 1))
    axis, *ranges = LIMITS[left]
    limits = np.array(ranges, np.float64)
    if name.startswith("R_"):
        limits[1:] = -limits[1:, ::-1]
    return axis, limits


_AXIS = np.array([_of_joint(name)[0] for name in SMPL24.names[1:]])
_LOW = np.array([_of_joint(name)[1][:, 0] for name in SMPL24.names[1:]])
_HIGH = np.array([_of_joint(name)[1][:, 1] for name in SMPL24.names[1:]])


def _words(name: str, axis: int) -> str:
    """A joint and what it does, for people."""
    side = {"L": "left ", "R": "right "}.get(name[0], "") if name[1:2] == "_" else ""
    plain = name[2:] if name[1:2] == "_" else name
    doing = "twisted" if axis == _of_joint(name)[0] else "bent"
    return f"{side}{_NAMES.get(plain, plain.lower())} is {doing}"


JOINT_LIMITS = Detector(
    id="joint_limits",
    title="Joint beyond its range",
    description="How far the worst joint is bent or twisted beyond what people can do.",
    sentence="The {detail} {value:.0f}° further than people can.",
    unit="°",
    threshold=20.0,
    range=(0.0, 120.0),
    measure=measure_limits,
    version=3,
    needs_bodies=True,
)
