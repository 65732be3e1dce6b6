"""Playing a sequence whose answers are known: frames a second, processor time, what is drawn.

usage: python benchmarks/playback.py [frames] [--files]

The sample capture in the real window, four panes beside the photo; once round so that all answers are known,
then twice round as fast as it goes. With `--files` the three methods are files in place of networks, of 1,000
people each (of whom the capture has 250), and the time from adding one to its first body is told: goal 2 s.
Counted for each frame: looks (rounds of the controller), frames shown, bodies drawn. Processor time of the
window's thread and of the whole process, whatever else the machine does.
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
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop
from rich.console import Console
from rich.table import Table
from window_clock import spin

from sefd_viewer.app.frame import Frame
from sefd_viewer.app.keys import Computed
from sefd_viewer.app.methods import CHOICE, METHODS, TRUTH
from sefd_viewer.app.settings import Settings
from sefd_viewer.features.inspect.actions import add_file, choose
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.inspect.plans import plans
from sefd_viewer.features.inspect.work import PaneDrawing
from sefd_viewer.features.playback.model import PLAYBACK_FRAME, with_playback
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession, answers_folder
from sefd_viewer.gui.theme import apply_theme

FRAMES, ROUNDS = 16, 2
LOAD = getattr(os, "getloadavg", lambda: (float("nan"),))
GOAL_A_SECOND = 15.0
PEOPLE, FIRST_S = 1000, 2.0


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


def write_bodies(session: WindowSession, file: Path, seed: int) -> None:
    """A file of `PEOPLE` bodies: the capture's true ones, each bent a little, and those of other photos."""
    dataset, random = session.controller.content.dataset, np.random.default_rng(seed)
    assert dataset is not None
    bodies = [(record.key, one.key, one.smpl) for record in dataset.records for one in record.people]
    known = [(key, person, smpl) for key, person, smpl in bodies if smpl is not None]
    more = [(f"elsewhere/{k}.jpg", *known[k % len(known)][1:]) for k in range(PEOPLE - len(known))]
    records, people, smpl = zip(*known, *more, strict=True)
    pose = np.stack([np.concatenate([np.ravel(one.global_orient), np.ravel(one.body_pose)]) for one in smpl])
    np.savez(
        file,
        records=records,
        people=people,
        pose=pose + random.normal(0, 0.05, pose.shape),
        betas=np.stack([one.betas for one in smpl]),
        transl=np.stack([one.transl for one in smpl]),
        body_id=smpl[0].body_id,
    )


def use_files(session: WindowSession, folder: Path) -> dict[str, float]:
    """Three files in place of the networks; seconds from adding the first to its body in a pane."""
    controller, names = session.controller, ("one", "two", "three")
    choice = CHOICE.of(controller.state)
    choose(controller, replace(choice, hidden=choice.hidden | {*METHODS} - {TRUTH}))
    for seed, name in enumerate(names):
        write_bodies(session, folder / f"{name}.npz", seed)
    spin(lambda: not session.busy)

    def drawn(name: str) -> bool:
        panes = STAGE_FRAME.of(controller.frame).panes
        return any(pane.id == name and pane.drawing is not None for pane in panes)

    wall, own = time.perf_counter(), time.process_time()
    add_file(controller, str(folder / "one.npz"))
    spin(lambda: drawn("one"))
    first = {
        "first of 1,000 people by the clock, s": time.perf_counter() - wall,
        "first of 1,000 people, processor, s": time.process_time() - own,
    }
    for name in names[1:]:
        add_file(controller, str(folder / f"{name}.npz"))
    spin(lambda: all(map(drawn, names)) and not session.busy)
    return first


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
    given = [one for one in sys.argv[1:] if one != "--files"]
    count, files = int(given[0]) if given else FRAMES, "--files" in sys.argv
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
            first = use_files(session, Path(folder)) if files else {}
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
    for name, value in (found | first).items():
        table.add_row(name, f"{value:.1f}", f"{value / alone:.2f}" if name.endswith("ms") else "")
    Console().print(table)
    budget, late = 1e3 / GOAL_A_SECOND, any(value > FIRST_S for value in first.values())
    slow = found["window's thread, ms"] > budget or found["whole process, ms"] > 2 * budget
    raise SystemExit(slow or late)


if __name__ == "__main__":
    main()
