"""How quickly the records table of the workspace "Review" filters, sorts, jumps and scrolls.

usage: python benchmarks/records_table.py [rows]

A made-up data set of 262,000 people in 118,000 records, with measurements of twelve detectors and ten
thousand verdicts, in the real window. For each filter and each order: the time from the change of the state
to the repainted table. For jumps to far rows: the time to the repainted table. While the table and the wall
scroll from top to bottom, and while a threshold moves: how late a precise 10 ms timer ticks, which is how
long the window could not answer. Goals: 100 ms for filter, order and jump, 50 ms for every tick. Ends with
1 otherwise.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import polars as pl
from PySide6.QtWidgets import QScrollBar
from rich.console import Console
from window_clock import Lateness, NoNetworks, lateness_table, spin, times_table

import sefd_viewer.datasets.index as index
from sefd_viewer.app import open_files
from sefd_viewer.app.findings import Measured, Values
from sefd_viewer.app.settings import Settings
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.features.people.views.review.workspace import ReviewWorkspace
from sefd_viewer.gui.app import WindowSession, make_application
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.judgements import Verdict

ROWS = 262_000
PEOPLE_PER_RECORD = 2.22
QUICK_MS = 100.0
GOAL_MS = 50.0
FILTERS = (
    "0012",
    "fit_error > 60",
    "keypoints<5 -smpl:yes",
    "verdict:unreviewed",
    "verdict:bad finding:any",
    "finding:swap fit_error>20",
    "problem:crowd",
    "",
)
ORDERS = (("fit_error", True), ("worst", True), ("record", False), ("verdict", True), ("note", False))


# ---- a made-up data set


@dataclass(frozen=True)
class MadeUp:
    """Records that are built when they are looked at: a grey picture each."""

    keys: list[str]

    def build(self, position: int) -> Record:
        """The record at a position."""
        shade = 40 + position * 37 % 180
        return Record(self.keys[position], self.keys[position], image=np.full((240, 320, 3), shade, np.uint8))

    def siblings(self, position: int) -> list[int]:
        """The record alone."""
        return [position]

    def find(self, key: str) -> int | None:
        """Where the record with this key is."""
        digits = key[-16:-4]
        return int(digits) if digits.isdigit() and int(digits) < len(self.keys) else None

    def image_path(self, position: int) -> Path | None:  # noqa: ARG002
        """No file: the picture is made."""
        return None

    def instant(self, position: int) -> tuple[str | None, str | None]:  # noqa: ARG002
        """Neither moment nor view."""
        return None, None


def people(rows: int) -> pl.DataFrame:
    """A table like the index gives it."""
    numbers = np.random.default_rng(0)
    position = np.sort(numbers.integers(0, round(rows / PEOPLE_PER_RECORD), rows)).astype(np.int32)
    fits = numbers.gamma(2.0, 12.0, rows).astype(np.float32)
    text = pl.Series(position).cast(pl.String).str.zfill(12)
    return pl.DataFrame(
        {
            "position": position,
            "record": "train2017/" + text + ".jpg",
            "person": np.arange(100_000, 100_000 + rows).astype(str),
            "view": None,
            "subject": None,
            "action": None,
            "box_x": numbers.uniform(0, 200, rows).astype(np.float32),
            "box_y": numbers.uniform(0, 150, rows).astype(np.float32),
            "box_w": numbers.uniform(10, 120, rows).astype(np.float32),
            "box_h": numbers.uniform(10, 90, rows).astype(np.float32),
            "keypoints": numbers.integers(0, 18, rows).astype(np.uint8),
            "smpl": numbers.uniform(size=rows) < 0.8,
            "fit_error": fits,
            "score": numbers.uniform(size=rows).astype(np.float32),
            "problem": np.where(numbers.uniform(size=rows) < 0.03, "marks a crowd, not one person", ""),
        }
    )


def measured(rows: int, detectors: list[str], records: int) -> Measured:
    """Numbers of every detector about everybody."""
    numbers = np.random.default_rng(1)
    everybody = np.arange(rows, dtype=np.int32)
    values = {id: Values(everybody, numbers.gamma(1.2, 1.0, rows).astype(np.float32)) for id in detectors}
    return Measured(values, looked=records)


def judged(table: pl.DataFrame, count: int) -> dict[int, Verdict]:
    """Verdicts about some rows."""
    numbers = np.random.default_rng(2)
    rows = numbers.choice(table.height, min(count, table.height // 2), replace=False).tolist()
    states = numbers.choice(["good", "bad", "unsure"], len(rows)).tolist()
    return {
        row: Verdict(table["record"][row], table["person"][row], state, note=f"note {row % 97}")
        for row, state in zip(rows, states, strict=True)
    }


def open_review(rows: int) -> tuple[WindowSession, ReviewWorkspace]:
    """The window with the workspace on the made-up data set."""
    table = people(rows)
    records = round(rows / PEOPLE_PER_RECORD)
    part = MadeUp([f"train2017/{position:012d}.jpg" for position in range(records)])
    dataset = Dataset("made up", None, "made up", LazySequence([part]))
    index.people_table = lambda _dataset: table  # type: ignore[assignment]
    open_files.open_inputs = lambda *_args, **_options: dataset
    session = WindowSession(Settings(), client=lambda _listen: NoNetworks())
    session.window.resize(1440, 900)
    session.window.show()
    session.begin([])
    spin(lambda: session.controller.content.dataset is not None)
    session.window.actions_table.run("workspace_review")
    spin(lambda: session.controller.frame.review.lines is not None and not session.busy)
    review = session.controller.content.review
    assert review.verdicts is not None
    filled = replace(
        review,
        verdicts=review.verdicts.with_verdicts(judged(table, 10_000)),
        measured=measured(rows, [one.id for one in review.detectors], records),
    )
    session.controller.change_review(filled)
    spin(lambda: not session.busy)
    view = session.window.stack.view("review")  # type: ignore[union-attr]
    assert isinstance(view, ReviewWorkspace)
    return session, view


# ---- measuring


def until_shown(session: WindowSession, view: ReviewWorkspace, change: Callable[[], None]) -> float:
    """Milliseconds from a change until other rows are computed and painted."""
    before = session.controller.frame.review.lines
    start = time.perf_counter()
    change()
    spin(lambda: session.controller.frame.review.lines is not before and not session.controller.busy)
    view.rows.currentWidget().repaint()  # type: ignore[union-attr]
    return 1e3 * (time.perf_counter() - start)


def jump(session: WindowSession, view: ReviewWorkspace, line: int) -> float:
    """Milliseconds until the row of a far line is in view and painted."""
    shown = session.controller.frame.review.lines
    assert shown is not None
    start = time.perf_counter()
    session.controller.review.choices.choose(int(shown.rows[line]))
    view.table.viewport().repaint()
    return 1e3 * (time.perf_counter() - start)


def scroll(bar: QScrollBar, steps: int) -> Iterator[None]:
    """From top to bottom: small steps as a wheel makes them, with a far jump now and then."""
    places = np.linspace(bar.minimum(), bar.maximum(), 12)
    for place in places:
        bar.setValue(round(place))
        for _ in range(steps):
            bar.setValue(bar.value() + bar.singleStep() * 2)
            yield


def slide(session: WindowSession, steps: int) -> Iterator[None]:
    """Move a threshold from end to end."""
    detector = session.controller.content.review.detectors[0]
    low, high = detector.range
    for value in np.linspace(low, high, steps):
        session.controller.review.choices.set_threshold(detector.id, float(value))
        yield


def measure(session: WindowSession, view: ReviewWorkspace) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Times by action, and the lateness of ticks by what happens meanwhile."""
    desk, ticks = session.controller.review, Lateness()
    desk.choices.set_words("warm")
    spin(lambda: not session.busy)
    times = {
        f"filter {words or '(none)'}": until_shown(session, view, partial(desk.choices.set_words, words))
        for words in FILTERS
    }
    for column, down in ORDERS:
        times[f"sort {column}"] = until_shown(session, view, partial(desk.choices.sort, column, down))
    until_shown(session, view, lambda: desk.choices.sort("row", False))
    total = len(session.controller.frame.review.lines or ())
    for share in (0.93, 0.11, 0.5):
        times[f"jump to {share:.0%}"] = jump(session, view, int(share * total))
    late = {"table scrolls": ticks.stepping(scroll(view.table.verticalScrollBar(), 40))}
    late["threshold moves"] = ticks.stepping(slide(session, 80))
    spin(lambda: not session.controller.busy)
    desk.choices.arrange(layout="wall")
    late["wall scrolls"] = ticks.stepping(scroll(view.wall.verticalScrollBar(), 40))
    return times, late


def show(times: dict[str, float], late: dict[str, list[float]]) -> None:
    """Print both tables."""
    console = Console()
    console.print(times_table(times, "From the change to the repainted rows"))
    console.print(lateness_table(late))


def main() -> None:
    """Open, measure, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    application = make_application()
    apply_theme(application, "dark")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = os.environ["XDG_CACHE_HOME"] = folder
        session, view = open_review(rows)
        try:
            times, late = measure(session, view)
        finally:
            session.close()
    show(times, late)
    slow = max(times.values()) > QUICK_MS or max(map(max, late.values())) > GOAL_MS
    raise SystemExit(slow)


if __name__ == "__main__":
    main()
