"""A long sequence whose items are built when they are looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate, chain
from pathlib import Path
from typing import Generic, Protocol, TypeVar, overload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Instant = tuple[str | None, str | None]
"""The moment that a picture shows and the view that it was taken from; None where that is unknown."""

_KEPT = 512


class Chained(Sequence[T]):
    """Sequences one after the other, as one."""

    def __init__(self, sequences: Sequence[Sequence[T]]) -> None:
        self._sequences = tuple(sequences)
        self._starts = (0, *accumulate(map(len, self._sequences)))

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._sequences)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"there are {len(self)}, no number {index}")
        which = bisect_right(self._starts, position) - 1
        return self._sequences[which][position - self._starts[which]]


class Part(Protocol[T_co]):
    """A run of items: their keys at hand, the items built on request."""

    @property
    def keys(self) -> Sequence[str]:
        """One key per item."""

    def build(self, position: int) -> T_co:
        """Make the item at a position of this part."""

    def find(self, key: str) -> int | None:
        """Where the item with this key is, None when it is not here."""

    def siblings(self, position: int) -> Sequence[int]:
        """Positions in this part that belong to the same moment, its own included."""

    def instant(self, position: int) -> Instant:
        """Moment and view of the item at a position, without making it."""

    def image_path(self, position: int) -> Path | None:
        """The picture's file of the item at a position, without making it; None where there is none."""


class LazySequence(Sequence[T], Generic[T]):
    """Parts one after the other; the items seen last are kept."""

    def __init__(self, parts: Sequence[Part[T]]) -> None:
        self._parts = tuple(parts)
        self._starts = (0, *accumulate(len(part.keys) for part in self._parts))
        # not a method of this object, which would hold itself and wait for the collector of cycles
        self._item = lru_cache(maxsize=_KEPT)(partial(_built, self._parts, self._starts))

    @property
    def parts(self) -> tuple[Part[T], ...]:
        """The parts, in order."""
        return self._parts

    @property
    def keys(self) -> Sequence[str]:
        """Every item's key, in order; looked up when asked for."""
        return Chained([part.keys for part in self._parts])

    def find(self, key: str) -> int | None:
        """Where the first item with this key is, None when there is none."""
        found = ((start, part.find(key)) for start, part in zip(self._starts, self._parts, strict=False))
        return next((start + place for start, place in found if place is not None), None)

    def siblings(self, position: int) -> Sequence[int]:
        """Positions of the items of the same moment, in order."""
        part = self._part_of(position)
        start = self._starts[part]
        return [start + other for other in self._parts[part].siblings(position - start)]

    def instant(self, position: int) -> Instant:
        """Moment and view of the item at a position, without making it."""
        part = self._part_of(position)
        return self._parts[part].instant(position - self._starts[part])

    def image_path(self, position: int) -> Path | None:
        """The picture's file of the item at a position, without making it; None where there is none."""
        part = self._part_of(position)
        return self._parts[part].image_path(position - self._starts[part])

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

    def _part_of(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1


def _built(parts: Sequence[Part[T]], starts: Sequence[int], position: int) -> T:
    part = bisect_right(starts, position) - 1
    return parts[part].build(position - starts[part])
