"""SMPL parameters of many people as rows of numbers, and the body that each belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import SmplParameters
from sefd_viewer.datasets.annotations.bodies import body_id_of
from sefd_viewer.datasets.annotations.columns import Column, faults_by_row, numbers
from sefd_viewer.datasets.annotations.labels import Labels, joined_labels

_POSE, _BETAS, _TRANSL = slice(0, 72), slice(72, 82), slice(82, 85)


@dataclass(frozen=True, eq=False)
class SmplTable:
    """One person's parameters per row: `values` (S, 85) float32 pose, betas, transl in metres.

    In the camera's frame, or the world's with `world`. `fit_errors` (S,) in the format's own unit, nan is
    unknown; `faults` say what is wrong with which row.
    """

    values: NDArray[np.float32]
    body_ids: Labels
    fit_errors: NDArray[np.float32]
    faults: Mapping[int, Sequence[str]]
    world: bool = False

    def parameters(self, row: int) -> SmplParameters:
        """The parameters in a row without fault."""
        values = np.array(self.values[row])
        return SmplParameters.from_pose(self.body_ids.at(row), values[_POSE], values[_BETAS], values[_TRANSL])


def smpl_table(
    entries: Iterable[object], *, where: str = "", fit_errors: Iterable[object] = (), world: bool = False
) -> SmplTable:
    """A table of entries with `pose` 72, `shape` 10, `trans` 3 and perhaps `gender` and `body`.

    `where` is the key that holds the entries, for words.
    """
    cells = [entry if isinstance(entry, Mapping) else {} for entry in entries]
    columns = [
        numbers([_values(cell, key) for cell in cells], f"{where}{key}", (count,))
        for key, count in (("pose", 72), ("shape", 10), ("trans", 3))
    ]
    errors = [error if isinstance(error, int | float) else np.nan for error in fit_errors]
    return SmplTable(
        np.concatenate([column.values for column in columns], axis=1).astype(np.float32),
        Labels.of([body_id_of(cell, cell.get("gender", "neutral")) for cell in cells]),
        np.array(errors or [np.nan] * len(cells), dtype=np.float32),
        _one_each(columns),
        world,
    )


def joined_tables(tables: Sequence[SmplTable]) -> SmplTable:
    """Tables of the same frame, one after the other; at least one."""
    starts = accumulate((len(table.values) for table in tables), initial=0)
    faults = {
        start + row: faults
        for start, table in zip(starts, tables, strict=False)
        for row, faults in table.faults.items()
    }
    return SmplTable(
        np.concatenate([table.values for table in tables]),
        joined_labels([table.body_ids for table in tables]),
        np.concatenate([table.fit_errors for table in tables]),
        faults,
        tables[0].world,
    )


def _one_each(columns: Sequence[Column]) -> dict[int, list[str]]:
    """What is wrong with each row, as one sentence."""
    return {row: ["; ".join(faults)] for row, faults in faults_by_row(*columns).items()}


def _values(cell: Mapping[str, Any], key: str) -> Any:
    """The entry's value; of a flat shape with more than ten numbers the ten that count."""
    value = cell.get(key)
    flat_array = isinstance(value, np.ndarray) and value.ndim == 1
    flat_list = isinstance(value, list) and bool(value) and not isinstance(value[0], list)
    return value[:10] if value is not None and key == "shape" and (flat_array or flat_list) else value
