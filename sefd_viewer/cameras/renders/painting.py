"""Bodies painted over a photo: shaded meshes, their edges, or both; and words on pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from sefd_viewer.datasets.images import load_image
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import DatasetError, ImageError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.overlay import shaded_overlay
from sefd_viewer.render.zbuffer import Faces

Image = NDArray[np.uint8]
What = Literal["mesh", "edge", "both"]

_PEOPLE = ((122, 178, 224), (240, 170, 90), (120, 200, 140), (214, 150, 205), (226, 214, 110))
_EDGE = (255, 232, 40)
_GROUND = 90
_OPACITY: dict[What, float] = {"mesh": 0.88, "both": 0.6}
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]


def painted(
    photo: Image,
    meshes: Sequence[NDArray[np.floating]],
    faces: Faces,
    camera: PinholeCamera,
    what: What,
    *,
    line: int = 3,
) -> Image:
    """A copy of the photo (H,W,3) with the meshes, (V,3) camera metres each, that `camera` sees on it.

    Edges are dilated to `line` pixels (odd).
    """
    size = photo.shape[1], photo.shape[0]
    picture = photo
    if what != "edge":
        colors = np.array([_PEOPLE[i % len(_PEOPLE)] for i in range(len(meshes))], np.uint8).reshape(-1, 3)
        over = shaded_overlay(meshes, faces, colors, camera, size)
        picture = _mixed(picture, over[..., :3], over[..., 3] * np.float32(_OPACITY[what] / 255))
    if what != "mesh":
        settings = EdgeSettings(dilation="fixed", kernel=line)
        edges = mesh_edges(meshes, faces, camera, size, settings).overlap
        picture = _mixed(picture, np.array(_EDGE, np.uint8), edges)
    return picture.copy() if picture is photo else picture


def ground(photo: Path | Image | None, size: tuple[int, int] | None) -> tuple[Image, str | None]:
    """What is painted on, and what is wrong with the photo, if anything: then it is grey, of `size` (w, h).

    Raises DatasetError where there is neither a photo nor a size.
    """
    fault = "no photo"
    try:
        if isinstance(photo, np.ndarray):
            return photo, None
        if photo is not None:
            return _of_size(load_image(photo, annotated=size), size)
    except ImageError as error:
        fault = error.what
    if size is None:
        raise DatasetError(
            f"{fault}, and no annotated size",
            where=str(photo or ""),
            remedy="Put the photo where the annotations say, or state its width and height",
        )
    return np.full((size[1], size[0], 3), _GROUND, np.uint8), fault


def words_on(picture: Image, words: Sequence[tuple[tuple[int, int], str]], height: int) -> Image:
    """The picture with each of the words at its place (left, top) in white letters of `height` pixels."""
    drawn = PillowImage.fromarray(picture)
    draw = ImageDraw.Draw(drawn)
    for place, text in words:
        draw.text(
            place, text, fill=(255, 255, 255), font=_font(height), stroke_width=1, stroke_fill=(30, 30, 30)
        )
    return np.asarray(drawn)


def jpeg(picture: Image) -> bytes:
    """The picture's file."""
    return cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), _QUALITY)[1].tobytes()


def _of_size(photo: Image, size: tuple[int, int] | None) -> tuple[Image, str | None]:
    there = photo.shape[1], photo.shape[0]
    if size is None or there == size:
        return photo, None
    return photo, f"the photo has {there[0]} x {there[1]} pixels, the annotation {size[0]} x {size[1]}"


def _mixed(below: Image, above: Image, alpha: NDArray[np.floating]) -> Image:
    """`above` over `below` where `alpha` (H,W) is not 0; only the part around it is computed."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return below
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    share = alpha[part][..., None].astype(np.float32)
    colour = above if above.ndim == 1 else above[part]
    mixed = below.copy()
    mixed[part] = below[part] * (1 - share) + colour * share + 0.5
    return mixed


@cache
def _font(height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(height)
