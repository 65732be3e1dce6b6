"""What is behind the window: threads, networks and the controller; put together, and taken apart again."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QTimer

from sefd_viewer.app.controller import Controller, Surroundings
from sefd_viewer.app.opening import Begin, trouble
from sefd_viewer.app.plugins import find_plugins, switch, used_detectors
from sefd_viewer.app.predictions import Client
from sefd_viewer.app.sessions import ENDING
from sefd_viewer.app.settings import SAMPLE, Settings
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.bridge import Bridge, RestTimer
from sefd_viewer.gui.main_window import MainWindow
from sefd_viewer.gui.screenshot import WhenQuiet, save_picture
from sefd_viewer.gui.settled_memory import OwnCollector, use_one_arena
from sefd_viewer.inference.messages import Job, Message

if TYPE_CHECKING:
    from sefd_viewer.inference.client import InferenceClient

THREADS = 3
AFTER_START_MS = 60
"""Milliseconds until the start page has painted; then what lies behind it is made."""
CALM_S = 0.2
"""Seconds after which work begins that nobody waits for."""
SWITCH_S = 0.001
"""So long the window waits at most for a thread that runs Python; Python's own is five times that."""
MOST_SCAN_WORKERS = 8
SCREENSHOT_LIMIT_S = 600.0


def answers_folder() -> Path:
    """Where the networks' answers are kept between starts."""
    import platformdirs

    return Path(platformdirs.user_cache_path("sefd-viewer")) / "answers"


def scan_workers() -> int:
    """How many processes look for bad annotations: one core is left to the window."""
    return min(max((os.cpu_count() or 2) - 1, 1), MOST_SCAN_WORKERS)


class WindowSession:
    """A window with its controller, threads and inference process; `close` ends all of them.

    `window` is furnished; without one it is made.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        device: str = "auto",
        client: Callable[[Callable[[Message], None]], Client] | None = None,
        scan_workers: int = 0,
        answers: Path | None = None,
        window: MainWindow | None = None,
    ) -> None:
        self.bridge, self._timer, self._rest = Bridge(), RestTimer(), RestTimer()
        self._collector = OwnCollector()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sefd-viewer")
        self._picture_pool = ThreadPoolExecutor(1, thread_name_prefix="sefd-viewer small pictures")
        switch(settings.plugins_off, settings.plugins_on)
        plugins = find_plugins(also_off=True)
        surroundings = Surroundings(
            self._pool,
            self.bridge.post,
            self._timer,
            client or (lambda listen: LateClient(listen, device)),
            rest=self._rest,
            later=self.bridge.later,
            scan_workers=scan_workers,
            calm_s=CALM_S,
            pictures=self._picture_pool,
            answers=answers,
        )
        detectors = used_detectors(plugins, settings.preferences)
        self.controller = Controller(surroundings, settings=settings, detectors=detectors, device=device)
        self.window = window or MainWindow()
        self.window.furnish(self.controller, plugins, self._aside)
        self._begun = self._closed = False

    @property
    def busy(self) -> bool:
        """Whether something is still to come."""
        settling = self.controller.settling or self.window.start.busy
        return not self._begun or self.controller.busy or settling

    def begin(self, inputs: Sequence[str] | None, begin: Begin = lambda state: state) -> None:
        """After the first paint fill the window and open `inputs`, none is the sample; None: the start page.

        `begin` makes of the state that follows the one that is wanted; a session that was saved brings its
        own. Behind the start page views and networks are made ready.
        """
        use_one_arena()
        sys.setswitchinterval(SWITCH_S)
        if inputs is None:
            self.window.start.show()
            QTimer.singleShot(AFTER_START_MS, self._get_ready)
            return
        self.window.add_views()
        if len(inputs) == 1 and inputs[0].lower().endswith(ENDING):
            self.window.open_session(inputs[0])
        else:
            self.controller.open([] if list(inputs) == [SAMPLE] else inputs, begin=begin)
        self._begun = True

    def _get_ready(self) -> None:
        if not self._closed:
            self.window.add_views()
            self.controller.predictions.warm()
            self._begun = True

    def _aside(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a job on the thread pool and bring its result back."""
        future = self._pool.submit(job)
        future.add_done_callback(
            lambda done: None if done.cancelled() else self.bridge.post(lambda: then(done.result()))
        )

    def close(self) -> None:
        """End threads and the inference process; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.bridge.close()
        self.controller.close()
        for pool in (self._pool, self._picture_pool):
            pool.shutdown(wait=True, cancel_futures=True)
        self._collector.stop()


class LateClient:
    """The inference client, made at its first use, so that the window need not wait for it."""

    def __init__(self, listen: Callable[[Message], None], device: str) -> None:
        self._listen, self._device = listen, device
        self._client: InferenceClient | None = None

    def start(self) -> None:
        """Start the process, so that it is warm before the first request."""
        self._made().start()

    def submit(self, job: Job) -> None:
        """Hand over a request."""
        self._made().submit(job)

    def cancel(self) -> None:
        """Drop all that was submitted."""
        if self._client is not None:
            self._client.cancel()

    def use_device(self, device: str) -> None:
        """Compute on another device from the next request on; the old process ends in the background."""
        self._device, old = device, self._client
        self._client = None
        if old is not None:
            threading.Thread(target=old.close, name="inference end", daemon=True).start()

    def _made(self) -> InferenceClient:
        if self._client is None:
            from sefd_viewer.inference.client import InferenceClient

            self._client = InferenceClient(self._listen, device=self._device)
        return self._client

    def close(self) -> None:
        """End the inference process."""
        if self._client is not None:
            self._client.close()


def take_screenshot(session: WindowSession, path: Path, inputs: Sequence[str]) -> None:
    """Save the window when it is quiet, and end: with 1 where that, or what is to be seen, does not work."""

    def done(in_time: bool) -> None:
        late = (
            f"{path} shows what was ready after {SCREENSHOT_LIMIT_S / 60:.0f} minutes, and not everything was"
        )
        problems = [] if in_time else [f"{late}. Try again when the machine is less busy"]
        problems += filter(None, [trouble(session.controller.content, inputs)])
        try:
            save_picture(session.window, path)
        except SefdError as error:
            problems.append(str(error))
        for problem in problems:
            print(f"sefd-viewer: {problem}", file=sys.stderr)
        QCoreApplication.exit(1 if problems else 0)

    WhenQuiet(lambda: session.busy, done, limit_s=SCREENSHOT_LIMIT_S, parent=session.window)
