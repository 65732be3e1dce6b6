"""Maps out of their files' bytes."""

from __future__ import annotations

import cv2
import numpy as np

from sefd_viewer.edge_maps.drawing import Map
from sefd_viewer.edge_maps.jobs import Size
from sefd_viewer.errors import ImageError


def read_map(data: bytes, size: Size) -> Map:
    """The map (H,W) in a file's bytes; raises ImageError when it is not whole, or not grey of `size`."""
    picture = None if not _is_whole(data) else cv2.imdecode(np.frombuffer(data, np.uint8), -1)
    if picture is None:
        raise ImageError("is no whole picture")
    if picture.ndim != 2 or picture.dtype != np.uint8:
        raise ImageError("is not grey with 8 bits")
    if picture.shape != (size[1], size[0]):
        there = f"{picture.shape[1]} x {picture.shape[0]}"
        raise ImageError(f"has {there} pixels, the photo {size[0]} x {size[1]}")
    return np.asarray(picture, np.uint8)


def _is_whole(data: bytes) -> bool:
    """Whether a PNG or JPEG ends as it must: decoders fill up what is missing without a word."""
    if data.startswith(b"\xff\xd8"):
        return data.endswith(b"\xff\xd9")
    return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")
