"""How many Python calls one action of a person costs in the window's thread, and in which features.

usage: python benchmarks/calls.py

The window shows the shipped sample. A notch is counted from the slider's move until its edges are shown;
then the slider rests, the whole photo is computed at full resolution and the networks are asked; their
answers come a second or more later: three rows, whose sum is what the column "before" has for a notch.
Answers are made-up bodies, made while nothing is counted, so that counts are the same on every machine but
for how many answers come together. What other threads compute is not counted. All notches lead to kernels
that were not in use before. Goal: at most 4,000 calls for a notch, none of them in features that are not in
view. Ends with 1 otherwise. A yardstick of another program: ndv's slider through a stack of pictures takes
2,422 calls.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_CACHE_HOME"] = os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="sefd-calls-")
sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console
from rich.table import Table
from window_clock import spin

from sefd_viewer.app import controller, predictions
from sefd_viewer.app.feature import features
from sefd_viewer.app.settings import Settings
from sefd_viewer.features.edges.model import EDGES
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.inference.messages import Message
from tests.app.session_fakes import FakeClient

GOAL = 4000
BEFORE = {
    "Edges: notch of the kernel slider": 39_959,
    "Inspect: notch of the kernel slider": 28_928,
    "Inspect: next photo": 92_626,
    "People: a verdict's key": 72_438,
}
"""Calls on the same set when every part in view was made anew and compared each time something was known;
there a notch has the answers in it."""
QUESTIONS = 60
"""Calls that no work is: whether a feature is in view, whether a verdict can be given."""
IN_VIEW = {"Edges": {"edges", "inspect", "person"}, "Inspect": {"inspect", "person", "playback"}}
"""The room, the bar and strip about the person, and whose panel or line stands in the room."""
NOTCHES = (3, 7, 9, 11, 13)
VERDICTS = ("verdict_good", "verdict_bad") * 2
PHASES = ("", ", the slider rests", ", the networks answer")
HELD_MS = 1500
"""How long the slider counts as moving, so that on a slow machine, too, its edges are shown first."""
_OWN = Path(__file__).parent.name


class LateNetworks(FakeClient):
    """Networks that answer when they are told to."""

    def __init__(self, listen: Callable[[Message], None]) -> None:
        super().__init__(listen, at_once=False)
        self.answered = 0

    @property
    def asked(self) -> bool:
        """Whether something waits for an answer."""
        return self.answered < len(self.requests)

    def answer_all(self) -> None:
        """Answer what was asked since."""
        while self.asked:
            self.answered += 1
            self.answer(self.requests[self.answered - 1])


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
    controller.DRAFT_MS = predictions.PAUSE_MS = HELD_MS
    application = make_application()
    apply_theme(application, "dark")
    networks: list[LateNetworks] = []

    def begin(listen: Callable[[Message], None]) -> LateNetworks:
        networks.append(LateNetworks(listen))
        return networks[-1]

    session = WindowSession(Settings(), client=begin)
    bench = Bench(session, networks[0])
    try:
        session.window.show()
        session.begin([])
        bench.settle()
        found = bench.run()
    finally:
        session.close()
    report(found)
    notches = [title for title in found if title.endswith("slider")]
    stray = [part for title in notches for part in strays(title, found[title])]
    raise SystemExit(any(found[title].total() > GOAL for title in notches) or bool(stray))


@dataclass(frozen=True)
class Bench:
    """Does in a window what is counted."""

    session: WindowSession
    networks: LateNetworks

    def run(self) -> dict[str, Counter[str]]:
        """The parts' calls by the action's title."""
        run, found = self.session.window.actions_table.run, dict[str, Counter[str]]()
        for workspace, sigma in (("edges", 1.0), ("inspect", 1.25)):
            title = f"{workspace.capitalize()}: notch of the kernel slider"
            self.go_to(workspace)
            self.change_edges(sigma=sigma, kernel=5)
            self.settle()
            tries = [self.measure(partial(self.change_edges, kernel=kernel)) for kernel in NOTCHES]
            for place, then in enumerate(PHASES):
                found[title + then] = median([parts[place] for parts in tries])
        self.go_to("inspect")
        tries = [self.measure(lambda: run("next_record")) for _ in NOTCHES]
        found["Inspect: next photo"] = median([sum(parts, Counter()) for parts in tries])
        self.go_to("people")
        tries = [self.measure(partial(run, verdict)) for verdict in VERDICTS]
        found["People: a verdict's key"] = median([sum(parts, Counter()) for parts in tries])
        return found

    def go_to(self, workspace: str) -> None:
        """Have another workspace in view."""
        self.session.window.actions_table.run(f"workspace_{workspace}")
        self.settle()

    def change_edges(self, **changes: Any) -> None:
        """Move a slider."""
        state = self.session.controller.state
        state = EDGES.change(replace(state, edges=replace(state.edges, **changes)), page="dilation")
        self.session.controller.store.set(state, merge="kernel")

    def measure(self, act: Callable[[], object]) -> list[Counter[str]]:
        """The parts' calls of an action until it is shown, of the slider's rest, of the networks' answers."""
        found = []
        for done in (self.is_shown, self.is_asked, self.is_settled):
            with Calls() as calls:
                act()
                spin(calls.unheard(done))
            found.append(calls.counted)
            act = _nothing
        return found

    def is_shown(self) -> bool:
        """Whether all is there that is made while a slider moves."""
        content = self.session.controller.content
        return not (content.running or content.waiting or content.opening)

    def is_asked(self) -> bool:
        """Whether all is there that needs no answer."""
        resting = self.session.controller.content.drafting is None
        return resting and self.is_shown() and (self.networks.asked or not self.session.busy)

    def is_settled(self) -> bool:
        """Whether all is there, small pictures too; what was asked is answered."""
        self.networks.answer_all()
        return not (self.session.busy or self.session.controller.settling)

    def settle(self) -> None:
        """Wait for all."""
        spin(self.is_settled)


def _nothing() -> None:
    """What is done while the window goes on by itself."""


def median(tries: list[Counter[str]]) -> Counter[str]:
    """The parts' calls of the try in the middle; the first warms up."""
    ordered = sorted(tries[1:], key=lambda parts: parts.total())
    return ordered[len(ordered) // 2]


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
        table.add_row(title, f"{BEFORE[title]:,}" if title in BEFORE else "", f"{parts.total():,}", of_them)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
