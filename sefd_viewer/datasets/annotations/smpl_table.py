"""SMPL parameters of many people as rows of numbers, and the body that each belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import SmplParameters
from sefd_viewer.datasets.annotations.bodies import body_id_of
from sefd_viewer.datasets.annotations.columns import Column, faults_by_row, numbers
from sefd_viewer.datasets.annotations.labels import Labels, joined_labels
from sefd_viewer.errors import DAMAGED

if TYPE_CHECKING:
    from sefd_viewer.datasets.annotations.part_reading import PartReading

_POSE, _BETAS, _TRANSL = slice(0, 72), slice(72, 82), slice(82, 85)
_BETAS_USED = 10


@dataclass(frozen=True, eq=False)
class SmplTable:
    """One person's parameters per row: `values` (S, 85) float32 pose, betas, transl in metres.

    In the camera's frame, or the world's with `world`. `fit_errors` (S,) in the format's own unit, nan is
    unknown; `faults` say what is wrong with which row; `dropped` counts the rows whose shapes had so many
    numbers, with others than 0 beyond the ten that are used (known while a file is read).
    """

    values: NDArray[np.float32]
    body_ids: Labels
    fit_errors: NDArray[np.float32]
    faults: Mapping[int, Sequence[str]]
    world: bool = False
    dropped: Mapping[int, int] = field(default_factory=dict)

    def parameters(self, row: int) -> SmplParameters:
        """The parameters in a row without fault."""
        values = np.array(self.values[row])
        return SmplParameters.from_pose(self.body_ids.at(row), values[_POSE], values[_BETAS], values[_TRANSL])

    def note_dropped(self, file: Path, reading: PartReading) -> None:
        """Tell once that shapes lost numbers: their bodies are not quite those that were fitted."""
        if self.dropped:
            counts = " or ".join(map(str, sorted(self.dropped)))
            people = sum(self.dropped.values())
            words = f"{people} shapes have {counts} betas: the first 10 are used, the others are left out"
            reading.problems.add(file, f"{words}, so these bodies differ from the fitted ones")


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
        _dropped(cells),
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
        sum((Counter(table.dropped) for table in tables), Counter()),
    )


def _one_each(columns: Sequence[Column]) -> dict[int, list[str]]:
    """What is wrong with each row, as one sentence."""
    return {row: ["; ".join(faults)] for row, faults in faults_by_row(*columns).items()}


def _dropped(cells: Sequence[Mapping[str, Any]]) -> Counter[int]:
    """How many shapes of each length have numbers beyond the tenth that are not 0."""
    shapes = (cell.get("shape") for cell in cells)
    flat = (shape for shape in shapes if isinstance(shape, list | np.ndarray) and len(shape) > _BETAS_USED)
    return Counter(len(shape) for shape in flat if np.any(_numbers_of(shape[_BETAS_USED:])))


def _numbers_of(values: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except DAMAGED:
        return np.zeros(0)


def _values(cell: Mapping[str, Any], key: str) -> Any:
    """The entry's value; of a flat shape with more than ten numbers the ten that count."""
    value = cell.get(key)
    flat_array = isinstance(value, np.ndarray) and value.ndim == 1
    flat_list = isinstance(value, list) and bool(value) and not isinstance(value[0], list)
    return (
        value[:_BETAS_USED] if value is not None and key == "shape" and (flat_array or flat_list) else value
    )
