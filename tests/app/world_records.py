"""A moment that two calibrated cameras saw, with a body in the world, as Human3.6M has them."""

from __future__ import annotations

import numpy as np

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.extrinsic_modes import into_camera
from sefd_viewer.datasets.records import Dataset, Joints3D, Person, Record
from sefd_viewer.geometry import PinholeCamera, axis_angle_to_matrix, bbox_from_points
from sefd_viewer.geometry.joints import Pose2D

SIZE = (320, 240)
BODY = open_body()


def camera(turn: float) -> PinholeCamera:
    """A camera 4 m from the world's origin, turned about the world's y axis; the world's y is up."""
    about_y = axis_angle_to_matrix(np.array([0.0, turn, 0.0]))
    upside = np.diag([1.0, -1.0, -1.0])
    return PinholeCamera(
        np.array([260.0, 255.0]), np.array([159.5, 119.5]), upside @ about_y, np.array([0.0, 0.2, 4.0])
    )


def stored_body() -> SmplParameters:
    """A body in the world, turned and with long legs, so that its root joint is far from the origin."""
    pose = np.zeros(72, np.float32)
    pose[1] = 0.6
    betas = np.zeros(10, np.float32)
    betas[0] = 2.0
    return SmplParameters.from_pose(BODY.id, pose, betas, np.array([0.3, -0.1, 0.2], np.float32))


def person(seen_by: PinholeCamera) -> Person:
    """The person before one camera, with joints in 2D and 3D that obey it."""
    stored = stored_body()
    smpl = into_camera(stored, seen_by, BODY, mode="exact")
    output = BODY.forward(smpl)
    pixels = seen_by.project_camera(output.joints)
    keypoints = np.column_stack([pixels, np.ones(24)]).astype(np.float32)
    box = bbox_from_points(pixels, np.ones(24, bool), scale=1.0)
    assert box is not None
    pose = Pose2D("smpl24", keypoints, box.astype(np.float32), 1.0, "annotation")
    return Person("1", pose.bbox_xywh, pose, smpl, None, stored, Joints3D("smpl24", output.joints))


def record(name: str, turn: float) -> Record:
    """What one camera saw."""
    seen_by = camera(turn)
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    return Record(
        f"{name}/0",
        f"S1 · {name}",
        image=image,
        size=SIZE,
        camera=seen_by,
        people=(person(seen_by),),
        moment="0",
        view=name,
    )


def world_dataset() -> Dataset:
    """Two views of one moment."""
    return Dataset("world", None, "human36m", [record("left", 0.5), record("right", -0.7)])
