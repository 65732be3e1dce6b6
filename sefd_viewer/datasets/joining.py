"""Several data sets as one, without making their records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from sefd_viewer.datasets.lazy_sequence import Instant, LazySequence
from sefd_viewer.datasets.records import Dataset, Record

if TYPE_CHECKING:
    from polars import DataFrame


def joined_records(datasets: Mapping[str, Dataset]) -> Sequence[Record]:
    """The records of all, one data set after the other; a record's key begins with its data set's name."""
    parts = [DatasetPart(name, dataset) for name, dataset in datasets.items()]
    if any(isinstance(dataset.records, LazySequence) for dataset in datasets.values()):
        return LazySequence(parts)
    return [part.build(position) for part in parts for position in range(len(part.keys))]


@dataclass(frozen=True, eq=False)
class DatasetPart:
    """A data set as a part of a larger one, its keys behind `name:`."""

    name: str
    dataset: Dataset

    @property
    def keys(self) -> Sequence[str]:
        """One key per record."""
        return _Prefixed(f"{self.name}:", self.dataset.keys)

    def build(self, position: int) -> Record:
        """The record at a position."""
        record = self.dataset.records[position]
        return replace(record, key=f"{self.name}:{record.key}")

    def find(self, key: str) -> int | None:
        """Where the record with this key is, None when it is not here."""
        prefix = f"{self.name}:"
        return self.dataset.find(key.removeprefix(prefix)) if key.startswith(prefix) else None

    def siblings(self, position: int) -> Sequence[int]:
        """The records of the same moment."""
        records = self.dataset.records
        if isinstance(records, LazySequence):
            return records.siblings(position)
        moment = records[position].moment
        return [
            other
            for other, record in enumerate(records)
            if other == position or (moment is not None and record.moment == moment)
        ]

    def instant(self, position: int) -> Instant:
        """Moment and view of a record."""
        return self.dataset.instant(position)

    def image_path(self, position: int) -> Path | None:
        """The picture's file of a record."""
        return self.dataset.image_path(position)

    def people(self) -> DataFrame:
        """The data set's table of people, with these keys."""
        import polars as pl

        from sefd_viewer.datasets.index import people_table

        return people_table(self.dataset).with_columns(record=pl.lit(f"{self.name}:") + pl.col("record"))


class _Prefixed(Sequence[str]):
    """Keys behind a prefix, put there when they are looked at."""

    def __init__(self, prefix: str, keys: Sequence[str]) -> None:
        self._prefix, self._keys = prefix, keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return (f"{self._prefix}{key}" for key in self._keys)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [f"{self._prefix}{key}" for key in self._keys[index]]
        return f"{self._prefix}{self._keys[index]}"
