"""Bodies and their edges as a view of the board sees them, as pictures to lay over its photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.depth_order import order_factors, paint_factors
from sefd_viewer.app.layers import body_color, to_mask
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.render.overlay import shaded_overlay
from sefd_viewer.render.zbuffer import projected_box

if TYPE_CHECKING:
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.features.cameras.board.bodies import BoardBody
    from sefd_viewer.features.cameras.board.scene import BoardScene
    from sefd_viewer.geometry.cameras import PinholeCamera

Size = tuple[int, int]
_REACH = 16
"""Pixels around the bodies into which edges and their dilation may reach."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture of the part of a photo where bodies are, stretched over `extent` (edges, image pixels)."""

    data: NDArray[np.uint8]
    extent: tuple[float, float, float, float]


def shaded(
    scene: BoardScene,
    view: str,
    size: Size,
    *,
    names: Sequence[str] = (),
    order: Sequence[str] = (),
) -> Drawn:
    """(h, w, 4) straight-alpha picture of the bodies before the view's camera, depth-tested together.

    `names` are the keys of the view's people, `order` these keys where somebody chose who is nearest; else
    those who were painted over the photo are.
    """
    bodies = _bodies(scene, view)
    vertices = _vertices(scene, view)
    painted = scene.moment.records[view].painted_in_front
    if names and (order or painted):
        keys = [names[scene.people[i].seen.members[view]] for i in bodies]
        placed = dict(zip(keys, vertices, strict=True))
        factors = order_factors(placed, order) if order else paint_factors(placed, painted)
        vertices = [factors[key] * one for key, one in zip(keys, vertices, strict=True)]
    colors = np.array([body_color("truth", index) for index in bodies], np.uint8)
    faces = [body.model.faces for body in bodies.values()]
    corner, part, extent = _part(vertices, _camera(scene, view), size)
    camera = _camera(scene, view).shifted(-corner[0], -corner[1])
    return Drawn(shaded_overlay(vertices, faces, colors, camera, part), extent)


def edges(scene: BoardScene, view: str, size: Size, settings: EdgeSettings) -> Drawn:
    """(h, w) uint8 mask of the bodies' edges, hidden ones included."""
    faces, vertices = [body.model.faces for body in _bodies(scene, view).values()], _vertices(scene, view)
    corner, part, extent = _part(vertices, _camera(scene, view), size)
    camera = _camera(scene, view).shifted(-corner[0], -corner[1])
    return Drawn(to_mask(mesh_edges(vertices, faces, camera, part, settings).overlap), extent)


def _part(
    vertices: Sequence[NDArray[np.floating]], camera: PinholeCamera, size: Size
) -> tuple[tuple[int, int], Size, tuple[float, float, float, float]]:
    """Corner, size and extent (edges) of the part of the photo that the bodies' edges reach."""
    boxes = [box for one in vertices if (box := projected_box(one, camera, size)) is not None]
    if not boxes:
        return (0, 0), (1, 1), (-0.5, -0.5, 0.5, 0.5)
    low = np.min([box[:2] for box in boxes], axis=0)
    high = np.max([box[:2] + box[2:] for box in boxes], axis=0)
    left, top = np.maximum(np.floor(low) - _REACH, 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(high) + 1 + _REACH, size).astype(int).tolist()
    return (left, top), (right - left, bottom - top), (left - 0.5, top - 0.5, right - 0.5, bottom - 0.5)


def _bodies(scene: BoardScene, view: str) -> dict[int, BoardBody]:
    """The bodies in a view by the number of their person."""
    return {i: person.bodies[view] for i, person in enumerate(scene.people) if view in person.bodies}


def _camera(scene: BoardScene, view: str) -> PinholeCamera:
    """The view's camera; where its record has none, that of the first person with one."""
    own = next(body.camera for body in _bodies(scene, view).values())
    return scene.cameras.get(view, own)


def _vertices(scene: BoardScene, view: str) -> list[NDArray[np.floating]]:
    """Vertices (V, 3) in the view's frame; people with a camera of their own are brought before it."""
    camera = _camera(scene, view)
    return [
        body.vertices_camera
        if body.camera is camera
        else body_before_camera(body.vertices_camera, body.camera, camera)
        for body in _bodies(scene, view).values()
    ]
