"""Random actions on the real window with the real networks, and kills of their process.

usage: python benchmarks/soak.py [--actions 2000] [--kills 50] [--seed 1] [--json FILE]

More than half of the actions are in menus, pages and dialogs. Memory, threads, open files, widgets and
processes are counted every 25 actions in one view of the sample, and before the first action when every room
and page was shown with each of the samples: what is loaded and made once is no growth.
Ends with 1 for an exception, a message of Qt, a hang, memory that grows by more than 5 % after the first
third, a role that does not answer after a kill, or anything that is left when the window has closed.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import gc
import json
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, get_args

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="sefd-soak-")
os.environ["XDG_DATA_HOME"] = os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"]
sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table
from soak_hands import Hands
from window_clock import spin

from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.host import Page
from sefd_viewer.app.settings import Settings
from sefd_viewer.features.edges.model import PAGES as EDGE_PAGES
from sefd_viewer.features.explain.model import PAGES as EXPLAIN_PAGES
from sefd_viewer.gui import preference_pages
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.cards import Card
from sefd_viewer.gui.preferences import PAGES as PREFERENCE_PAGES
from sefd_viewer.gui.preferences import PreferencesCard
from sefd_viewer.gui.session import LateClient, WindowSession
from sefd_viewer.gui.settled_memory import SettledMemory
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.inference.messages import ROLES, RoleResult
from sefd_viewer.resources import resource_path

_HOME = Path(os.environ["XDG_CONFIG_HOME"])
EVERY = 25
QUIET_S, STOPPED_S = 20.0, 300.0
"""Seconds that what goes on may take before it is stopped, and that stopping may take."""
STUCK_S = 120
HOME: dict[str, Any] = {
    "device": "cpu",
    "run_at_once": True,
    "found_poses": False,
    "weights": {},
    "theme": "dark",
    "text": 100,
    "photos_kept": 6,
}
"""Preferences where memory is compared."""
SHOWING = (
    ("workspace_inspect", "list_methods"),
    ("workspace_people", "people_compare", "people_check", "tag_people"),
    ("workspace_cameras", *(id for id in COMMANDS if id.startswith("tab_"))),
    ("workspace_edges", *(f"edges_{page}" for page in EDGE_PAGES)),
    ("workspace_explain", *(f"explain_{page}" for page in EXPLAIN_PAGES)),
)
"""Commands that show each room, its pages and its card."""
GROWTH = 1.05
WARM = 0.33
_QUIET = ("propagateSizeHints", "This plugin does not support", "QXcbClipboard")


@dataclass
class Count:
    """What the program holds at a checkpoint."""

    actions: int
    megabytes: float
    threads: int
    files: int
    widgets: int
    processes: int


@dataclass
class Findings:
    """What went wrong, and the counts."""

    faults: list[str] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    kills: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Soak:
    """One window under random hands."""

    def __init__(self, seed: int) -> None:
        self.found = Findings()
        self.application = make_application()
        apply_theme(self.application, "dark")
        setattr(preference_pages, "QDesktopServices", SimpleNamespace(openUrl=bool))  # noqa: B010 - opens nothing
        self.clients: list[LateClient] = []
        self.session = WindowSession(
            Settings(), client=self._client, scan_workers=1, answers=_HOME / "answers"
        )
        self.hands = Hands(self.session, seed, pool(), _made(_HOME / "written"))
        self._listen_for_faults()

    def _client(self, listen: Any) -> LateClient:
        self.clients.append(LateClient(listen, "cpu"))
        return self.clients[-1]

    def begin(self) -> None:
        """Show the window on the sample."""
        self.session.window.show()
        SettledMemory(self.session.window)
        self.session.begin([])
        self._settle()
        self._show_all()
        self.session.controller.change_settings(found_poses=True)
        for name in ("sample_crowd", "sample_photos"):  # the detector of 2D poses stays in memory, too
            self.session.controller.open([str(resource_path(name))])
            self._settle()
            self._show_all()
        self._checkpoint()

    def _show_all(self) -> None:
        """Every room with its pages, and every page over the window."""
        window = self.session.window
        for id in chain(*SHOWING):
            window.actions_table.run(id)
            self._settle()
            self._close_what_waits()
        for page in get_args(Page):
            window.toggle_card(page)
            QCoreApplication.processEvents()
            self._close_what_waits()
            if window.start.is_shown:
                window.start.leave()
        card = window.card("preferences")
        assert isinstance(card, PreferencesCard)
        for page in PREFERENCE_PAGES:
            card.open_at(page)
        card.close_card()

    def actions(self, count: int) -> None:
        """Act, look at what is held every now and then."""
        for number in range(1, count + 1):
            self._guarded(self.hands.act)
            self._guarded(self._wait_a_little)
            if number % EVERY == 0:
                self._guarded(self._checkpoint)

    def kills(self, count: int) -> None:
        """Kill the networks' process at a random moment, run again, see that every role answers."""
        self._home()
        for number in range(count):
            self.session.window.actions_table.run("run")
            self._spin(self.hands.random.choice((0.0, 0.05, 0.3, 1.0, 3.0, 8.0)))
            killed = self._kill()
            if self.hands.random.random() < 0.6:
                QCoreApplication.processEvents()
            self.session.window.actions_table.run("run")
            self._settle(quiet_s=STOPPED_S)
            results = self.session.controller.content.inference.results
            silent = [role for role in ROLES if not isinstance(results.get(role), RoleResult)]
            said = [f"{role}: {getattr(results.get(role), 'what', 'nothing')}" for role in silent]
            self.found.kills.append("; ".join(said) if said else "every role answered")
            if said:
                self.found.faults.append(f"kill {number} (process {killed}): {'; '.join(said)}")

    def end(self) -> None:
        """Close everything and say what is left."""
        self.hands.stop()
        window = self.session.window
        window.close()
        self.session.close()
        window.deleteLater()
        for _ in range(20):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()
            gc.collect()
        mine = threading.main_thread(), self._watch
        self.found.left += [f"thread {one.name}" for one in threading.enumerate() if one not in mine]
        self.found.left += [f"process {pid}" for pid in children()]
        shown = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
        self.found.left += [f"widget {type(one).__name__}" for one in shown]
        parts = [str(path.relative_to(_HOME)) for path in _HOME.rglob("*.part")]
        self.found.left += [f"file {name}" for name in parts]

    # ---- inside

    def _checkpoint(self) -> None:
        self._home()
        gc.collect()
        if hasattr(ctypes.CDLL(None), "malloc_trim"):
            ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.found.counts.append(
            Count(
                self.hands.done,
                pages * 4096 / 1e6,
                threading.active_count(),
                len(os.listdir("/proc/self/fd")),
                len(QApplication.allWidgets()),
                len(children()),
            )
        )
        print(self.found.counts[-1], len(self.found.faults), flush=True)

    def _home(self) -> None:
        """The same view each time: the sample in Inspect, nothing over it."""
        self._close_what_waits()
        controller, run = self.session.controller, self.session.window.actions_table.run
        self._settle()
        controller.change_settings(**HOME)
        self.session.window.showNormal()
        self.session.window.resize(1440, 900)
        controller.use_poses(None)
        controller.open([])
        self._settle()
        run("workspace_inspect")
        self._settle()

    def _close_what_waits(self) -> None:
        for _ in range(20):
            waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if waiting is None:
                break
            waiting.close()
            QCoreApplication.processEvents()
        for card in self.session.window.findChildren(Card):
            if card.isVisible():
                card.close_card()

    def _settle(self, quiet_s: float = QUIET_S) -> None:
        """Wait until nothing goes on; what takes long is stopped, and must stop."""
        try:
            spin(lambda: not self.session.busy, limit_s=quiet_s)
        except TimeoutError:
            self.session.window.actions_table.run("stop")
            try:
                spin(lambda: not self.session.busy, limit_s=STOPPED_S)
            except TimeoutError as error:
                raise TimeoutError(f"{error}: {self._busy()}") from None

    def _busy(self) -> str:
        """What goes on, in words."""
        controller = self.session.controller
        content, services = controller.content, controller.services.items()
        going = [name for name, one in services if one.busy or one.settling]
        own = content.inference.busy, controller.trials.busy, self.session.window.start.busy
        return f"{content.opening=} {content.running=} {content.waiting=} services {going} others {own}"

    def _spin(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        spin(lambda: time.perf_counter() > end)

    def _wait_a_little(self) -> None:
        if self.hands.random.random() < 0.1:
            self._settle()
            return
        end, looks = time.perf_counter() + self.hands.random.choice((0.0, 0.05, 0.2, 0.6)), self.hands.looks
        try:
            spin(lambda: time.perf_counter() > end and not _waits(), limit_s=STOPPED_S)
        except TimeoutError as error:
            looked = f"looked at {self.hands.looks - looks} times"
            raise TimeoutError(f"{error}: {_waits()}, {looked}; {self._busy()}") from None

    def _kill(self) -> int | None:
        client = self.clients[-1]._client
        pid = None if client is None else client.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return pid

    def _guarded(self, act: Any) -> None:
        try:
            act()
        except Exception:
            self._fault(traceback.format_exc())

    def _fault(self, words: str) -> None:
        last = "\n    ".join(self.hands.said)
        self.found.faults.append(f"after {self.hands.done} actions: {words}\n  what was done:\n    {last}")
        print(f"FAULT {self.found.faults[-1]}", flush=True)

    def _listen_for_faults(self) -> None:
        sys.excepthook = lambda kind, error, trace: self._fault(
            "".join(traceback.format_exception(kind, error, trace))
        )
        sys.unraisablehook = lambda args: self._fault(
            f"{args.err_msg}: {args.object}: {''.join(traceback.format_exception(args.exc_value))}"
        )
        threading.excepthook = lambda args: self._fault("".join(traceback.format_exception(args.exc_value)))
        qInstallMessageHandler(
            lambda _kind, _where, text: None if any(q in text for q in _QUIET) else self._fault(f"Qt: {text}")
        )
        logging.getLogger("sefd_viewer").addHandler(_ErrorsTo(self._fault))
        self._beat = time.monotonic()
        self._pulse = QTimer(interval=100)
        self._pulse.timeout.connect(lambda: setattr(self, "_beat", time.monotonic()))
        self._pulse.start()
        self._watch = threading.Thread(target=self._watch_pulse, name="watch", daemon=True)
        self._watch.start()

    def _watch_pulse(self) -> None:
        """End with the stacks of all threads when the window's thread is stuck."""
        while time.monotonic() - self._beat < STUCK_S:
            time.sleep(1.0)
        print(f"HANG after {self.hands.done} actions:", *self.hands.said, sep="\n    ", flush=True)
        faulthandler.dump_traceback(all_threads=True)
        os._exit(2)


class _ErrorsTo(logging.Handler):
    """Errors that the program logs are faults, too."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it."""
        self._tell(record.getMessage())


def _waits() -> str:
    """The menu or dialog that waits for an answer, in words."""
    waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
    return "" if waiting is None else f"{type(waiting).__name__} {waiting.windowTitle()!r}"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def children() -> list[int]:
    """The processes that this one started and that are still there, less multiprocessing's tracker."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in found if b"resource_tracker" not in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def pool() -> list[Path]:
    """Things to open: photos, folders and data sets that ship, and what is none or broken."""
    folder, chance = _made(_HOME / "pool"), random.Random(0)
    photos = sorted(
        path for path in resource_path("sample_photos").glob("*") if path.suffix in (".jpg", ".png")
    )
    whole = photos[0].read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "noise.png").write_bytes(chance.randbytes(5000))
    (folder / "empty.jpg").touch()
    (folder / "words.txt").write_text("not a picture\n")
    (folder / "poses.json").write_text('{"images": [], "annotations": [')
    (folder / "list.json").write_text("[1, 2, 3]")
    _made(folder / "nothing here")
    for number, photo in enumerate(photos[:4]):
        (_made(folder / "photos") / f"{number}.jpg").write_bytes(photo.read_bytes())
    broken = sorted(path for path in folder.iterdir())
    return [
        *broken,
        *photos[:3],
        resource_path("sample_crowd"),
        resource_path("sample_photos"),
        folder / "gone.jpg",
    ]


def report(found: Findings, hands: Hands) -> bool:
    """Print the counts and the faults; whether all is well."""
    table = Table(*Count.__dataclass_fields__, title="Held at the same view of the sample")
    for count in found.counts[:: max(1, len(found.counts) // 12)]:
        table.add_row(*(f"{value:.0f}" for value in asdict(count).values()))
    Console(width=110).print(table)
    warm = found.counts[int(WARM * len(found.counts)) :]
    begin, end = warm[: max(1, len(warm) // 4)], warm[-max(1, len(warm) // 4) :]
    grown = {
        name: median(getattr(one, name) for one in end) / max(1, median(getattr(one, name) for one in begin))
        for name in ("megabytes", "threads", "files", "widgets", "processes")
        if warm
    }
    print(f"{hands.done} actions, {hands.in_dialogs} of them in menus, pages and dialogs")
    print("growth after the first third:", {name: f"{value:.3f}" for name, value in grown.items()})
    print(f"{sum(k == 'every role answered' for k in found.kills)} of {len(found.kills)} kills answered")
    print("left:", found.left or "nothing")
    print(f"{len(found.faults)} faults")
    return not found.faults and not found.left and all(value <= GROWTH for value in grown.values())


def main() -> None:
    """Act, kill, close, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    faulthandler.enable()
    soak = Soak(options.seed)
    soak.begin()
    soak.actions(options.actions)
    soak.kills(options.kills)
    soak.end()
    well = report(soak.found, soak.hands)
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(soak.found), indent=1))
    raise SystemExit(not well)


if __name__ == "__main__":
    main()
