"""What a picture's file says about itself without being decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sefd_viewer.datasets.images import image_size
from sefd_viewer.errors import ImageError

_ORIENTATION_TAG = 0x0112
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
