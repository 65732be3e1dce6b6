"""What a picture's file says about itself without being decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.images import image_size
from sefd_viewer.errors import ImageError

_ORIENTATION_TAG = 0x0112
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
        raise ImageError(f"this cannot be read ({error})", where=path) from error


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
