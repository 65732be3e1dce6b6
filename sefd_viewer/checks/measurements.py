"""What a scan measured: columns of values that thresholds filter afterwards, without scanning again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Finding

if TYPE_CHECKING:
    import polars

    from sefd_viewer.datasets.exclude_list import ExcludeList


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


Thresholds = Mapping[str, float]
"""Thresholds by a detector's id; those that are not named keep their default."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """M measurements, one per row of each column, and what could not be measured.

    `code` (M,) is the row's place in `detectors`, `position` (M,) the record's place in the data set,
    `record` and `person` (M,) the keys of the case (person None: the whole record), `value` (M,) float32 in
    the detector's unit, `detail` (M,) words. `scanned` counts the records that were looked at, `state` is the
    word of everything that they were measured from (see `state_of`).
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
    state: str = ""

    @classmethod
    def of(
        cls, detectors: Sequence[Detector], rows: Rows, *, problems: Sequence[str] = (), scanned: int = 0
    ) -> Measurements:
        """What these detectors measured; the rows' codes are the detectors' places."""
        columns = (rows.code, rows.position, rows.record, rows.person, rows.value, rows.detail)
        return cls(tuple(detectors), *columns, tuple(problems), scanned)

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

    def only(self, detectors: Sequence[Detector]) -> Measurements:
        """What some of the detectors measured, in their order; those that took no part are left out."""
        kept = [one for one in detectors if self.has(one.id)]
        rows = self._rows({self._code(one.id): code for code, one in enumerate(kept)})
        found = Measurements.of(kept, Rows.joined([rows]), problems=self.problems, scanned=self.scanned)
        return replace(found, state=self.state)

    def without(self, exclude: ExcludeList) -> Measurements:
        """What was measured of everybody but those whom a list leaves out."""
        cases = zip(self.record.tolist(), self.person.tolist(), strict=True)
        kept = np.array([not exclude.leaves_out(record, person) for record, person in cases], bool)
        columns = ("code", "position", "record", "person", "value", "detail")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})

    def joined(self, other: Measurements) -> Measurements:
        """Both scans in one; what `other` measured with the same detector replaces what is here."""
        kept = [code for code, one in enumerate(self.detectors) if not other.has(one.id)]
        detectors = (*(self.detectors[code] for code in kept), *other.detectors)
        mine = self._rows({old: new for new, old in enumerate(kept)})
        theirs = other._rows({code: len(kept) + code for code in range(len(other.detectors))})
        problems = dict.fromkeys((*self.problems, *other.problems))
        return Measurements.of(
            detectors,
            Rows.joined([mine, theirs]),
            problems=tuple(problems),
            scanned=max(self.scanned, other.scanned),
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

    def _rows(self, codes: Mapping[int, int]) -> Rows:
        """The rows of some detectors, from their old codes to new ones."""
        new = np.zeros(max(len(self.detectors), 1), np.uint16)
        new[list(codes)] = list(codes.values())
        kept = np.isin(self.code, list(codes))
        return Rows(
            new[self.code[kept]],
            self.position[kept],
            self.record[kept],
            self.person[kept],
            self.value[kept],
            self.detail[kept],
        )
