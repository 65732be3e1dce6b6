"""What was loaded for good is set aside from the garbage collector, whose pauses the window would feel."""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, QTimer

CHECK_MS = 2000


class SettledMemory(QObject):
    """Sets aside everything that is there whenever libraries were loaded and none came since.

    A full collection walks over all objects, most of which belong to libraries and live as long as the
    program: some hundred thousand, a fifth of a second. Objects set aside are never looked at again; those
    that were rubbish at that moment stay, which is little.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._seen = self._settled = 0
        self._timer = QTimer(self, interval=CHECK_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Set aside what is there, if libraries have come and gone quiet since the last time."""
        loaded = len(sys.modules)
        if loaded == self._seen and loaded != self._settled:
            self._settled = loaded
            gc.freeze()
        self._seen = loaded
