"""The spawned inference process as its owner sees it: start, send, receive, end."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import types
from collections.abc import Iterator

from sefd_viewer.inference.messages import Message, Request
from sefd_viewer.inference.wire import Wire
from sefd_viewer.inference.worker import main

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
