"""Small pictures of people for the wall, cut out of their photos off the screen's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from sefd_viewer.session.background import Post, attempt
from sefd_viewer.session.cache import LruCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Record

    Image = NDArray[np.uint8]
    Box = tuple[float, float, float, float]

REMEMBERED = 800
QUEUE_LIMIT = 120
"""Only those asked for last are waited for: what was scrolled past is dropped."""
MARGIN = 0.18
"""How much is shown around a person's box, as a share of its longer side."""

Key = tuple[int, int]
"""Row of the table, and the side in pixels; a whole photo has the negative side."""
Wish = Callable[[], "tuple[Record, Box | None]"]


class CropPictures:
    """`get` returns what is there and orders the rest; `ready(key)` tells that one arrived."""

    def __init__(self, executor: Executor, post: Post) -> None:
        self._executor, self._post = executor, post
        self._done: LruCache[Image | str] = LruCache(REMEMBERED)
        self._wanted: dict[Key, Wish] = {}
        self._running: Key | None = None
        self._closed = False
        self.ready: Callable[[Key], None] = lambda _key: None

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come."""
        return bool(self._wanted) or self._running is not None

    def clear(self) -> None:
        """Forget all: another data set was opened."""
        self._wanted.clear()
        self._done = LruCache(REMEMBERED)

    def close(self) -> None:
        """Make no more."""
        self._closed = True
        self._wanted.clear()

    def get(self, key: Key, wish: Wish) -> Image | str | None:
        """The small picture (h, w, 3) RGB, words when there is none, or None while it is being made."""
        found = self._done.get(key)
        if found is None and not self._closed and key != self._running:
            self._wanted.pop(key, None)
            self._wanted[key] = wish
            while len(self._wanted) > QUEUE_LIMIT:
                self._wanted.pop(next(iter(self._wanted)))
            self._next()
        return found

    def _next(self) -> None:
        if self._running is not None or not self._wanted:
            return
        key = next(iter(self._wanted))
        wish = self._wanted.pop(key)
        self._running = key
        done = self._done
        future = self._executor.submit(attempt, key, lambda: _make(wish, key))

        def finish() -> None:
            outcome = future.result()
            done.put(key, outcome.value if outcome.problem is None else outcome.problem)
            self._running = None
            if not self._closed:
                self.ready(key)
                self._next()

        future.add_done_callback(lambda _future: self._post(finish))


def _make(wish: Wish, key: Key) -> Image:
    from sefd_viewer.datasets.images import shrink

    record, box = wish()
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
