"""Work shared among processes, a bounded amount of it at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from sefd_viewer.edge_maps.as_done import as_done, batched
from sefd_viewer.edge_maps.cluster import cluster_executor
from sefd_viewer.errors import SefdError

J = TypeVar("J")
R = TypeVar("R")

_BATCH = 8
_AHEAD = 3
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def core_count() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_jobs(
    work: Callable[[J], R], jobs: Iterable[J], *, workers: int, cluster: str | None = None
) -> Iterator[R]:
    """The results of `work` for every job, in the order in which they are done.

    With one worker everything happens in this process; else `work` and the jobs are pickled, and at most a
    few batches per worker are under way, so memory does not grow with the number of jobs. `cluster` is the
    address of a Dask scheduler, whose workers are used instead. Raises SefdError when a worker dies.
    """
    if cluster is not None:
        with cluster_executor(cluster) as (executor, at_once):
            yield from _results(executor, work, jobs, most=_AHEAD * at_once)
        return
    if workers == 1:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with _one_thread_each(), ProcessPoolExecutor(workers, context, start_worker) as pool:
        try:
            yield from _results(pool, work, jobs, most=_AHEAD * workers)
        except BrokenProcessPool as error:
            remedy = "Give the same command again, it goes on where it was; fewer --workers need less memory"
            raise SefdError("a worker process ended unexpectedly", remedy=remedy) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _results(pool: Executor, work: Callable[[J], R], jobs: Iterable[J], *, most: int) -> Iterator[R]:
    """Jobs are small: some of them travel together."""
    for results in as_done(pool, partial(_each, work), batched(jobs, _BATCH), most=most):
        yield from results


def _each(work: Callable[[J], R], batch: list[J]) -> list[R]:
    return [work(job) for job in batch]


def start_worker() -> None:
    """Leave interruption to the parent, and end with it: a killed parent must not leave workers behind."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started inside get one thread each for arithmetic: the processes fill the cores."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
