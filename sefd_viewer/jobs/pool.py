"""Work shared among threads, processes or a cluster, a bounded amount of it at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pydoc import locate
from typing import TYPE_CHECKING, TypeVar

import sefd_viewer
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from distributed import Client


J = TypeVar("J")
R = TypeVar("R")

_BATCH, _AHEAD = 8, 3
_LOOK_S = 0.1
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_REMEDY = "Give the same command again, it goes on where it was; fewer --workers need less memory"


def run_jobs(
    work: Callable[[J], R],
    jobs: Iterable[J],
    *,
    workers: int,
    cluster: str | None = None,
    batch: int = _BATCH,
    niceness: int = 0,
    stop: Callable[[], bool] | None = None,
    remedy: str = _REMEDY,
) -> Iterator[R]:
    """The results of `work` for every job, in the order in which they are done.

    With one worker everything happens in this process, unless it can be told to `stop`; else `work` and the
    jobs are pickled, `batch` of them travel together to processes that are nicer by `niceness`, and at most a
    few batches per worker are under way, so memory does not grow with the number of jobs. `cluster` is the
    address of a Dask scheduler, whose workers are used instead. Raises SefdError with the `remedy` when a
    worker dies.
    """
    if cluster is not None:
        with cluster_executor(cluster) as (executor, at_once):
            yield from _results(executor, work, jobs, most=_AHEAD * at_once, batch=batch, stop=stop)
        return
    if workers == 1 and stop is None:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, start_worker, (niceness,)) as pool:
        try:
            yield from _results(pool, work, jobs, most=_AHEAD * workers, batch=batch, stop=stop)
        except BrokenProcessPool as error:
            raise SefdError("a worker process ended unexpectedly", remedy=remedy) from error
        finally:
            pool.shutdown(cancel_futures=True)


def run_in_threads(work: Callable[[J], R], jobs: Iterable[J], *, workers: int, name: str) -> Iterator[R]:
    """The same with threads of this process, each job alone."""
    if workers <= 1:
        yield from map(work, jobs)
        return
    with threads(workers, name) as pool:
        yield from as_done(pool, work, jobs, most=_AHEAD * workers)


@contextmanager
def threads(count: int, name: str = "") -> Iterator[Executor]:
    """A pool that forgets what it has not begun when it is left."""
    pool = ThreadPoolExecutor(count, name)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def as_done(
    pool: Executor,
    work: Callable[[J], R],
    jobs: Iterable[J],
    *,
    most: int,
    stop: Callable[[], bool] | None = None,
) -> Iterator[R]:
    """The results of `work` for every job, in the order in which they are done; `most` are under way.

    It ends soon after `stop()`.
    """
    left = iter(jobs)
    waiting: set[Future[R]] = set()
    while stop is None or not stop():
        waiting |= {pool.submit(work, job) for job in islice(left, most - len(waiting))}
        if not waiting:
            return
        done, waiting = wait(waiting, None if stop is None else _LOOK_S, FIRST_COMPLETED)
        yield from (future.result() for future in done)


def in_order(pool: Executor, work: Callable[[J], R], jobs: Iterable[J], *, most: int) -> Iterator[R]:
    """The results of `work` in the order of the jobs, while at most `most` are under way."""
    waiting: deque[Future[R]] = deque()
    for job in jobs:
        waiting.append(pool.submit(work, job))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def batched(items: Iterable[J], size: int) -> Iterator[list[J]]:
    """The items in order, `size` at a time; the last may be fewer."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def core_count() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _results(
    pool: Executor,
    work: Callable[[J], R],
    jobs: Iterable[J],
    *,
    most: int,
    batch: int,
    stop: Callable[[], bool] | None,
) -> Iterator[R]:
    """Jobs are small: some of them travel together."""
    for results in as_done(pool, partial(_each, work), batched(jobs, batch), most=most, stop=stop):
        yield from results


def _each(work: Callable[[J], R], batch: list[J]) -> list[R]:
    return [work(job) for job in batch]


def start_worker(niceness: int = 0) -> None:
    """Leave interruption to the parent, and end with it: a killed parent must not leave workers behind.

    Arithmetic gets one thread each, because the processes fill the cores; it is not imported yet.
    """
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    import cv2

    if hasattr(os, "nice"):
        os.nice(niceness)
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


_PATIENCE_S = 20
_RETRIES = 2


def cluster_results(address: str, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]:
    """The results of `work` for every job, one task each, in the order in which they are done.

    `work` and the jobs are pickled; a few tasks per worker are under way at a time, and those are cancelled
    when the iterator is closed. Raises what `work` raises, and SefdError like `cluster_executor`.
    """
    with cluster_executor(address) as (executor, at_once):
        yield from as_done(executor, work, jobs, most=_AHEAD * at_once)


@contextmanager
def cluster_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor on the cluster of the scheduler at `address`, and how many jobs it can do at once.

    Work whose worker is lost is given to another one. Raises SefdError when dask is not installed, nothing
    answers, nobody is there to work, or who is there has another sefd-viewer or none.
    """
    client = _client(address)
    from distributed import KilledWorker

    try:
        threads = sum(client.nthreads().values())
        if not threads:
            remedy = f"Start some with: dask worker {address} --nthreads 1"
            raise SefdError("this cluster has no workers", where=address, remedy=remedy)
        _check_versions(client, address)
        yield client.get_executor(pure=False, retries=_RETRIES), threads
    except KilledWorker as error:
        remedy = "Give the same command again, it goes on where it was; workers may need more memory"
        raise SefdError("workers of the cluster died", where=address, remedy=remedy) from error
    finally:
        client.close()


def _check_versions(client: Client, address: str) -> None:
    """Raise SefdError where not everyone has this sefd-viewer: their tasks would never end."""
    name = f"{sefd_viewer.__name__}.__version__"
    found = [client.run_on_scheduler(locate, name), *client.run(locate, name).values()]
    others = [version or "none" for version in found if version != sefd_viewer.__version__]
    if others:
        raise SefdError(
            f"this cluster has another sefd-viewer (here {sefd_viewer.__version__}, there {others[0]})",
            where=address,
            remedy="Install the same for its scheduler and its workers, and start them again",
        )


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        remedy = "Install it with: pip install 'sefd-viewer[cluster]'"
        raise SefdError("dask is not installed", remedy=remedy) from error
    try:
        return Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        remedy = "Give a scheduler's address, for example tcp://10.0.0.1:8786"
        raise SefdError("no Dask scheduler answers", where=address, remedy=remedy) from error
