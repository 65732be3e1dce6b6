"""The inference process as its owner sees it, and what keeps one going: start, send, receive, replace."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import sys
import time
import types
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from sefd_viewer.inference.messages import CancelRequest, Failed, Finished, Job, Message, Ready, Request
from sefd_viewer.inference.wire import Wire
from sefd_viewer.inference.worker import failure, main, process_ended

_START_PATIENCE_S = 30.0


class Supervisor:
    """The process and the jobs it has been given; used by one thread alone, except for `kill`.

    `report` receives every message of the process, and words of its own where the process ended:
    each job that was submitted gets exactly one `Finished` or `Failed` without a role. A job of which a
    process that was killed had said nothing is handed to the next one, once: it was not to blame.
    """

    def __init__(
        self,
        report: Callable[[Message], None],
        start_process: Callable[[], EngineProcess],
        *,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report, self._start_process, self._clock = report, start_process, clock
        self._patience_s = patience_s
        self._process: EngineProcess | None = None
        self._outstanding: dict[int, Job] = {}
        self._spoken_of: set[int | None] = set()
        self._cancelled = -1
        self._deadline: float | None = None
        self._ready = False
        self._last_words: Failed | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running process."""
        return None if self._process is None else self._process.pid

    @property
    def waitables(self) -> list[Connection]:
        """What becomes readable when `pump` has something to do."""
        return [] if self._process is None else [self._process.wire.connection]

    @property
    def seconds_left(self) -> float | None:
        """Seconds until `pump` has to look at a cancelled job; None when there is none."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def start(self) -> None:
        """Start the process where none runs; a failure to do so is reported for every waiting job."""
        if self._process is not None:
            return
        self._ready, self._last_words = False, None
        try:
            self._process = self._start_process()
        except OSError as error:
            self._fail_outstanding(failure(error))

    def submit(self, job: Job) -> None:
        """Hand `job` to the process, starting it where necessary."""
        self._outstanding[job.number] = job
        self.start()
        if self._process is not None:
            self._process.send(job)

    def cancel(self, number: int) -> None:
        """Cancel what was submitted up to `number`; it has `patience_s` to end."""
        if number <= self._cancelled:
            return
        self._cancelled = number
        if self._process is None or not self._has_cancelled():
            return
        self._process.send(CancelRequest(number))
        self._deadline = self._clock() + (self._patience_s if self._ready else _START_PATIENCE_S)

    def pump(self) -> None:
        """Report what the process has said, notice its end, replace it when a cancelled job does not stop."""
        while self._process is not None and self._process.wire.connection.poll():
            message = self._process.receive()
            if message is None:
                self._process_ended(self._process)
            else:
                self._note(message)
        if self.seconds_left == 0.0:
            self._replace_process()

    def kill(self) -> None:
        """End the process at once; may be called from any thread."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """End the process and wait for it; nothing is reported."""
        if self._process is not None:
            self._process.kill()
            self._process.reap()
            self._process = None

    def _note(self, message: Message) -> None:
        if isinstance(message, Ready):
            self._ready = True
        if isinstance(message, Failed) and message.number is None:
            self._last_words = message
        if not isinstance(message, Ready):
            self._spoken_of.add(message.number)
        if isinstance(message, Finished) or (isinstance(message, Failed) and message.role is None):
            self._outstanding.pop(-1 if message.number is None else message.number, None)
            self._spoken_of.discard(message.number)
            self._deadline = self._deadline if self._has_cancelled() else None
        self._report(message)

    def _has_cancelled(self) -> bool:
        return any(number <= self._cancelled for number in self._outstanding)

    def _process_ended(self, process: EngineProcess) -> None:
        exit_code = process.reap()
        self._process = None
        again = self._not_to_blame() if self._last_words is None else []
        if self._last_words is None and not self._outstanding and not again:
            self._report(process_ended(None, exit_code))
        self._fail_outstanding(self._last_words or process_ended(None, exit_code))
        for job in again:
            self.submit(job)

    def _not_to_blame(self) -> list[Job]:
        """Take out the jobs that get another chance."""
        left = [number for number in self._outstanding if number > self._cancelled]
        left = [number for number in left if number not in self._spoken_of]
        self._spoken_of.update(left)
        return [self._outstanding.pop(number) for number in left]

    def _fail_outstanding(self, words: Failed) -> None:
        jobs, self._outstanding, self._deadline = self._outstanding, {}, None
        for number in jobs:
            self._report(dataclasses.replace(words, number=number))

    def _replace_process(self) -> None:
        self.end()
        jobs, self._outstanding, self._deadline = self._outstanding, {}, None
        for job in jobs.values():
            if job.number <= self._cancelled:
                self._report(Finished(job.number, 0.0, superseded=True))
            else:
                self.submit(job)
        self.start()


_REAP_SECONDS = 5.0


class EngineProcess:
    """One inference process, started on construction; `factory` names its engine as module:function."""

    def __init__(self, device: str, factory: str) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.wire = Wire(ours)
        self._process = context.Process(
            target=main, args=(theirs, device, factory), name="sefd-viewer inference", daemon=True
        )
        with empty_main_module():
            self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid

    def send(self, request: Request) -> None:
        """Send `request`; a process that is gone is noticed by `receive`."""
        with contextlib.suppress(OSError):
            self.wire.send(request)

    def receive(self) -> Message | None:
        """The next message, None when the process has ended."""
        try:
            return self.wire.receive()
        except (EOFError, OSError):
            return None

    def reap(self) -> int | None:
        """Wait for a process that has ended or closed its pipe; returns its exit code."""
        self._process.join(_REAP_SECONDS)
        if self._process.is_alive():
            self.kill()
            self._process.join(_REAP_SECONDS)
        self.wire.close()
        return self._process.exitcode

    def kill(self) -> None:
        """End the process at once; it holds nothing that has to be saved."""
        self._process.kill()


@contextlib.contextmanager
def empty_main_module() -> Iterator[None]:
    """Hide the running program from `spawn`, which would import it once more in the child.

    The child needs nothing of it; a script without an `if __name__ == "__main__"` would even start the
    window again.
    """
    program = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
