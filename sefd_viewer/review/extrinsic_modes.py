"""One person of the world before a camera in three ways, and how far the three lie apart (Eq. 5-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Joints3D
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.extrinsics import ExtrinsicMode, smpl_to_camera
from sefd_viewer.geometry.joints import JointSet, as_joint_set
from sefd_viewer.geometry.poses import Pose2D

EXTRINSIC_MODES: tuple[ExtrinsicMode, ...] = get_args(ExtrinsicMode)


@dataclass(frozen=True, eq=False)
class ModeResult:
    """A person through one extrinsic mode.

    `parameters` and `vertices_camera` (V, 3) are in the camera's frame, metres. `shift_mm` and `shift_px`
    are the mean distances of its vertices from those of the exact mode, in space and in the image;
    `joints_px` and `joints_mm` the median distances of its joints from the annotated ones. A value is nan
    where there is nothing to compare with, or nothing before the camera.
    """

    mode: ExtrinsicMode
    parameters: SmplParameters
    vertices_camera: NDArray[np.float32]
    shift_mm: float
    shift_px: float
    joints_px: float
    joints_mm: float


def compare_extrinsic_modes(
    parameters_world: SmplParameters,
    camera: PinholeCamera,
    body: BodyModel,
    *,
    pose2d: Pose2D | None = None,
    joints: Joints3D | None = None,
) -> Mapping[ExtrinsicMode, ModeResult]:
    """All modes for one person; `joints` are annotated in the camera's frame, `pose2d` in the image.

    Raises BodyError when the parameters belong to another body.
    """
    moved = {mode: into_camera(parameters_world, camera, body, mode=mode) for mode in EXTRINSIC_MODES}
    bodies = {mode: body.forward(parameters) for mode, parameters in moved.items()}
    exact = bodies["exact"].vertices
    return {
        mode: ModeResult(
            mode,
            moved[mode],
            output.vertices,
            1000 * mean_distance(output.vertices, exact),
            mean_distance(camera.project_camera(output.vertices), camera.project_camera(exact)),
            pose_error_px(output, body, camera, pose2d),
            joint_error_mm(output, body, joints),
        )
        for mode, output in bodies.items()
    }


def into_camera(
    parameters_world: SmplParameters, camera: PinholeCamera, body: BodyModel, *, mode: ExtrinsicMode
) -> SmplParameters:
    """The parameters in the frame of `camera`, its t in metres; BodyError when they are of another body."""
    if parameters_world.body_id != body.id:
        raise BodyError(f"these parameters belong to the body {parameters_world.body_id}, not to {body.id}")
    orient, transl = smpl_to_camera(
        parameters_world.global_orient,
        parameters_world.transl,
        camera.R,
        camera.t,
        mode=mode,
        root_joint=body.root_joint(parameters_world.betas),
    )
    return replace(parameters_world, global_orient=orient, transl=transl)


def mean_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Mean distance of paired points (N, D) that are finite in both; nan when there are none."""
    distances = np.linalg.norm(np.asarray(a, np.float64) - b, axis=-1)
    known = np.isfinite(distances)
    return float(distances[known].mean()) if known.any() else float("nan")


def pose_error_px(output: BodyOutput, body: BodyModel, camera: PinholeCamera, pose2d: Pose2D | None) -> float:
    """Median distance (px) of a body in the camera's frame from the scored joints of a 2D pose; nan: none."""
    if pose2d is None:
        return float("nan")
    found = _joints_of(output, body, as_joint_set(pose2d.joint_set))
    if found is None:
        return float("nan")
    distances = np.linalg.norm(camera.project_camera(found) - pose2d.keypoints[:, :2], axis=-1)
    return _median(distances[pose2d.keypoints[:, 2] > 0])


def joint_error_mm(output: BodyOutput, body: BodyModel, joints: Joints3D | None) -> float:
    """Median distance (mm) of a body from joints annotated in the same frame; nan: none."""
    if joints is None:
        return float("nan")
    found = _joints_of(output, body, as_joint_set(joints.joint_set))
    if found is None:
        return float("nan")
    return 1000 * _median(np.linalg.norm(found - joints.points_camera, axis=-1))


def _joints_of(output: BodyOutput, body: BodyModel, joint_set: JointSet) -> NDArray[np.float32] | None:
    """The body's joints (J, 3) of the set; None for a set with joints that no body has."""
    try:
        return body.joints(output.vertices, output.joints, joint_set)
    except BodyError:
        return None


def _median(values: NDArray[np.floating]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
