"""How long the window takes to paint for the first time, against a bare PySide6 window.

usage: python benchmarks/first_paint.py [starts]

Each start is a fresh process, the kinds in turn; the clock runs from before the process is made until its
window has painted: the start page with all that is on it, which a person sees first, above it a header that
is still empty; then the same with the header's tabs and buttons, from which on it can be used; another
start opens the sample: its photo with the bodies from the answers that ship. Goal: the first paint at most 3
times the bare window, torch not imported by then, the sample's bodies after 2 s. Ends with 1 otherwise. The
processor time until then tells more where the machine is busy.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from rich.console import Console
from rich.table import Table

GOAL, SAMPLE_MS = 3.0, 2000.0

REPORT = """
import json, os, sys, time
def report():
    ours = sum(name.startswith("sefd_viewer.") for name in sys.modules)
    torch = "torch" in sys.modules
    found = {"at": time.time(), "computed": time.process_time(), "torch": torch, "modules": ours}
    print(json.dumps(found), flush=True)
    os._exit(0)
"""
BARE = (
    REPORT
    + """
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        loop.quit()
application = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
loop = QEventLoop()
loop.exec()
report()
"""
)
FIRST = (
    REPORT
    + """
from sefd_viewer.cli.main import main
from sefd_viewer.gui import app
from PySide6.QtCore import QEvent, QObject
class Paints(QObject):
    seen = False
    def eventFilter(self, watched, event):
        self.seen = self.seen or event.type() == QEvent.Type.Paint
        return False
def show_and_tell(window):
    paints = Paints()
    window.start.page.crowd.installEventFilter(paints)
    show_first(window)
    assert paints.seen
    report()
show_first, app.show_first = app.show_first, show_and_tell
main([])
"""
)
WATCHED = (
    REPORT
    + """
from sefd_viewer.cli.main import main
from sefd_viewer.gui import app
from PySide6.QtCore import QEvent, QObject, QTimer
def begin_and_watch(session, *what):
    begin(session, *what)
    watch(session)
def show_and_load(window):
    global begin
    shown = show_first(window)
    from sefd_viewer.gui.session import WindowSession
    begin, WindowSession.begin = WindowSession.begin, begin_and_watch
    WindowSession._get_ready = lambda self: None  # what is made behind the start page comes after it
    return shown
show_first, app.show_first = app.show_first, show_and_load
"""
)
USABLE = (
    WATCHED
    + """
class Paints(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, report)
        return False
def watch(session):
    session.paints = Paints()
    session.window.header.gear.installEventFilter(session.paints)
main([])
"""
)
SAMPLE = (
    WATCHED
    + """
def watch(session):
    from sefd_viewer.features.inspect.frames import STAGE_FRAME
    def look(old, new):
        drawn = [pane.drawing is not None for pane in STAGE_FRAME.of(new).panes if pane.info is not None]
        if drawn and all(drawn):
            QTimer.singleShot(0, lambda: QTimer.singleShot(0, report))
    session.controller.listen(look)
main(["sample:"])
"""
)


def start(program: str, folder: str) -> dict[str, float]:
    """Milliseconds until a fresh process has painted, by clock and of the processor; what was imported."""
    environment = {"QT_QPA_PLATFORM": "offscreen"} | dict(os.environ)
    environment |= {f"XDG_{kind}_HOME": folder for kind in ("CACHE", "DATA", "CONFIG")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs have their bytecode
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"at": 1e3 * (found["at"] - begun), "computed": 1e3 * found["computed"]}


def main() -> None:
    """Print the table."""
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    programs = {
        "bare window": BARE,
        "first paint": FIRST,
        "can be used": USABLE,
        "sample's bodies": SAMPLE,
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(starts + 1):
            for name, program in programs.items():
                painted = start(program, folder)
                if turn:  # the first turn fills the caches
                    found[name].append(painted)
    clock = {name: statistics.median(one["at"] for one in begun) for name, begun in found.items()}
    processor = {name: min(one["computed"] for one in begun) for name, begun in found.items()}
    bare, first, _, sample = programs
    heads = ("painted", "median ms", "quickest ms", "ratio", "processor ms", "ratio", "modules")
    table = Table(*heads, title=f"First paint, {starts} fresh starts")
    for name, begun in found.items():
        numbers = clock[name], min(one["at"] for one in begun), clock[name] / clock[bare]
        computed = processor[name], processor[name] / processor[bare]
        table.add_row(
            name, *_numbers(*numbers), *_numbers(computed[0], computed[1]), f"{begun[0]['modules']:.0f}"
        )
    Console().print(table)
    torch = any(one["torch"] for one in found[first])
    print(f"torch imported by the first paint: {'yes' if torch else 'no'}")
    raise SystemExit(clock[first] / clock[bare] > GOAL or clock[sample] > SAMPLE_MS or torch)


def _numbers(*values: float) -> list[str]:
    """Milliseconds whole, ratios, which come last, with two places."""
    return [*(f"{value:.0f}" for value in values[:-1]), f"{values[-1]:.2f}"]


if __name__ == "__main__":
    main()
