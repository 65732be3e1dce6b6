"""What the benchmarks of the window share: waiting in its event loop, and how late its timer ticks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEventLoop, Qt, QTimer
from rich.table import Table

TICK_MS = 10


def spin(done: Callable[[], bool], *, limit_s: float = 240.0) -> None:
    """Let the window work until `done()`, asked every 5 ms; TimeoutError after `limit_s`."""
    loop, end = QEventLoop(), time.perf_counter() + limit_s
    raised: list[Exception] = []
    was = False  # what is done may begin again before the loop has ended

    def ask() -> None:
        nonlocal was
        try:
            was = was or done()
            if was or time.perf_counter() > end:
                loop.exit()
        except Exception as error:
            raised.append(error)
            loop.exit()

    timer = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(ask)
    timer.start()
    loop.exec()
    timer.stop()
    if raised:
        raise raised[0]
    if not (was or done()):
        raise TimeoutError(f"the window was still busy after {limit_s:.0f} s")


class NoNetworks:
    """Networks that never answer."""

    def start(self) -> None:
        """Get ready."""

    def submit(self, job: object) -> None:
        """Take a request."""

    def cancel(self) -> None:
        """Drop all."""

    def use_device(self, device: str) -> None:
        """Take a choice."""

    def close(self) -> None:
        """End."""


class Lateness:
    """Collects how late (ms) the ticks of a precise 10 ms timer come while something happens.

    `own_ms` is the processor time of the window's thread from tick to tick: what of that is its own work,
    however busy the machine is.
    """

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.own_ms: list[float] = []
        self._steps: Iterator[None] | None = None
        self._timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last = self._last_own = 0.0

    def during(self, action: Callable[[], None]) -> list[float]:
        """The lateness of every tick while `action` runs its event loops."""
        self._begin()
        action()
        self._timer.stop()
        return self.late_ms

    def stepping(self, steps: Iterator[None]) -> list[float]:
        """The lateness of every tick while the event loop takes one of the `steps` at each tick."""
        self._steps, self._loop = steps, QEventLoop()
        self._begin()
        self._loop.exec()
        self._steps = None
        return self.late_ms

    def _begin(self) -> None:
        self.late_ms, self.own_ms = [], []
        self._last, self._last_own = time.perf_counter(), time.thread_time()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, 1e3 * (now - self._last) - TICK_MS))
        self.own_ms.append(1e3 * (time.thread_time() - self._last_own))
        self._last, self._last_own = now, time.thread_time()
        if self._steps is not None and next(self._steps, StopIteration) is StopIteration:
            self._timer.stop()
            self._loop.exit()


def share_of(values: list[float], share: float) -> float:
    """The value that so large a share (0..1) of all does not exceed."""
    return sorted(values)[int(share * (len(values) - 1))]


def core_share(seconds: float = 0.3) -> float:
    """What share (0..1) of a core a loop has now that does nothing but run."""
    start, own = time.perf_counter(), time.thread_time()
    while time.thread_time() - own < seconds:
        pass
    return (time.thread_time() - own) / (time.perf_counter() - start)


@contextmanager
def half_as_fast() -> Iterator[None]:
    """Hold this process and those that it began for every second millisecond, until the end (Linux)."""
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(os.getpid())], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        assert holder.stdin is not None
        holder.stdin.close()  # by its own hand, so that it leaves nobody held
        holder.wait()


_HOLD = """
import os, select, signal, sys, time
from pathlib import Path

def family(pid):
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid] + [one for task in tasks for child in task.read_text().split() for one in family(int(child))]

def tell(pids, word):
    for pid in pids:
        try:
            os.kill(pid, word)
        except ProcessLookupError:
            pass

turn = 0
while not select.select([sys.stdin], [], [], 0.001)[0]:
    if turn % 500 == 0:
        pids = [pid for pid in family(int(sys.argv[1])) if pid != os.getpid()]
    tell(pids, signal.SIGSTOP)
    time.sleep(0.001)
    tell(pids, signal.SIGCONT)
    turn += 1
"""


def lateness_table(late_ms: dict[str, list[float]], title: str = "How late a 10 ms tick is, ms") -> Table:
    """One row for each thing that happened."""
    table = Table("meanwhile", "ticks", "median", "p95", "worst", title=title)
    for name, values in late_ms.items():
        shares = [f"{share_of(values, share):.1f}" for share in (0.5, 0.95, 1.0)]
        table.add_row(name, str(len(values)), *shares)
    return table


def times_table(times_ms: dict[str, float], title: str) -> Table:
    """One row for each action."""
    table = Table("action", "ms", title=title)
    for name, value in times_ms.items():
        table.add_row(name, f"{value:.0f}")
    return table
