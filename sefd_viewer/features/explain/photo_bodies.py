"""Bodies of all people over the whole photo, as the occlusion lab shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.depth_order import in_order
from sefd_viewer.app.layers import body_color, mesh_overlay
from sefd_viewer.app.stages import Stage, predicted_stage
from sefd_viewer.features.explain.pictures import blended, outline_over
from sefd_viewer.inference.messages import Prediction, Role, RoleResult

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody, Scene

    Image = NDArray[np.uint8]

LONGEST = 900
"""Pixels of the longer side of the picture that is drawn on."""


def bodies_over_photo(
    photo: Image,
    scene: Scene,
    predictions: Sequence[Prediction],
    find_body: FindBody,
    *,
    outlines: Sequence[Prediction] = (),
) -> Image:
    """A network's bodies, and `outlines` of others, over a photo (H,W,3) of the scene's size, made smaller.

    People who stand behind others are hidden by them, as everywhere on the photo.
    """
    picture = _smaller(photo)
    shrunk = picture.shape[1] / photo.shape[1], picture.shape[0] / photo.shape[0]
    stage = _stage(scene, predictions, find_body)
    if stage is not None:
        people = [person.key for person in scene.people]
        colors = [body_color(stage.method, people.index(body.person)) for body in stage.bodies]
        camera = stage.camera.resized(*shrunk)
        picture = blended(picture, mesh_overlay(stage.bodies, colors, camera, picture.shape[1::-1]))
    before = _stage(scene, outlines, find_body)
    for body in before.bodies if before is not None else ():
        camera = before.camera.resized(*shrunk)  # type: ignore[union-attr]
        picture = outline_over(picture, body.vertices_camera, body.faces, (255, 255, 255), camera=camera)
    return picture


def _stage(scene: Scene, predictions: Sequence[Prediction], find_body: FindBody) -> Stage | None:
    if not predictions:
        return None
    role: Role = predictions[0].role
    return in_order(predicted_stage(RoleResult(0, role, tuple(predictions)), scene, find_body), None)


def _smaller(photo: Image) -> Image:
    from sefd_viewer.datasets.images import shrink

    return shrink(photo, LONGEST)
