"""Measurements as columns while they are collected: a tenth of the memory of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Row = tuple[int, int, str, str | None, float, str]
"""The detector's place, the record's position and key, the person's key, the value, the detail."""


@dataclass(frozen=True, eq=False)
class Rows:
    """M rows as columns: `code`, `position`, `record`, `person`, `value`, `detail`, each (M,)."""

    code: NDArray[np.uint16]
    position: NDArray[np.int32]
    record: NDArray[np.object_]
    person: NDArray[np.object_]
    value: NDArray[np.float32]
    detail: NDArray[np.object_]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Rows:
        """Columns out of rows."""
        columns = list(zip(*rows, strict=True)) if rows else [()] * 6
        return cls(
            np.array(columns[0], np.uint16),
            np.array(columns[1], np.int32),
            objects(columns[2]),
            objects(columns[3]),
            np.array(columns[4], np.float32),
            objects(columns[5]),
        )

    @classmethod
    def joined(cls, parts: Iterable[Rows]) -> Rows:
        """All parts in one, by position, then by detector."""
        listed = [cls.of([]), *parts]
        whole = [np.concatenate([getattr(part, field.name) for part in listed]) for field in fields(cls)]
        order = np.lexsort((whole[0], whole[1]))
        return cls(*(column[order] for column in whole))

    def __len__(self) -> int:
        return len(self.code)


def objects(values: Sequence[object]) -> NDArray[np.object_]:
    """A column of any values."""
    column = np.empty(len(values), object)
    column[:] = values
    return column
