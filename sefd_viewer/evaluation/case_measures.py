"""Everything that is measured about one predicted person, as one row of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.records import Joints3D
from sefd_viewer.errors import BodyError
from sefd_viewer.evaluation.body_ruler import Floor, floor_between, limb_error_mm, surface_errors_mm
from sefd_viewer.evaluation.metrics import (
    HUMAN36M_EVALUATED,
    auc3d,
    joint_errors_mm,
    mpjpe,
    mpvpe,
    pa_mpjpe,
    pck3d,
    pckh,
)
from sefd_viewer.evaluation.person_metrics import without_joints, without_vertices
from sefd_viewer.evaluation.photo_truth import TrueBody
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import HUMAN36M17, JointSet, Pose2D, as_joint_set
from sefd_viewer.render.visibility import Visibility

SEEN = 0.3
"""Confidence from which an annotated 2D joint counts."""

HEAD = ("Head_top", "Neck")
"""The joints between which the head's length is taken: MPII's head top and upper neck."""

NOT_IN_PCKH = ("Pelvis", "Thorax")
"""Joints that MPII's PCKh does not count."""

SPLITS: dict[str, tuple[Visibility, ...]] = {
    "visible": (Visibility.VISIBLE,),
    "self_occluded": (Visibility.SELF_OCCLUDED,),
    "other_person": (Visibility.OTHER_PERSON,),
    "object": (Visibility.OBJECT,),
    "outside": (Visibility.OUTSIDE,),
}
"""The states by which errors are split; objects hide nobody in sets without masks of people."""

Numbers = Mapping[str, float | list[float] | None]


@dataclass(frozen=True, eq=False)
class PredictedBody:
    """A body that some method predicts: vertices (V,3) in metres of the frame of `camera`.

    `turn` (3,3) takes directions of the photo's camera into that frame: not the identity where a network
    looks at its crop straight on. Without `camera` nothing is projected. `score` is how sure the method, or
    who found the 2D pose that it got, was of the person.
    """

    person: str
    vertices_camera: NDArray[np.floating]
    body: BodyModel
    camera: PinholeCamera | None = None
    turn: NDArray[np.floating] | None = None
    score: float = 1.0


def measure(
    predicted: PredictedBody,
    truth: TrueBody | None,
    pose: Pose2D | None,
    measured: Joints3D | None = None,
) -> Numbers:
    """The numbers of a person; those without ground truth are None, never zero.

    Where `measured` joints are Human3.6M's they are a truth of their own, and the only one without a body.
    Millimetres, pixels and shares as the columns' names say. Errors of vertices are None, too, where
    `without_vertices` says why, and errors in space where `without_joints` does; against a body of
    another mesh stand `limbs_mm` and `surface_mm`, against one of other joints or another mesh what the
    same person measures between the two (`floor_...`). Raises BodyError for a prediction that is not finite.
    """
    broken = ~np.isfinite(predicted.vertices_camera).all(axis=1)
    if broken.any():
        raise BodyError(
            f"{broken.sum()} of {len(broken)} predicted vertices are not finite",
            remedy="Correct what the method wrote, or leave this person out of it",
        )
    numbers: dict[str, float | list[float] | None] = dict.fromkeys(COLUMNS)
    chain = predicted.body.J_regressor @ predicted.vertices_camera
    turn = np.eye(3) if predicted.turn is None else predicted.turn
    has_joints = not without_joints(predicted.body)
    if has_joints and is_measured(measured):
        numbers |= _against_measured(predicted, chain, measured.points_camera @ turn.T)
    if truth is not None:
        numbers["hidden"] = truth.hidden
    if has_joints and truth is not None and not without_joints(truth.body):
        numbers |= _in_space(predicted, chain, truth, turn)
    if truth is not None:
        another = bool(without_vertices(predicted.body, truth.body))
        floor = floor_between(predicted.body, truth.body)
        numbers |= _between_bodies(predicted, truth, turn) if another else {}
        if floor is not None and (another or floor != Floor()):
            numbers |= {f"floor_{name}": value for name, value in vars(floor).items()}
    numbers |= _in_picture(predicted, chain, pose)
    return {name: _known(value) for name, value in numbers.items()}


def _between_bodies(
    predicted: PredictedBody, truth: TrueBody, turn: NDArray[np.floating]
) -> dict[str, float | list[float] | None]:
    """Errors of a body against one of another mesh."""
    own, true = predicted.vertices_camera, truth.vertices_camera @ turn.T
    surface = surface_errors_mm(own, predicted.body, true, truth.body)
    return {
        "limbs_mm": limb_error_mm(own, predicted.body, true, truth.body),
        "surface_mm": None if surface is None else float(surface.mean()),
    }


def is_measured(joints: Joints3D | None) -> TypeGuard[Joints3D]:
    """Whether these are all of Human3.6M's joints, so that errors can be measured against them."""
    if joints is None or joints.joint_set != HUMAN36M17.name:
        return False
    return bool(np.isfinite(joints.points_camera).all())


def _against_measured(
    predicted: PredictedBody, chain: NDArray[np.floating], true_joints: NDArray[np.floating]
) -> dict[str, float | list[float] | None]:
    joints = predicted.body.joints(predicted.vertices_camera, chain, HUMAN36M17)
    numbers = _of_joints(joints, true_joints)
    own = {f"{name}_measured_mm": numbers[f"{name}_mm"] for name in ("mpjpe", "pa_mpjpe")}
    return numbers | own


def _in_space(
    predicted: PredictedBody, chain: NDArray[np.floating], truth: TrueBody, turn: NDArray[np.floating]
) -> dict[str, float | list[float] | None]:
    joints = predicted.body.joints(predicted.vertices_camera, chain, HUMAN36M17)
    true_joints = truth.joints_camera @ turn.T
    errors = joint_errors_mm(joints, true_joints)
    states = truth.visibility[list(HUMAN36M_EVALUATED)]
    return {
        **_of_joints(joints, true_joints),
        **{f"mpjpe_{name}_mm": _mean(errors[np.isin(states, kinds)]) for name, kinds in SPLITS.items()},
        "joint_states": states.astype(float).tolist(),
        **({} if without_vertices(predicted.body, truth.body) else _of_vertices(predicted, truth, turn)),
    }


def _of_joints(
    joints: NDArray[np.floating], true_joints: NDArray[np.floating]
) -> dict[str, float | list[float] | None]:
    errors = joint_errors_mm(joints, true_joints)
    return {
        "mpjpe_mm": mpjpe(joints, true_joints),
        "pa_mpjpe_mm": pa_mpjpe(joints, true_joints),
        "pck3d": pck3d(errors),
        "auc3d": auc3d(errors),
        "joint_errors_mm": errors.tolist(),
    }


def _of_vertices(
    predicted: PredictedBody, truth: TrueBody, turn: NDArray[np.floating]
) -> dict[str, float | list[float] | None]:
    own, true = predicted.vertices_camera, truth.vertices_camera @ turn.T
    roots = predicted.body.J_regressor[0] @ own, truth.body.J_regressor[0] @ true
    apart = np.linalg.norm((own - roots[0]) - (true - roots[1]), axis=1) * 1000
    states = truth.vertex_visibility
    return {
        "mpvpe_mm": mpvpe(own, true, predicted_root=roots[0], truth_root=roots[1]),
        **{f"mpvpe_{name}_mm": _mean(apart[np.isin(states, kinds)]) for name, kinds in SPLITS.items()},
    }


def _in_picture(
    predicted: PredictedBody, chain: NDArray[np.floating], pose: Pose2D | None
) -> dict[str, float | list[float] | None]:
    if predicted.camera is None or pose is None:
        return {}
    points, present = _projected(predicted, chain, as_joint_set(pose.joint_set))
    labelled = present & (pose.keypoints[:, 2] > SEEN)
    apart = np.linalg.norm(points - pose.keypoints[:, :2], axis=1)[labelled]
    diagonal = float(np.hypot(*pose.bbox_xywh[2:]))
    mean = _mean(apart)
    return {
        "reprojection_px": mean,
        "reprojection_share": mean / diagonal if diagonal > 0 else float("nan"),
        "pckh": _pckh(points, labelled, pose),
        "keypoints": points.ravel().tolist(),
    }


def _pckh(points: NDArray[np.float64], labelled: NDArray[np.bool_], pose: Pose2D) -> float:
    """PCKh@0.6 of the labelled joints; nan where head top or neck is not annotated, or the set has none.

    The head's length is the distance of the two in the picture. MPII's own program takes 0.6 times the
    diagonal of an annotated head box for it, which files in COCO's shape do not hold.
    """
    names = as_joint_set(pose.joint_set).names
    if not set(HEAD) <= set(names):
        return float("nan")
    top, neck = (pose.keypoints[names.index(name)] for name in HEAD)
    if min(top[2], neck[2]) <= SEEN:
        return float("nan")
    counted = labelled & ~np.isin(names, NOT_IN_PCKH)
    truth = np.where(counted[:, None], pose.keypoints[:, :2], np.nan)
    return pckh(points, truth, float(np.linalg.norm(top[:2] - neck[:2])))


def projected_keypoints(predicted: PredictedBody, joint_set: str) -> list[float] | None:
    """The body's joints x y of a set in the picture, one after the other; None for one not projected."""
    if predicted.camera is None or not np.isfinite(predicted.vertices_camera).all():
        return None
    chain = predicted.body.J_regressor @ predicted.vertices_camera
    points, _ = _projected(predicted, chain, as_joint_set(joint_set))
    return [float(value) for value in points.ravel()]


def _projected(
    predicted: PredictedBody, chain: NDArray[np.floating], wanted: JointSet
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The body's joints (J,2) of a set in the picture, and which of them a body has."""
    assert predicted.camera is not None
    body, vertices = predicted.body, predicted.vertices_camera
    try:
        joints, present = body.joints(vertices, chain, wanted), np.ones(wanted.count, bool)
    except BodyError:
        joints, present = body.known_joints(vertices, chain, wanted)
    return predicted.camera.project_camera(joints), present


def _mean(values: NDArray[np.floating]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _known(value: float | list[float] | None) -> float | list[float] | None:
    """None for what is not a number: an empty cell, not one that poisons a mean."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


COLUMNS: tuple[str, ...] = (
    *("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm", "pck3d", "auc3d", "hidden"),
    *("mpjpe_measured_mm", "pa_mpjpe_measured_mm"),
    *(f"{metric}_{name}_mm" for metric in ("mpjpe", "mpvpe") for name in SPLITS),
    *("limbs_mm", "surface_mm", *(f"floor_{field.name}" for field in fields(Floor))),
    *("reprojection_px", "reprojection_share", "pckh", "joint_errors_mm", "joint_states", "keypoints"),
)
"""What is measured, in the order of tables."""
