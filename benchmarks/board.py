"""The camera board on a set with four views: the next moment, all moments, the next record, memory.

usage: python benchmarks/board.py ROOT BODY [steps]

ROOT is a set in Human3.6M's layout with pictures, BODY its SMPL file. Measured in the real window: from the
key to the next moment in four views, everything painted, when a person has looked at the one before (the next
one is then worked out ahead) and without a pause; the errors of a stretch of moments; the next record in
Inspect (networks left out, they are no part of it); resident memory at rest. The yardstick is measured in the
same run: the way of a program that does a moment's work when it is asked for, one view after the other (four
pictures read, four bodies posed, drawn and outlined). Goals: 100 ms median for the next moment after a look,
50 ms for the next record, 10 s for the timeline of 16,000 records, 700 MB. Ends with 1 otherwise.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from rich.console import Console
from rich.table import Table
from window_clock import NoNetworks, spin

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.settings import Settings
from sefd_viewer.body.files import load_body
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.model import with_board
from sefd_viewer.features.cameras.work import Ahead
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession
from sefd_viewer.gui.settled_memory import SettledMemory
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.render.overlay import shaded_overlay

GOALS = {
    "next moment, after a look": 100.0,
    "next record": 50.0,
    "memory MB": 700.0,
}
WHOLE_STRETCH, TIMELINE_GOAL_MS = 16_000, 10_000.0
"""Records of the longest stretch, and how long its timeline may take; a shorter one in proportion."""


def ready(controller: Controller) -> bool:
    """Whether everything that is shown is there, networks left out."""
    content = controller.content
    return content.dataset is not None and not (content.opening or content.running or content.waiting)


def stepped(session: WindowSession, before: Callable[[], bool]) -> float:
    """Milliseconds from the key of the next record to the painted window; begins when `before()` holds."""
    spin(before)
    start = time.perf_counter()
    session.window.actions_table.run("next_record")
    spin(lambda: ready(session.controller))
    return 1e3 * (time.perf_counter() - start)


def looked_ahead(controller: Controller) -> bool:
    """Whether the next moment is worked out."""
    newest = controller.computed.newest(Ahead)
    return newest is not None and newest.key.record == controller.state.record  # type: ignore[attr-defined]


def timeline_ms(controller: Controller) -> tuple[int, float]:
    """How many records the stretch in view has, and milliseconds until their errors are all shown."""
    controller.store.set(with_board(controller.state, measure_moments=False))
    spin(lambda: ready(controller))
    controller.store.set(with_board(controller.state, against="body", mode="paper", measure_moments=True))
    start = time.perf_counter()

    def complete() -> bool:
        timeline = FRAME.of(controller.frame).timeline
        return timeline.values is not None and bool(timeline.values.done.all())

    spin(complete)
    board = FRAME.of(controller.frame)
    taken = 1e3 * (time.perf_counter() - start)
    controller.store.set(with_board(controller.state, mode="exact"))
    return len(board.timeline.keys) * len(board.views), taken


def on_demand(root: Path, body_file: Path, steps: int) -> float:
    """The yardstick: milliseconds (median) for a moment's four views, one after the other."""
    dataset, body = open_dataset(root, options=ReadOptions(bodies=(str(body_file),))), load_body(body_file)
    moments = list(dict.fromkeys(dataset.instant(i)[0] for i in range(len(dataset.records))))
    first = {m: i for i, m in reversed([(i, dataset.instant(i)[0]) for i in range(len(dataset.records))])}
    settings, taken = EdgeSettings(dilation="fixed", kernel=3), []
    for moment in moments[: steps + 1]:
        start = time.perf_counter()
        for record in dataset.same_moment(dataset.records[first[moment]]):
            image, smpl, camera = record.load(), record.people[0].smpl, record.camera
            assert smpl is not None
            assert camera is not None
            size, vertices = (image.shape[1], image.shape[0]), [body.forward(smpl).vertices]
            shaded_overlay(vertices, body.faces, np.array([[180, 180, 180]], np.uint8), camera, size)
            _ = mesh_edges(vertices, body.faces, camera, size, settings).overlap
        taken.append(1e3 * (time.perf_counter() - start))
    return float(np.median(taken[1:]))


def resident_mb() -> float:
    """Memory that the program holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def measure(session: WindowSession, root: Path, steps: int) -> dict[str, float]:
    """Medians in milliseconds, and memory in MB."""
    controller = session.controller
    session.begin([str(root)])
    spin(lambda: ready(controller))
    for _ in range(3):
        stepped(session, lambda: True)
    found = {"next record": float(np.median([stepped(session, lambda: True) for _ in range(steps)]))}
    controller.store.set(replace(controller.state, workspace="cameras"), remember=False)
    spin(lambda: FRAME.of(controller.frame) is not None and bool(FRAME.of(controller.frame).timeline.keys))
    records, taken = timeline_ms(controller)
    found[f"timeline of {records:,} records"] = taken
    GOALS[f"timeline of {records:,} records"] = TIMELINE_GOAL_MS * records / WHOLE_STRETCH
    spin(lambda: ready(controller) and looked_ahead(controller))
    for _ in range(2):
        stepped(session, lambda: looked_ahead(controller))
    after = [stepped(session, lambda: looked_ahead(controller)) for _ in range(steps)]
    found["next moment, after a look"] = float(np.median(after))
    found["next moment, without a pause"] = float(
        np.median([stepped(session, lambda: True) for _ in range(steps)])
    )
    rest = time.perf_counter() + 7
    spin(lambda: time.perf_counter() > rest)
    found["memory MB"] = resident_mb()
    return found


def main() -> None:
    """Open, measure, print."""
    root, body = Path(sys.argv[1]), Path(sys.argv[2])
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    application = make_application()
    apply_theme(application, "dark")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = os.environ["XDG_CACHE_HOME"] = folder
        session = WindowSession(Settings(bodies=(str(body),)), client=lambda _listen: NoNetworks())
        SettledMemory(session.window)
        session.window.resize(1440, 900)
        session.window.show()
        try:
            found = measure(session, root, steps)
        finally:
            session.close()
    yardstick = on_demand(root, body, steps)
    table = Table("what", "ms", "goal", "ratio to on demand", title=f"Yardstick: {yardstick:.0f} ms a moment")
    for name, value in found.items():
        ratio = f"{value / yardstick:.2f}" if name.startswith("next") else ""
        table.add_row(name, f"{value:.0f}", f"{GOALS[name]:.0f}" if name in GOALS else "", ratio)
    Console().print(table)
    raise SystemExit(any(found[name] > goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    main()
