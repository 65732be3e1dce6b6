"""Bodies as a pane shows them: smoothly lit, anti-aliased, some of them faded, on a transparent picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import project_to_screen

SAMPLES = 3
"""Samples of a pixel along each axis; 1 draws a draft with stairs."""

_SMALLEST_CONTOUR = 0.002
"""Holes and islands below this share of the largest outline are noise between fingers: not drawn."""


@dataclass(frozen=True, eq=False)
class DrawnBody:
    """One body: `vertices` (V,3) metres, `faces` (F,3) outwards, `color` RGB uint8 (3,) or (V,3)."""

    vertices: NDArray[np.floating]
    faces: NDArray[np.integer]
    color: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class BodyLayer:
    """Bodies that hide each other by depth and are seen through together where `opacity` is below 1.

    A layer that is `behind` lies under all others wherever its bodies stand.
    """

    bodies: Sequence[DrawnBody]
    opacity: float = 1.0
    behind: bool = False


def draw_layers(
    layers: Sequence[BodyLayer], camera: PinholeCamera, size: tuple[int, int], *, samples: int = SAMPLES
) -> NDArray[np.uint8]:
    """(H,W,4) RGBA with premultiplied alpha of the layers as the camera sees them, nearer layers on top.

    Vertices are world points of `camera`, whose lens is taken as ideal; `size` is (width, height) pixels and
    every pixel is the mean of samples x samples. Triangles that reach behind the near plane are left out.
    """
    from sefd_viewer.render.shading import lay_over

    picture = np.zeros((size[1], size[0], 4), np.uint8)
    nearest = np.zeros((size[1], size[0]), np.float32)
    for layer in sorted(layers, key=lambda layer: not layer.behind):
        drawn = _draw_layer(layer, camera, size, samples)
        if drawn is not None:
            (left, top), own, near = drawn
            part = slice(top, top + near.shape[0]), slice(left, left + near.shape[1])
            lay_over(own, near, layer.opacity, layer.behind, picture[part], nearest[part])
    return picture


def outline(
    body: DrawnBody, camera: PinholeCamera, size: tuple[int, int], *, samples: int = SAMPLES
) -> tuple[NDArray[np.float32], ...]:
    """Closed lines (N,2), pixels of the picture of `size`, around what the camera sees of one body.

    They are found in a picture of samples x samples as many pixels.
    """
    import cv2

    from sefd_viewer.render.rasterise import draw_mesh

    fine = camera.without_distortion().resized(samples)
    big = (size[0] * samples, size[1] * samples)
    vertices = np.ascontiguousarray(camera.to_camera(body.vertices), np.float32)
    screen = project_to_screen(vertices, fine)
    region = _region(screen, big, 2)
    if region is None:
        return ()
    buffers = _buffers(region)
    screen[:, :2] -= region[:2]
    faces = np.ascontiguousarray(body.faces, np.int32)
    draw_mesh(screen, faces, np.ones(len(faces), np.float32), 1, True, *buffers)
    mask = cv2.GaussianBlur((buffers[0] > 0).astype(np.uint8) * 255, (0, 0), max(samples * 0.5, 1.0)) > 127
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    areas = [cv2.contourArea(line) for line in found]
    least = _SMALLEST_CONTOUR * max(areas, default=0.0)
    lines = [
        cv2.approxPolyDP(line, 0.6, True)[:, 0]
        for line, area in zip(found, areas, strict=True)
        if area > least
    ]
    return tuple(
        ((line + region[:2] + 0.5) / samples - 0.5).astype(np.float32) for line in lines if len(line) > 2
    )


def _draw_layer(
    layer: BodyLayer, camera: PinholeCamera, size: tuple[int, int], samples: int
) -> tuple[tuple[int, int], NDArray[np.uint8], NDArray[np.float32]] | None:
    """Where the layer's picture begins (x, y), the picture, 1/z of each pixel; None: nothing is seen."""
    from sefd_viewer.render.rasterise import draw_mesh
    from sefd_viewer.render.shading import shade_samples, vertex_normals

    if not layer.bodies:
        return None
    vertices, faces, colors = _merged(layer.bodies)
    seen = np.ascontiguousarray(camera.to_camera(vertices), np.float32)
    screen = project_to_screen(seen, camera.without_distortion().resized(samples))
    region = _region(screen, (size[0] * samples, size[1] * samples), samples)
    if region is None:
        return None
    buffers = _buffers(region)
    screen[:, :2] -= region[:2]
    draw_mesh(screen, faces, np.ones(len(faces), np.float32), 1, True, *buffers)
    shape = buffers[0].shape[0] // samples, buffers[0].shape[1] // samples
    picture, near = np.zeros((*shape, 4), np.uint8), np.zeros(shape, np.float32)
    normals = vertex_normals(seen, faces)
    shade_samples(screen, faces, normals, colors, buffers[0], buffers[2], samples, picture, near)
    return (region[0] // samples, region[1] // samples), picture, near


def _merged(
    bodies: Sequence[DrawnBody],
) -> tuple[NDArray[np.floating], NDArray[np.int32], NDArray[np.uint8]]:
    """All bodies of a layer as one mesh: vertices, faces and a colour for each vertex."""
    starts = np.cumsum([0, *(len(body.vertices) for body in bodies[:-1])])
    faces = [
        np.asarray(body.faces, np.int32) + np.int32(start) for body, start in zip(bodies, starts, strict=True)
    ]
    colors = [np.broadcast_to(body.color, (len(body.vertices), 3)) for body in bodies]
    vertices = np.concatenate([body.vertices for body in bodies])
    return vertices, np.concatenate(faces), np.ascontiguousarray(np.concatenate(colors), np.uint8)


def _region(
    screen: NDArray[np.float64], size: tuple[int, int], step: int
) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom) around what is seen, in whole steps; None when it is outside the picture."""
    from sefd_viewer.render.rasterise import extent

    left, top, right, bottom = extent(screen)
    if not (left < size[0] and top < size[1] and right > -1 and bottom > -1):
        return None
    x, y = max(int(left) // step * step, 0), max(int(top) // step * step, 0)
    width, height = (-(-int(edge + 2) // step) * step for edge in (right, bottom))
    return x, y, min(width, size[0]), min(height, size[1])


def _buffers(
    region: tuple[int, int, int, int],
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32], NDArray[np.float32]]:
    """Empty buffers of `draw_mesh`: 1/z, mesh, face, shade."""
    shape = (region[3] - region[1], region[2] - region[0])
    return (
        np.zeros(shape, np.float32),
        np.empty(shape, np.uint8),
        np.empty(shape, np.int32),
        np.empty(shape, np.float32),
    )
