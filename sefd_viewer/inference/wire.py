"""What lies between window and inference process: the pipe, and requests that wait."""

from __future__ import annotations

import dataclasses
import pickle
import threading
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from sefd_viewer.inference.messages import EdgesRequest, Job, PredictRequest, TrialRequest

_ORDER: tuple[type[Job], ...] = (PredictRequest, TrialRequest, EdgesRequest)


class Mailbox:
    """A waiting place for one request of each kind; safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[type[Job], Job] = {}
        self._newest: dict[type[Job], int] = {}
        self._cancelled = -1
        self._closed = False

    def put(self, job: Job) -> Job | None:
        """Let `job` wait; returns what is dropped for it (`job` itself when it is the older one)."""
        with self._changed:
            if self._closed or job.number <= max(self._newest.get(type(job), -1), self._cancelled):
                return job
            self._newest[type(job)] = job.number
            dropped = self._waiting.pop(type(job), None)
            self._waiting[type(job)] = job
            self._changed.notify_all()
            return dropped

    def take(self, *, wait: bool = True) -> Job | None:
        """The next job, predictions first; None when closed, or when nothing waits and `wait` is off."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._closed or bool(self._waiting))
            for kind in _ORDER:
                if kind in self._waiting:
                    return self._waiting.pop(kind)
            return None

    def cancel(self, number: int) -> tuple[Job, ...]:
        """Cancel every job numbered up to `number`; returns those that were still waiting."""
        with self._changed:
            self._cancelled = max(self._cancelled, number)
            dropped = tuple(job for job in self._waiting.values() if job.number <= number)
            self._waiting = {kind: job for kind, job in self._waiting.items() if job.number > number}
            return dropped

    def close(self) -> None:
        """Drop everything and wake whoever waits."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def is_cancelled(self, job: Job) -> bool:
        """True when `job` was cancelled or the mailbox is closed."""
        with self._changed:
            return self._closed or job.number <= self._cancelled

    def is_superseded(self, job: Job) -> bool:
        """True when a newer job of the same kind has come, or `job` was cancelled."""
        with self._changed:
            newest = self._newest.get(type(job), -1)
            return self._closed or job.number <= self._cancelled or job.number < newest


_SAME_IMAGE = np.empty((0, 0, 3), np.uint8)


class Wire:
    """Sends and receives frozen dataclasses; several threads may send, one receives.

    An image that is the very array of the job sent before does not cross again: arrays in requests are
    never written to, so the receiver may keep using the one it has.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._sending = threading.Lock()
        self._sent_image: np.ndarray | None = None
        self._received_image = _SAME_IMAGE

    def send(self, message: Any) -> None:
        """Raises OSError when the other end is gone."""
        with self._sending:
            self.connection.send_bytes(pickle.dumps(self._without_repeated_image(message), protocol=5))

    def receive(self) -> Any:
        """The next message; raises EOFError or OSError when the other end is gone."""
        message = pickle.loads(self.connection.recv_bytes())
        if not isinstance(message, Job):
            return message
        if message.image.size == 0:
            return dataclasses.replace(message, image=self._received_image)
        self._received_image = message.image
        return message

    def close(self) -> None:
        """Close this end."""
        self.connection.close()

    def _without_repeated_image(self, message: Any) -> Any:
        if not isinstance(message, Job):
            return message
        if message.image is self._sent_image:
            return dataclasses.replace(message, image=_SAME_IMAGE)
        self._sent_image = message.image
        return message
