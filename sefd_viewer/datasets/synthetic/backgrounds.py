"""Backgrounds and occluding things for synthetic scenes: procedural clutter and patches of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from sefd_viewer.datasets.images import is_image, load_image
from sefd_viewer.errors import DatasetError
from sefd_viewer.resources import resource_path

# Parts of the shipped photos without a person, as fractions x0, y0, x1, y1 of the picture.
_EMPTY_PARTS = {
    "walkers.jpg": ((0.62, 0.0, 1.0, 1.0), (0.0, 0.0, 0.38, 0.45), (0.0, 0.45, 0.44, 1.0)),
    "camera.jpg": ((0.66, 0.0, 1.0, 0.5), (0.64, 0.52, 1.0, 1.0), (0.0, 0.0, 0.26, 0.45)),
    "astronaut.jpg": ((0.68, 0.0, 1.0, 0.6),),
}


@cache
def _shipped_patches() -> tuple[np.ndarray, ...]:
    patches = []
    for name, parts in _EMPTY_PARTS.items():
        photo = load_image(resource_path(f"sample_photos/{name}"))
        height, width = photo.shape[:2]
        for x0, y0, x1, y1 in parts:
            patches.append(photo[int(y0 * height) : int(y1 * height), int(x0 * width) : int(x1 * width)])
    return tuple(patches)


def background_photos(places: Sequence[Path]) -> tuple[Path, ...]:
    """The photographs among files and folders, looked through in depth, in a fixed order.

    Raises `DatasetError` for a place without any.
    """
    photos: list[Path] = []
    for place in places:
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        found = [file for file in inside if file.is_file() and is_image(file)]
        if not found:
            raise DatasetError(
                "no pictures for backgrounds", where=place, remedy="Name a photo or a folder of photos"
            )
        photos += found
    return tuple(photos)


def random_background(
    size: tuple[int, int], rng: np.random.Generator, *, photos: Sequence[Path] = ()
) -> np.ndarray:
    """A picture (H, W, 3) uint8 RGB of `size` (width, height) without people.

    Two in three are cut from `photos`, or without any one in three from patches of the shipped ones; the
    others are procedural.
    """
    if rng.random() < (0.67 if photos else 0.35):
        patches = [load_image(photos[int(rng.integers(len(photos)))])] if photos else _shipped_patches()
        return _cut(patches[rng.integers(len(patches))], size, rng)
    return _procedural(size, rng)


def _cut(photo: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A random window of `photo`, mirrored and recoloured at random, resized to `size`."""
    height, width = photo.shape[:2]
    w, h = int(width * rng.uniform(0.5, 1)), int(height * rng.uniform(0.5, 1))
    x, y = rng.integers(width - w + 1), rng.integers(height - h + 1)
    window = photo[y : y + h, x : x + w]
    if rng.random() < 0.5:
        window = window[:, ::-1]
    picture = cv2.resize(np.ascontiguousarray(window), size, interpolation=cv2.INTER_LINEAR)
    return np.clip(picture * rng.uniform(0.6, 1.2, 3), 0, 255).astype(np.uint8)


def _procedural(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A wall and a floor with shaded panels, lines and soft noise."""
    width, height = size
    horizon = int(height * rng.uniform(0.2, 0.9))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:horizon], picture[horizon:] = _colour(rng), _colour(rng)
    for _ in range(rng.integers(3, 25)):
        draw_thing(picture, rng, largest=0.6)
    for _ in range(rng.integers(0, 12)):
        start, end = _point(size, rng), _point(size, rng)
        cv2.line(picture, start, end, _colour(rng), int(rng.integers(1, 6)), cv2.LINE_AA)
    return _mottle(picture, rng)


def _mottle(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add an uneven light and a cloth-like texture."""
    height, width = picture.shape[:2]
    soft = cv2.resize(
        rng.normal(0, 18, (5, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    cells = rng.integers(8, 90)
    fine = cv2.resize(rng.normal(0, 10, (cells, cells)).astype(np.float32), (width, height))
    return np.clip(picture + (soft + fine)[..., None], 0, 255).astype(np.uint8)


def draw_thing(
    picture: np.ndarray,
    rng: np.random.Generator,
    *,
    largest: float,
    centre: tuple[float, float] | None = None,
    mask: np.ndarray | None = None,
) -> None:
    """Draw a filled box, disc or beam into `picture` (and 1 into `mask`), in place.

    Its sides are at most `largest` of the picture's height.
    """
    height, width = picture.shape[:2]
    spot = centre or (rng.uniform(0, width), rng.uniform(0, height))
    extent = (rng.uniform(0.04, largest) * height, rng.uniform(0.04, largest) * height)
    if rng.random() < 0.25:
        extent = (extent[0] * 0.15 + 3, extent[1] * 2)
    angle = rng.choice((0.0, 0.0, rng.uniform(0, 180)))
    if rng.random() < 0.3:
        axes = _whole((extent[0] / 2, extent[1] / 2))
        outline = np.array(cv2.ellipse2Poly(_whole(spot), axes, int(angle), 0, 360, 8), np.int32)
    else:
        outline = np.array(cv2.boxPoints((spot, extent, float(angle)))).astype(np.int32)
    cv2.fillConvexPoly(picture, outline, _colour(rng), cv2.LINE_AA)
    if mask is not None:
        cv2.fillConvexPoly(mask, outline, 1)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (
        rng.uniform(10, 245, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(10, 245))
    ).astype(int)
    return int(red), int(green), int(blue)


def _whole(pair: tuple[float, float]) -> tuple[int, int]:
    return int(pair[0]), int(pair[1])


def _point(size: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(size[0])), int(rng.integers(size[1]))
