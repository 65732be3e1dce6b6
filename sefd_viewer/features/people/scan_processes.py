"""Records looked at by processes beside the window's: detectors compute much, the window must not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.checks.scanning import Seen
    from sefd_viewer.datasets.records import Dataset

BATCH = 4
"""Few records travel together, so that a scan stops soon."""
NICER = 5
_REMEDY = "Scan fewer photos at once: this may have been too little memory"


@dataclass(frozen=True)
class ScanSource:
    """What a process needs to open the data set for itself."""

    inputs: tuple[str, ...]
    bodies: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """Which detectors (ids) look at a data set, on how many processes."""

    source: ScanSource
    detectors: tuple[str, ...]
    workers: int = 1


@dataclass(frozen=True)
class _Job:
    """The records at `positions`, the first of which has the key `first`."""

    source: ScanSource
    detectors: tuple[str, ...]
    positions: tuple[int, ...]
    first: str


def looks(
    share: Share, dataset: Dataset, positions: Sequence[int], cancelled: Callable[[], bool]
) -> Iterator[tuple[tuple[int, ...], Seen]]:
    """Batches of positions with what they gave, as it comes; ends soon after `cancelled()`.

    Raises SefdError.
    """
    from sefd_viewer.jobs.pool import batched, run_jobs

    jobs = (
        _Job(share.source, share.detectors, tuple(batch), dataset.keys[batch[0]])
        for batch in batched(map(int, positions), BATCH)
    )
    yield from run_jobs(
        _look, jobs, workers=share.workers, batch=1, niceness=NICER, stop=cancelled, remedy=_REMEDY
    )


def _look(job: _Job) -> tuple[tuple[int, ...], Seen]:
    from sefd_viewer.checks.scanning import look_at

    dataset, detectors, find_body = _opened(job.source)
    detectors = tuple(one for one in detectors if one.id in job.detectors)
    if job.positions[-1] >= len(dataset.records) or dataset.keys[job.positions[0]] != job.first:
        raise SefdError("the data set changed while it was open", where=dataset.name, remedy="Open it again")
    return job.positions, look_at(dataset, detectors, find_body, job.positions)


@lru_cache(maxsize=1)
def _opened(source: ScanSource) -> tuple[Dataset, Any, Any]:
    from sefd_viewer.app.bodies import Bodies
    from sefd_viewer.app.opening import open_inputs
    from sefd_viewer.app.plugins import review_detectors

    bodies = Bodies(source.bodies)
    return open_inputs(source.inputs, bodies=source.bodies), review_detectors()[0], bodies.find
