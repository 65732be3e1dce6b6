"""Playing a sequence whose answers are known: frames a second, processor time, what is drawn.

usage: python benchmarks/playback.py [frames]

The sample capture in the real window, four panes beside the photo; once round so that all answers are known,
then twice round as fast as it goes. Counted for each frame: looks (rounds of the controller), frames shown,
bodies drawn. Processor time of the window's thread and of the whole process, whatever else the machine does.
Yardstick in the same run: reading the frame's photo and drawing its four panes, one after the other, with no
window. Goal: 15 frames a second on two quiet cores, so at most 67 ms of the window's thread and 133 ms of the
process. Ends with 1 otherwise.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop
from rich.console import Console
from rich.table import Table
from window_clock import spin

from sefd_viewer.app.frame import Frame
from sefd_viewer.app.keys import Computed
from sefd_viewer.app.settings import Settings
from sefd_viewer.features.inspect.plans import plans
from sefd_viewer.features.inspect.work import PaneDrawing
from sefd_viewer.features.playback.model import PLAYBACK_FRAME, with_playback
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession, answers_folder
from sefd_viewer.gui.theme import apply_theme

FRAMES, ROUNDS = 16, 2
LOAD = getattr(os, "getloadavg", lambda: (float("nan"),))
GOAL_A_SECOND = 15.0


class Counted:
    """How often methods are called, by a name."""

    def __init__(self, **methods: tuple[type, str]) -> None:
        self.calls: Counter[str] = Counter()
        for name, (kind, method) in methods.items():
            setattr(kind, method, self._counting(name, getattr(kind, method)))

    def _counting(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **more: object) -> object:
            self.calls[name] += 1
            return call(*arguments, **more)

        return counted


def play(session: WindowSession, count: int) -> dict[str, float]:
    """Milliseconds and counts for each frame, played as fast as it goes when all answers are known."""
    controller, shown, loop = session.controller, list[str](), QEventLoop()

    def note(_old: Frame, new: Frame) -> None:
        if PLAYBACK_FRAME.of(new).ready and new.record not in shown[-1:]:
            shown.append(str(new.record))
        if len(shown) > ROUNDS * count:
            loop.exit()

    controller.listen(note)
    track = PLAYBACK_FRAME.of(controller.frame).track
    assert track is not None
    state = with_playback(controller.state, first=track.keys[0], last=track.keys[count - 1], rate=60.0)
    controller.store.set(state, remember=False)
    session.window.actions_table.run("play")
    spin(lambda: len(shown) > count)
    counted = Counted(looks=(Computed, "want"), drawings=(PaneDrawing, "work"))
    shown.clear()
    wall, own, whole = time.perf_counter(), time.thread_time(), time.process_time()
    loop.exec()
    frames = len(shown)
    found = {
        "window's thread, ms": 1e3 * (time.thread_time() - own) / frames,
        "whole process, ms": 1e3 * (time.process_time() - whole) / frames,
        "frames a second, by the clock": frames / (time.perf_counter() - wall),
        **{name: calls / frames for name, calls in counted.calls.items()},
    }
    session.window.actions_table.run("play")
    return found


def yardstick(session: WindowSession) -> float:
    """Milliseconds of processor time: the photo in view read, its panes drawn."""
    controller = session.controller
    state, content = controller.state, controller.content
    drawings = [plan.drawing for plan in plans(state, content) if plan.drawing]
    assert content.scene is not None
    record = content.scene.record
    times = []
    for _ in range(5):
        start = time.thread_time()
        record.load()
        for drawing in drawings:
            drawing.work()
        times.append(1e3 * (time.thread_time() - start))
    return min(times)


def main() -> None:
    """Open the sample, measure, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    application = make_application()
    apply_theme(application, "dark")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_DATA_HOME"] = folder
        session = WindowSession(Settings(), answers=answers_folder())
        session.window.resize(1440, 900)
        session.window.show()
        try:
            session.begin([])
            spin(lambda: not session.busy)
            alone = yardstick(session)
            found = play(session, count)
        finally:
            session.close()
    table = Table(
        "a frame",
        "value",
        "ratio to the yardstick",
        title=f"Yardstick: {alone:.0f} ms a frame; {LOAD()[0]:.0f} busy processes",
    )
    for name, value in found.items():
        table.add_row(name, f"{value:.1f}", f"{value / alone:.2f}" if name.endswith("ms") else "")
    Console().print(table)
    budget = 1e3 / GOAL_A_SECOND
    raise SystemExit(found["window's thread, ms"] > budget or found["whole process, ms"] > 2 * budget)


if __name__ == "__main__":
    main()
