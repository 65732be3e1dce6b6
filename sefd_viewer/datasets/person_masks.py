"""The masks of an annotated set's people, where it has some: read once, when somebody asks for them.

MSCOCO keeps polygons around the visible parts of every person under `segmentation`. They are not part of the
records: they are as large as everything else together, and few things need them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.coco import CocoReader, MscocoReader
from sefd_viewer.datasets.annotations.json_files import collect_lists
from sefd_viewer.datasets.inputs import Stamp, stamp_of
from sefd_viewer.datasets.progress import Problems
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError
from sefd_viewer.pose2d.pose_file import as_id

_FRACTION_BITS = 4
_LOCK = Lock()


@dataclass
class PersonMasks:
    """Polygons of people by their key, all in one array of x y pixels."""

    _pixels: array[float] = field(default_factory=lambda: array("f"))
    _polygons: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._polygons)

    def polygons(self, key: str) -> tuple[NDArray[np.float32], ...]:
        """The polygons (K, 2) around a person, pixels; none where none are known."""
        pixels = np.frombuffer(self._pixels, np.float32) if self._pixels else np.zeros(0, np.float32)
        return tuple(pixels[start:end].reshape(-1, 2) for start, end in self._polygons.get(key, ()))

    def mask(self, key: str, size: tuple[int, int], *, scale: float = 1.0) -> NDArray[np.uint8] | None:
        """A person's mask (H, W), 1 inside, in the picture resized by `scale` to `size` (w, h); or None."""
        polygons = self.polygons(key)
        if not polygons:
            return None
        mask = np.zeros((size[1], size[0]), np.uint8)
        moved = [((one + 0.5) * scale - 0.5) * (1 << _FRACTION_BITS) for one in polygons]
        cv2.fillPoly(mask, [np.rint(one).astype(np.int32) for one in moved], 1, shift=_FRACTION_BITS)
        return mask

    def take(self, key: str, value: object) -> None:
        """Take a batch of annotations from the top of a file; masks that are no polygons are left out."""
        for entry in value if key == "annotations" and isinstance(value, list) else ():
            if isinstance(entry, Mapping) and isinstance(entry.get("segmentation"), list):
                self._add(str(as_id(entry.get("id"))), entry["segmentation"])

    def _add(self, person: str, polygons: Sequence[object]) -> None:
        found = []
        for polygon in polygons:
            if not _is_polygon(polygon):
                continue
            start = len(self._pixels)
            self._pixels.extend(polygon)  # type: ignore[arg-type]  # it is a polygon
            found.append((start, len(self._pixels)))
        if found:
            self._polygons[person] = found


def masks_of(dataset: Dataset) -> PersonMasks | None:
    """The masks of the set's people; None for sets that have none. Slow at the first call for a set."""
    reader = next((one for one in (MscocoReader(), CocoReader()) if one.name == dataset.format), None)
    if reader is None or dataset.root is None:
        return None
    files = tuple(reader.files(dataset.root))
    with _LOCK:
        return _read(files, tuple(map(stamp_of, files)))


@lru_cache(maxsize=1)
def _read(files: tuple[Path, ...], _stamps: tuple[Stamp, ...]) -> PersonMasks | None:
    """The masks in these files, as they are now."""
    masks = PersonMasks()
    for file in files:
        _read_file(file, masks)
    return masks if len(masks) else None


def _read_file(file: Path, masks: PersonMasks) -> None:
    """Add one file's masks; a file that cannot be read has none, the data set says so already."""

    def make() -> Callable[[str, object], None]:
        return masks.take

    try:
        collect_lists(file, _Silent(), make)
    except DatasetError:
        return


class _Silent:
    """What reading files asks for: problems are told when the data set is opened."""

    problems = Problems()

    def look_at(self, path: Path) -> None:
        """Nothing depends on it."""

    def advance(self, steps: int) -> None:
        """Nobody waits for it."""


def _is_polygon(polygon: object) -> bool:
    """Whether these are at least three points x y, all finite."""
    if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
        return False
    return all(isinstance(number, int | float) and abs(number) < 1e6 for number in polygon)
