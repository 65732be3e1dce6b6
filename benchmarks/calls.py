"""How many Python calls one action of a person costs in the window's thread, and in which features.

usage: python benchmarks/calls.py

The window shows the shipped sample; networks answer at once with made-up bodies, so that counts are the same
on every machine but for the event loop's rounds. What other threads compute is not counted. Goal: at most
4,000 calls for a notch of the kernel slider, none of them in features that are not in view. Ends with 1
otherwise. A yardstick of another program: ndv's slider through a stack of pictures takes 2,422 calls.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_CACHE_HOME"] = os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="sefd-calls-")
sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console
from rich.table import Table
from window_clock import spin

from sefd_viewer.app.feature import features
from sefd_viewer.app.settings import Settings
from sefd_viewer.features.edges.model import EDGES
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession
from sefd_viewer.gui.theme import apply_theme
from tests.app.session_fakes import FakeClient

GOAL = 4000
BEFORE = {
    "Edges: notch of the kernel slider": 39_959,
    "Inspect: notch of the kernel slider": 28_928,
    "Inspect: next photo": 92_626,
    "People: a verdict's key": 72_438,
}
"""Calls on the same set when every part in view was made anew and compared each time something was known."""
QUESTIONS = 60
"""Calls that no work is: whether a feature is in view, whether a verdict can be given."""
IN_VIEW = {"Edges": {"edges", "inspect", "person"}, "Inspect": {"inspect", "person", "playback"}}
"""The room, the bar and strip about the person, and whose panel or line stands in the room."""
NOTCHES = (3, 7, 9, 5)
VERDICTS = ("verdict_good", "verdict_bad")
_OWN = Path(__file__).parent.name


class Calls:
    """Counts calls of Python functions by file while it is entered, in this thread."""

    def __init__(self) -> None:
        self.by_file: Counter[str] = Counter()

    def __enter__(self) -> Calls:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def unheard(self, asked: Callable[[], bool]) -> Callable[[], bool]:
        """A question of ours, not of the window's, while calls are counted."""

        def ask() -> bool:
            sys.setprofile(None)
            answer = asked()
            sys.setprofile(self._note)
            return answer

        return ask

    def _note(self, frame: Any, event: str, _arg: object) -> None:
        if event == "call":
            self.by_file[frame.f_code.co_filename] += 1

    @property
    def counted(self) -> Counter[str]:
        """Calls by part: "features/edges", "app", "gui", "other packages"."""
        parts: Counter[str] = Counter()
        for file, count in self.by_file.items():
            path = Path(file).parts
            if path[-2:-1] == (_OWN,):
                continue
            inside = path[path.index("sefd_viewer") + 1 :] if "sefd_viewer" in path else ("other packages",)
            parts["/".join(inside[:2]) if inside[0] == "features" else inside[0].removesuffix(".py")] += count
        return parts


def main() -> None:
    """Count each action a few times after one that warms up, print the median's parts."""
    application = make_application()
    apply_theme(application, "dark")
    session = WindowSession(Settings(), client=FakeClient)
    try:
        session.window.show()
        session.begin([])
        spin(lambda: not session.busy)
        found = {title: measure(session, *action) for title, action in actions(session).items()}
    finally:
        session.close()
    report(found)
    stray = [part for title in found if "notch" in title for part in strays(title, found[title])]
    raise SystemExit(any(found[title].total() > GOAL for title in found if "notch" in title) or bool(stray))


def actions(session: WindowSession) -> dict[str, tuple[str, Callable[[int], object]]]:
    """What is counted: a title, the workspace in view, and what is done the n-th time."""
    run = session.window.actions_table.run

    def notch(number: int) -> None:
        state = session.controller.state
        edges = replace(state.edges, kernel=NOTCHES[number % len(NOTCHES)])
        state = EDGES.change(replace(state, edges=edges), page="dilation")
        session.controller.store.set(state, merge="kernel")

    return {
        "Edges: notch of the kernel slider": ("edges", notch),
        "Inspect: notch of the kernel slider": ("inspect", notch),
        "Inspect: next photo": ("inspect", lambda _number: run("next_record")),
        "People: a verdict's key": ("people", lambda number: run(VERDICTS[number % 2])),
    }


def measure(session: WindowSession, workspace: str, act: Callable[[int], object]) -> Counter[str]:
    """The parts' calls of one action: of four tries the one with the median total."""
    session.window.actions_table.run(f"workspace_{workspace}")
    spin(lambda: not session.busy)
    tries = []
    for number in range(5):
        with Calls() as calls:
            act(number)
            spin(calls.unheard(lambda: not session.busy))
        tries.append(calls.counted)
    return sorted(tries[1:], key=lambda parts: parts.total())[1]


def strays(title: str, parts: Counter[str]) -> list[str]:
    """Features that work although only the one that the title begins with, and what it shows, is in view."""
    ours = {feature.id for feature in features() if feature.id in IN_VIEW[title.partition(":")[0]]}
    others = (part for part in parts if part.startswith("features/") and part.partition("/")[2] not in ours)
    return [part for part in others if parts[part] > QUESTIONS]


def report(found: dict[str, Counter[str]]) -> None:
    """Print the table: a row for each action, its total, its parts from the largest on."""
    table = Table("action", "before", "calls", "of them", title="Python calls in the window's thread")
    for title, parts in found.items():
        of_them = ", ".join(f"{part} {count:,}" for part, count in parts.most_common())
        table.add_row(title, f"{BEFORE[title]:,}", f"{parts.total():,}", of_them)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
