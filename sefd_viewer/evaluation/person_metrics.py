"""The errors of one predicted person against ground truth, and which prediction belongs to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.body.model import BY_NAME, BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters, TrueParameters
from sefd_viewer.errors import BodyError
from sefd_viewer.evaluation.metrics import depth_and_across_mm, joint_errors_mm, mpjpe, mpvpe, pa_mpjpe
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import crop_rotation
from sefd_viewer.geometry.joints import HUMAN36M17
from sefd_viewer.inference.messages import Prediction

AHEAD = (0.0, 0.0, 1.0)
"""The line of sight in the middle of a picture, in the camera's frame."""


@dataclass(frozen=True)
class PersonMetrics:
    """Errors of one person in millimetres; smaller is better. MPVPE is nan between different meshes.

    `depth_mm` and `across_mm` are the mean parts of MPJPE along the line of sight and across the picture,
    `joint_errors_mm` its 14 joints in the order of HUMAN36M_EVALUATED.
    """

    mpjpe_mm: float
    pa_mpjpe_mm: float
    mpvpe_mm: float
    depth_mm: float = float("nan")
    across_mm: float = float("nan")
    joint_errors_mm: tuple[float, ...] = ()


def person_metrics(predicted: SmplParameters, truth: SmplParameters, body: BodyModel) -> PersonMetrics:
    """Errors of `predicted` against `truth`, both in a camera's frame; BodyError when a body differs."""
    _belongs(predicted, body)
    _belongs(truth, body)
    return mesh_metrics(body.forward(predicted).vertices, body.forward(truth).vertices, body)


def prediction_metrics(
    prediction: Prediction,
    truth: TrueParameters,
    body: BodyModel,
    *,
    camera: PinholeCamera | None,
    own: BodyModel | None = None,
) -> PersonMetrics:
    """Errors of a prediction against `truth` of `body` in the frame of `camera`, the photo's.

    `own` is the body that the prediction is of, where it is another one; `compared_by` says what such errors
    are of. Where the network's frame is the camera turned towards the crop, the truth is turned the same way.
    Without a camera nothing is turned.
    """
    own = body if own is None else own
    _belongs(prediction.parameters, own)
    _belongs(truth, body)
    predicted = own.forward(prediction.parameters).vertices
    return posed_metrics(prediction, predicted, body.forward(truth), body, camera=camera, own=own)


def posed_metrics(
    prediction: Prediction,
    predicted: NDArray[np.float32],
    true: BodyOutput,
    body: BodyModel,
    *,
    camera: PinholeCamera | None,
    own: BodyModel,
) -> PersonMetrics:
    """The same where both bodies are posed: the prediction's vertices (V,3), and the truth once for all."""
    vertices, root, sight = true.vertices, true.joints[0], AHEAD
    if prediction.orientation != "crop":
        sight = root if root[2] > 0 else AHEAD
    elif camera is not None:
        vertices = (vertices - root) @ crop_rotation(prediction.crop, camera) + root
    return mesh_metrics(predicted, vertices, own, true_body=body, sight=sight)


def without_vertices(predicted: BodyModel, truth: BodyModel) -> str:
    """Why vertices of two bodies cannot be compared one by one; empty where they can."""
    if predicted is truth or np.array_equal(predicted.faces, truth.faces):
        return ""
    return f"no errors of vertices: {predicted.id} and {truth.id} have different meshes"


def without_joints(body: BodyModel) -> str:
    """Why errors of joints cannot be measured for a body; empty where they can."""
    if HUMAN36M17.name in body.joint_sets:
        return ""
    absent = [name for name in HUMAN36M17.names if name not in body.own_joints.names]
    return f"no errors in space: {body.name} has no joint {', '.join(absent)}"


def compared_by(own: BodyModel, body: BodyModel) -> str:
    """What to know about errors of a prediction of `own` against truth of `body`; empty where it is plain."""
    joints = joints_compared(own, body)
    if own.id == body.id:
        return f"MPJPE is of {joints}, not of the 14 published joints" if joints == BY_NAME else ""
    lacking = "; no MPVPE, as their meshes differ" if without_vertices(own, body) else ""
    return f"Prediction and truth are different bodies, compared by joints: {joints}{lacking}"


def joints_compared(own: BodyModel, body: BodyModel) -> str:
    """What makes the joints of MPJPE on either side."""
    predicted, true = own.joints_from(HUMAN36M17), body.joints_from(HUMAN36M17)
    return predicted if predicted == true else f"{predicted} on the predicted, {true} on the true body"


def _belongs(parameters: TrueParameters, body: BodyModel) -> None:
    if not body.is_called(parameters.body_id):
        raise BodyError(
            f"these parameters belong to the body {parameters.body_id!r}, not to {body.id!r}",
            remedy="Compare predictions and ground truth of the same body",
        )


def mesh_metrics(
    predicted_camera: NDArray[np.float32],
    truth_camera: NDArray[np.float32],
    body: BodyModel,
    *,
    true_body: BodyModel | None = None,
    sight: ArrayLike = AHEAD,
) -> PersonMetrics:
    """The same from two meshes (V,3) of `body` (or one of `true_body`), metres, camera frame.

    Joints are regressed from them. Depth is along `sight` (3,), of any length.
    """
    true_body = body if true_body is None else true_body
    predicted, root = _joints(predicted_camera, body)
    truth, true_root = _joints(truth_camera, true_body)
    apart = float("nan")
    if not without_vertices(body, true_body):
        apart = mpvpe(predicted_camera, truth_camera, predicted_root=root, truth_root=true_root)
    depth, across = depth_and_across_mm(predicted, truth, sight)
    own = tuple(joint_errors_mm(predicted, truth).tolist())
    return PersonMetrics(mpjpe(predicted, truth), pa_mpjpe(predicted, truth), apart, depth, across, own)


def match_people(
    predicted_image: Mapping[str, NDArray[np.float32]],
    truth_image: Mapping[str, NDArray[np.float32]],
    *,
    tolerance: float = 0.25,
) -> dict[str, str]:
    """Which predicted person (key) is which true one (key), from the same joints (J,2) in image pixels.

    Equal keys belong together. The others are paired nearest first, by the mean distance of
    their joints as a part of the diagonal of the true person's box, at most `tolerance`.
    Joints that are nan on either side do not count.
    """
    pairs = {key: key for key in predicted_image if key in truth_image}
    left = [key for key in predicted_image if key not in pairs]
    free = [key for key in truth_image if key not in pairs]
    costs = [(far_apart(predicted_image[p], truth_image[t]), p, t) for p in left for t in free]
    for cost, p, t in sorted(costs):
        if cost <= tolerance and p not in pairs and t not in pairs.values():
            pairs[p] = t
    return pairs


def far_apart(predicted: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """The mean distance of two people's joints (J,2) as a part of the diagonal of the true one's box.

    Infinite where they have no joint in common.
    """
    valid = np.isfinite(predicted).all(axis=-1) & np.isfinite(truth).all(axis=-1)
    if not valid.any():
        return float("inf")
    diagonal = float(np.linalg.norm(np.ptp(truth[valid], axis=0)))
    mean = float(np.linalg.norm(predicted[valid] - truth[valid], axis=-1).mean())
    return mean / diagonal if diagonal > 0 else float("inf")


def _joints(vertices_camera: NDArray[np.float32], body: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """The 17 Human3.6M joints (17,3) and the SMPL pelvis (3,), both regressed from a posed mesh (V,3)."""
    chain = body.J_regressor @ vertices_camera
    return body.joints(vertices_camera, chain, HUMAN36M17), chain[0]
