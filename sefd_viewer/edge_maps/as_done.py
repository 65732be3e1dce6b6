"""Work in portions: given to an executor a bounded amount at a time, and cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
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


def batched(items: Iterable[J], size: int) -> Iterator[list[J]]:
    """The items in order, `size` at a time; the last may be fewer."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
