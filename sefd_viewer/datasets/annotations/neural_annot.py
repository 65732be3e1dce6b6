"""NeuralAnnot's files: SMPL or SMPL-X parameters and a virtual camera of their own for each annotation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.cameras import focal_and_centre
from sefd_viewer.datasets.annotations.columns import Column, joined
from sefd_viewer.datasets.annotations.json_files import collect_named, or_note
from sefd_viewer.datasets.annotations.rows import BodyColumn
from sefd_viewer.datasets.annotations.smpl_table import SmplTable, joined_tables, smpl_table
from sefd_viewer.datasets.progress import PartReading

TableOf = Callable[[list[Any]], SmplTable]


class Fits(NamedTuple):
    """Bodies by annotation, and their own cameras (P, 4) fx fy cx cy in pixels, nan where there is none."""

    bodies: BodyColumn
    cameras: NDArray[np.float64]


def fits_beside(named: Path) -> Path:
    """The file of this name, or where it is not there that of SMPL-X of the same people.

    For MSCOCO_train_SMPL_NeuralAnnot.json that is MSCOCO_train_SMPLX_all_NeuralAnnot.json and the like.
    """
    if named.is_file():
        return named
    others = named.parent.glob(named.name.replace("_SMPL_", "_SMPLX*"))
    return next(iter(sorted(others)), named)


class _Entries:
    """Entries by annotation id as they come in; `rows` (P,) are those of the annotations, -1 without one."""

    def __init__(self, places: dict[str, int], count: int, table_of: TableOf) -> None:
        self._places, self._table_of = places, table_of
        self.rows = np.full(count, -1)
        self.owners: list[str] = []
        self.strangers: list[str] = []
        self.tables: list[SmplTable] = [table_of([])]
        self.intrinsics: list[Column] = []

    def take(self, batch: object) -> None:
        """Take a batch of named entries."""
        assert isinstance(batch, dict)
        known = {key: entry for key, entry in batch.items() if key in self._places}
        self.strangers += batch.keys() - known.keys()
        for key in known:
            self.rows[self._places[key]] = len(self.owners)
            self.owners.append(key)
        entries = list(known.values())
        self.tables.append(self._table_of(entries))
        cells = [entry.get("cam_param") if isinstance(entry, dict) else None for entry in entries]
        self.intrinsics.append(focal_and_centre(cells, "focal", "princpt", where="cam_param."))


def read_fits(file: Path, annotation_ids: Sequence[str], reading: PartReading) -> Fits:
    """The entries {annotation id: smpl_param or smplx_param, cam_param, perhaps fit_err} for these people."""
    found, absent = _entries_for(file, annotation_ids, _fitted, reading)
    table, intrinsics = joined_tables(found.tables), joined(found.intrinsics, (4,))
    reading.note(file, table.faults, lambda row: f"annotation {found.owners[row]}")
    table.note_dropped(file, reading)
    faults = {row: [fault] for row, fault in intrinsics.faults.items()}
    reading.note(file, faults, lambda row: f"annotation {found.owners[row]}")
    return Fits(BodyColumn(table, found.rows, absent), _spread(intrinsics.values, found.rows))


def read_parameters(file: Path, annotation_ids: Sequence[str], reading: PartReading) -> BodyColumn:
    """The entries {annotation id: pose, shape, trans} for these annotations."""
    found, absent = _entries_for(file, annotation_ids, smpl_table, reading)
    table = joined_tables(found.tables)
    reading.note(file, table.faults, lambda row: f"annotation {found.owners[row]}")
    table.note_dropped(file, reading)
    return BodyColumn(table, found.rows, absent)


def _fitted(entries: list[Any]) -> SmplTable:
    sound = [entry if isinstance(entry, dict) else {} for entry in entries]
    return smpl_table(
        (entry.get("smplx_param", entry.get("smpl_param")) for entry in sound),
        where="smplx_param." if any("smplx_param" in entry for entry in sound) else "smpl_param.",
        fit_errors=[entry.get("fit_err") for entry in sound],
    )


def _entries_for(
    file: Path, annotation_ids: Sequence[str], table_of: TableOf, reading: PartReading
) -> tuple[_Entries, str]:
    """The entries that are there, and why some may not be."""
    places = {key: row for row, key in reversed(list(enumerate(annotation_ids)))}
    made: list[_Entries] = []

    def make() -> Callable[[object], None]:
        made.append(_Entries(places, len(annotation_ids), table_of))
        return made[-1].take

    def read() -> str:
        collect_named(file, reading, make)
        return f"no entry in {file.name}"

    if not file.is_file():
        reading.look_at(file)
        make()
        return made[-1], f"{file.name} is not there"
    absent = or_note(read, reading)
    if absent is None:
        make()
        absent = f"{file.name} cannot be read"
    for key in made[-1].strangers:
        reading.problems.add(file, "an entry belongs to no annotation", f"entry {key}")
    return made[-1], absent


def _spread(values: NDArray[np.floating], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values (S, 4) in the order of the annotations (P, 4), nan where there are none."""
    spread = np.full((len(rows), 4), np.nan)
    spread[rows >= 0] = values[rows[rows >= 0]]
    return spread
