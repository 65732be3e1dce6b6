"""Verdicts and tags for a window: in memory at once, on the disk a moment later.

A disk that must say that it has written can take from half a millisecond to a tenth of a second, on a network
longer; who judges with a key per picture must not wait for it."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.errors import SefdError
from sefd_viewer.judgements.database import Case, VerdictError, backup
from sefd_viewer.judgements.store import VerdictStore
from sefd_viewer.resources import resource_path

FILE_NAME = "sefd-verdicts.sqlite"
VIDEO = VideoReader.name


def verdict_path(dataset: Dataset) -> Path:
    """`sefd-verdicts.sqlite` in the data set's folder where one may write there, else in the user's folder.

    A single picture shares it with the folder that it lies in; a video has its own, named after it, because
    its records are numbers. What is shipped with the program and several inputs opened as one have no folder.
    """
    beside = _beside(dataset)
    if beside is None:
        return _in_users_folder(dataset)
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    return beside if writable and os.access(beside.parent, os.W_OK) else _in_users_folder(dataset)


def verdicts_of_others(dataset: Dataset) -> Path | None:
    """Verdicts that lie beside the data where one may not write them, None where there are none."""
    beside = _beside(dataset)
    if beside is None or not beside.is_file() or verdict_path(dataset) == beside:
        return None
    return beside


def rescue_path(path: Path) -> Path:
    """A free name in the user's folder for verdicts that could not be written to `path`."""
    import platformdirs

    folder = Path(platformdirs.user_data_path("sefd-viewer"), "verdicts")
    numbers = (f"-{number}" if number else "" for number in count())
    names = (folder / f"{path.parent.name}-{path.stem}-rescued{number}.sqlite" for number in numbers)
    return next(name for name in names if not name.exists())


def _beside(dataset: Dataset) -> Path | None:
    root = dataset.root
    if root is None or not root.is_dir() or root.resolve().is_relative_to(resource_path(".").resolve()):
        return None
    return root / (f"{dataset.name}.{FILE_NAME}" if dataset.format == VIDEO else FILE_NAME)


def _in_users_folder(dataset: Dataset) -> Path:
    """A file named after the folder or the video, and after its place so that namesakes stay apart."""
    import platformdirs

    place = os.path.realpath(dataset.root) if dataset.root is not None else dataset.format
    own_name = dataset.root is None or dataset.format == VIDEO
    called = dataset.name if own_name or dataset.root is None else dataset.root.name
    digest = hashlib.blake2b(os.fsencode(place), digest_size=4).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", called).strip("-.") or "data"
    return Path(platformdirs.user_data_path("sefd-viewer"), "verdicts", f"{name}-{digest}.sqlite")


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
