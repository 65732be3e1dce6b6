"""Bodies of a file of predictions placed in a photo, and who is who where it names people in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.mhr import MHR, mhr_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.body_files.people import FoundPerson
from sefd_viewer.datasets.records import Record
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.evaluation.case_measures import SEEN, PredictedBody
from sefd_viewer.evaluation.person_metrics import far_apart, match_people
from sefd_viewer.evaluation.photo_truth import FindBody
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
    strangers = {name: seen_joints(body) for name, body in bodies.items() if name not in annotated}
    free = {name: annotated_joints(name, photo) for name in annotated if name not in bodies}
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
    annotated = {name: annotated_joints(name, photo) for name in dict.fromkeys((*photo.truth, *photo.poses))}
    alone = {name: body for name, body in named.items() if name not in annotated}
    return {name: _why(body, annotated, limits) for name, body in alone.items()}


def _why(body: PredictedBody, annotated: Mapping[str, NDArray[np.float32]], limits: Nearness) -> str:
    if body.camera is None:
        return "no camera says where it is"
    if not annotated:
        return "nobody is annotated in this photo"
    joints = seen_joints(body)
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


def seen_joints(one: PredictedBody) -> NDArray[np.float32]:
    """The joints (17, 2) of a body in the picture; nan without a camera or joints of COCO."""
    if one.camera is None or COCO17.name not in one.body.joint_sets:
        return np.full((COCO17.count, 2), np.nan, np.float32)
    return _projected(one.vertices_camera, one.body, one.camera)


def annotated_joints(name: str, photo: Photo) -> NDArray[np.float32]:
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


_LARGEST_M, _NEAREST_M = 1e5, 0.05
"""Metres beyond which a body is nowhere, and nearer than which it stands in its own camera."""
_MEND = "Correct it in the file, or leave this person out; docs/formats.md says what is read"


def placed(one: FoundPerson, find_body: FindBody, photo: Photo) -> PredictedBody:
    """A found body before the camera of a photo; raises SefdError where it cannot be made."""
    try:
        return _placed(one, find_body, photo)
    except (ValueError, IndexError, TypeError) as error:  # what a file says need not be of any use
        raise BodyError(
            f"its numbers make no body that a camera could see ({error})", remedy=_MEND
        ) from error


def _placed(one: FoundPerson, find_body: FindBody, photo: Photo) -> PredictedBody:
    body = body_of(one, find_body)
    vertices = _vertices(one, body) @ one.turn.T + one.shift
    with np.errstate(invalid="ignore"):
        if not (np.abs(vertices) < _LARGEST_M).all():
            words = "its numbers make a body that is nowhere: they are not finite, or enormous"
            raise BodyError(words, remedy=_MEND)
    camera = None if one.camera is None else _sound(one.camera(_size(photo)))
    if camera is not None and not one.in_world and float(np.median(vertices[:, 2])) < _NEAREST_M:
        words = "its place is at or behind its own camera, so it cannot be seen"
        raise BodyError(words, remedy="Write places in metres, in the frame of the camera (z forward)")
    if one.before_set and photo.record.camera is not None:
        camera = photo.record.camera.without_extrinsics()
    if one.in_world:
        vertices, camera = _before(vertices, photo.record)
    return PredictedBody(one.person, vertices, body, camera, score=one.score)


def _vertices(one: FoundPerson, body: BodyModel) -> NDArray[np.float32]:
    if one.vertices is not None:
        beside = () if one.joints is None else (one.joints,)
        return shaped(np.concatenate([one.vertices, *beside]), body)
    if one.pose is None:
        raise BodyError("there is neither pose nor surface", remedy=_MEND)
    return one.pose.vertices(body)


def _sound(camera: PinholeCamera) -> PinholeCamera:
    numbers = np.concatenate([camera.focal, camera.principal_point])
    if not np.isfinite(numbers).all() or (camera.focal <= 0).any():
        words = f"its camera cannot be used: focal length {camera.focal}, centre {camera.principal_point}"
        raise BodyError(words, remedy="Write both in pixels, or leave the camera out")
    return camera


def shaped(vertices: NDArray[Any], body: BodyModel) -> NDArray[np.float32]:
    """Vertices (V, 3) as float32; SefdError for another number than the body has."""
    if vertices.shape != (body.vertex_count, 3):
        raise SefdError(
            f"these vertices are {vertices.shape}, the body has {body.vertex_count}",
            remedy="Name the body that the vertices are of (#body=...)",
        )
    return np.asarray(vertices, np.float32)


def body_of(one: FoundPerson, find_body: FindBody) -> BodyModel:
    """The body of somebody; a surface that brings its own faces needs no file."""
    try:
        return find_body(one.body)
    except BodyError:
        if one.body == MHR:  # as points, without its own file
            return mhr_body()
        if one.surface is None:
            raise
        return one.surface


def _size(photo: Photo) -> tuple[int, int]:
    if photo.image is not None:
        return photo.image.shape[1], photo.image.shape[0]
    if photo.record.size is None:
        raise BodyError(
            "the picture's size is not known, which this method's camera depends on",
            remedy="Put the photo where the annotations say, or state its width and height",
        )
    return photo.record.size


def _before(vertices: NDArray[Any], record: Record) -> tuple[NDArray[Any], PinholeCamera]:
    """Bodies of the world before the record's camera; BodyError where that stands in none."""
    camera = record.camera
    if camera is None or not (camera.t.any() or not np.allclose(camera.R, np.eye(3))):
        raise BodyError(
            "this body is in world coordinates, and the photo's camera has none",
            remedy="Write the body in the camera's frame, or give the photo's camera",
        )
    return camera.to_camera(vertices), camera.without_extrinsics()
