"""Bodies that are turned: left and right changed places, the trunk upside down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection, joints_of
from sefd_viewer.geometry.joints import SMPL24, JointSet, as_joint_set

_LIMBS = {
    "arms": ("Shoulder", "Elbow", "Wrist", "Hand"),
    "legs": ("Hip", "Knee", "Ankle", "Toe"),
    "eyes and ears": ("Eye", "Ear"),
    "whole body": ("Shoulder", "Elbow", "Wrist", "Hand", "Hip", "Knee", "Ankle", "Toe", "Eye", "Ear"),
}
_FEWEST_PAIRS = 2
_LEAST_ERROR = 0.04
"""Share of the person's size that the joints must miss before a swap can explain anything."""

_UPPER = (("L_Shoulder", "R_Shoulder"), ("Neck",), ("Thorax",), ("Head_top",), ("Nose",))
_LOWER = (("L_Hip", "R_Hip"), ("Pelvis",), ("L_Knee", "R_Knee"), ("L_Ankle", "R_Ankle"))
_SHORTEST_TRUNK = 0.12
"""Share of the person's size below which a trunk points at the camera rather than anywhere in the picture."""

_PELVIS, _NECK = SMPL24.index("Pelvis"), SMPL24.index("Neck")


def measure_swap(inspection: Inspection) -> Iterator[Measurement]:
    """Which part of the error goes away when left and right change places, in percent, by limbs."""
    for one in inspection.with_bodies:
        gains = {limbs: gain for limbs in _LIMBS if (gain := _gain(one, limbs)) is not None}
        if gains:
            limbs = max(gains, key=lambda name: (gains[name], name == "whole body"))
            yield Measurement(one.key, 100 * gains[limbs], limbs)


def measure_upside_down(inspection: Inspection) -> Iterator[Measurement]:
    """Angle in the picture between the body's trunk and the annotated one, else the upright, in degrees."""
    for one in inspection.with_bodies:
        trunk = _body_trunk(one)
        if trunk is None:
            continue
        annotated = _annotated_trunk(one)
        if annotated is not None:
            yield Measurement(one.key, _degrees(trunk, annotated), "the annotated trunk")
        elif not one.labelled.any():
            yield Measurement(one.key, _degrees(trunk, np.array([0.0, -1.0])), "the picture's upright")


def _gain(one: InspectedPerson, limbs: str) -> float | None:
    """1 - error with sides swapped / error as is; 0 where the error is small; None with too few joints."""
    pose, joints = one.person.pose2d, one.joints_image
    if pose is None or joints is None:
        return None
    pairs = [pair for pair in _pairs(as_joint_set(pose.joint_set), limbs) if _known(one, joints, pair)]
    if len(pairs) < _FEWEST_PAIRS:
        return None
    left, right = np.array(pairs).T
    here, there = np.concatenate([left, right]), np.concatenate([right, left])
    points = pose.keypoints[here, :2]
    error = np.linalg.norm(joints[here] - points, axis=1).mean()
    swapped = np.linalg.norm(joints[there] - points, axis=1).mean()
    if error < _LEAST_ERROR * one.size_px:
        return 0.0
    return max(0.0, float(1 - swapped / error))


def _pairs(joint_set: JointSet, limbs: str) -> list[tuple[int, int]]:
    return [pair for pair in joint_set.flip_pairs if joint_set.names[pair[0]][2:] in _LIMBS[limbs]]


def _known(one: InspectedPerson, joints: NDArray[np.float64], pair: tuple[int, int]) -> bool:
    both = list(pair)
    return bool(one.labelled[both].all() and np.isfinite(joints[both]).all())


def _body_trunk(one: InspectedPerson) -> NDArray[np.float64] | None:
    """From pelvis to neck in the picture (2,), None where that is short or behind the camera."""
    assert one.output is not None
    assert one.camera is not None
    assert one.body is not None
    pixels = one.camera.project_camera(joints_of(one.output, one.body, SMPL24.name)[[_PELVIS, _NECK]])
    trunk = pixels[1] - pixels[0]
    long = np.isfinite(trunk).all() and np.linalg.norm(trunk) > _SHORTEST_TRUNK * one.size_px
    return trunk if long else None


def _annotated_trunk(one: InspectedPerson) -> NDArray[np.float64] | None:
    upper, lower = _middle(one, _UPPER), _middle(one, _LOWER)
    if upper is None or lower is None:
        return None
    trunk = upper - lower
    return trunk if np.linalg.norm(trunk) > _SHORTEST_TRUNK * one.size_px else None


def _middle(one: InspectedPerson, choices: tuple[tuple[str, ...], ...]) -> NDArray[np.float64] | None:
    """The middle of the first group of keypoints all of which are labelled."""
    pose = one.person.pose2d
    if pose is None:
        return None
    names = as_joint_set(pose.joint_set).names
    for group in choices:
        rows = [names.index(name) for name in group if name in names]
        if len(rows) == len(group) and one.labelled[rows].all():
            return np.asarray(pose.keypoints[rows, :2].mean(axis=0), np.float64)
    return None


def _degrees(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


SWAP = Detector(
    id="left_right",
    title="Left and right swapped",
    description="How much of the distance from the keypoints goes away when left and right are swapped.",
    sentence="Left and right have changed places ({detail}): swapped, {value:.0f} % of the error goes away.",
    unit="%",
    threshold=50.0,
    range=(10.0, 95.0),
    measure=measure_swap,
    needs_bodies=True,
)

UPSIDE_DOWN = Detector(
    id="upside_down",
    title="Upside down",
    description="Angle in the picture between the body's trunk and the annotated one (else the upright).",
    sentence="The body's trunk points {value:.0f}° away from {detail}: it is upside down; "
    "usually an axis of the camera or the root's orientation is wrong.",
    unit="°",
    threshold=60.0,
    range=(30.0, 179.0),
    measure=measure_upside_down,
    needs_bodies=True,
)
