"""Memory: dead objects are collected in the window's thread, what was loaded for good is set aside from the
collector, whose pauses the window would feel, and what was freed goes back to the system."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

CHECK_MS = 2000
COLLECT_MS = 200
REST_BYTES, WORTH_BYTES = 4_000_000, 12_000_000
"""Memory that moves less than the first is at rest; less than the second is not worth the work."""
_M_ARENA_MAX = -8


def use_one_arena() -> None:
    """Let threads that begin from now on allocate from one heap, where glibc's allocator is in use.

    Each would get a heap of its own, whose holes the others cannot use: in workspace Cameras 60 MB.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


class OwnCollector(QObject):
    """Collects cycles of dead objects in the window's thread alone, until `stop`.

    Python collects them in whichever thread happens to allocate. A widget, a timer or a 3D view that another
    thread than its own destroys ends the process now and then.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self, interval=COLLECT_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that Python itself would have collected by now."""
        limits = gc.get_threshold()
        if gc.get_count()[0] > limits[0] > 0:
            full = [age for age, count in enumerate(gc.get_count()) if count > limits[age]]
            gc.collect(full[-1])

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        if self._before:
            gc.enable()


class SettledMemory(QObject):
    """Sets aside everything that is there whenever libraries were loaded and none came since.

    A full collection walks over all objects, most of which belong to libraries and live as long as the
    program: some hundred thousand, a fifth of a second. Objects set aside are never looked at again; those
    that were rubbish at that moment stay, which is little.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._seen = self._settled = 0
        self._resident = self._given_back = 0
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
        self._give_back()

    def _give_back(self) -> None:
        """Return freed memory to the system once it stopped growing: pictures and bodies come and go."""
        import ctypes

        resident = _resident_bytes()
        at_rest = abs(resident - self._resident) < REST_BYTES
        if at_rest and resident > self._given_back + WORTH_BYTES:
            ctypes.CDLL(None).malloc_trim(0)
            self._given_back = resident = _resident_bytes()
        self._resident = resident


def _resident_bytes() -> int:
    """How much memory the program holds; 0 where glibc's allocator is not the one in use."""
    import ctypes

    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096 if hasattr(ctypes.CDLL(None), "malloc_trim") else 0
    except (OSError, ValueError, TypeError):
        return 0
