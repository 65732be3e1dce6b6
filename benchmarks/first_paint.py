"""How long the window takes to paint for the first time, against a bare PySide6 window.

usage: python benchmarks/first_paint.py [starts]

Each start is a fresh process, the two kinds in turn; the clock runs from before the process is made until its
window has painted. Goal: at most 3 times the bare window, torch not imported by then. Ends with 1 otherwise.
The processor time of the whole process, its end included, tells more where the machine is busy.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

GOAL = 3.0

REPORT = """
import json, sys, time
def report():
    print(json.dumps({"at": time.time(), "torch": "torch" in sys.modules}), flush=True)
"""
BARE = (
    REPORT
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (report(), application.exit()))
application = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
application.exec()
"""
)
REAL = (
    REPORT
    + """
from PySide6.QtCore import QCoreApplication
from sefd_viewer.cli.main import main
from sefd_viewer.gui import app
def begin(self, *_what):
    report()
    QCoreApplication.exit()
app.WindowSession.begin = begin
main([])
"""
)


def start(program: str) -> tuple[float, float, bool]:
    """Milliseconds until the first paint of a fresh process, of the processor; whether torch was imported."""
    environment = {"QT_QPA_PLATFORM": "offscreen"} | dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs have their bytecode
    begun, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1e3 * (found["at"] - begun), 1e3 * computed, found["torch"]


def main() -> None:
    """Print the table."""
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    programs = {"bare PySide6 window": BARE, "sefd-viewer": REAL}
    milliseconds: dict[str, list[float]] = {name: [] for name in programs}
    processor: dict[str, list[float]] = {name: [] for name in programs}
    torch = False
    for turn in range(starts + 1):
        for name, program in programs.items():
            took, computed, has_torch = start(program)
            torch |= has_torch
            if turn:  # the first turn fills the file cache
                milliseconds[name].append(took)
                processor[name].append(computed)
    medians = {name: statistics.median(values) for name, values in milliseconds.items()}
    bare, real = medians.values()
    quickest = {name: min(values) for name, values in processor.items()}
    heads = ("window", "median ms", "quickest ms", "ratio", "processor ms", "ratio")
    table = Table(*heads, title=f"First paint, {starts} fresh starts")
    for name, values in milliseconds.items():
        clock = f"{medians[name]:.0f}", f"{min(values):.0f}", f"{medians[name] / bare:.2f}"
        table.add_row(name, *clock, f"{quickest[name]:.0f}", f"{quickest[name] / min(quickest.values()):.2f}")
    Console().print(table)
    print(f"torch imported by the first paint: {'yes' if torch else 'no'}")
    raise SystemExit(real / bare > GOAL or torch)


if __name__ == "__main__":
    main()
