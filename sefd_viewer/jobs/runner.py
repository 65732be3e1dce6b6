"""The runner: one job per slot at a time, and of those asked for meanwhile only the newest."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from sefd_viewer.errors import SefdError

Job = Callable[[], Any]
Post = Callable[[Callable[[], None]], None]
"""Brings a call to the thread that owns the state."""


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Outcome(Generic[T]):
    """What the job for `key` gave: a value, or words about why there is none (`detail`: a traceback)."""

    key: Hashable
    value: T = None  # type: ignore[assignment]  # where there is a problem
    problem: str | None = None
    detail: str | None = None
    milliseconds: float = 0.0


class StoppedError(Exception):
    """Raised by a job that leaves its rest undone because it was asked to stop."""


def attempt(key: Hashable, job: Callable[[], T]) -> Outcome[T]:
    """Run `job` and return its outcome; an exception becomes words, giving up is no value."""
    start = time.perf_counter()
    try:
        value = job()
    except StoppedError:
        return Outcome(key)
    except SefdError as error:
        return Outcome(key, problem=str(error))
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        return Outcome(key, problem=words, detail=traceback.format_exc())
    return Outcome(key, value, milliseconds=(time.perf_counter() - start) * 1000)


class Runner:
    """Runs jobs by slot on an executor and hands each outcome to `done(slot, outcome)` on the owner's thread.

    Whoever owns it is called through `post`. Quiet jobs, for which nobody waits, are not told as running or
    waiting, and begin, but for those that are asked for `soon`, `calm_s` seconds later: what is seen is
    painted first.
    """

    def __init__(
        self,
        executor: Executor,
        post: Post,
        done: Callable[[Any, Outcome[Any]], None],
        *,
        calm_s: float = 0.0,
    ) -> None:
        self._executor, self._post, self._done = executor, post, done
        self._calm_s, self._end = calm_s, threading.Event()
        self._quiet, self._calm = set[Hashable](), set[Hashable]()
        self._running: dict[Hashable, Hashable] = {}
        self._waiting: dict[Hashable, tuple[Hashable, Job]] = {}
        self._again: dict[Hashable, tuple[Hashable, Job]] = {}
        self._gave_way = set[Hashable]()
        self._since: dict[Hashable, float] = {}
        self._closed = False

    @property
    def running(self) -> tuple[Any, ...]:
        """The slots of the jobs that run, longest first."""
        told = self._running.keys() - self._quiet
        return tuple(sorted(told, key=lambda slot: self._since[slot]))

    @property
    def waiting(self) -> int:
        """How many jobs wait for the one in the same slot."""
        return len(self._waiting.keys() - self._quiet)

    @property
    def at_work(self) -> dict[Hashable, Hashable]:
        """The keys of the jobs that run, quiet ones too, by slot."""
        return dict(self._running)

    def hasten(self, slot: Hashable) -> None:
        """Somebody waits for what runs in `slot`: it is told as running from now on."""
        self._quiet.discard(slot)

    def want(
        self, slot: Hashable, key: Hashable, job: Job, *, quiet: bool = False, soon: bool = False
    ) -> None:
        """See to it that `job` runs in `slot`, now or after the one that runs; the last caller wins."""
        if self._closed:
            return
        if quiet:
            self._quiet.add(slot)
            if not soon:
                self._calm.add(slot)
        if slot not in self._running:
            self._start(slot, key, job)
        elif self._running[slot] == key:
            self._waiting.pop(slot, None)
            self._again[slot] = (key, job)  # should it have given way to what waited
        else:
            self._again.pop(slot, None)
            self._waiting[slot] = (key, job)

    def forget(self, slot: Hashable) -> None:
        """Drop what waits in `slot`; what runs there ends unheard only after `close`."""
        self._waiting.pop(slot, None)
        self._again.pop(slot, None)

    def close(self) -> None:
        """Report nothing any more."""
        self._closed = True
        self._end.set()
        self._waiting.clear()

    def _start(self, slot: Hashable, key: Hashable, job: Job) -> None:
        self._running[slot] = key
        self._since[slot] = time.perf_counter()
        calm = partial(self._when_calm, slot, job) if slot in self._calm and self._calm_s else job
        future = self._executor.submit(attempt, key, calm)
        future.add_done_callback(lambda done: self._post(lambda: self._finish(slot, done)))

    def _when_calm(self, slot: Hashable, job: Job) -> Any:
        """What the job gives; nothing where another one is wanted by then."""
        ended = self._end.wait(self._calm_s)
        if slot in self._waiting:
            self._gave_way.add(slot)
        return None if ended or slot in self._gave_way else job()

    def _finish(self, slot: Hashable, future: Future[Outcome[Any]]) -> None:
        self._running.pop(slot, None)
        if self._closed or future.cancelled():
            return
        following, again = self._waiting.pop(slot, None), self._again.pop(slot, None)
        if slot in self._gave_way:
            following = following or again
        self._gave_way.discard(slot)
        if following is not None:
            self._start(slot, *following)
        self._done(slot, future.result())
