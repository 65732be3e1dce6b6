"""A picture of the whole window in a file, and waiting until there is something to show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QTimer
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QWidget

from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError

QUIET_CHECKS = 3
CHECK_MS = 100


def save_picture(window: QWidget, path: Path) -> None:
    """Save what `window` shows as PNG, the whole file or none; SefdError when it cannot be written."""
    save_image(window.grab().toImage(), path)


def save_image(image: QImage, path: Path) -> None:
    """The same of a picture, on any thread."""
    with new_file(path) as part:
        if not QImageWriter(str(part), QByteArray(b"png")).write(image):
            remedy = "Choose a folder you may write to, with room in it"
            raise SefdError("the picture cannot be written", where=path, remedy=remedy)


class WhenQuiet(QObject):
    """Calls `done(in_time)` once `busy()` was False several times running, or after `limit_s` seconds."""

    def __init__(
        self, busy: Callable[[], bool], done: Callable[[bool], None], *, limit_s: float, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._busy, self._done = busy, done
        self._quiet = 0
        self._left = round(limit_s * 1000 / CHECK_MS)
        self._timer = QTimer(self, interval=CHECK_MS)
        self._timer.timeout.connect(self._check)
        self._timer.start()

    def _check(self) -> None:
        self._left -= 1
        self._quiet = 0 if self._busy() else self._quiet + 1
        if self._quiet >= QUIET_CHECKS or self._left <= 0:
            self._timer.stop()
            self._done(self._quiet >= QUIET_CHECKS)
