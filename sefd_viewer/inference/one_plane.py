"""Predicted people, each with an own camera, brought before one camera (supplement section 7.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import to_image_plane
from sefd_viewer.inference.messages import Prediction


@dataclass(frozen=True, eq=False)
class Group:
    """Bodies before one camera: `vertices_camera` (V,3) metres, `faces` (F,3) and name of each person."""

    people: tuple[str, ...]
    vertices_camera: tuple[np.ndarray, ...]
    faces: tuple[np.ndarray, ...]
    camera: PinholeCamera


def placed(points_camera: np.ndarray, own: PinholeCamera, reference: PinholeCamera) -> np.ndarray:
    """Points (..., 3) of `own`'s frame in `reference`'s, at the same pixels of the photo.

    As `to_image_plane`, but with each camera's lens distortion where there is any.
    """
    moved = to_image_plane(points_camera, own, reference)
    if own is reference or not (own.is_distorted or reference.is_distorted):
        return moved
    return reference.rays(own.project_camera(points_camera)) * moved[..., 2:]


def in_one_plane(
    predictions: Sequence[Prediction],
    find_body: Callable[[str], BodyModel],
    *,
    camera: PinholeCamera | None = None,
) -> Group | None:
    """Everyone in the image plane of `camera`, else of the first person's; None without people."""
    if not predictions:
        return None
    reference = predictions[0].camera if camera is None else camera.without_extrinsics()
    return Group(
        tuple(p.person for p in predictions),
        tuple(placed(p.vertices_camera, p.camera, reference) for p in predictions),
        tuple(find_body(p.parameters.body_id).faces for p in predictions),
        reference,
    )
