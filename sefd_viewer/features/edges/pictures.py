"""Pictures and numbers of the workspace "Edges": detectors against bodies, both rules of dilation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.layers import plugin_mask, to_mask
from sefd_viewer.app.state import Color
from sefd_viewer.edges.agreement import (
    EdgeAgreement,
    EdgeLikeness,
    WantedEdges,
    inner_edges,
    likeness,
    thinned,
)
from sefd_viewer.edges.image_edges import adaptive_kernel, canny, dilate_for_people
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings, WantedKind
from sefd_viewer.render.zbuffer import projected_box, render_buffers

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.plugin_code import Offer

HIT: Color = (80, 190, 255)
FALSE: Color = (150, 150, 150)
MISSED: Color = (255, 130, 50)
"""Found, false and missed edges: blue, grey, orange, distinct for colour-blind people too."""

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]

VISIBLE = 0.25
"""Strength from which an edge of the rendered bodies is one: fainter ones are facets of the mesh."""
_AROUND = 0.08
"""By how much of its size a person's box is widened: edges beside a body are found edges of that body."""
DIM, DIMMER = 0.4, 0.35
"""How bright the photo is under white edges, and under coloured ones."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """The edges of the bodies in a photo: `mask` (H,W) the pixels, `edges` what to measure against.

    `overlap` (H,W) in [0,1] is the overlap edge as a teacher is given it.
    """

    mask: Mask
    region: Mask
    edges: WantedEdges
    overlap: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Found:
    """One detector's edges (H,W) uint8 before dilation, or words about why there are none.

    `wide` edges are thinned before they are measured, and are given to networks as they are; others dilated.
    """

    key: str
    title: str
    mask: Image | None = None
    problem: str = ""
    wide: bool = True


@dataclass(frozen=True, eq=False)
class Compared:
    """A detector's edges with their agreement; `picture` (H,W,3) shows hits, false and missed edges.

    `likeness` compares what a network would be given with the bodies' overlap edge.
    """

    found: Found
    agreement: EdgeAgreement | None = None
    likeness: EdgeLikeness | None = None
    picture: Image | None = None


def wanted_edges(
    bodies: Sequence[PlacedBody], camera: PinholeCamera, size: tuple[int, int], kind: WantedKind
) -> Wanted:
    """Thin edges of everyone in a picture of `size` (w, h): in view, or hidden ones too."""
    vertices, faces = [body.vertices_camera for body in bodies], [body.faces for body in bodies]
    thin = mesh_edges(vertices, faces, camera, size, EdgeSettings(dilation="none"))
    given = mesh_edges(vertices, faces, camera, size, EdgeSettings(dilation="adaptive"))
    edges = (thin.overlap if kind == "overlap" else thin.all) >= VISIBLE
    silhouette = render_buffers(vertices, faces, camera, size).person_id > 0
    region = np.zeros((size[1], size[0]), bool)
    for body in bodies:
        _open(region, projected_box(body.vertices_camera, camera, size))
    measured = WantedEdges(edges, region=region, inner=inner_edges(edges, silhouette))
    return Wanted(edges, region, measured, given.overlap)


def found_edges(image: Image, settings: EdgeSettings, detectors: Sequence[Offer]) -> tuple[Found, ...]:
    """Both Cannys and every plugin's edges in a photo, none of them dilated."""
    soft, binary = replace(settings, variant="soft"), replace(settings, variant="binary")
    return (
        Found("soft", "Canny, soft", to_mask(canny(image, soft)), wide=False),
        Found("binary", "Canny, binary", to_mask(canny(image, binary)), wide=False),
        *(_from_plugin(image, detector) for detector in detectors),
    )


def compare(
    scene: Scene,
    found: Sequence[Found],
    wanted: Wanted,
    settings: EdgeSettings,
    *,
    tolerance: float,
    show_missed: bool,
) -> tuple[Compared, ...]:
    """Measure every detector at its best level, and draw what it hit, what it added and what it missed.

    Thin edges are compared with the overlap edge as networks get them: dilated as the `settings` say.
    """
    grey = cv2.cvtColor(scene.image, cv2.COLOR_RGB2GRAY)
    backdrop = np.repeat((grey * DIMMER)[..., None], 3, axis=2).astype(np.float32)
    boxes = [person.pose2d.bbox_xywh for person in scene.people]
    measured = []
    for one in found:
        compared = _compared(backdrop, one, wanted, tolerance, show_missed)
        if one.mask is not None:
            given = one.mask if one.wide else dilate_for_people(one.mask, boxes, settings)
            alike = likeness(to_strength(given), wanted.overlap, wanted.region)
            compared = replace(compared, likeness=alike)
        measured.append(compared)
    return tuple(measured)


def bodies_picture(image: Image, wanted: Wanted) -> Image:
    """The overlap edge of the bodies over the dimmed photo (H,W,3)."""
    return _over(image, to_mask(wanted.overlap))


def _compared(
    backdrop: NDArray[np.float32], found: Found, wanted: Wanted, tolerance: float, show_missed: bool
) -> Compared:
    if found.mask is None:
        return Compared(found)
    strength = to_strength(found.mask)
    strength = thinned(strength) if found.wide else strength
    agreement = wanted.edges.best(strength, tolerance=tolerance)
    there = (strength >= agreement.level) & wanted.region
    hits, picture = there & near(wanted.mask, tolerance), backdrop.copy()
    if show_missed:
        picture[wanted.mask & ~near(there, tolerance)] = MISSED
    picture[there & ~hits] = FALSE
    picture[hits] = HIT
    return Compared(found, agreement, picture=picture.astype(np.uint8))


def to_strength(mask: Image) -> NDArray[np.float32]:
    """A mask (H,W) uint8 as strength in [0,1]."""
    return mask.astype(np.float32) / np.float32(255)


def near(edges: Mask, tolerance: float) -> Mask:
    """The pixels at most `tolerance` pixels from an edge."""
    if not edges.any():
        return edges
    distance = cv2.distanceTransform((~edges).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance <= tolerance, bool)


def _open(region: Mask, bbox_xywh: NDArray[np.floating] | None) -> None:
    if bbox_xywh is None:
        return
    x, y, w, h = (float(value) for value in bbox_xywh)
    left, top = max(int(x - _AROUND * w), 0), max(int(y - _AROUND * h), 0)
    region[top : int(y + (1 + _AROUND) * h) + 1, left : int(x + (1 + _AROUND) * w) + 1] = True


def _from_plugin(image: Image, detector: Offer) -> Found:
    key = f"plugin {detector.id}"
    try:
        return Found(key, detector.title, plugin_mask(detector.load(), image))
    except Exception as error:  # strangers' code: whatever it raises concerns its own panel alone
        return Found(key, detector.title, problem=f"{type(error).__name__}: {error}")


# ---- dilation


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


def dilated_canny(scene: Scene, thin: Image, settings: EdgeSettings) -> Dilations:
    """Canny's `thin` edges (H,W) of the photo; outside all boxes the adaptive rule leaves them thin."""
    boxes = [person.pose2d.bbox_xywh for person in scene.people]
    fixed, adaptive = (dilate_for_people(thin, boxes, rule) for rule in rules(settings))
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
    dimmed = np.asarray(cv2.convertScaleAbs(grey, alpha=DIM), np.uint8)
    return np.repeat(np.maximum(dimmed, mask)[..., None], 3, axis=2)
