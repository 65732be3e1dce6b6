"""A bell that wakes a thread waiting in `multiprocessing.connection.wait`."""

from __future__ import annotations

import threading
from multiprocessing import Pipe


class Bell:
    """`ring` from any thread makes `reader` readable until `silence` is called; it never blocks."""

    def __init__(self) -> None:
        self.reader, self._writer = Pipe(duplex=False)
        self._lock = threading.Lock()
        self._rung = False

    def ring(self) -> None:
        """Wake the waiting thread; ringing twice is ringing once."""
        with self._lock:
            if not self._rung and not self._writer.closed:
                self._writer.send_bytes(b"!")
                self._rung = True

    def silence(self) -> None:
        """Take the ring back; call before looking for what it was rung for."""
        with self._lock:
            if self._rung:
                self.reader.recv_bytes()
                self._rung = False

    def close(self) -> None:
        """Free the pipe; later rings do nothing."""
        with self._lock:
            self._writer.close()
            self.reader.close()
            self._rung = False
