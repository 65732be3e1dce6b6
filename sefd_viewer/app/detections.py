"""2D poses that the detector found, remembered by picture and looked for once at a time."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import LruCache

if TYPE_CHECKING:
    from sefd_viewer.app.scene import Detect, Image
    from sefd_viewer.geometry.poses import Pose2D

REMEMBERED = 20_000


class Detections:
    """The detector with a memory: who asks for a picture that is being searched waits for that answer."""

    def __init__(self, detect: Detect) -> None:
        self._detect = detect
        self._found: LruCache[list[Pose2D]] = LruCache(REMEMBERED)
        self._searching: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def of(self, key: Hashable) -> Detect:
        """The detector for the picture known as `key`."""
        return lambda image: self._poses(key, image)

    def _poses(self, key: Hashable, image: Image) -> list[Pose2D]:
        with self._lock:
            own = self._searching.setdefault(key, Lock())
        try:
            with own:
                found = self._found.get(key)
                if found is None:
                    found = self._detect(image)
                    self._found.put(key, found)
                return found
        finally:
            with self._lock:
                self._searching.pop(key, None)


def detect_people(image: Image) -> list[Pose2D]:
    """The shipped detector of 2D poses."""
    from sefd_viewer.pose2d.detector import detect_people

    return detect_people(image)
