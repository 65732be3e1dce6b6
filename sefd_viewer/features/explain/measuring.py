"""How far a changed input moved a person's joints, and how wrong the answers are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.crops import crop_rotation
from sefd_viewer.geometry.joints import SMPL30

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.evaluation.person_metrics import PersonMetrics
    from sefd_viewer.features.explain.case import Case
    from sefd_viewer.inference.messages import Prediction

Joints = NDArray[np.floating]
FindBody = Callable[[str], "BodyModel"]


@dataclass(frozen=True, eq=False)
class Moved:
    """How far the 30 joints went: (30,) in millimetres relative to the pelvis, and in pixels of the photo."""

    millimetres: Joints
    pixels: Joints

    @property
    def mean_mm(self) -> float:
        """Over all joints but the pelvis, which cannot move against itself."""
        return float(self.millimetres[1:].mean())

    @property
    def mean_px(self) -> float:
        """Over all joints."""
        return float(self.pixels.mean())


def moved(normal: Prediction, changed: Prediction) -> Moved:
    """From one answer to another about the same crop."""
    before, after = about_pelvis(normal.joints_camera), about_pelvis(changed.joints_camera)
    pixels = np.linalg.norm(changed.joints_image - normal.joints_image, axis=-1)
    return Moved(np.linalg.norm(after - before, axis=-1) * 1000, pixels)


def about_pelvis(joints_camera: Joints) -> Joints:
    """Joints (...,30,3) relative to the first of them."""
    return joints_camera - joints_camera[..., :1, :]


def errors_of(case: Case, prediction: Prediction, find_body: FindBody) -> PersonMetrics | None:
    """Errors against ground truth; None where there is none, or a body is not here."""
    from sefd_viewer.evaluation.person_metrics import prediction_metrics

    if case.person.smpl is None:
        return None
    try:
        body, own = find_body(case.person.smpl.body_id), find_body(prediction.parameters.body_id)
        return prediction_metrics(prediction, case.person.smpl, body, camera=case.camera, own=own)
    except SefdError:
        return None


def true_joints(case: Case, prediction: Prediction, find_body: FindBody) -> Joints | None:
    """The true joints (30,3) relative to the pelvis in the frame of a network's answer, metres; or None."""
    if case.person.smpl is None:
        return None
    try:
        body = find_body(case.person.smpl.body_id)
    except SefdError:
        return None
    output = body.forward(case.person.smpl)
    joints = about_pelvis(body.joints(output.vertices, output.joints, SMPL30))
    if case.camera is not None and prediction.orientation == "crop":
        joints = joints @ crop_rotation(prediction.crop, case.camera)
    return joints
