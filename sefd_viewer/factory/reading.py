"""Maps out of files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from sefd_viewer.errors import ImageError
from sefd_viewer.factory.drawing import Map
from sefd_viewer.factory.jobs import Size


def read_map(path: Path, size: Size) -> Map:
    """The map (H,W) in a file; raises ImageError when it is not there, not whole, or not grey of `size`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        words = (
            "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        )
        raise ImageError(words, where=path) from None
    picture = None if not _is_whole(data) else cv2.imdecode(np.frombuffer(data, np.uint8), -1)
    if picture is None:
        raise ImageError("is no whole picture", where=path)
    if picture.ndim != 2 or picture.dtype != np.uint8:
        raise ImageError("is not grey with 8 bits", where=path)
    if picture.shape != (size[1], size[0]):
        there = f"{picture.shape[1]} x {picture.shape[0]}"
        raise ImageError(f"has {there} pixels, the photo {size[0]} x {size[1]}", where=path)
    return np.asarray(picture, np.uint8)


def _is_whole(data: bytes) -> bool:
    """Whether a PNG or JPEG ends as it must: decoders fill up what is missing without a word."""
    if data.startswith(b"\xff\xd8"):
        return data.endswith(b"\xff\xd9")
    return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")
