"""Small pictures made off the screen's thread, one at a time, when they come into view."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sefd_viewer.app.cache import FileStamp, LruCache, file_stamp
from sefd_viewer.jobs.runner import Outcome, Post, Runner, attempt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

K = TypeVar("K", bound=Hashable)
MOST_BYTES = 40_000_000
"""What small pictures may need: ninety of the largest, more than a large screen shows at once."""

Prepare = Callable[[], "tuple[Path | None, Callable[[], Image]]"]
"""The file that a picture is made of, and what makes it (h, w, 3) RGB; runs off the screen's thread."""


@dataclass(frozen=True, eq=False)
class _Made:
    """A picture, or words when there is none, with the file it was made of as that was then."""

    picture: Image | str
    file: Path | None = None
    stamp: FileStamp = None

    @property
    def is_current(self) -> bool:
        return file_stamp(self.file) == self.stamp


class SmallPictures(Generic[K]):
    """`remembered` pictures by key; those who `listen` are told the key of one that arrived.

    Only the `waiting` ones that were asked for last are waited for: what was scrolled past is dropped. Of
    those the one asked for first comes first, or last with `newest_first`.
    """

    def __init__(
        self, executor: Executor, post: Post, *, remembered: int, waiting: int, newest_first: bool = False
    ) -> None:
        self._runner = Runner(executor, post, self._take)
        self._remembered, self._waiting, self._newest_first = remembered, waiting, newest_first
        self._done: LruCache[_Made] = LruCache(remembered, MOST_BYTES)
        self._wanted: dict[K, Callable[[], _Made]] = {}
        self._running: K | None = None
        self._closed = self._rests = self._stopped = False
        self._listeners: list[Callable[[K], None]] = []

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come."""
        return bool(self._wanted) or self._running is not None

    def listen(self, told: Callable[[K], None]) -> None:
        """Call `told(key)` when a picture arrived."""
        self._listeners.append(told)

    def ready(self, key: K) -> None:
        """Say that a picture arrived."""
        for told in self._listeners:
            told(key)

    def stop(self) -> None:
        """Make what waits when it is seen again."""
        self._wanted.clear()
        self._stopped = True

    def clear(self) -> None:
        """Forget all: another data set was opened."""
        self._wanted.clear()
        self._done = LruCache(self._remembered, MOST_BYTES)

    def rest(self, on: bool) -> None:
        """Begin no picture while it rests: something else needs the processor, and nobody waits."""
        self._rests = on
        self._next()

    def close(self) -> None:
        """Make no more."""
        self._closed = True
        self._wanted.clear()
        self._runner.close()

    def find(self, key: K, prepare: Prepare) -> Image | str | None:
        """The small picture (h, w, 3) RGB, words when there is none, or None while it is being made.

        It is made again when its file is another than it was: repaired, replaced, gone.
        """
        known = self._done.get(key)
        found = known.picture if known is not None and known.is_current else None
        if found is None and not self._closed and key != self._running:
            self._wanted.pop(key, None)
            self._wanted[key] = partial(_made, prepare)
            self._stopped = False
            while len(self._wanted) > self._waiting:
                self._wanted.pop(next(iter(self._wanted)))
            self._next()
        return found

    def _next(self) -> None:
        if self._running is None and self._wanted and not self._rests:
            key = next(reversed(self._wanted) if self._newest_first else iter(self._wanted))
            self._running = key
            self._runner.want("picture", (self._done, key), self._wanted.pop(key))

    def _take(self, _slot: str, outcome: Outcome[_Made]) -> None:
        about: Any = outcome.key
        done, key = about
        done.put(key, outcome.value or _Made(outcome.problem or ""))
        self._running = None
        if not self._stopped:  # whoever is told asks for all that is seen
            self.ready(key)
            self._next()


def _made(prepare: Prepare) -> _Made:
    """The picture, or words about it, with the file's stamp from before it was read."""
    file, make = prepare()
    stamp = file_stamp(file)
    outcome = attempt(file, make)
    return _Made(outcome.value if outcome.problem is None else outcome.problem, file, stamp)
