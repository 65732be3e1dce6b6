"""Work on the thread pool: one job per name at a time, and of those asked for meanwhile only the newest."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from sefd_viewer.errors import SefdError

Job = Callable[[], Any]
Post = Callable[[Callable[[], None]], None]
"""Brings a call to the thread that owns the state."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the job for `key` gave: a value, or words about why there is none (`detail`: a traceback)."""

    key: Hashable
    value: Any = None
    problem: str | None = None
    detail: str | None = None
    milliseconds: float = 0.0


def attempt(key: Hashable, job: Job) -> Outcome:
    """Run `job` and return its outcome; an exception becomes words."""
    start = time.perf_counter()
    try:
        value = job()
    except SefdError as error:
        return Outcome(key, problem=str(error))
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        return Outcome(key, problem=words, detail=traceback.format_exc())
    return Outcome(key, value, milliseconds=(time.perf_counter() - start) * 1000)


class Background:
    """Runs jobs by name and hands each outcome to `done(name, outcome)` on the owner's thread."""

    def __init__(
        self,
        executor: Executor,
        post: Post,
        done: Callable[[str, Outcome], None],
        *,
        quiet: Collection[str] = (),
        calm_s: float = 0.0,
    ) -> None:
        """`quiet` are the names of jobs that nobody waits for: they are not told as running or waiting.

        They begin `calm_s` seconds later than asked for, so that what is seen is painted first.
        """
        self._executor, self._post, self._done, self._quiet = executor, post, done, frozenset(quiet)
        self._calm_s, self._end = calm_s, threading.Event()
        self._running: dict[str, Hashable] = {}
        self._waiting: dict[str, tuple[Hashable, Job]] = {}
        self._since: dict[str, float] = {}
        self._closed = False

    @property
    def running(self) -> tuple[str, ...]:
        """The names of the jobs that run, longest first."""
        told = self._running.keys() - self._quiet
        return tuple(sorted(told, key=lambda name: self._since[name]))

    @property
    def waiting(self) -> int:
        """How many jobs wait for the one of the same name."""
        return len(self._waiting.keys() - self._quiet)

    def want(self, name: str, key: Hashable, job: Job) -> None:
        """See to it that `job` runs under `name`, now or after the one that runs; the last caller wins."""
        if self._closed:
            return
        if name not in self._running:
            self._start(name, key, job)
        elif self._running[name] == key:
            self._waiting.pop(name, None)
        else:
            self._waiting[name] = (key, job)

    def forget(self, name: str) -> None:
        """Drop what waits under `name`; what runs ends unheard only after `close`."""
        self._waiting.pop(name, None)

    def close(self) -> None:
        """Report nothing any more."""
        self._closed = True
        self._end.set()
        self._waiting.clear()

    def _start(self, name: str, key: Hashable, job: Job) -> None:
        self._running[name] = key
        self._since[name] = time.perf_counter()
        calm = partial(self._when_calm, name, job) if name in self._quiet and self._calm_s else job
        future = self._executor.submit(attempt, key, calm)
        future.add_done_callback(lambda done: self._post(lambda: self._finish(name, done)))

    def _when_calm(self, name: str, job: Job) -> Any:
        """What the job gives; nothing where another one is wanted by then."""
        ended = self._end.wait(self._calm_s)
        return None if ended or name in self._waiting else job()

    def _finish(self, name: str, future: Future[Outcome]) -> None:
        self._running.pop(name, None)
        if self._closed or future.cancelled():
            return
        following = self._waiting.pop(name, None)
        if following is not None:
            self._start(name, *following)
        self._done(name, future.result())
