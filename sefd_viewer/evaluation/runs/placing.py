"""Bodies of other programs' files before the camera of a photo, or in words why they cannot be there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.mhr import MHR, mhr_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.surface import surface_body
from sefd_viewer.datasets.body_files.people import FoundPerson
from sefd_viewer.datasets.records import Record
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.evaluation.photo_truth import FindBody
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.cameras import PinholeCamera

_LARGEST_M, _NEAREST_M = 1e5, 0.05
"""Metres beyond which a body is nowhere, and nearer than which it stands in its own camera."""


def placed(one: FoundPerson, find_body: FindBody, photo: Photo) -> PredictedBody:
    """A found body before the camera of a photo; raises SefdError where it cannot be made."""
    try:
        return _placed(one, find_body, photo)
    except (ValueError, IndexError, TypeError) as error:  # what a file says need not be of any use
        raise BodyError(f"its numbers make no body before a camera ({error})") from error


def _placed(one: FoundPerson, find_body: FindBody, photo: Photo) -> PredictedBody:
    body = _body_of(one, find_body)
    vertices = _vertices(one, body) @ one.turn.T + one.shift
    with np.errstate(invalid="ignore"):
        if not (np.abs(vertices) < _LARGEST_M).all():
            raise BodyError("its numbers make a body that is nowhere: they are not finite, or enormous")
    camera = None if one.camera is None else _sound(one.camera(_size(photo)))
    if camera is not None and not one.in_world and float(np.median(vertices[:, 2])) < _NEAREST_M:
        raise BodyError("its place is at or behind its own camera, so it cannot be seen")
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
        raise BodyError("there is neither pose nor surface")
    return one.pose.vertices(body)


def _sound(camera: PinholeCamera) -> PinholeCamera:
    numbers = np.concatenate([camera.focal, camera.principal_point])
    if not np.isfinite(numbers).all() or (camera.focal <= 0).any():
        raise BodyError(f"its camera is none: focal length {camera.focal}, centre {camera.principal_point}")
    return camera


def shaped(vertices: NDArray[Any], body: BodyModel) -> NDArray[np.float32]:
    """Vertices (V, 3) as float32; SefdError for another number than the body has."""
    if vertices.shape != (body.vertex_count, 3):
        raise SefdError(
            f"these vertices are {vertices.shape}, the body has {body.vertex_count}",
            remedy="Name the body that the vertices are of (#body=...)",
        )
    return np.asarray(vertices, np.float32)


def _body_of(one: FoundPerson, find_body: FindBody) -> BodyModel:
    """The body of somebody; a surface that brings its own faces needs no file."""
    try:
        return find_body(one.body)
    except BodyError:
        if one.body == MHR:  # as points, without its own file
            return mhr_body()
        if one.vertices is None or one.faces is None:
            raise
        return surface_body(one.faces, len(one.vertices))


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
