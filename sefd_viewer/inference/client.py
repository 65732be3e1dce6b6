"""The window's side of the inference process: submit, cancel, close; crash and restart are its business."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import connection

from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import Finished, Job, Message
from sefd_viewer.inference.process import EngineProcess, Supervisor
from sefd_viewer.inference.wire import Bell, Mailbox
from sefd_viewer.inference.worker import PREDICTOR

_log = logging.getLogger(__name__)
_KILL_AGAIN_S = 0.2


class InferenceClient:
    """Owns the inference process; every submitted request ends with one `Finished` or one `Failed`.

    `on_message` is called from the client's own thread. A `Failed` with a role does not end its request.
    A newer predict (or HED) request replaces an older one; numbers must grow. `patience_s` is how long a
    cancelled stage may go on before the process is killed and replaced; `engine` names what the process runs
    as module:function.
    """

    def __init__(
        self,
        on_message: Callable[[Message], None],
        *,
        device: str = "auto",
        engine: str = PREDICTOR,
        patience_s: float = 2.0,
    ) -> None:
        self._on_message = on_message
        self._mailbox, self._bell = Mailbox(), Bell()
        self._dropped: deque[Job] = deque()
        self._newest = self._cancel_to = -1
        self._closing = threading.Event()
        self._supervisor = Supervisor(
            self._report, lambda: EngineProcess(device, engine), patience_s=patience_s
        )
        self._thread = threading.Thread(target=self._run, name="inference client", daemon=True)

    @property
    def pid(self) -> int | None:
        """The id of the inference process, None while there is none."""
        return self._supervisor.pid

    @property
    def is_alive(self) -> bool:
        """True while the client's thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the process in the background, so that it is warm before the first request."""
        if self._closing.is_set():
            raise SefdError("the inference client is closed", remedy="Make a new one")
        if self._thread.ident is None:
            self._thread.start()

    def submit(self, job: Job) -> None:
        """Hand over `job`; never waits."""
        self.start()
        self._newest = max(self._newest, job.number)
        dropped = self._mailbox.put(job)
        if dropped is not None:
            self._dropped.append(dropped)
        self._bell.ring()

    def cancel(self) -> None:
        """Drop all that was submitted so far; a stage that does not end is killed with its process."""
        self._cancel_to = self._newest
        self._dropped.extend(self._mailbox.cancel(self._cancel_to))
        self._bell.ring()

    def close(self, *, timeout_s: float = 3.0) -> None:
        """End process and thread within `timeout_s`; nothing is reported afterwards. Safe to call twice."""
        self._closing.set()
        self._mailbox.close()
        self._bell.ring()
        if self._thread.ident is None:
            self._bell.close()
        if self._thread is threading.current_thread():
            return
        deadline = time.monotonic() + timeout_s
        while self._thread.is_alive() and time.monotonic() < deadline:
            self._supervisor.kill()
            self._thread.join(_KILL_AGAIN_S)

    def _run(self) -> None:
        try:
            self._supervisor.start()
            while not self._closing.is_set():
                self._step()
        finally:
            self._supervisor.end()
            self._bell.close()

    def _step(self) -> None:
        waitables = [self._bell.reader, *self._supervisor.waitables]
        connection.wait(waitables, self._supervisor.seconds_left)
        self._bell.silence()
        while self._dropped:
            self._report(Finished(self._dropped.popleft().number, 0.0, superseded=True))
        self._supervisor.cancel(self._cancel_to)
        while (job := self._mailbox.take(wait=False)) is not None:
            self._supervisor.submit(job)
        self._supervisor.pump()

    def _report(self, message: Message) -> None:
        if self._closing.is_set():
            return
        try:
            self._on_message(message)
        except Exception:
            _log.exception("a message of the inference process could not be handled")
