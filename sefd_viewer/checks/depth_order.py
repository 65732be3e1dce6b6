"""The order in depth against keypoints: who was labelled visible cannot be hidden behind another's body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import DepthView, InspectedPerson, Inspection
from sefd_viewer.geometry.image_plane import to_image_plane
from sefd_viewer.geometry.joints import as_joint_set

_BETWEEN = 0.12
"""Metres by which another body's surface must be nearer than the joint: a joint lies inside its own body."""

_INSIDE = 0.1
"""Metres that a joint may lie behind its own surface and still not be hidden by the body itself."""

_FITS = 0.15
"""How near its keypoint a joint must be, in sizes of the person: the body must be that person's."""

_FACE = frozenset(["L_Eye", "R_Eye", "L_Ear", "R_Ear"])
"""Not counted: five points of one head would outvote the body."""


@dataclass(frozen=True, eq=False)
class _Joints:
    """A person's joints that have labelled keypoints: pixels (K, 2), depths and whether visible (K,).

    `by_hand` tells whether somebody said of the others that they are hidden; a network only was not sure.
    """

    pixels: NDArray[np.float64]
    depth: NDArray[np.float64]
    visible: NDArray[np.bool_]
    by_hand: bool
    alone: DepthView


def measure_depth_order(inspection: Inspection) -> Iterator[Measurement]:
    """How many more labels speak against a person's place behind another than for it; of all others the most.

    Against it speak the person's visible keypoints behind the other, and the other's hidden ones in front.
    """
    people = [one for one in inspection.with_bodies if one.joints_image is not None]
    if len(people) < 2 or inspection.size is None or not _tells_visibility(inspection):
        return
    most = {one.key: (0, "") for one in people}
    pairs = [pair for pair in permutations(people, 2) if _may_meet(*pair)]
    joints = {key: _joints(one, inspection) for key, one in {b.key: b for b, _ in pairs}.items()}
    for behind, front in pairs:
        votes = _votes(joints[behind.key], joints[front.key])
        most[behind.key] = max(most[behind.key], (votes, f"person {front.key}"))
    for key, (votes, words) in most.items():
        yield Measurement(key, float(votes), words)


def _may_meet(one: InspectedPerson, other: InspectedPerson) -> bool:
    """Whether the boxes of the two people's joints, a tenth larger, overlap in the picture."""
    low, high = zip(*(_corners(person) for person in (one, other)), strict=True)
    return bool((np.maximum(*low) <= np.minimum(*high)).all())


def _corners(one: InspectedPerson) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    assert one.joints_image is not None
    known = one.joints_image[np.isfinite(one.joints_image).all(axis=1)]
    if not len(known):
        return np.full(2, np.inf), np.full(2, -np.inf)
    return known.min(axis=0) - 0.1 * one.size_px, known.max(axis=0) + 0.1 * one.size_px


def _votes(behind: _Joints, front: _Joints) -> int:
    """Labels against the order less labels for it, where the two bodies overlap."""
    owner, surface = front.alone.at(behind.pixels)
    covered = (owner > 0) & (surface < behind.depth - _BETWEEN)
    against = (covered & behind.visible).sum()
    owner, surface = behind.alone.at(front.pixels)
    before = (owner > 0) & (surface > front.depth)
    favour = (before & front.visible).sum() if front.by_hand else 0
    if behind.by_hand:
        favour += (covered & ~behind.visible).sum()
    if front.by_hand:
        itself = front.depth - front.alone.at(front.pixels)[1] > _INSIDE
        against += (before & ~front.visible & ~itself).sum()
    return int(against - favour)


def _joints(one: InspectedPerson, inspection: Inspection) -> _Joints:
    """The labelled joints whose body is near enough to its keypoints."""
    pose, pixels = one.person.pose2d, one.joints_image
    assert pose is not None
    assert pixels is not None
    beside = np.linalg.norm(pixels - pose.keypoints[:, :2], axis=1) / one.size_px
    counts = np.array([name not in _FACE for name in as_joint_set(pose.joint_set).names])
    rows = one.labelled & counts & (beside < _FITS)
    depth = _in_plane(one, inspection)[rows, 2].astype(np.float64)
    return _Joints(pixels[rows], depth, one.visible[rows], one.labelled_by_hand, inspection.alone(one))


def _in_plane(one: InspectedPerson, inspection: Inspection) -> NDArray[np.floating]:
    """The joints (J, 3) before the camera that all bodies are brought before."""
    assert one.joints_camera is not None
    assert one.camera is not None
    assert inspection.plane is not None
    if inspection.one_camera:
        return one.joints_camera
    return to_image_plane(one.joints_camera, one.camera, inspection.plane[0])


def _tells_visibility(inspection: Inspection) -> bool:
    """Whether keypoints say who is seen: those projected from 3D joints are all 1, hidden or not."""
    for one in inspection.people:
        pose, joints = one.person.pose2d, one.person.joints
        if pose is None or joints is None or joints.joint_set != pose.joint_set:
            return True
        if not (pose.keypoints[one.labelled, 2] == 1).all():
            return True
    return False


DEPTH_ORDER = Detector(
    id="depth_order",
    title="Seen, but behind another body",
    description="How many labels (visible, hidden) contradict that a person is behind another's body.",
    sentence="This person's body is behind that of {detail}; {value:.0f} more keypoints' labels (visible, "
    "hidden) contradict that than confirm it, so the order of the two in depth is false.",
    unit="labels",
    threshold=1.5,
    range=(0.5, 12.5),
    measure=measure_depth_order,
    needs_bodies=True,
)
