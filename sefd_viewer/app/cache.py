"""Caches that forget what was used longest ago, by count and bytes; what tells a file from an older one."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Hashable, Mapping
from functools import cache, lru_cache
from itertools import count, islice
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Generic, Literal, ParamSpec, TypeVar

V = TypeVar("V")


P = ParamSpec("P")
FileStamp = tuple[int, int] | None
_FORGET: list[Callable[[], None]] = []


def file_stamp(path: str | Path | None) -> FileStamp:
    """When a file was written (ns) and how long it is; None where there is no such file."""
    if path is None:
        return None
    try:  # asked for every small picture in view
        about = os.stat(os.path.expanduser(path) if str(path).startswith("~") else path)
    except (OSError, ValueError):
        return None
    return about.st_mtime_ns, about.st_size


def about_the_set(most: int) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """Let a function remember `most` answers, as `lru_cache` does, until another data set is opened."""

    def remembering(work: Callable[P, V]) -> Callable[P, V]:
        answer = lru_cache(maxsize=most)(work)
        forgotten_with_the_set(answer.cache_clear)
        return answer  # type: ignore[return-value]

    return remembering


def forgotten_with_the_set(forget: Callable[[], None]) -> None:
    """Have `forget` called whenever another data set was opened."""
    _FORGET.append(forget)


def forget_the_set() -> None:
    """Let go of all that functions remember about the data set that was open."""
    for forget in _FORGET:
        forget()


def stamped(files: Mapping[str, str]) -> Hashable:
    """Files by what they are for, as they are now: a key that changes when one of them does."""
    return tuple((name, path, file_stamp(path)) for name, path in sorted(files.items()))


_LASTING = frozenset({"BodyModel", "Dataset", "PeopleTable", "RunTable", "Book", "FilePredictions"})
_LOOKED_AT = 10_000


def held_bytes(value: object) -> int:
    """Bytes of the arrays in a value's fields, tuples, lists and mappings, each counted once.

    Bodies, data sets, their tables and files of predictions live on anyway; they and objects of other kinds
    count nothing, nor does what lies far inside: of thousands of parts the first are looked at.
    """
    total, seen, todo = 0, set[int](), [value]
    for _ in range(_LOOKED_AT):
        if not todo:
            break
        one: Any = todo.pop()
        holds = _holds(type(one))  # type: ignore[arg-type]  # classes have a hash
        if holds == "nothing" or id(one) in seen:
            continue
        seen.add(id(one))
        if holds == "numbers":
            base = getattr(one, "base", None)  # a view keeps the whole array alive
            if hasattr(base, "nbytes"):
                todo.append(base)
            else:
                total += one.nbytes
        elif holds == "fields":
            todo += getattr(one, "__dict__", {}).values()
        else:
            todo += islice(one.values() if holds == "values" else one, _LOOKED_AT)
    return total


@cache
def _holds(kind: type) -> Literal["nothing", "numbers", "fields", "parts", "values"]:
    """What is in the values of a kind: asked once for each, as there are hundreds of values."""
    if kind.__name__ in _LASTING or issubclass(kind, str | bytes | int | float):
        return "nothing"
    if issubclass(kind, tuple | list | frozenset):
        return "parts"
    if issubclass(kind, dict | MappingProxyType):
        return "values"
    if hasattr(kind, "nbytes"):
        return "numbers"
    return "fields" if hasattr(kind, "__dataclass_fields__") else "nothing"


_CLOCK = count()


def now() -> int:
    """A number on the clock of all caches, by which what was used before is told from what was used since."""
    return next(_CLOCK)


class _Entry(Generic[V]):
    __slots__ = ("bytes", "used", "value")

    def __init__(self, value: V, bytes: int) -> None:
        self.value, self.bytes, self.used = value, bytes, next(_CLOCK)


class LruCache(Generic[V]):
    """At most `capacity` values by key, of `most_bytes` together; safe to use from several threads.

    The newest value stays however large it is. Without `most_bytes` nobody asks how large values are.
    """

    def __init__(self, capacity: int, most_bytes: float | None = None) -> None:
        self._capacity, self._most_bytes = capacity, most_bytes
        self._entries: dict[Hashable, _Entry[V]] = {}
        self._lock = Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> V | None:
        """Return the value of `key`, None when it is not here (any more)."""
        with self._lock:
            entry = self._entries.pop(key, None)  # large keys are hashed and compared as rarely as can be
            if entry is None:
                return None
            self._entries[key] = entry
            entry.used = next(_CLOCK)
            return entry.value

    def put(self, key: Hashable, value: V, bytes: int | None = None) -> list[V]:
        """Remember `value`, of so many `bytes` if known, under `key`; returns what is forgotten for it."""
        if bytes is None:
            bytes = 0 if self._most_bytes is None else held_bytes(value)
        entry = _Entry(value, bytes)
        with self._lock:
            old = self._entries.pop(key, None)
            self._entries[key] = entry
            self.bytes += entry.bytes - (0 if old is None else old.bytes)
            return self._forget_most()

    def resize(self, capacity: int) -> list[V]:
        """Hold so many values; returns what is forgotten, what was used longest ago first."""
        with self._lock:
            self._capacity = capacity
            return self._forget_most()

    def values(self) -> tuple[V, ...]:
        """All values, the one used longest ago first."""
        with self._lock:
            return tuple(entry.value for entry in self._entries.values())

    @property
    def oldest_use(self) -> float:
        """When (on the clock of all caches) the value was used that was used longest ago."""
        with self._lock:
            return next(iter(self._entries.values())).used if self._entries else math.inf

    def pop_oldest(self) -> V:
        """Forget what was used longest ago, and return it; KeyError when there is nothing."""
        with self._lock:
            return self._pop_oldest()

    def drop(self, key: Hashable) -> None:
        """Forget `key`."""
        with self._lock:
            entry = self._entries.pop(key, None)
            self.bytes -= 0 if entry is None else entry.bytes

    def keep_only(self, keys: Collection[Hashable]) -> None:
        """Forget all but these."""
        with self._lock:
            for key in [key for key in self._entries if key not in keys]:
                self.bytes -= self._entries.pop(key).bytes

    def _forget_most(self) -> list[V]:
        forgotten = []
        while len(self._entries) > self._capacity or self._is_heavy():
            forgotten.append(self._pop_oldest())
        return forgotten

    def _is_heavy(self) -> bool:
        return self._most_bytes is not None and self.bytes > self._most_bytes and len(self._entries) > 1

    def _pop_oldest(self) -> V:
        entry = self._entries.pop(next(iter(self._entries)))
        self.bytes -= entry.bytes
        return entry.value
