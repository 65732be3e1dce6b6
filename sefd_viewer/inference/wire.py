"""One end of the pipe between client and engine process: messages as pickles, each image sent once."""

from __future__ import annotations

import dataclasses
import pickle
import threading
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from sefd_viewer.inference.messages import Job

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
