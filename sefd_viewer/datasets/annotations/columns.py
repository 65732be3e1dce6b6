"""Columns of numbers out of lists of JSON values, all at once where they are sound; and columns of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.errors import DAMAGED

_LARGEST = 1e30
"""Numbers beyond it count as infinite: they would be in single precision soon."""
_SINGLE_FROM = 16
"""So many numbers in a cell are packed in single precision: keypoints, poses."""


@dataclass(frozen=True, eq=False)
class Column:
    """Numbers (N, *shape), nan where a row has none, and what is wrong with which row."""

    values: NDArray[np.floating]
    faults: dict[int, str]

    def taken(self, rows: NDArray[np.int64]) -> Column:
        """Some of the rows, in another order."""
        if np.array_equal(rows, np.arange(len(self.values))):
            return self
        places = {row: place for place, row in enumerate(rows.tolist())} if self.faults else {}
        faults = {places[row]: fault for row, fault in self.faults.items() if row in places}
        return Column(self.values[rows], dict(sorted(faults.items())))


def joined(columns: Sequence[Column], shape: tuple[int, ...]) -> Column:
    """Columns of the same shape, one after the other."""
    if not columns:
        return Column(np.zeros((0, *shape)), {})
    starts = accumulate((len(column.values) for column in columns), initial=0)
    faults = {
        start + row: fault
        for start, column in zip(starts, columns, strict=False)
        for row, fault in column.faults.items()
    }
    return Column(np.concatenate([column.values for column in columns]), faults)


def numbers(
    cells: Sequence[object] | NDArray[np.generic], name: str, shape: tuple[int, ...], *, required: bool = True
) -> Column:
    """The cells as numbers of `shape` each (nested lists may be flat); `name` is the key, for words.

    A cell that is None is missing, which is a fault where the numbers are `required`. Packed cells of single
    precision stay so, all others become float64.
    """
    values = _all_at_once(cells, shape)
    faults: dict[int, str] = {}
    if values is None:
        values = np.full((len(cells), *shape), np.nan)
        for row, cell in enumerate(cells):
            fault = _read_into(values[row : row + 1], cell, name)
            if fault and (cell is not None or required):
                faults[row] = fault
    values[~(np.abs(values) < _LARGEST)] = np.nan
    broken = ~np.isfinite(values.reshape(len(cells), prod(shape))).all(axis=1)
    for row in np.flatnonzero(broken).tolist():
        if cells[row] is not None:
            faults.setdefault(row, f"{name} holds values that are not finite")
    return Column(values, faults)


def packed(cells: list[object]) -> list[object] | NDArray[np.generic]:
    """The same cells in less memory, as far as they are whole numbers, or lists of numbers."""
    kinds = set(map(type, cells))
    if kinds == {int}:
        try:
            return np.array(cells, dtype=np.int64)
        except OverflowError:
            return cells
    if list not in kinds:
        return cells
    together = _packed_list(cells) if kinds == {list} else None
    if together is not None:
        return together
    return [cell if (one := _packed_list(cell)) is None else one for cell in cells]


def faults_by_row(*columns: Column) -> dict[int, list[str]]:
    """What is wrong with each row in any of the columns."""
    faults: dict[int, list[str]] = {}
    for column in columns:
        for row, fault in column.faults.items():
            faults.setdefault(row, []).append(fault)
    return faults


def _packed_list(cells: object) -> NDArray[np.floating] | None:
    """A list of numbers, or of lists of them, as an array; None for anything else, or what would not fit."""
    if not isinstance(cells, list) or not cells:
        return None
    try:
        values = np.array(cells, dtype=np.float64)
    except DAMAGED:
        return None
    if values.size < _SINGLE_FROM * (len(cells) if values.ndim > 1 else 1):
        return values
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _all_at_once(
    cells: Sequence[object] | NDArray[np.generic], shape: tuple[int, ...]
) -> NDArray[np.floating] | None:
    """The numbers when every cell is sound in shape, else None."""
    if len(cells) == 0:
        return np.zeros((0, *shape))
    single = isinstance(cells, np.ndarray) and cells.dtype == np.float32
    try:
        values: NDArray[np.floating] = np.array(cells, dtype=np.float32 if single else np.float64)
    except DAMAGED:
        return None
    flat_or_right = values.ndim == 2 or values.shape[1:] == shape or len(shape) == 1
    if values.ndim < 2 or values.size != len(cells) * prod(shape) or not flat_or_right:
        return None
    return values.reshape(len(cells), *shape)


def _read_into(target: NDArray[np.floating], cell: object, name: str) -> str | None:
    """Read one cell into `target` (1, *shape); else say what is wrong with it."""
    shape = target.shape[1:]
    if cell is None:
        return f"{name} is missing"
    values = _all_at_once([cell], shape)
    if values is None:
        return f"{name} is not {' x '.join(map(str, shape))} numbers"
    target[:] = values
    return None


@dataclass(frozen=True, eq=False)
class Labels:
    """A word per row that many share: `codes` (N,) are places in `words`."""

    codes: NDArray[np.int64]
    words: Sequence[str]

    @classmethod
    def of(cls, words: Sequence[str]) -> Labels:
        """Labels of these words, one per row."""
        places = {word: place for place, word in enumerate(dict.fromkeys(words))}
        return cls(np.array([places[word] for word in words], dtype=np.int64), list(places))

    def at(self, position: int) -> str:
        """The word at a row."""
        return self.words[int(self.codes[position])]

    def same(self, position: int) -> list[int]:
        """The rows with the same word, in order."""
        order, starts = self._by_code
        code = int(self.codes[position])
        places: list[int] = order[starts[code] : starts[code + 1]].tolist()
        return places

    @cached_property
    def _by_code(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.codes, kind="stable")
        return order, np.searchsorted(self.codes[order], np.arange(len(self.words) + 1))


def joined_labels(parts: Sequence[Labels]) -> Labels:
    """Labels one after the other."""
    places: dict[str, int] = {}
    codes = [np.zeros(0, dtype=np.int64)]
    for part in parts:
        own = np.array([places.setdefault(word, len(places)) for word in part.words], dtype=np.int64)
        codes.append(own[part.codes])
    return Labels(np.concatenate(codes), list(places))
