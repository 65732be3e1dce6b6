"""NeuralAnnot's files: SMPL parameters and a virtual camera of their own for each annotation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.cameras import focal_and_centre
from sefd_viewer.datasets.annotations.columns import Column
from sefd_viewer.datasets.annotations.json_files import read_json_or_note
from sefd_viewer.datasets.annotations.person_rows import BodyColumn
from sefd_viewer.datasets.annotations.reading import Reading
from sefd_viewer.datasets.annotations.smpl_table import SmplTable, smpl_table


class Fits(NamedTuple):
    """Bodies by annotation, and their own cameras (P, 4) fx fy cx cy in pixels, nan where there is none."""

    bodies: BodyColumn
    cameras: NDArray[np.float64]


def read_fits(file: Path, annotation_ids: Sequence[str], reading: Reading) -> Fits:
    """The entries {annotation id: smpl_param, cam_param and perhaps fit_err} for these annotations."""
    entries, rows, absent = _entries_for(file, annotation_ids, reading)
    sound = [entry if isinstance(entry, dict) else {} for entry in entries]
    table = smpl_table(
        (entry.get("smpl_param") for entry in sound),
        where="smpl_param.",
        fit_errors=[entry.get("fit_err") for entry in sound],
    )
    intrinsics = focal_and_centre(
        [entry.get("cam_param") for entry in sound], "focal", "princpt", where="cam_param."
    )
    _note_fit_faults(file, table, intrinsics, rows, annotation_ids, reading)
    return Fits(BodyColumn(table, rows, absent), _spread(intrinsics.values, rows))


def read_parameters(file: Path, annotation_ids: Sequence[str], reading: Reading) -> BodyColumn:
    """The entries {annotation id: pose, shape, trans} for these annotations."""
    entries, rows, absent = _entries_for(file, annotation_ids, reading)
    table = smpl_table(entries)
    _note_fit_faults(file, table, None, rows, annotation_ids, reading)
    return BodyColumn(table, rows, absent)


def _entries_for(
    file: Path, annotation_ids: Sequence[str], reading: Reading
) -> tuple[list[object], NDArray[np.int64], str]:
    """The entries that are there, the entry's row for each annotation or -1, and why it may be -1."""
    if not file.is_file():
        return [], np.full(len(annotation_ids), -1), f"{file.name} is not there"
    content = read_json_or_note(file, reading.problems)
    if content is None:
        return [], np.full(len(annotation_ids), -1), f"{file.name} cannot be read"
    rows = np.full(len(annotation_ids), -1)
    entries: list[object] = []
    for row, key in enumerate(annotation_ids):
        if key in content:
            rows[row] = len(entries)
            entries.append(content[key])
    for key in content.keys() - set(annotation_ids):
        reading.problems.add(file, "an entry belongs to no annotation", f"entry {key}")
    return entries, rows, f"no entry in {file.name}"


def _note_fit_faults(
    file: Path,
    table: SmplTable,
    intrinsics: Column | None,
    rows: NDArray[np.int64],
    annotation_ids: Sequence[str],
    reading: Reading,
) -> None:
    """Note what is wrong with the entries under the ids of their annotations."""
    owners = {int(smpl_row): annotation_ids[row] for row, smpl_row in enumerate(rows) if smpl_row >= 0}
    for faults in (table.faults, intrinsics.faults if intrinsics is not None else {}):
        for row, fault in faults.items():
            reading.problems.add(file, fault, f"annotation {owners[row]}")


def _spread(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values (S, 4) in the order of the annotations (P, 4), nan where there are none."""
    spread = np.full((len(rows), values.shape[1]), np.nan)
    spread[rows >= 0] = values[rows[rows >= 0]]
    return spread
