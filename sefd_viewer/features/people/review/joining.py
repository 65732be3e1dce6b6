"""Measurements of several scans as one, by row of the table, and kept for the next start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.findings import Measured, Values
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.people.review.table import ReviewTable

_COLUMNS = ("position", "record", "person", "value", "detail")


def keep(dataset: Dataset, measurements: Measurements) -> str:
    """Keep a scan for the next start; words when that is impossible."""
    from sefd_viewer.checks import measurements_path, save_measurements

    try:
        save_measurements(measurements, measurements_path(dataset))
    except SefdError as error:
        return str(error)
    return ""


def kept_scan(
    dataset: Dataset, table: ReviewTable, detectors: tuple[Detector, ...], bodies: tuple[str, ...]
) -> tuple[Measurements, Measured] | None:
    """What was kept of these detectors' scan of this data set with these body files, None: nothing."""
    from sefd_viewer.checks import (
        load_measurements,
        measurements_path,
        state_of,
    )

    path = measurements_path(dataset)
    if not path.exists():
        return None
    found = load_measurements(path, detectors, state=state_of(dataset, bodies))
    return (found, by_row(found, table)) if found is not None and len(found) else None


def with_earlier(
    before: Measurements | None, found: Measurements, scanned: NDArray[np.int32]
) -> Measurements:
    """What was measured earlier, with what was measured now at the positions `scanned` (K,) in its place.

    Only the detectors that took part now give way. What was measured from other inputs is dropped.
    """
    import numpy as np

    if before is None or not len(before) or before.state != found.state:
        return found
    now = {one.id for one in found.detectors}
    others = tuple(one for one in before.detectors if one.id not in now)
    detectors = (*found.detectors, *others)
    again = np.isin(before.code, [code for code, one in enumerate(before.detectors) if one.id in now])
    kept = ~(again & np.isin(before.position, scanned))
    code = np.concatenate([_recoded(before, detectors)[kept], found.code])
    columns = {name: np.concatenate([getattr(before, name)[kept], getattr(found, name)]) for name in _COLUMNS}
    order = np.lexsort((code, columns["position"]))
    ordered: dict[str, Any] = {name: column[order] for name, column in columns.items()}
    looked = len(np.setdiff1d(before.position, scanned)) + len(scanned)
    return replace(found, detectors=detectors, code=code[order], scanned=looked, **ordered)


def _recoded(before: Measurements, detectors: tuple[Detector, ...]) -> NDArray[np.uint16]:
    """The codes (M,) of earlier measurements in another tuple of detectors, which holds all of theirs."""
    import numpy as np

    places = {one.id: place for place, one in enumerate(detectors)}
    codes = np.array([places[one.id] for one in before.detectors], np.uint16)
    return codes[before.code]


def by_row(measurements: Measurements, table: ReviewTable) -> Measured:
    """Each detector's values with the rows of the table that they are about.

    What was measured about a whole record is about each of its people.
    """
    import numpy as np
    import polars as pl

    cases = table.frame.select(
        pl.col("position").cast(pl.Int32),
        pl.col("person").cast(pl.String),
        pl.Series("row", np.arange(len(table), dtype=np.int32)),
    )
    numbers = pl.DataFrame(
        {"position": measurements.position, "code": measurements.code, "value": measurements.value}
    ).with_columns(pl.Series("person", measurements.person.tolist(), dtype=pl.String))
    of_people = numbers.filter(pl.col("person").is_not_null()).join(cases, on=["position", "person"])
    of_records = numbers.filter(pl.col("person").is_null()).drop("person").join(cases, on="position")
    names = ["code", "row", "value"]
    joined = pl.concat([of_people.select(names), of_records.select(names)])
    values = {}
    for code, detector in enumerate(measurements.detectors):
        own = joined.filter(pl.col("code") == code)
        if own.height:
            values[detector.id] = Values(own["row"].to_numpy(), own["value"].to_numpy())
    return Measured(values, looked=measurements.scanned)
