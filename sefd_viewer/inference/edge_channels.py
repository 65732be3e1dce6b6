"""The fourth input channel: the student's image edges and the teacher's mesh edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.sample import Sample, away_from_border, make_sample, smpl30_joints, unwarp, warp
from sefd_viewer.edges.image_edges import canny, dilate, kernel_for_box
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import Crop
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.inference.messages import PersonInput, Prediction, PredictRequest
from sefd_viewer.networks.cards import DilationBox, StructuralMap
from sefd_viewer.networks.checkpoints import LoadedNetwork
from sefd_viewer.networks.edge_estimators import LoadedEstimator
from sefd_viewer.networks.hed import detect
from sefd_viewer.pose2d.body_mask import bodies_mask

FindBody = Callable[[str], BodyModel]

_TRUTH = "ground truth meshes"
_PREDICTED = "baseline's meshes"


def student_edge(
    sample: Sample,
    person: PersonInput,
    settings: EdgeSettings,
    loaded: LoadedNetwork,
    others: Sequence[PersonInput] = (),
) -> EdgeMap:
    """The map of the crop (256,256) that a student's card names.

    SESD completes edges where the bodies of `others` may hide them, as far as their 2D poses tell.
    Canny is dilated by the settings' rule; adaptive goes by the person's tight box. Where the card masks the
    picture's border, the end of the picture, beyond which a crop is black, draws no edge.
    """
    card, crop = loaded.card, sample.crop_rgb
    if card.map == "empty":
        return EdgeMap(np.zeros(crop.shape[:2], np.float32), "empty", "nothing")
    kernel = kernel_for_box(person.pose2d.bbox_xywh, settings) if card.map == "canny" else 1
    if loaded.estimator is not None:
        found, label = estimated_edge(sample, person, loaded.estimator, others)
    elif card.map == "hed":
        found, label = detect(crop, device=next(loaded.network.parameters()).device), "HED"
    else:
        found, label = canny(crop, settings), f"Canny {settings.variant} {kernel}x{kernel}"
    if card.picture_border == "masked":
        found = np.where(away_from_border(sample.crop, sample.image_size), found, np.float32(0))
    return EdgeMap(dilate(found, kernel), label, "the photo's crop")


def estimated_edge(
    sample: Sample, person: PersonInput, estimator: LoadedEstimator, others: Sequence[PersonInput]
) -> tuple[NDArray[np.float32], str]:
    """What SEE or SESD finds in a crop, (256,256), and its name."""
    joints = [known_joints(sample, other) for other in others if other.key != person.key]
    hiding = bodies_mask(joints, SMPL30, (sample.crop.size, sample.crop.size))
    return estimator.detect(sample.crop_rgb, hiding), estimator.card.kind.upper()


def estimated_edges(
    image: NDArray[np.uint8],
    people: Sequence[PersonInput],
    estimator: LoadedEstimator,
    *,
    max_side: int,
) -> tuple[EdgeMap, dict[str, EdgeMap]]:
    """What SEE or SESD finds in the crop of everyone, laid onto the photo, and the crops by person.

    The map of the whole photo has at most `max_side` pixels; where crops meet the stronger edge counts, and
    where nobody is there is none. Who cannot be cut out is left out.
    """
    scale = min(max_side / max(image.shape[:2]), 1.0)
    whole = np.zeros([max(round(side * scale), 1) for side in image.shape[:2]], np.float32)
    crops: dict[str, EdgeMap] = {}
    for person in people:
        try:
            sample = make_sample(image, person.pose2d)
        except SefdError:
            continue
        found, label = estimated_edge(sample, person, estimator, people)
        crops[person.key] = EdgeMap(found, label, "the photo's crop")
        np.maximum(whole, unwarp(found, sample.crop, whole.shape[::-1], scale), out=whole)
    return EdgeMap(whole, estimator.card.kind.upper(), "the people's crops"), crops


def known_joints(sample: Sample, person: PersonInput) -> np.ndarray:
    """A person's joints (30,2) in pixels of a crop; nan where they are not trusted."""
    joints = smpl30_joints(person.pose2d)
    trusted = joints[:, 2:] > person.pose2d.joint_threshold
    return np.where(trusted, sample.crop.points_to_crop(joints[:, :2]), np.nan)


@dataclass(frozen=True, eq=False)
class CrowdMeshes:
    """The bodies of everyone before one camera: vertices (V,3) each, in metres of that camera's frame.

    `annotated_boxes` x y w h (4,) are the tight ones in image pixels, None where nobody annotated one.
    """

    vertices_camera: tuple[np.ndarray, ...]
    faces: tuple[np.ndarray, ...]
    camera: PinholeCamera
    source: str
    annotated_boxes: tuple[np.ndarray | None, ...]


@dataclass(frozen=True, eq=False)
class _Body:
    """One person's mesh and the camera it belongs to."""

    vertices_camera: np.ndarray
    faces: np.ndarray
    camera: PinholeCamera


def crowd_meshes(
    request: PredictRequest, baseline: Callable[[], Sequence[Prediction]], find_body: FindBody
) -> CrowdMeshes:
    """Ground truth where people have it, else the meshes that `baseline()` predicts, in one image plane.

    The plane is that of the first ground truth camera, or of the first predicted person's (supplement 7.1).
    Raises SefdError when there is no mesh at all.
    """
    truth, obstacle = _truth(request, find_body)
    predicted: dict[str, _Body] = {}
    if len(truth) < len(request.people):
        predicted = {
            p.person: _Body(p.vertices_camera, find_body(p.parameters.body_id).faces, p.camera)
            for p in baseline()
            if p.person not in truth
        }
    bodies = [*truth.values(), *predicted.values()]
    if not bodies:
        raise SefdError(
            "there is no body to draw edges of", remedy="The teacher needs meshes: run the baseline"
        )
    reference = bodies[0].camera
    boxes = {person.key: person.annotated_box for person in request.people}
    return CrowdMeshes(
        tuple(body_before_camera(b.vertices_camera, b.camera, reference) for b in bodies),
        tuple(body.faces for body in bodies),
        reference.without_extrinsics(),
        _source(len(truth), len(predicted), obstacle),
        tuple(boxes[person] for person in (*truth, *predicted)),
    )


def mesh_edge_map(
    meshes: CrowdMeshes,
    size: tuple[int, int],
    settings: EdgeSettings,
    *,
    kind: StructuralMap = "overlap",
    dilation_box: DilationBox = "projected",
) -> EdgeMap:
    """The edges of everyone's meshes in the full image of `size` (width, height), of this kind.

    Each is dilated by the area of the box around his projected body, or of his annotated one if he has one.
    """
    boxes = meshes.annotated_boxes if dilation_box == "annotated" else None
    edges = mesh_edges(meshes.vertices_camera, meshes.faces, meshes.camera, size, settings, boxes=boxes)
    return EdgeMap(getattr(edges, kind), f"SMPL {kind} edge", meshes.source)


def cropped(edge: EdgeMap, crop: Crop) -> EdgeMap:
    """The part of a full-image edge map that a network sees, (256,256)."""
    return EdgeMap(warp(edge.values, crop), edge.label, edge.source)


def _truth(request: PredictRequest, find_body: FindBody) -> tuple[dict[str, _Body], str | None]:
    """Ground truth bodies by person, and why some that are annotated cannot be had."""
    bodies: dict[str, _Body] = {}
    obstacle = None
    for person in request.people:
        camera = person.camera or request.scene_camera
        if person.truth is None or camera is None:
            continue
        try:
            body = find_body(person.truth.body_id)
        except SefdError as error:
            obstacle = error.what
            continue
        bodies[person.key] = _Body(body.forward(person.truth).vertices, body.faces, camera)
    return bodies, obstacle


def _source(true: int, predicted: int, obstacle: str | None) -> str:
    if not predicted:
        return _TRUTH
    if not true:
        return f"{_PREDICTED} ({obstacle or 'no ground truth here'})"
    return f"{_TRUTH} of {true}, {_PREDICTED} of {predicted} ({obstacle or 'no ground truth there'})"
