"""The moments of a data set that several standing cameras saw, sequence by sequence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera

_LAYOUT = "Give a capture folder (cameras.json and one folder of pictures per camera) or a Human3.6M root"


@dataclass(frozen=True, eq=False)
class MomentSequence:
    """Consecutive `moments` of the cameras by view; `records` by view and moment, where there is one.

    `up` (3,) points away from the ground in the cameras' world, None where that is not known.
    """

    name: str
    cameras: Mapping[str, PinholeCamera]
    moments: tuple[str, ...]
    records: Mapping[tuple[str, str], Record]
    up: tuple[float, float, float] | None = None


def sequences_of(dataset: Dataset, *, every: int = 1) -> list[MomentSequence]:
    """Every sequence that two cameras saw, of its moments one in `every`.

    Raises DatasetError, which says what is missing, when there is none.
    """
    found: dict[str, list[Record]] = {}
    for record in dataset.records:
        if record.moment is not None and record.view is not None:
            found.setdefault(_sequence(record.moment), []).append(record)
    if not found:
        raise DatasetError(
            "these pictures do not come from several cameras", where=dataset.root, remedy=_LAYOUT
        )
    made = [_made(name, records, every) for name, records in found.items()]
    usable = [one for one in made if len(one.cameras) > 1]
    if not usable:
        raise DatasetError("fewer than two views have a usable camera", where=dataset.root, remedy=_LAYOUT)
    return usable


def _sequence(moment: str) -> str:
    """A moment's name without the number at its end."""
    return re.sub(r"[_-]?\d+$", "", moment)


def _made(name: str, records: Sequence[Record], every: int) -> MomentSequence:
    cameras: dict[str, PinholeCamera] = {}
    for record in records:
        assert record.view is not None
        if record.camera is not None:
            _see_that_it_stands(record, cameras.setdefault(record.view, record.camera))
    by_place = {(record.view or "", record.moment or ""): record for record in records}
    moments = tuple(dict.fromkeys(moment for _, moment in by_place))[::every]
    return MomentSequence(name, cameras, moments, by_place, records[0].world_up)


def _see_that_it_stands(record: Record, camera: PinholeCamera) -> None:
    same = record.camera is camera or (
        record.camera is not None
        and all(
            np.allclose(getattr(record.camera, name), getattr(camera, name)) for name in ("R", "t", "focal")
        )
    )
    if not same:
        raise DatasetError(
            f"the camera of {record.view} moves", where=record.key, remedy="Only standing cameras can be used"
        )
