"""Who is who, where a file of predictions names people in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.evaluation.case_measures import SEEN, PredictedBody
from sefd_viewer.evaluation.person_metrics import far_apart, match_people
from sefd_viewer.evaluation.runs.methods import NEAR, OVERLAP
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, remap
from sefd_viewer.pose2d.merging import box_overlap


@dataclass(frozen=True)
class Nearness:
    """How close a body has to be to somebody annotated to be that person's.

    `near` is the mean distance of their joints as a part of the box's diagonal, `overlap` the share that
    boxes have in common, of bodies without COCO's joints or without a camera.
    """

    near: float = NEAR
    overlap: float = OVERLAP


def named_as_annotated(
    bodies: Mapping[str, PredictedBody], photo: Photo, nearness: Nearness | None = None
) -> dict[str, PredictedBody]:
    """The bodies by the names of the annotated people.

    Equal names belong together. Others go to the nearest annotated person whom nobody has yet, by COCO's
    joints in the picture (`match_people`); who is near nobody, or projected by no camera, keeps the own name.
    """
    limits = nearness or Nearness()
    annotated = dict.fromkeys((*photo.truth, *photo.poses))
    strangers = {name: _predicted(body) for name, body in bodies.items() if name not in annotated}
    free = {name: _annotated(name, photo) for name in annotated if name not in bodies}
    pairs = match_people(strangers, free, tolerance=limits.near)
    left = set(strangers) - pairs.keys(), set(free) - set(pairs.values())
    pairs |= _by_boxes(bodies, photo, *left, limits.overlap)
    return {
        pairs.get(name, name): replace(body, person=pairs.get(name, name)) for name, body in bodies.items()
    }


def why_alone(
    named: Mapping[str, PredictedBody], photo: Photo, nearness: Nearness | None = None
) -> dict[str, str]:
    """Why each of the named bodies that is nobody's found nobody: in a few words, and how far off it is."""
    limits = nearness or Nearness()
    annotated = {name: _annotated(name, photo) for name in dict.fromkeys((*photo.truth, *photo.poses))}
    alone = {name: body for name, body in named.items() if name not in annotated}
    return {name: _why(body, annotated, limits) for name, body in alone.items()}


def _why(body: PredictedBody, annotated: Mapping[str, NDArray[np.float32]], limits: Nearness) -> str:
    if body.camera is None:
        return "no camera says where it is"
    if not annotated:
        return "nobody is annotated in this photo"
    joints = _predicted(body)
    far = {name: far_apart(joints, own) for name, own in annotated.items()}
    nearest = min(far, key=far.__getitem__)
    if not np.isfinite(far[nearest]):
        return f"shares too little with anybody's box: less than {limits.overlap:g} (overlap=…)"
    away = f"{far[nearest]:.2f} of the box's diagonal from {nearest}, the nearest"
    if far[nearest] > limits.near:
        return f"lies near nobody's joints: {away}; more than {limits.near:g} (near=…)"
    return f"somebody else's body is nearer: {away}"


def _by_boxes(
    bodies: Mapping[str, PredictedBody], photo: Photo, left: set[str], free: set[str], least: float
) -> dict[str, str]:
    """Who of the bodies without COCO's joints overlaps whose annotated box most, each once."""
    overlaps = []
    for name in left:
        one = bodies[name]
        if one.camera is None or COCO17.name in one.body.joint_sets:
            continue
        pixels = one.camera.project_camera(one.vertices_camera)
        box = np.concatenate([pixels.min(axis=0), np.ptp(pixels, axis=0)])
        overlaps += [
            (box_overlap(box, photo.poses[key].bbox_xywh), name, key) for key in free & photo.poses.keys()
        ]
    found: dict[str, str] = {}
    for overlap, name, key in sorted(overlaps, reverse=True):
        if overlap >= least and name not in found and key not in found.values():
            found[name] = key
    return found


def _predicted(one: PredictedBody) -> NDArray[np.float32]:
    if one.camera is None or COCO17.name not in one.body.joint_sets:
        return np.full((COCO17.count, 2), np.nan, np.float32)
    return _projected(one.vertices_camera, one.body, one.camera)


def _annotated(name: str, photo: Photo) -> NDArray[np.float32]:
    """The joints (17, 2) of an annotated person in the picture: of the 2D pose, else of the true body."""
    pose, truth = photo.poses.get(name), photo.truth.get(name)
    if pose is not None:
        joints, present = remap(pose.keypoints, pose.joint_set, COCO17)
        joints[~present | (joints[:, 2] <= SEEN)] = np.nan
        return joints[:, :2]
    assert truth is not None
    return _projected(truth.vertices_camera, truth.body, truth.camera)


def _projected(
    vertices_camera: NDArray[np.floating], body: BodyModel, camera: PinholeCamera
) -> NDArray[np.float32]:
    joints = body.joints(vertices_camera, body.J_regressor @ vertices_camera, COCO17)
    return camera.project_camera(joints).astype(np.float32)
