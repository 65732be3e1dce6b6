"""A long sequence whose items are built when they are looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Generic, Protocol, TypeVar, overload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Instant = tuple[str | None, str | None]
"""The moment that a picture shows and the view that it was taken from; None where that is unknown."""

_KEPT = 512


class Part(Protocol[T_co]):
    """A run of items: their keys at hand, the items built on request."""

    @property
    def keys(self) -> Sequence[str]:
        """One key per item."""

    def build(self, position: int) -> T_co:
        """Make the item at a position of this part."""

    def siblings(self, position: int) -> Sequence[int]:
        """Positions in this part that belong to the same moment, its own included."""

    def instant(self, position: int) -> Instant:
        """Moment and view of the item at a position, without making it."""


class LazySequence(Sequence[T], Generic[T]):
    """Parts one after the other; the items seen last are kept."""

    def __init__(self, parts: Sequence[Part[T]]) -> None:
        self._parts = tuple(parts)
        self._starts = (0, *accumulate(len(part.keys) for part in self._parts))
        self._item = lru_cache(maxsize=_KEPT)(self._build)

    @property
    def keys(self) -> Sequence[str]:
        """Every item's key, in order."""
        return [key for part in self._parts for key in part.keys]

    def siblings(self, position: int) -> Sequence[int]:
        """Positions of the items of the same moment, in order."""
        part = self._part_of(position)
        start = self._starts[part]
        return [start + other for other in self._parts[part].siblings(position - start)]

    def instant(self, position: int) -> Instant:
        """Moment and view of the item at a position, without making it."""
        part = self._part_of(position)
        return self._parts[part].instant(position - self._starts[part])

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._item(position) for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"there are {len(self)} records, no number {index}")
        return self._item(position)

    def _build(self, position: int) -> T:
        part = self._part_of(position)
        return self._parts[part].build(position - self._starts[part])

    def _part_of(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1
