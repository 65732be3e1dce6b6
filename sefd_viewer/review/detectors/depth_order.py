"""The order in depth against keypoints: who was labelled visible cannot be hidden behind another's body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.image_plane import to_image_plane
from sefd_viewer.geometry.joints import as_joint_set
from sefd_viewer.review.detectors.detector import Detector, Measurement
from sefd_viewer.review.detectors.inspection import InspectedPerson, Inspection

_BETWEEN = 0.12
"""Metres by which another body's surface must be nearer than the joint: a joint lies inside its own body."""

_FITS = 0.15
"""How near its keypoint a joint must be, in sizes of the person: the body must be that person's."""

_FACE = frozenset(["L_Eye", "R_Eye", "L_Ear", "R_Ear"])
"""Not counted: five points of one head would outvote the body."""


def measure_depth_order(inspection: Inspection) -> Iterator[Measurement]:
    """How many keypoints that are labelled visible lie behind another person's body."""
    people = inspection.with_bodies
    if len(people) < 2 or inspection.depth is None or not _tells_visibility(inspection):
        return
    for number, one in enumerate(people, start=1):
        hidden = _hidden_by(one, number, inspection)
        if hidden is None:
            continue
        others = Counter(people[owner - 1].key for owner in hidden)
        words = f"person {others.most_common(1)[0][0]}" if others else ""
        yield Measurement(one.key, float(len(hidden)), words)


def _hidden_by(one: InspectedPerson, number: int, inspection: Inspection) -> list[int] | None:
    """The number of the body in front of each visible keypoint that has another's in front of it."""
    pose, joints = one.person.pose2d, _joints_in_plane(one, inspection)
    if pose is None or joints is None or one.joints_image is None or inspection.depth is None:
        return None
    names = as_joint_set(pose.joint_set).names
    body_joint = np.array([name not in _FACE for name in names])
    beside = np.linalg.norm(one.joints_image - pose.keypoints[:, :2], axis=1) / one.size_px
    rows = np.flatnonzero(one.visible & body_joint & (beside < _FITS))
    owner, surface = inspection.depth.at(one.joints_image[rows])
    behind = (owner > 0) & (owner != number) & (surface < joints[rows, 2] - _BETWEEN)
    return owner[behind].astype(int).tolist()


def _joints_in_plane(one: InspectedPerson, inspection: Inspection) -> NDArray[np.floating] | None:
    """The joints (J, 3) before the camera that all bodies are brought before."""
    if one.joints_camera is None or one.camera is None or inspection.plane is None:
        return None
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
    description="Keypoints labelled visible that lie behind another person's body.",
    sentence="{value:.0f} keypoints that are labelled visible lie behind the body of {detail}: "
    "the order of the two in depth is false.",
    unit="joints",
    threshold=2.5,
    range=(0.5, 12.5),
    measure=measure_depth_order,
)
