"""Pictures from files: every format a person is likely to have, as upright 8-bit RGB."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from sefd_viewer.errors import ImageError

MAX_SIDE = 20_000
"""Longest side that is read, in pixels."""

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".avif", ".jp2"}
)
"""Endings (lower case) of the files that count as pictures in a folder."""

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_OTHER_FORMAT = "Save the picture as JPEG or PNG and open that"
_COPY_AGAIN = "Copy or download the file again"


def is_image(path: Path) -> bool:
    """Tell by its name alone whether a file is a picture."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("._")


def load_image(path: str | Path, *, max_side: int | None = None) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    Grey becomes three equal channels, 16 bits are scaled to 8, transparency lies on white. With
    `max_side` (pixels) a larger picture is shrunk to it. Raises ImageError with a remedy.
    """
    path = Path(path)
    data = _read_bytes(path)
    header = _open(data, path)
    _check_size(header.size, path)
    plain = max_side is None and _is_plain(header, data)
    image = _decode_fast(data) if plain else None
    if image is None:
        image = _decode(header, path, max_side)
    return image if max_side is None else shrink(image, max_side)


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height of the upright picture in pixels, read from the file's header alone."""
    path = Path(path)
    try:
        with _open(path, path) as header:
            width, height = header.size
            sideways = header.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS
    except OSError as error:
        raise _unreadable(path, error) from error
    return (height, width) if sideways else (width, height)


def thumbnail(path: str | Path, side: int) -> NDArray[np.uint8]:
    """Read a picture no larger than `side` pixels each way, (h, w, 3) uint8 RGB."""
    return load_image(path, max_side=side)


def shrink(image: NDArray[np.uint8], max_side: int) -> NDArray[np.uint8]:
    """The same picture with its longest side at most `max_side` pixels; a smaller one is returned as is."""
    height, width = image.shape[:2]
    factor = max_side / max(height, width)
    if factor >= 1:
        return image
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(
            "this picture does not exist", where=path, remedy="Check the name, or open the folder again"
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    if not data:
        raise ImageError("the file is empty (0 bytes)", where=path, remedy=_COPY_AGAIN)
    return data


def _open(source: bytes | Path, path: Path) -> Image.Image:
    """Read the header; `path` is for words."""
    try:
        return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    except FileNotFoundError as error:
        raise ImageError("this picture does not exist", where=path, remedy="Check the name") from error
    except UnidentifiedImageError as error:
        raise ImageError(
            "this is not a picture, or of a kind that cannot be read", where=path, remedy=_OTHER_FORMAT
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            f"the picture is too large to open safely: {error}", where=path, remedy="Make it smaller first"
        ) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise _unreadable(path, error) from error


def _check_size(size: tuple[int, int], path: Path) -> None:
    if max(size) > MAX_SIDE:
        raise ImageError(
            f"the picture is {size[0]} x {size[1]} pixels; a side may have {MAX_SIDE} at most",
            where=path,
            remedy="Make it smaller or cut it first",
        )


def _unreadable(path: Path, error: Exception) -> ImageError:
    if isinstance(error, PermissionError | IsADirectoryError):
        return ImageError(
            f"this cannot be read ({error.strerror})", where=path, remedy="Choose a file you may read"
        )
    return ImageError(f"the picture is broken or cut short ({error})", where=path, remedy=_COPY_AGAIN)


def _is_plain(header: Image.Image, data: bytes) -> bool:
    """Whether OpenCV gives the same pixels as Pillow, only faster: whole 8-bit JPEG or PNG files."""
    if header.format == "JPEG" and header.mode in ("RGB", "L"):
        return data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")  # the end-of-image marker is there
    return (
        header.format == "PNG"
        and header.mode in ("RGB", "L")
        and not {"transparency", "exif"} & header.info.keys()
        and data[-12:].find(b"IEND") >= 0
    )


def _decode_fast(data: bytes) -> NDArray[np.uint8] | None:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return None if image is None else image.astype(np.uint8, copy=False)


def _decode(header: Image.Image, path: Path, max_side: int | None) -> NDArray[np.uint8]:
    """Decode with Pillow; JPEGs that will be shrunk are decoded at 1/2, 1/4 or 1/8 where that suffices."""
    try:
        if max_side is not None:
            header.draft(None, (max_side, max_side))
        header.load()
        upright = ImageOps.exif_transpose(header)
        return np.ascontiguousarray(_to_rgb(upright))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from error


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Any Pillow mode as (H, W, 3) uint8 RGB."""
    if image.mode.startswith(("I", "F")):
        return np.repeat(_to_eight_bits(np.asarray(image))[..., None], 3, axis=-1)
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        image = Image.alpha_composite(white, coloured)
    return np.asarray(image.convert("RGB"))


def _to_eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Deep grey values (H, W) as uint8: 16 bits by 1/257, fractions by 255, deeper ones by their maximum."""
    deep = np.nan_to_num(values.astype(np.float64))
    highest = float(deep.max(initial=0.0))
    if np.issubdtype(values.dtype, np.floating):
        full = 1.0 if highest <= 1.0 else max(highest, 255.0)
    else:
        full = 65535.0 if highest <= 65535.0 else highest
    return np.clip(np.rint(deep * (255.0 / full)), 0, 255).astype(np.uint8)
