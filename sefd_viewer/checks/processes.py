"""The same scan on several processes: each opens the data set for itself and takes its share of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from sefd_viewer.body.model import BodyModel
from sefd_viewer.checks.detector import Detector
from sefd_viewer.checks.measurements import Measurements
from sefd_viewer.checks.scanning import Progress, Seen, finished, look_at, look_at_set
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.jobs.pool import run_jobs

_BATCH = 8


class Source(Protocol):
    """What a process needs to do its share: small, sent to it, equal to others with the same content."""

    def __hash__(self) -> int: ...

    def open(self) -> Dataset:
        """Open the data set."""

    def detectors(self) -> tuple[Detector, ...]:
        """The detectors of the scan, always in the same order."""

    def find_body(self, body_id: str) -> BodyModel:
        """The model of a body's id; raises BodyError."""


@dataclass(frozen=True)
class _Job:
    source: Source
    positions: tuple[int, ...]


def scan_in_processes(
    dataset: Dataset,
    source: Source,
    *,
    workers: int,
    positions: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> Measurements:
    """As `scan`, on `workers` processes, each of which opens the set once. Raises SefdError when one dies."""
    places = range(len(dataset.records)) if positions is None else positions
    seen = Seen()
    for part in run_jobs(_work, _jobs(source, places), workers=workers):
        seen.add(part)
        if progress is not None:
            progress(seen.scanned, len(places))
    seen.add(look_at_set(dataset, source.detectors(), source.find_body, places))
    return finished(dataset, source.detectors(), seen)


def _jobs(source: Source, places: Sequence[int]) -> Iterator[_Job]:
    for start in range(0, len(places), _BATCH):
        yield _Job(source, tuple(places[start : start + _BATCH]))


def _work(job: _Job) -> Seen:
    dataset, detectors = _opened(job.source)
    return look_at(dataset, detectors, job.source.find_body, job.positions)


@lru_cache(maxsize=1)
def _opened(source: Source) -> tuple[Dataset, tuple[Detector, ...]]:
    return source.open(), source.detectors()
