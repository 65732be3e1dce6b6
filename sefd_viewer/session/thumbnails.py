"""Small pictures of records, made off the screen's thread when they come into view."""

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

SIDE = 96
REMEMBERED = 600
QUEUE_LIMIT = 60
"""Only the records asked for last are waited for: those scrolled past are dropped."""


class Thumbnails:
    """`get` returns what is there and orders the rest; `ready(key)` tells that one arrived."""

    def __init__(self, executor: Executor, post: Post, *, side: int = SIDE) -> None:
        self._executor, self._post, self._side = executor, post, side
        self._done: LruCache[Image | str] = LruCache(REMEMBERED)
        self._wanted: dict[str, Record] = {}
        self._running: str | None = None
        self._closed = False
        self.ready: Callable[[str], None] = lambda _key: None

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

    def get(self, record: Record) -> Image | str | None:
        """The small picture, words when there is none, or None while it is being made."""
        found = self._done.get(record.key)
        if found is None and not self._closed and record.key != self._running:
            self._wanted.pop(record.key, None)
            self._wanted[record.key] = record
            while len(self._wanted) > QUEUE_LIMIT:
                self._wanted.pop(next(iter(self._wanted)))
            self._next()
        return found

    def _next(self) -> None:
        if self._running is not None or not self._wanted:
            return
        key, record = self._wanted.popitem()
        self._running = key
        done = self._done
        future = self._executor.submit(attempt, key, lambda: make_thumbnail(record, self._side))

        def finish() -> None:
            outcome = future.result()
            done.put(key, outcome.value if outcome.problem is None else outcome.problem)
            self._running = None
            if not self._closed:
                self.ready(key)
                self._next()

        future.add_done_callback(lambda _future: self._post(finish))


def make_thumbnail(record: Record, side: int) -> Image:
    """The record's picture with `side` pixels at most, RGB; raises ImageError."""
    from sefd_viewer.datasets.images import shrink, thumbnail

    if record.image is None and record.read is None and record.image_path is not None:
        return thumbnail(record.image_path, side)
    return shrink(record.load(), side)
