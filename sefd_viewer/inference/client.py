"""The window's side of the inference process: submit, cancel, close; crash and restart are its business."""

from __future__ import annotations

import dataclasses
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import Begun, CancelRequest, Failed, Finished, Job, Message, Ready
from sefd_viewer.inference.wire import Wire
from sefd_viewer.inference.worker import PREDICTOR, failure, main, process_ended
from sefd_viewer.jobs.process import Child

_log = logging.getLogger(__name__)
_KILL_AGAIN_S = 0.2
_START_PATIENCE_S = 30.0


@dataclass
class _Given:
    """A job that the process was given: whether it began it, and whether an earlier process had it."""

    job: Job
    begun: bool = False
    again: bool = False


class InferenceClient:
    """Owns the inference process; every submitted request ends with one `Finished` or one `Failed`.

    `on_message` is called from the client's own thread, which takes what it is told and what the process says
    from one queue. A `Failed` with a role does not end its request. A newer request replaces an older one of
    its kind; numbers must grow. What a process that ended had not begun is given to the next one, once.
    `patience_s` is how long a cancelled stage may go on before the process is killed and replaced; `engine`
    names what the process runs as module:function.
    """

    def __init__(
        self,
        on_message: Callable[[Message], None],
        *,
        device: str = "auto",
        engine: str = PREDICTOR,
        patience_s: float = 2.0,
    ) -> None:
        self._on_message, self._arguments, self._patience_s = on_message, (device, engine), patience_s
        self._inbox: queue.SimpleQueue[Job | CancelRequest | tuple[Child, Message | Begun | None] | None]
        self._inbox = queue.SimpleQueue()
        self._newest = self._cancelled = -1
        self._closing = threading.Event()
        self._child: Child | None = None
        self._wire: Wire | None = None
        self._given: dict[int, _Given] = {}
        self._deadline: float | None = None
        self._ready = False
        self._last_words: Failed | None = None
        self._thread = threading.Thread(target=self._run, name="inference client", daemon=True)

    @property
    def pid(self) -> int | None:
        """The id of the inference process, None while there is none."""
        child = self._child
        return None if child is None else child.pid

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
        self._inbox.put(job)

    def cancel(self) -> None:
        """Drop all that was submitted so far; a stage that does not end is killed with its process."""
        self._inbox.put(CancelRequest(self._newest))

    def close(self, *, timeout_s: float = 3.0) -> None:
        """End process and thread within `timeout_s`; nothing is reported afterwards. Safe to call twice."""
        self._closing.set()
        self._inbox.put(None)
        if self._thread is threading.current_thread():
            return
        deadline = time.monotonic() + timeout_s
        while self._thread.is_alive() and time.monotonic() < deadline:
            child = self._child
            if child is not None:
                child.kill()
            self._thread.join(_KILL_AGAIN_S)

    # ---- on the client's own thread

    def _run(self) -> None:
        try:
            self._begin()
            while not self._closing.is_set():
                self._step()
        finally:
            self._end()

    def _step(self) -> None:
        items = self._told()
        newest = {type(one): one for one in items if isinstance(one, Job)}
        for one in items:
            if isinstance(one, CancelRequest):
                self._cancel(one.number)
            elif isinstance(one, tuple):
                self._hear(*one)
            elif one is not None and (newest[type(one)] is not one or one.number <= self._cancelled):
                self._report(Finished(one.number, 0.0, superseded=True))
            elif one is not None:
                self._give(_Given(one))
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._replace()

    def _told(self) -> list[Job | CancelRequest | tuple[Child, Message | Begun | None] | None]:
        """All that came since; waits for something, no longer than a cancelled job may take."""
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        try:
            items = [self._inbox.get(timeout=left)]
        except queue.Empty:
            return []
        while not self._inbox.empty():
            items.append(self._inbox.get())
        return items

    def _begin(self) -> None:
        """Start the process where none runs; a failure to do so is reported for every waiting job."""
        if self._child is not None:
            return
        self._ready, self._last_words = False, None
        try:
            self._child = child = Child(main, *self._arguments, name="sefd-viewer inference")
        except OSError as error:
            self._last_words = failure(error)
            self._give_up(self._taken())
            return
        self._wire = wire = Wire(child.connection)
        child.listen(wire.receive, lambda message: self._inbox.put((child, message)))

    def _end(self) -> int | None:
        """End the process and wait for it; nothing is reported."""
        child, self._child, self._wire = self._child, None, None
        if child is None:
            return None
        child.kill()
        return child.reap()

    def _give(self, given: _Given) -> None:
        """Hand a job to the process; one that is gone is noticed when its pipe ends."""
        self._given[given.job.number] = given
        self._begin()
        self._send(given.job)

    def _send(self, request: Job | CancelRequest) -> None:
        try:
            if self._wire is not None:
                self._wire.send(request)
        except OSError:
            return

    def _cancel(self, number: int) -> None:
        self._cancelled = max(self._cancelled, number)
        if self._child is not None and self._has_cancelled():
            self._send(CancelRequest(number))
            patience = self._patience_s if self._ready else _START_PATIENCE_S
            self._deadline = time.monotonic() + patience

    def _hear(self, child: Child, message: Message | Begun | None) -> None:
        if child is not self._child:
            return  # it was replaced
        match message:
            case None:
                self._has_ended()
                return
            case Begun():
                if message.number in self._given:
                    self._given[message.number].begun = True
                return
            case Ready():
                self._ready = True
            case Failed(number=None):
                self._last_words = message
            case Finished(number=number) | Failed(number=number, role=None):
                self._given.pop(-1 if number is None else number, None)
                self._deadline = self._deadline if self._has_cancelled() else None
        self._report(message)

    def _has_cancelled(self) -> bool:
        return any(number <= self._cancelled for number in self._given)

    def _has_ended(self) -> None:
        """The process ended by itself: what it had not begun is asked of the next one."""
        words, child = self._last_words, self._child
        self._child = self._wire = None
        exit_code = None if child is None else child.reap()
        given = self._taken()
        if words is None and not given:
            self._report(process_ended(None, exit_code))
        again = [one for one in given if words is None and not one.begun and not one.again]
        self._last_words = words or process_ended(None, exit_code)
        self._give_up([one for one in given if one not in again])
        for one in again:
            self._give(_Given(one.job, again=True))

    def _replace(self) -> None:
        """Kill a process that does not end a cancelled job; what came later is asked of the next one."""
        self._end()
        for one in self._taken():
            if one.job.number <= self._cancelled:
                self._report(Finished(one.job.number, 0.0, superseded=True))
            else:
                self._give(_Given(one.job, again=one.again))
        self._begin()

    def _taken(self) -> list[_Given]:
        given, self._given, self._deadline = list(self._given.values()), {}, None
        return given

    def _give_up(self, given: list[_Given]) -> None:
        for one in given:
            if self._last_words is not None:
                self._report(dataclasses.replace(self._last_words, number=one.job.number))

    def _report(self, message: Message) -> None:
        if self._closing.is_set():
            return
        try:
            self._on_message(message)
        except Exception:
            _log.exception("a message of the inference process could not be handled")
