"""How long the window stands still while the networks run in the background.

usage: python benchmarks/gui_stall.py [records] [--half]

A precise 10 ms timer ticks in the real window; how late a tick comes is how long the window could not answer.
Measured while nothing happens, while the three networks predict one record again and again, while stepping
through records (loading, poses, edges, three networks, new bodies in all views), while figures (PNG, SVG) and
some seconds of a film are written, and while the theme changes. The same in processor time of the window's
thread from tick to tick, which tells on a busy machine what is the window's own work. With `--half` on a
machine half as fast: all processes of the program are held for every second millisecond (Linux). Goals: one
tick in twenty at most 16 ms late while the networks predict, none more than 50 ms, then and while files are
written; 500 ms for the theme. Ends with 1 otherwise.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from rich.console import Console
from window_clock import Lateness, core_share, half_as_fast, lateness_table, share_of, spin

from sefd_viewer.app.settings import Settings
from sefd_viewer.features.inspect.views.figures import export
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession
from sefd_viewer.gui.settled_memory import SettledMemory
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.inference.messages import ROLES

GOAL_MS, P95_MS, THEME_MS = 50.0, 16.0, 500.0
FILM_S = 5.0
NETWORKS, STEPPING = "three networks", "stepping through records"


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


def write(session: WindowSession, kind: str) -> None:
    """Export what is in view; a film is given up after some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        ended: list[str] = []
        saving = export(session.window, session.controller, str(Path(folder, f"shown.{kind}")))
        saving.ended.connect(ended.append)
        end = time.perf_counter() + FILM_S
        spin(lambda: bool(ended) or (kind == "mp4" and time.perf_counter() > end))
        if not ended:
            saving.cancel()
            spin(lambda: bool(ended))


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
        NETWORKS: lambda: predict_again(session, records),
        STEPPING: lambda: step_through(session, records),
        "a figure, PNG": lambda: write(session, "png"),
        "a figure, SVG": lambda: write(session, "svg"),
        "a film": lambda: write(session, "mp4"),
        "another theme": lambda: change_theme(session, records),
    }
    for name, action in meanwhile.items():
        late[name] = ticks.during(action)
        own[name] = ticks.own_ms
    return late, own


def main() -> None:
    """Open the sample, measure, print."""
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    application: QApplication = make_application()
    apply_theme(application, "dark")
    session = WindowSession(Settings())
    try:
        SettledMemory(session.window)  # as the program has it
        session.window.show()
        session.begin([])
        with half_as_fast() if "--half" in sys.argv else nullcontext():
            Console().print(f"A loop that does nothing but run has {core_share():.2f} of a core")
            late_ms, own_ms = measure(session, numbers[0] if numbers else 8)
    finally:
        session.close()
    Console().print(lateness_table(late_ms))
    Console().print(lateness_table(own_ms, "Processor time of the window's thread from tick to tick, ms"))
    worst = {name: max(values) for name, values in late_ms.items()}
    theme, _idle, _records = worst.pop("another theme"), worst.pop("nothing"), worst.pop(STEPPING)
    in_time = max(worst.values()) <= GOAL_MS and share_of(late_ms[NETWORKS], 0.95) <= P95_MS
    raise SystemExit(not in_time or theme > THEME_MS)


if __name__ == "__main__":
    main()
