"""Pictures from files: every format a person is likely to have, as upright 8-bit RGB."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from sefd_viewer.errors import ImageError
from sefd_viewer.plain_files import read_file, require_file

MAX_SIDE = 20_000
"""Longest side that is read, in pixels."""

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".avif", ".jp2"}
)
"""Endings (lower case) of the files that count as pictures in a folder."""

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_DEPTHS = tuple(float(2**bits - 1) for bits in (8, 10, 12, 14, 16))
_OTHER_FORMAT = "Save the picture as JPEG or PNG and open that"
_COPY_AGAIN = "Copy or download the file again"


def is_image(path: Path) -> bool:
    """Tell by its name alone whether a file is a picture."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("._")


def load_image(
    path: str | Path, *, max_side: int | None = None, annotated: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    Where the file's own pixels are of the `annotated` (width, height) it is not turned: they are what was
    annotated. Grey becomes three equal channels, 16 bits (or the 10, 12 or 14 that are used of them) are
    scaled to 8, transparency lies on white. With `max_side` (pixels) a larger picture is shrunk to it.
    Raises ImageError with a remedy.
    """
    path = Path(path)
    data = _read_bytes(path)
    header = _open(data, path)
    _check_size(header.size, path)
    upright = header.size != annotated
    plain = max_side is None and _is_plain(header, data)
    image = _decode_fast(data, upright=upright) if plain else None
    if image is None:
        image = _decode(header, data, path, max_side, upright=upright)
    return image if max_side is None else shrink(image, max_side)


def image_size(path: str | Path, *, annotated: tuple[int, int] | None = None) -> tuple[int, int]:
    """Width and height in pixels of what `load_image` reads, from the file's header alone."""
    path = Path(path)
    try:
        require_file(path)
        with _open(path, path) as header:
            width, height = header.size
            sideways = header.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS
    except FileNotFoundError as error:
        raise ImageError("this picture does not exist", where=path, remedy="Check the name") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    return (height, width) if sideways and (width, height) != annotated else (width, height)


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
        data = read_file(path)
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
        found = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
        if isinstance(found, ImageFile.StubImageFile):  # HDF5 and others, known by name to Pillow alone
            found.close()
            raise UnidentifiedImageError(f"{found.format} is not read")
        return found
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
    if isinstance(error, OSError) and error.errno is not None:
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
        and not _is_deep(header)
        and data[-12:].find(b"IEND") >= 0
    )


def _is_deep(header: Image.Image) -> bool:
    """Whether these are colours of 16 bits, of which Pillow would keep the upper 8 alone."""
    return header.mode not in ("I", "I;16") and ";16" in str(getattr(header, "tile", ""))


def _decode_fast(data: bytes, *, upright: bool) -> NDArray[np.uint8] | None:
    as_stored = 0 if upright else cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | as_stored)
    return None if image is None else image.astype(np.uint8, copy=False)


def _decode(
    header: Image.Image, data: bytes, path: Path, max_side: int | None, *, upright: bool
) -> NDArray[np.uint8]:
    """Decode with Pillow; JPEGs that will be shrunk are decoded at 1/2, 1/4 or 1/8 where that suffices."""
    try:
        if max_side is not None:
            header.draft(None, (max_side, max_side))
        deep = _deep_colours(data) if _is_deep(header) else None
        header.load()
        image = header if deep is None else deep
        if deep is not None:
            deep.getexif()[_ORIENTATION_TAG] = header.getexif().get(_ORIENTATION_TAG, 1)
        return np.ascontiguousarray(_to_rgb(ImageOps.exif_transpose(image) if upright else image))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from error


def _deep_colours(data: bytes) -> Image.Image | None:
    """A picture whose colours have 16 bits, as 8-bit RGB or RGBA; None where OpenCV cannot read it."""
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16 or deep.ndim != 3:
        return None
    colours = _to_eight_bits(deep[..., 2::-1])
    alpha = [(deep[..., 3:] // 257).astype(np.uint8)] if deep.shape[2] == 4 else []
    return Image.fromarray(np.concatenate([colours, *alpha], axis=-1))


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
    """Deep values as uint8: fractions by 255, whole numbers by as many bits as their maximum takes.

    Cameras leave 10, 12 or 14 bits in files of 16; deeper values than these go by their maximum.
    """
    deep = np.nan_to_num(values.astype(np.float64))
    highest = float(deep.max(initial=0.0))
    if np.issubdtype(values.dtype, np.floating):
        full = 1.0 if highest <= 1.0 else max(highest, 255.0)
    else:
        full = next((depth for depth in _DEPTHS if highest <= depth), highest)
    return np.clip(np.rint(deep * (255.0 / full)), 0, 255).astype(np.uint8)


_EXIF_WITHIN = 4096
_TURNED = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


@dataclass(frozen=True)
class PictureFile:
    """The upright (width, height) in pixels, and by how many degrees EXIF asks to turn what is stored."""

    size: tuple[int, int]
    turned: int

    @property
    def stored(self) -> tuple[int, int]:
        """(width, height) of the pixels as they lie in the file."""
        width, height = self.size
        return (height, width) if self.turned in (90, 270) else self.size

    def read_as(self, annotated: tuple[int, int]) -> tuple[int, int]:
        """(width, height) of what is shown to a record of this annotated size."""
        return annotated if self.stored == annotated else self.size


def read_picture_file(path: Path) -> PictureFile:
    """Read the header; raises ImageError when there is no picture."""
    size = image_size(path)
    return PictureFile(size, _exif_turn(path))


def _exif_turn(path: Path) -> int:
    from PIL import Image

    try:
        with Image.open(path) as header:
            return _TURNED.get(header.getexif().get(_ORIENTATION_TAG, 1), 0)
    except OSError as error:
        raise ImageError(
            f"this cannot be read ({error})", where=path, remedy="Save the picture again as JPEG or PNG"
        ) from error


def turned_words(path: Path, annotated: tuple[int, int] | None) -> str | None:
    """What a record of this annotated (width, height) says about a JPEG that EXIF turns; None of others."""
    try:
        with path.open("rb") as file:
            if b"Exif" not in file.read(_EXIF_WITHIN):
                return None
        found = read_picture_file(path)
    except (OSError, ImageError):
        return None  # told when the picture is shown
    if not found.turned or annotated is None or annotated == found.size != found.stored:
        return None
    if annotated == found.stored:
        return "its EXIF data turns this picture, which was annotated as it is stored: so it is shown"
    stored, meant = (f"{width} x {height}" for width, height in (found.stored, annotated))
    return f"its EXIF data turns this picture, and stored ({stored}) or turned it is not of size {meant}"
