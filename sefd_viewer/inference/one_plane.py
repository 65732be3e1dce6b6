"""Predicted people, each with an own camera, brought before one camera (supplement section 7.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.inference.messages import Prediction


@dataclass(frozen=True, eq=False)
class Group:
    """Bodies before one camera: `vertices_camera` (V,3) metres, `faces` (F,3) and name of each person."""

    people: tuple[str, ...]
    vertices_camera: tuple[np.ndarray, ...]
    faces: tuple[np.ndarray, ...]
    camera: PinholeCamera


def in_one_plane(
    predictions: Sequence[Prediction],
    find_body: Callable[[str], BodyModel],
    *,
    camera: PinholeCamera,
) -> Group | None:
    """Everyone in the image plane of `camera`, at their own pixels; None without people."""
    if not predictions:
        return None
    return Group(
        tuple(p.person for p in predictions),
        tuple(body_before_camera(p.vertices_camera, p.camera, camera) for p in predictions),
        tuple(find_body(p.parameters.body_id).faces for p in predictions),
        camera.without_extrinsics(),
    )
