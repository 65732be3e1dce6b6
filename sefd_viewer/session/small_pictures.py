"""Small pictures made off the screen's thread, one at a time, when they come into view."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from sefd_viewer.session.background import Post, attempt
from sefd_viewer.session.cache import LruCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

K = TypeVar("K", bound=Hashable)


class SmallPictures(Generic[K]):
    """`remembered` pictures by key; `ready(key)` tells that one arrived.

    Only the `waiting` ones that were asked for last are waited for: what was scrolled past is dropped. Of
    those the one asked for first comes first, or last with `newest_first`.
    """

    def __init__(
        self, executor: Executor, post: Post, *, remembered: int, waiting: int, newest_first: bool = False
    ) -> None:
        self._executor, self._post = executor, post
        self._remembered, self._waiting, self._newest_first = remembered, waiting, newest_first
        self._done: LruCache[tuple[Hashable, Image | str]] = LruCache(remembered)
        self._wanted: dict[K, Callable[[], tuple[Hashable, Image | str]]] = {}
        self._running: K | None = None
        self._closed = False
        self.ready: Callable[[K], None] = lambda _key: None

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come."""
        return bool(self._wanted) or self._running is not None

    def clear(self) -> None:
        """Forget all: another data set was opened."""
        self._wanted.clear()
        self._done = LruCache(self._remembered)

    def close(self) -> None:
        """Make no more."""
        self._closed = True
        self._wanted.clear()

    def find(self, key: K, make: Callable[[], Image], stamp: Hashable = None) -> Image | str | None:
        """The small picture (h, w, 3) RGB, words when there is none, or None while `make` makes it.

        It is made again when `stamp`, which tells the file from an older one, is another.
        """
        known = self._done.get(key)
        found = known[1] if known is not None and known[0] == stamp else None
        if found is None and not self._closed and key != self._running:
            self._wanted.pop(key, None)
            self._wanted[key] = partial(_stamped, stamp, make)
            while len(self._wanted) > self._waiting:
                self._wanted.pop(next(iter(self._wanted)))
            self._next()
        return found

    def _next(self) -> None:
        if self._running is not None or not self._wanted:
            return
        key = next(reversed(self._wanted) if self._newest_first else iter(self._wanted))
        make = self._wanted.pop(key)
        self._running = key
        done = self._done
        future = self._executor.submit(attempt, key, make)

        def finish() -> None:
            outcome = future.result()
            done.put(key, outcome.value)
            self._running = None
            if not self._closed:
                self.ready(key)
                self._next()

        future.add_done_callback(lambda _future: self._post(finish))


def _stamped(stamp: Hashable, make: Callable[[], Image]) -> tuple[Hashable, Image | str]:
    """The picture that `make` makes, or words, with the stamp for which it was made."""
    outcome = attempt(stamp, make)
    return stamp, outcome.value if outcome.problem is None else outcome.problem
