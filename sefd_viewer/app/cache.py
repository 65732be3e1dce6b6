"""A small cache that forgets what was used longest ago, and by what a file is told from an older one."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


FileStamp = tuple[int, int] | None


def file_stamp(path: str | Path | None) -> FileStamp:
    """When a file was written (ns) and how long it is; None where there is no such file."""
    try:
        about = os.stat(os.path.expanduser(path)) if path is not None else None
    except (OSError, ValueError):
        return None
    return None if about is None else (about.st_mtime_ns, about.st_size)


def stamped(files: Mapping[str, str]) -> Hashable:
    """Files by what they are for, as they are now: a key that changes when one of them does."""
    return tuple((name, path, file_stamp(path)) for name, path in sorted(files.items()))


class LruCache(Generic[V]):
    """At most `capacity` values by key; safe to use from several threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> V | None:
        """Return the value of `key`, None when it is not here (any more)."""
        with self._lock:
            try:
                self._values.move_to_end(key)  # large keys are hashed and compared as rarely as can be
            except KeyError:
                return None
            return self._values[key]

    def put(self, key: Hashable, value: V) -> None:
        """Remember `value` under `key`."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._capacity:
                self._values.popitem(last=False)

    def resize(self, capacity: int) -> None:
        """Hold so many values; what was used longest ago goes first."""
        with self._lock:
            self._capacity = capacity
            while len(self._values) > capacity:
                self._values.popitem(last=False)

    def values(self) -> tuple[V, ...]:
        """All values, the one used longest ago first."""
        with self._lock:
            return tuple(self._values.values())

    def drop(self, key: Hashable) -> None:
        """Forget `key`."""
        with self._lock:
            self._values.pop(key, None)
