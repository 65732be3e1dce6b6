"""The pictures and meshes of one case: the part of the photo around a person, every method's body in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.render.overlay import shaded_overlay

Image = NDArray[np.uint8]
Color = tuple[int, int, int]

SIDE = 420
"""Pixels of the longer side of a picture."""
_AROUND = 0.3
_QUALITY = 82
_OPACITY = 0.88
_UPRIGHT = np.array([1.0, -1.0, -1.0])
_SCALE_MM = 150.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """A method's body for a case: vertices (V,3) in metres before `camera`, which sees them on the photo.

    `errors_mm` (V,) is how far each vertex is from the truth, if that is known.
    """

    name: str
    color: Color
    vertices_camera: NDArray[np.floating]
    body: BodyModel
    camera: PinholeCamera
    errors_mm: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class Figures:
    """A case as data URIs: the `photo`, the photo with each method's body, each method's mesh as GLB."""

    photo: str
    pictures: Mapping[str, str]
    meshes: Mapping[str, str]
    width: int
    height: int


def figures(image: Image, box_xywh: NDArray[np.floating], bodies: list[Drawn]) -> Figures:
    """Draw a case; `box_xywh` is the person's box in the photo (H,W,3)."""
    left, top, right, bottom = _part(image, box_xywh)
    photo = image[top:bottom, left:right]
    scale = min(SIDE / max(photo.shape[:2]), 2.0)
    size = max(round(photo.shape[1] * scale), 1), max(round(photo.shape[0] * scale), 1)
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    pictures = {}
    for drawn in bodies:
        camera = drawn.camera.shifted(-left, -top).resized(size[0] / photo.shape[1], size[1] / photo.shape[0])
        pictures[drawn.name] = _jpeg(_over(small, drawn, camera))
    meshes = {drawn.name: _glb(drawn) for drawn in bodies}
    return Figures(_jpeg(small), pictures, meshes, *size)


def _part(image: Image, box_xywh: NDArray[np.floating]) -> tuple[int, int, int, int]:
    x, y, w, h = (float(value) for value in box_xywh)
    margin = _AROUND * max(w, h)
    left, top = max(int(x - margin), 0), max(int(y - margin), 0)
    right, bottom = min(int(x + w + margin) + 1, image.shape[1]), min(int(y + h + margin) + 1, image.shape[0])
    if right - left < 2 or bottom - top < 2:
        return 0, 0, image.shape[1], image.shape[0]
    return left, top, right, bottom


def _over(photo: Image, drawn: Drawn, camera: PinholeCamera) -> Image:
    """The photo with a body laid over it."""
    ideal = camera.without_distortion().without_extrinsics()
    vertices = body_before_camera(drawn.vertices_camera, camera.without_extrinsics(), ideal)
    size = photo.shape[1], photo.shape[0]
    over = shaded_overlay([vertices], drawn.body.faces, np.array([drawn.color], np.uint8), ideal, size)
    alpha = over[..., 3:].astype(np.float32) / 255 * _OPACITY
    return (photo * (1 - alpha) + over[..., :3] * alpha + 0.5).astype(np.uint8)


def _jpeg(picture: Image) -> str:
    coded = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )[1]
    return f"data:image/jpeg;base64,{base64.b64encode(coded.tobytes()).decode('ascii')}"


def _glb(drawn: Drawn) -> str:
    """The body about its middle, upright, coloured by its errors where they are known."""
    import trimesh

    vertices = np.asarray(drawn.vertices_camera, np.float64) * _UPRIGHT
    vertices -= (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    colors = np.tile(np.array([*drawn.color, 255], np.uint8), (len(vertices), 1))
    if drawn.errors_mm is not None:
        steps = np.clip(np.nan_to_num(drawn.errors_mm) / _SCALE_MM * 255, 0, 255).astype(np.uint8)
        table = np.asarray(cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO))
        colors[:, :3] = table[:, 0, ::-1][steps]
    mesh = trimesh.Trimesh(vertices, drawn.body.faces, vertex_colors=colors, process=False)
    data: Any = mesh.export(file_type="glb")
    return base64.b64encode(data).decode("ascii")
