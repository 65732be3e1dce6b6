"""What a scan measured: columns of values that thresholds filter afterwards, without scanning again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.review.detectors.detector import Detector, Finding

if TYPE_CHECKING:
    import polars

Thresholds = Mapping[str, float]
"""Thresholds by a detector's id; those that are not named keep their default."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """M measurements, one per row of each column, and what could not be measured.

    `code` (M,) is the row's place in `detectors`, `position` (M,) the record's place in the data set,
    `record` and `person` (M,) the keys of the case (person None: the whole record), `value` (M,) float32 in
    the detector's unit, `detail` (M,) words. `scanned` counts the records that were looked at.
    """

    detectors: tuple[Detector, ...]
    code: NDArray[np.uint16]
    position: NDArray[np.int32]
    record: NDArray[np.object_]
    person: NDArray[np.object_]
    value: NDArray[np.float32]
    detail: NDArray[np.object_]
    problems: tuple[str, ...] = ()
    scanned: int = 0

    @classmethod
    def of(
        cls,
        detectors: Sequence[Detector],
        rows: Sequence[tuple[int, int, str, str | None, float, str]],
        *,
        problems: Sequence[str] = (),
        scanned: int = 0,
    ) -> Measurements:
        """Columns out of rows (code, position, record, person, value, detail), sorted by position."""
        ordered = sorted(rows, key=lambda row: (row[1], row[0]))
        columns = list(zip(*ordered, strict=True)) if ordered else [()] * 6
        return cls(
            tuple(detectors),
            np.array(columns[0], np.uint16),
            np.array(columns[1], np.int32),
            _objects(columns[2]),
            _objects(columns[3]),
            np.array(columns[4], np.float32),
            _objects(columns[5]),
            tuple(problems),
            scanned,
        )

    def __len__(self) -> int:
        return len(self.code)

    def detector(self, id: str) -> Detector:
        """The detector with this id; raises KeyError when it took no part in the scan."""
        found = [one for one in self.detectors if one.id == id]
        if not found:
            raise KeyError(id)
        return found[0]

    def has(self, id: str) -> bool:
        """Whether the detector took part in the scan."""
        return any(one.id == id for one in self.detectors)

    def values(self, id: str) -> NDArray[np.float32]:
        """All values of one detector, in the order of the records."""
        return self.value[self.code == self._code(id)]

    def flagged(self, thresholds: Thresholds | None = None) -> NDArray[np.intp]:
        """The rows (K,) that are findings at these thresholds."""
        limits = np.array([self._limit(one, thresholds) for one in self.detectors] or [0.0], np.float32)
        below = np.array([one.direction == "below" for one in self.detectors] or [False])
        limit, is_below = limits[self.code], below[self.code]
        return np.flatnonzero(np.where(is_below, self.value < limit, self.value > limit))

    def finding(self, row: int, thresholds: Thresholds | None = None) -> Finding:
        """One row as a finding in words."""
        detector, value = self.detectors[self.code[row]], float(self.value[row])
        return Finding(
            detector.id,
            int(self.position[row]),
            self.record[row],
            self.person[row],
            value,
            self._limit(detector, thresholds),
            detector.say(value, self.detail[row]),
        )

    def findings(self, thresholds: Thresholds | None = None) -> tuple[Finding, ...]:
        """Everything beyond its threshold, in the order of the records."""
        return tuple(self.finding(int(row), thresholds) for row in self.flagged(thresholds))

    def counts(self, thresholds: Thresholds | None = None) -> dict[str, int]:
        """How many findings each detector has, by id, detectors in order."""
        found = Counter(self.code[self.flagged(thresholds)].tolist())
        return {one.id: found.get(code, 0) for code, one in enumerate(self.detectors)}

    def worst(self, id: str, count: int = 10) -> list[int]:
        """The rows of a detector's worst values, worst first."""
        rows = np.flatnonzero(self.code == self._code(id))
        values = self.value[rows]
        order = np.argsort(values if self.detector(id).direction == "below" else -values, kind="stable")
        return rows[order[:count]].tolist()

    def of_case(self, record: str, person: str | None = None) -> NDArray[np.intp]:
        """The rows (K,) about a record, or about one person in it."""
        rows = self.record == record
        return np.flatnonzero(rows if person is None else rows & (self.person == person))

    def joined(self, other: Measurements) -> Measurements:
        """Both scans in one; what `other` measured with the same detector replaces what is here."""
        kept = [one for one in self.detectors if not other.has(one.id)]
        detectors = (*kept, *other.detectors)
        rows = [*_rows(self, kept, 0), *_rows(other, other.detectors, len(kept))]
        problems = dict.fromkeys((*self.problems, *other.problems))
        return Measurements.of(
            detectors, rows, problems=tuple(problems), scanned=max(self.scanned, other.scanned)
        )

    def to_polars(self) -> polars.DataFrame:
        """The columns as a table: detector, position, record, person, value, detail."""
        import polars

        ids = [one.id for one in self.detectors]
        columns: dict[str, Any] = {
            "detector": [ids[code] for code in self.code.tolist()],
            "position": self.position,
            "record": self.record.tolist(),
            "person": self.person.tolist(),
            "value": self.value,
            "detail": self.detail.tolist(),
        }
        text = dict.fromkeys(("detector", "record", "person", "detail"), polars.String)
        return polars.DataFrame(columns, schema_overrides=text)

    def _code(self, id: str) -> int:
        return self.detectors.index(self.detector(id))

    def _limit(self, detector: Detector, thresholds: Thresholds | None) -> float:
        return (thresholds or {}).get(detector.id, detector.threshold)


def _rows(
    measurements: Measurements, detectors: Sequence[Detector], first: int
) -> list[tuple[int, int, str, str | None, float, str]]:
    """The rows of some detectors, numbered from `first` on in their order."""
    codes = {measurements.detectors.index(one): first + i for i, one in enumerate(detectors)}
    columns = zip(
        measurements.code.tolist(),
        measurements.position.tolist(),
        measurements.record,
        measurements.person,
        measurements.value.tolist(),
        measurements.detail,
        strict=True,
    )
    return [(codes[code], *rest) for code, *rest in columns if code in codes]


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    column = np.empty(len(values), object)
    column[:] = values
    return column
