"""How long the window stands still while the networks run in the background.

usage: python benchmarks/gui_stall.py [records]

A precise 10 ms timer ticks in the real window; how late a tick comes is how long the window could not answer.
Measured while nothing happens, while the three networks predict one record again and again, and while
stepping through records (loading, poses, edges, three networks, new bodies in all views). Goal: no
tick more than 50 ms late while the networks predict. Ends with 1 otherwise.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from sefd_viewer.gui.app import WindowSession, make_application
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.inference.messages import ROLES
from sefd_viewer.session.settings import Settings

TICK_MS = 10
GOAL_MS = 50.0
LIMIT_S = 240.0


class Ticks:
    """Collects how late (ms) a precise timer's ticks come while it is on."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last = 0.0

    def during(self, action: Callable[[], None]) -> list[float]:
        """The lateness of every tick while `action` runs its event loops."""
        self.late_ms, self._last = [], time.perf_counter()
        self._timer.start()
        action()
        self._timer.stop()
        return self.late_ms

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, 1e3 * (now - self._last) - TICK_MS))
        self._last = now


def spin(done: Callable[[], bool], *, limit_s: float = LIMIT_S) -> None:
    """Let the window work until `done()`, asked every 30 ms; TimeoutError after `limit_s`."""
    loop, end = QEventLoop(), time.perf_counter() + limit_s
    raised: list[Exception] = []

    def ask() -> None:
        try:
            if done() or time.perf_counter() > end:
                loop.exit()
        except Exception as error:
            raised.append(error)
            loop.exit()

    timer = QTimer(interval=30)
    timer.timeout.connect(ask)
    timer.start()
    loop.exec()
    timer.stop()
    if raised:
        raise raised[0]
    if not done():
        raise TimeoutError(f"the window was still busy after {limit_s:.0f} s")


def quiet(session: WindowSession) -> Callable[[], bool]:
    """Asks whether all results are there; RuntimeError when a network failed."""

    def ask() -> bool:
        state = session.controller.content.inference
        failures = [failure for role in ROLES if (failure := state.failure(role))]
        if failures or state.problem:
            raise RuntimeError(str(state.problem or failures[0]))
        return not session.busy

    return ask


def idle(seconds: float) -> None:
    """Let the window do nothing."""
    end = time.perf_counter() + seconds
    spin(lambda: time.perf_counter() > end)


def predict_again(session: WindowSession, times: int) -> None:
    """Run all networks on the record in view."""
    for _ in range(times):
        session.controller.run_again()
        spin(quiet(session))


def step_through(session: WindowSession, records: int) -> None:
    """Go to the next record once everything about the last one is there."""
    for _ in range(records):
        session.window.actions_table.run("next_record")
        spin(quiet(session))


def measure(session: WindowSession, records: int) -> dict[str, list[float]]:
    """Lateness by what happens meanwhile; the first record warms everything up."""
    spin(quiet(session))
    predict_again(session, 1)
    ticks = Ticks()
    return {
        "nothing": ticks.during(lambda: idle(2.0)),
        "three networks": ticks.during(lambda: predict_again(session, records)),
        "stepping through records": ticks.during(lambda: step_through(session, records)),
    }


def table_of(late_ms: Mapping[str, Sequence[float]]) -> Table:
    """One row for each thing that happened."""
    table = Table("meanwhile", "ticks", "median late ms", "p95", "worst", title="How late a 10 ms tick is")
    for name, values in late_ms.items():
        ordered = sorted(values)
        median, p95 = (ordered[int(part * (len(ordered) - 1))] for part in (0.5, 0.95))
        table.add_row(name, str(len(values)), f"{median:.1f}", f"{p95:.1f}", f"{ordered[-1]:.1f}")
    return table


def main() -> None:
    """Open the sample, measure, print."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    application: QApplication = make_application()
    apply_theme(application, "dark")
    session = WindowSession(Settings())
    try:
        session.window.show()
        session.begin([])
        late_ms = measure(session, records)
    finally:
        session.close()
    Console().print(table_of(late_ms))
    raise SystemExit(max(late_ms["three networks"]) > GOAL_MS)


if __name__ == "__main__":
    main()
