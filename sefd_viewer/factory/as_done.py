"""Work given to an executor, a bounded amount of it at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")


def as_done(pool: Executor, work: Callable[[J], R], jobs: Iterable[J], *, most: int) -> Iterator[R]:
    """The results of `work` for every job, in the order in which they are done; `most` are under way."""
    waiting: set[Future[R]] = set()
    for job in jobs:
        waiting.add(pool.submit(work, job))
        if len(waiting) >= most:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)
