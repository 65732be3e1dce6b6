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
from sefd_viewer.geometry.joints import JointSet, Pose2D, as_joint_set
from sefd_viewer.geometry.rotations import ExtrinsicMode, smpl_to_camera

EXTRINSIC_MODES: tuple[ExtrinsicMode, ...] = get_args(ExtrinsicMode)


@dataclass(frozen=True, eq=False)
class ModeResult:
    """A person through one extrinsic mode.

    `parameters` and `vertices_camera` (V, 3) are in the camera's frame, metres. `shift_mm` and `shift_px`
    are the mean distances of its vertices from those of the exact mode, in space and in the image; nan where
    nothing is before the camera. `distances_px` (K,) and `distances_mm` (J,) are those of its joints from the
    annotated ones, nan where one is unknown, (0,) where there is nothing to compare with.
    """

    mode: ExtrinsicMode
    parameters: SmplParameters
    vertices_camera: NDArray[np.float32]
    shift_mm: float
    shift_px: float
    distances_px: NDArray[np.float64]
    distances_mm: NDArray[np.float64]

    @property
    def joints_px(self) -> float:
        """The median distance from the annotated joints in the image; nan: none."""
        return _median(self.distances_px)

    @property
    def joints_mm(self) -> float:
        """The median distance from the annotated joints in space; nan: none."""
        return _median(self.distances_mm)


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
            _pose_distances_px(output, body, camera, pose2d),
            _joint_distances_mm(output, body, joints),
        )
        for mode, output in bodies.items()
    }


def into_camera(
    parameters_world: SmplParameters, camera: PinholeCamera, body: BodyModel, *, mode: ExtrinsicMode
) -> SmplParameters:
    """The parameters in the frame of `camera`, its t in metres; BodyError when they are of another body."""
    body.check_own(parameters_world)
    orient, transl = smpl_to_camera(
        parameters_world.global_orient,
        parameters_world.transl,
        camera.R,
        camera.t,
        mode=mode,
        root_joint=body.root_joint(parameters_world.betas, parameters_world.expression),
    )
    return replace(parameters_world, global_orient=orient, transl=transl)


def mean_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Mean distance of paired points (N, D) that are finite in both; nan when there are none."""
    distances = np.linalg.norm(np.asarray(a, np.float64) - b, axis=-1)
    known = np.isfinite(distances)
    return float(distances[known].mean()) if known.any() else float("nan")


def pose_error_px(output: BodyOutput, body: BodyModel, camera: PinholeCamera, pose2d: Pose2D | None) -> float:
    """Median distance (px) of a body in the camera's frame from the scored joints of a 2D pose; nan: none."""
    return _median(_pose_distances_px(output, body, camera, pose2d))


def joint_error_mm(output: BodyOutput, body: BodyModel, joints: Joints3D | None) -> float:
    """Median distance (mm) of a body from joints annotated in the same frame; nan: none."""
    return _median(_joint_distances_mm(output, body, joints))


def _pose_distances_px(
    output: BodyOutput, body: BodyModel, camera: PinholeCamera, pose2d: Pose2D | None
) -> NDArray[np.float64]:
    """Distances (K,) from the K scored joints of a 2D pose; (0,) without any."""
    found = None if pose2d is None else _joints_of(output, body, as_joint_set(pose2d.joint_set))
    if pose2d is None or found is None:
        return np.zeros(0)
    offsets = camera.project_camera(found) - pose2d.keypoints[:, :2]
    return np.asarray(np.linalg.norm(offsets, axis=-1)[pose2d.keypoints[:, 2] > 0], np.float64)


def _joint_distances_mm(output: BodyOutput, body: BodyModel, joints: Joints3D | None) -> NDArray[np.float64]:
    """Distances (J,) from joints annotated in the same frame; (0,) without any."""
    found = None if joints is None else _joints_of(output, body, as_joint_set(joints.joint_set))
    if joints is None or found is None:
        return np.zeros(0)
    return 1000 * np.linalg.norm(np.asarray(found, np.float64) - joints.points_camera, axis=-1)


def _joints_of(output: BodyOutput, body: BodyModel, joint_set: JointSet) -> NDArray[np.float32] | None:
    """The body's joints (J, 3) of the set; None for a set with joints that no body has."""
    try:
        return body.joints(output.vertices, output.joints, joint_set)
    except BodyError:
        return None


def _median(values: NDArray[np.floating]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
