"""Processes of the program's own: begun, spoken to, ended; and long jobs that run in one."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import sys
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.background import Control, Task
from sefd_viewer.jobs.runner import Outcome, attempt

_REAP_S = 5.0


class Child:
    """A process `pid` that runs `main(connection, *arguments)` from construction on, led through the pipe."""

    def __init__(self, main: Callable[..., None], *arguments: Any, name: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=main, args=(theirs, *arguments), name=name, daemon=True)
        with _empty_main_module():
            self._process.start()
        theirs.close()
        self.pid = self._process.pid
        self._listener: threading.Thread | None = None

    def kill(self) -> None:
        """End it at once; it holds nothing that has to be saved."""
        with contextlib.suppress(ValueError):  # it was reaped meanwhile, maybe by another thread
            self._process.kill()

    def listen(self, receive: Callable[[], Any], heard: Callable[[Any], None]) -> None:
        """Call `heard` with whatever `receive` reads from the pipe, and with None at its end, on a thread."""

        def run() -> None:
            with contextlib.suppress(EOFError, OSError):
                while True:
                    heard(receive())
            heard(None)

        self._listener = threading.Thread(target=run, name="listener", daemon=True)
        self._listener.start()

    def reap(self) -> int | None:
        """Wait for a process that has ended or closed its pipe; returns its exit code."""
        self._process.join(_REAP_S)
        if self._process.is_alive():
            self.kill()
            self._process.join(_REAP_S)
        if self._listener is not None:
            self._listener.join(_REAP_S)  # whoever reads the pipe must be gone before it is closed
        self.connection.close()
        exitcode = self._process.exitcode
        if exitcode is not None:
            self._process.close()  # else two pipes stay open for as long as somebody knows this object
        return exitcode


@dataclass(frozen=True)
class InProcess:
    """Work for a `Background`: what `target` ("module:function") does with `order`, in a process of its own.

    The function is called with the order and a Task; order, news and value are pickled. Where the process
    ends by itself the problem is `ended`.
    """

    target: str
    order: Any
    ended: str

    def __call__(self, task: Task) -> Any:
        """Begin the process, bring its news on, and return its value. Raises SefdError."""
        child = Child(enter, self.target, self.order, name=f"sefd-viewer {self.target}")
        task.follow(lambda control: _lead(child, control))
        try:
            while not isinstance(message := child.connection.recv(), Outcome):
                task.tell(message)
        except (EOFError, OSError) as error:
            raise SefdError(self.ended) from error
        finally:
            child.reap()
        if message.problem is not None:
            raise SefdError(message.problem)
        return message.value


def enter(connection: Connection, target: str, order: Any) -> None:
    """Run what `target` names: the first thing that the process does. An owner that is gone stops it."""
    task = Task(connection.send)
    threading.Thread(target=_listen, args=(connection, task), name="controls", daemon=True).start()
    module, _, function = target.partition(":")
    outcome = attempt(target, lambda: getattr(importlib.import_module(module), function)(order, task))
    with contextlib.suppress(OSError):
        connection.send(outcome)


def _lead(child: Child, control: Control) -> None:
    if control == "end":
        child.kill()
    with contextlib.suppress(OSError):
        child.connection.send(control)


def _listen(connection: Connection, task: Task) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            task.lead(connection.recv())
    task.lead("end")


@contextlib.contextmanager
def _empty_main_module() -> Iterator[None]:
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
