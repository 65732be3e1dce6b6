"""How long the window stands still while the networks run in the background.

usage: python benchmarks/gui_stall.py [records]

A precise 10 ms timer ticks in the real window; how late a tick comes is how long the window could not answer.
Measured while nothing happens, while the three networks predict one record again and again, while stepping
through records (loading, poses, edges, three networks, new bodies in all views), and while the theme changes.
The same in processor time of the window's thread from tick to tick, which tells on a busy machine what is the
window's own work. Goal: no tick more than 50 ms late while the networks predict, 500 ms for the theme. Ends
with 1 otherwise.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from rich.console import Console
from window_clock import Lateness, lateness_table, spin

from sefd_viewer.app.settings import Settings
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession
from sefd_viewer.gui.settled_memory import SettledMemory
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.inference.messages import ROLES

GOAL_MS, THEME_MS = 50.0, 500.0


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


def change_theme(session: WindowSession, times: int) -> None:
    """Go from dark to light and back, everything painted each time."""
    for turn in range(times):
        session.controller.change_settings(theme="dark" if turn % 2 else "light")
        idle(0.2)


def measure(session: WindowSession, records: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Lateness by what happens meanwhile, and processor time; the first record warms everything up."""
    spin(quiet(session))
    predict_again(session, 1)
    ticks, late, own = Lateness(), {}, {}
    meanwhile: dict[str, Callable[[], None]] = {
        "nothing": lambda: idle(2.0),
        "three networks": lambda: predict_again(session, records),
        "stepping through records": lambda: step_through(session, records),
        "another theme": lambda: change_theme(session, records),
    }
    for name, action in meanwhile.items():
        late[name] = ticks.during(action)
        own[name] = ticks.own_ms
    return late, own


def main() -> None:
    """Open the sample, measure, print."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    application: QApplication = make_application()
    apply_theme(application, "dark")
    session = WindowSession(Settings())
    try:
        SettledMemory(session.window)  # as the program has it
        session.window.show()
        session.begin([])
        late_ms, own_ms = measure(session, records)
    finally:
        session.close()
    Console().print(lateness_table(late_ms))
    Console().print(lateness_table(own_ms, "Processor time of the window's thread from tick to tick, ms"))
    raise SystemExit(max(late_ms["three networks"]) > GOAL_MS or max(late_ms["another theme"]) > THEME_MS)


if __name__ == "__main__":
    main()
