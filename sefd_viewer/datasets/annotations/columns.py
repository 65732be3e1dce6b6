"""Columns of numbers out of lists of JSON values: all at once where they are sound, else one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

_LARGEST = 1e30
"""Numbers beyond it count as infinite: they would be in single precision soon."""


@dataclass(frozen=True, eq=False)
class Column:
    """Numbers (N, *shape) float64, nan where a row has none, and what is wrong with which row."""

    values: NDArray[np.float64]
    faults: dict[int, str]


def numbers(cells: Sequence[object], name: str, shape: tuple[int, ...], *, required: bool = True) -> Column:
    """The cells as numbers of `shape` each (nested lists may be flat); `name` is the key, for words.

    A cell that is None is missing, which is a fault where the numbers are `required`.
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


def flags(cells: Iterable[object]) -> NDArray[np.bool_]:
    """Each cell's truth, (N,)."""
    return np.array([bool(cell) for cell in cells], dtype=bool)


def _all_at_once(cells: Sequence[object], shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """The numbers when every cell is sound in shape, else None."""
    if not cells:
        return np.zeros((0, *shape))
    try:
        values = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    flat_or_right = values.ndim == 2 or values.shape[1:] == shape or len(shape) == 1
    if values.ndim < 2 or values.size != len(cells) * prod(shape) or not flat_or_right:
        return None
    return values.reshape(len(cells), *shape)


def _read_into(target: NDArray[np.float64], cell: object, name: str) -> str | None:
    """Read one cell into `target` (1, *shape); else say what is wrong with it."""
    shape = target.shape[1:]
    if cell is None:
        return f"{name} is missing"
    values = _all_at_once([cell], shape)
    if values is None:
        return f"{name} is not {' x '.join(map(str, shape))} numbers"
    target[:] = values
    return None
