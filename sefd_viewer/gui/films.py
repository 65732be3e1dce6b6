"""Films as files, what they are made of, and the dialog that waits for them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QProgressBar, QProgressDialog, QWidget

from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError

HEIGHT = 640
"""Pixels of a panel's height in a film."""


class _DiscardedError(Exception):
    """A film is not wanted any more."""


class Sheet(Protocol):
    """What a workspace shows, as a picture of `size` for a film."""

    @property
    def size(self) -> QSize:
        """Width and height in pixels, both even."""

    def show(self, line: str) -> None:
        """Show what is in view now over a `line` of words."""

    def picture(self) -> QImage:
        """The sheet as it is now, 8-bit RGB."""

    def close(self) -> None:
        """Let go of what drew it."""


class Film:
    """An MP4 (H.264) that appears at `path` when it is complete; `about` is written into it.

    All pictures have the `size`, both even numbers of pixels. Raises SefdError when it cannot be written.
    """

    def __init__(self, path: Path, size: QSize, rate: Fraction, about: Mapping[str, Any]) -> None:
        import av

        self._path, self._errors = path, (OSError, av.error.FFmpegError)
        self._place = new_file(path)
        part = self._place.__enter__()
        try:
            self._film = av.open(str(part), "w", format="mp4")
            self._film.metadata.update(title=in_one_line(about), comment=json.dumps(about))
            self._stream = self._film.add_stream("libx264", rate=rate)
            self._stream.width, self._stream.height = size.width(), size.height()
            self._stream.pix_fmt = "yuv420p"
            self._film.start_encoding()
        except self._errors as error:
            self._leave_nothing()
            raise refused(path, error) from error

    def add(self, picture: QImage) -> None:
        """Add the next picture, 8-bit RGB."""
        import av

        self._write(av.VideoFrame.from_ndarray(_pixels(picture), format="rgb24"))

    def finish(self) -> None:
        """Write what is left; the film is there now."""
        self._write(None)
        try:
            self._film.close()
        except self._errors as error:
            self.discard()
            raise refused(self._path, error) from error
        self._place.__exit__(None, None, None)

    def discard(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(*self._errors):
            self._film.close()
        self._leave_nothing()

    def _leave_nothing(self) -> None:
        with contextlib.suppress(_DiscardedError):
            self._place.__exit__(_DiscardedError, _DiscardedError(), None)

    def _write(self, picture: Any) -> None:
        try:
            self._film.mux(self._stream.encode(picture))
        except self._errors as error:
            self.discard()
            raise refused(self._path, error) from error


def in_one_line(about: Mapping[str, Any]) -> str:
    """Where a figure comes from, for its foot."""
    keys = ("data set", "record", "program")
    return "   ·   ".join(str(about[key]) for key in keys if about.get(key))


def refused(path: Path, error: Exception) -> SefdError:
    """What to tell when a file cannot be written."""
    return SefdError(
        f"the file cannot be written: {getattr(error, 'strerror', None) or error}",
        where=path,
        remedy="Choose a folder you may write to",
    )


def film_dialog(window: QWidget, words: str, count: int) -> QProgressDialog:
    """A dialog that keeps the window waiting and can be cancelled; it stays until it is closed."""
    dialog = QProgressDialog(words, "Cancel", 0, count, window)
    dialog.setWindowTitle("Film")
    bar = QProgressBar(dialog)
    bar.setTextVisible(False)
    dialog.setBar(bar)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    dialog.setMinimumDuration(0)
    dialog.setMinimumWidth(360)
    return dialog


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of an image in that format."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ascontiguousarray(rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3))
