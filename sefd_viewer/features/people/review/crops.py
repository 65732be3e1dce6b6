"""Small pictures of people for walls and galleries, cut out of their photos."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.small_pictures import SmallPictures
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.datasets.records import Record

    Box = tuple[float, float, float, float]

REMEMBERED = 800
QUEUE_LIMIT = 120
MARGIN = 0.18
"""How much is shown around a person's box, as a share of its longer side."""

Key = tuple[int, int]
"""Row of the table, and the side in pixels; a whole photo has the negative side."""
Wish = Callable[[], "tuple[Record, Box | None]"]


class CropPictures(SmallPictures[Key]):
    """People by row and size, the one asked for first first."""

    def __init__(self, executor: Executor, post: Post) -> None:
        super().__init__(executor, post, remembered=REMEMBERED, waiting=QUEUE_LIMIT)

    def get(self, key: Key, wish: Wish) -> Image | str | None:
        """The small picture (h, w, 3) RGB, words when there is none, or None while it is being made."""

        def prepare() -> tuple[Path | None, Callable[[], Image]]:
            record, box = wish()
            return record.image_path, lambda: _make(record, box, key)

        return self.find(key, prepare)


def _make(record: Record, box: Box | None, key: Key) -> Image:
    from sefd_viewer.datasets.images import shrink

    image = record.load()
    whole = key[1] < 0 or box is None
    return shrink(image if whole or box is None else cut_out(image, box), abs(key[1]))


def cut_out(image: Image, box_xywh: Box, *, margin: float = MARGIN) -> Image:
    """The square around a box with a margin, as far as it lies in the picture (H, W, 3); at least a pixel."""
    height, width = image.shape[:2]
    x, y, box_width, box_height = box_xywh
    side = max(box_width, box_height) * (1 + 2 * margin)
    left, top = x + (box_width - side) / 2, y + (box_height - side) / 2
    x0, y0 = min(max(round(left), 0), width - 1), min(max(round(top), 0), height - 1)
    x1, y1 = min(max(round(left + side), x0 + 1), width), min(max(round(top + side), y0 + 1), height)
    return image[y0:y1, x0:x1]
