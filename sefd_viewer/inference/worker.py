"""The inference process: reads requests, runs the engine, streams the answers back."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from sefd_viewer.inference.engine import Cancelled, Engine, Stop, open_engine
from sefd_viewer.inference.failures import failure, poisons_process
from sefd_viewer.inference.mailbox import Mailbox
from sefd_viewer.inference.messages import CancelRequest, Finished, Job, Message, PredictRequest, TrialRequest
from sefd_viewer.inference.wire import Wire

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
    return engine.hed(job, stop)
