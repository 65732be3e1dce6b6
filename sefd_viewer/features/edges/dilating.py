"""Fixed against adaptive dilation of one photo's edges (supplement Fig. 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.layers import CannyLayer, to_mask
from sefd_viewer.edges.dilation import adaptive_kernel
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.render.zbuffer import projected_box

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.geometry.cameras import PinholeCamera

Image = NDArray[np.uint8]

_DIM = 0.4


@dataclass(frozen=True, eq=False)
class SizedBox:
    """A person's box with the kernel that the adaptive rule gives it."""

    person: str
    bbox_xywh: tuple[float, float, float, float]
    kernel: int


@dataclass(frozen=True, eq=False)
class Dilations:
    """Both rules' edges over the dimmed photo, (H,W,3) each, and the boxes that decide."""

    fixed: Image
    adaptive: Image
    boxes: tuple[SizedBox, ...]


def dilated_bodies(
    scene: Scene, bodies: Sequence[PlacedBody], camera: PinholeCamera, settings: EdgeSettings
) -> Dilations:
    """The overlap edges of the bodies, as the teacher gets them."""
    vertices, faces = [body.vertices_camera for body in bodies], [body.faces for body in bodies]

    def edges(rule: EdgeSettings) -> Image:
        return to_mask(mesh_edges(vertices, faces, camera, scene.size, rule).overlap)

    fixed, adaptive = rules(replace(settings, variant="soft"))
    boxes = [projected_box(body.vertices_camera, camera, scene.size) for body in bodies]
    people = [body.person for body in bodies]
    return Dilations(
        _over(scene.image, edges(fixed)),
        _over(scene.image, edges(adaptive)),
        _sized(people, boxes, settings),
    )


def dilated_canny(scene: Scene, settings: EdgeSettings, canny: CannyLayer) -> Dilations:
    """Canny edges of the photo; outside all boxes the adaptive rule leaves them thin."""
    boxes = [person.pose2d.bbox_xywh for person in scene.people]
    fixed, adaptive = (canny.mask(scene.token, scene.image, rule, boxes) for rule in rules(settings))
    people = [person.key for person in scene.people]
    return Dilations(_over(scene.image, fixed), _over(scene.image, adaptive), _sized(people, boxes, settings))


def rules(settings: EdgeSettings) -> tuple[EdgeSettings, EdgeSettings]:
    """The settings with the fixed and with the adaptive rule."""
    return replace(settings, dilation="fixed"), replace(settings, dilation="adaptive")


def _sized(
    people: Sequence[str], boxes: Sequence[NDArray[np.floating] | None], settings: EdgeSettings
) -> tuple[SizedBox, ...]:
    found = []
    for person, box in zip(people, boxes, strict=True):
        if box is not None:
            x, y, w, h = (float(value) for value in box)
            found.append(SizedBox(person, (x, y, w, h), adaptive_kernel(w * h, settings)))
    return tuple(found)


def _over(image: Image, mask: Image) -> Image:
    """White edges over the dimmed grey photo."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dimmed = np.asarray(cv2.convertScaleAbs(grey, alpha=_DIM), np.uint8)
    return np.repeat(np.maximum(dimmed, mask)[..., None], 3, axis=2)
