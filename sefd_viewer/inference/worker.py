"""What the inference process runs: it reads requests, asks an engine, streams answers, tells failures."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import (
    Begun,
    CancelRequest,
    EdgesRequest,
    Failed,
    Finished,
    Job,
    Message,
    PredictRequest,
    Ready,
    Role,
    TrialRequest,
)
from sefd_viewer.inference.wire import Mailbox, Wire


def _never() -> bool:
    return False


class Cancelled(Exception):  # noqa: N818 - it is a normal way to end, not an error
    """Raised by an engine that leaves the rest of a request undone because its `Stop` said so."""


@dataclass(frozen=True)
class Stop:
    """Two questions an engine asks while it works.

    `superseded`: a newer request waits, finish the role at hand and leave the later ones;
    `cancelled`: leave at once.
    """

    superseded: Callable[[], bool] = _never
    cancelled: Callable[[], bool] = _never


class Engine(Protocol):
    """Answers requests; the iterators raise `Cancelled` where they end early because `stop` says so."""

    def ready(self) -> Ready:
        """The device in use."""

    def predict(self, request: PredictRequest, stop: Stop) -> Iterator[Message]:
        """Results role by role."""

    def edges(self, request: EdgesRequest, stop: Stop) -> Iterator[Message]:
        """The edges that one network finds."""

    def try_out(self, request: TrialRequest, stop: Stop) -> Iterator[Message]:
        """The answers to all trials."""


PREDICTOR = "sefd_viewer.inference.predictor:open_predictor"
"""The engine with the networks, as module:function. Only its name is known in the window's process: what
the function needs (torch) is imported in the inference process alone."""


def open_engine(factory: str, device: str) -> Engine:
    """Call the function that `factory` names as module:function with the device."""
    module, function = factory.split(":")
    return getattr(importlib.import_module(module), function)(device)


_REPORT = "The detail below says where; please report it with the picture that caused it"
_RESTART = "It starts again with the next request; if memory ran out, take fewer people or a smaller picture"


def failure(error: Exception, *, number: int | None = None, role: Role | None = None) -> Failed:
    """`error` as a message about request `number` and, where only one role is concerned, that role."""
    what, where, remedy = _words(error)
    detail = "".join(traceback.format_exception(error))
    return Failed(number, role, what, where, remedy, detail)


def process_ended(number: int | None, exit_code: int | None) -> Failed:
    """The words for an engine process that ended by itself; a negative exit code is a signal's number."""
    killed = exit_code is not None and exit_code < 0
    reason = f"signal {-(exit_code or 0)}" if killed else f"exit code {exit_code}"
    return Failed(number, None, f"the inference process stopped ({reason})", None, _RESTART)


def poisons_process(error: Exception) -> bool:
    """True for an error after which the process cannot use its device any more (CUDA keeps it for good)."""
    return "CUDA error" in str(error)


def _words(error: Exception) -> tuple[str, str | None, str | None]:
    if isinstance(error, SefdError):
        return error.what, None if error.where is None else str(error.where), error.remedy
    if isinstance(error, ImportError):
        return f"a part of the program cannot be loaded ({error})", error.name, "Install sefd-viewer again"
    if isinstance(error, MemoryError) or "out of memory" in str(error):
        return f"memory ran out ({error})", None, "Choose the device cpu, or a smaller picture"
    return f"{type(error).__name__}: {error}", None, _REPORT


_NICENESS = 5


def main(connection: Connection, device: str, factory: str) -> None:
    """Entry of the spawned process: open the engine and serve until the other end is gone."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: spinning threads slow the window
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the window's business
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with contextlib.suppress(OSError):
        serve(Wire(connection), lambda: open_engine(factory, device))


def serve(wire: Wire, make_engine: Callable[[], Engine]) -> None:
    """Answer requests until the other end is gone; raises SystemExit(1) when the engine cannot go on."""
    mailbox = Mailbox()
    reader = threading.Thread(target=_read, args=(wire, mailbox), name="requests", daemon=True)
    reader.start()
    try:
        engine = make_engine()
        wire.send(engine.ready())
        while (job := mailbox.take()) is not None:
            _answer(job, engine, mailbox, wire)
    except Exception as error:
        wire.send(failure(error))
        raise SystemExit(1) from error


def _read(wire: Wire, mailbox: Mailbox) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            request = wire.receive()
            if isinstance(request, CancelRequest):
                dropped = mailbox.cancel(request.number)
            else:
                dropped = tuple(filter(None, [mailbox.put(request)]))
            for job in dropped:
                wire.send(Finished(job.number, 0.0, superseded=True))
    mailbox.close()


def _answer(job: Job, engine: Engine, mailbox: Mailbox, wire: Wire) -> None:
    started = time.perf_counter()
    stop = Stop(lambda: mailbox.is_superseded(job), lambda: mailbox.is_cancelled(job))
    ended_early = False
    wire.send(Begun(job.number))
    try:
        for message in _messages(job, engine, stop):
            wire.send(message)
    except Cancelled:
        ended_early = True
    except Exception as error:
        if poisons_process(error):
            raise
        wire.send(failure(error, number=job.number))
        return
    wire.send(Finished(job.number, 1e3 * (time.perf_counter() - started), superseded=ended_early))


def _messages(job: Job, engine: Engine, stop: Stop) -> Iterator[Message]:
    if isinstance(job, PredictRequest):
        return engine.predict(job, stop)
    if isinstance(job, TrialRequest):
        return engine.try_out(job, stop)
    return engine.edges(job, stop)
