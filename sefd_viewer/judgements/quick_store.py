"""Verdicts and tags for a window: in memory at once, on the disk a moment later.

A disk that must say that it has written can take from half a millisecond to a tenth of a second, on a network
longer; who judges with a key per picture must not wait for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from sefd_viewer.errors import SefdError
from sefd_viewer.judgements.database import Case, VerdictError, backup
from sefd_viewer.judgements.store import VerdictStore, rescue_path

Submit = Callable[[Callable[[], None]], object]
"""Has a function called, now or on another thread."""


def _at_once(action: Callable[[], None]) -> None:
    action()


def _unheard(*_words: str) -> None:
    """Nobody listens yet."""


class QuickVerdictStore(VerdictStore):
    """A store whose changes reach the file of `disk` in order, where `write_behind` says; at once until then.

    What cannot be written waits and is tried again with the next change, and at `close`; if that fails too,
    everything goes into a file in the user's folder. Verdicts of other programs show at the next opening.
    """

    def __init__(self, disk: VerdictStore) -> None:
        self._disk = disk
        super().__init__(disk.path, connection=disk.in_memory())
        disk.close()  # until there is something to write: whoever only looks keeps no file open
        self._submit: Submit = _at_once
        self._failed: Callable[[str], None] = _unheard
        self._tried: Callable[[], None] = _unheard
        self._waiting: deque[Callable[[], object]] = deque()
        self._writing = Lock()
        self._submitted = 0

    def write_behind(
        self, submit: Submit, failed: Callable[[str], None], done: Callable[[], None] = _unheard
    ) -> None:
        """Write through `submit` from now on.

        `failed` gets words when that is refused, `done` is called after each attempt; both on any thread.
        """
        self._submit, self._failed, self._tried = submit, failed, done

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._submitted > 0

    def undo(self) -> tuple[Case, ...]:
        """Undo the last own step; returns the cases that it was about, none if there is none."""
        cases = super().undo()
        if cases:
            self._later(self._disk.undo)
        return cases

    def redo(self) -> tuple[Case, ...]:
        """Do the step again that was undone last, unless something was put since."""
        cases = super().redo()
        if cases:
            self._later(self._disk.redo)
        return cases

    def flush(self) -> None:
        """Write what waits, now; raises VerdictError where that is refused."""
        with self._writing:
            while self._waiting:
                self._waiting[0]()
                self._waiting.popleft()

    def close(self) -> None:
        """Write what waits, if need be to the user's folder, and let go of the file."""
        try:
            self.flush()
        except VerdictError as error:
            self._failed(f"{error} {self._rescue()}")
        self._disk.close()
        super().close()

    def _append(self, values: Sequence[tuple[Any, ...]], *, own: bool = True) -> None:
        super()._append(values, own=own)
        self._later(partial(self._disk._append, values, own=own))

    def _later(self, action: Callable[[], object]) -> None:
        self._waiting.append(action)
        with self._lock:
            self._submitted += 1
        self._submit(self._write)

    def _write(self) -> None:
        try:
            self.flush()
        except VerdictError as error:
            self._failed(str(error))
        finally:
            with self._lock:
                self._submitted -= 1
            self._tried()

    def _rescue(self) -> str:
        """Save everything elsewhere; says where."""
        self._waiting.clear()
        path: Path = rescue_path(self.path)
        assert self._connection is not None
        try:
            backup(self._connection, path)
        except SefdError as error:
            return f"Nor could they be saved elsewhere: {error}"
        return f"All verdicts are in {path}"
