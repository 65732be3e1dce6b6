"""Records looked at by processes beside the window's: detectors compute much, the window must not wait."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.checks.scanning import Seen
    from sefd_viewer.datasets.records import Dataset

BATCH = 4
AHEAD = 2
"""Batches under way for each process: few, so that a scan stops soon."""
NICER = 5


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
    import multiprocessing

    starts = iter(range(0, len(positions), BATCH))
    pool = ProcessPoolExecutor(share.workers, multiprocessing.get_context("spawn"), _begin)
    waiting: dict[Future[Seen], tuple[int, ...]] = {}
    try:
        while not cancelled():
            for start in islice(starts, AHEAD * share.workers - len(waiting)):
                batch = tuple(int(place) for place in positions[start : start + BATCH])
                job = _Job(share.source, share.detectors, batch, dataset.keys[batch[0]])
                waiting[pool.submit(_look, job)] = batch
            if not waiting:
                return
            done = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED).done
            yield from ((waiting.pop(future), future.result()) for future in done)
    except BrokenProcessPool as error:
        remedy = "Scan fewer records at once: this may have been too little memory"
        raise SefdError("the process that scans ended unexpectedly", remedy=remedy) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _look(job: _Job) -> Seen:
    from sefd_viewer.checks.scanning import look_at

    dataset, detectors, find_body = _opened(job.source)
    detectors = tuple(one for one in detectors if one.id in job.detectors)
    if job.positions[-1] >= len(dataset.records) or dataset.keys[job.positions[0]] != job.first:
        raise SefdError("the data set changed while it was open", where=dataset.name, remedy="Open it again")
    return look_at(dataset, detectors, find_body, job.positions)


@lru_cache(maxsize=1)
def _opened(source: ScanSource) -> tuple[Dataset, Any, Any]:
    from sefd_viewer.app.bodies import Bodies
    from sefd_viewer.app.opening import open_inputs
    from sefd_viewer.app.plugins import review_detectors

    bodies = Bodies(source.bodies)
    return open_inputs(source.inputs, bodies=source.bodies), review_detectors()[0], bodies.find


def _begin() -> None:
    """Leave the processor to the window, interruption to the parent, and end with it."""
    from sefd_viewer.edge_maps.workers import start_worker

    if hasattr(os, "nice"):
        os.nice(NICER)
    start_worker()
