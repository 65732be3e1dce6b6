"""The views of one moment, and the moments before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.datasets.records import Dataset, Record

MOST_VIEWS = 12
LONGEST = 16_000
"""A timeline covers at most this many records in a row (all views counted)."""
MOST_SEQUENCES = 200
"""Of a timeline as many sequences are named."""
REACH = 32_000
"""How far the next moment of a view is looked for, in records: sets may list one view after the other."""


@dataclass(frozen=True, eq=False)
class Moment:
    """One instant: its records by view, at most MOST_VIEWS; `left_out` counts the views beyond."""

    key: str
    records: dict[str, Record]
    left_out: int = 0


@dataclass(frozen=True, eq=False)
class Stretch:
    """Moments in a row as one view has them: the records' keys in order, and what the moments are called.

    `views` are all that show some of them, in the order of their names; where there are several, `sequences`
    say with which moment each begins and what it is called ("S8 Smoking 1").
    """

    keys: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    sequences: tuple[tuple[int, str], ...] = ()

    def index(self, moment: str) -> int | None:
        """Where a moment is, None when it is not among them."""
        return self.moments.index(moment) if moment in self.moments else None


def moment_of(dataset: Dataset, key: str, conventions: Conventions | None = None) -> Moment:
    """The moment that the record `key` shows; a record that belongs to none is one by itself.

    Views that `conventions` put off in time have the record of a later moment, to whole moments; those that
    have none there are left out.
    """
    record = dataset.records[dataset.position(key)]
    records: dict[str, Record] = {}
    for one in dataset.same_moment(record):
        records.setdefault(one.view or one.key, one)
    chosen = dict(list(records.items())[:MOST_VIEWS])
    if key not in {one.key for one in chosen.values()}:
        chosen.popitem()
        chosen[record.view or record.key] = record
    in_step = {view: _later(dataset, one, view, conventions) for view, one in chosen.items()}
    shown = {view: one for view, one in in_step.items() if one is not None}
    return Moment(record.moment or record.key, shown, len(records) - len(chosen))


def _later(dataset: Dataset, record: Record, view: str, conventions: Conventions | None) -> Record | None:
    """The record that shows the moment where the view's pictures are late."""
    moments = round(conventions.of(view).later) if conventions is not None else 0
    key: str | None = record.key
    for _ in range(abs(moments)):
        key = neighbour(dataset, key, 1 if moments > 0 else -1) if key is not None else None
    return record if moments == 0 else dataset.records[dataset.position(key)] if key is not None else None


def sequence_around(dataset: Dataset, key: str) -> Stretch:
    """The moments of the record's view in the stretch of the data set that the record lies in."""
    from sefd_viewer.datasets.records import natural

    position = dataset.position(key)
    moment, view = dataset.instant(position)
    if moment is None:
        return Stretch()
    start = position - position % LONGEST
    found: dict[str, str] = {}
    here = dataset.same_moment(dataset.records[position])
    views = {one.view for one in here if one.view is not None}
    for other in range(start, min(start + LONGEST, len(dataset.records))):
        at, seen_by = dataset.instant(other)
        if at is not None and seen_by is not None:
            views.add(seen_by)
        if seen_by == view and at is not None:
            found.setdefault(at, dataset.keys[other])
    keys, moments = tuple(found.values()), tuple(found)
    return Stretch(keys, moments, tuple(sorted(views, key=natural)), _sequences(dataset, keys, moments))


def _sequences(
    dataset: Dataset, keys: tuple[str, ...], moments: tuple[str, ...]
) -> tuple[tuple[int, str], ...]:
    from sefd_viewer.app.photo_titles import beginnings, photo_name

    places = beginnings(moments)
    if not places:
        return ()
    first = (
        (place, dataset.records[dataset.position(keys[place])]) for place in (0, *places[:MOST_SEQUENCES])
    )
    return tuple((place, photo_name(record).sequence) for place, record in first)


def neighbour(dataset: Dataset, key: str, step: int) -> str | None:
    """The record of the same view at the next (`step` 1) or previous (-1) moment, None at the ends.

    Where records belong to no moment it is the next record.
    """
    position = dataset.position(key)
    moment, view = dataset.instant(position)
    for distance in range(1, REACH):
        other = position + step * distance
        if not 0 <= other < len(dataset.records):
            return None
        at, seen_by = dataset.instant(other)
        if moment is None or (seen_by == view and at != moment):
            return dataset.keys[other]
    return None
