"""Pictures that were loaded, remembered up to an amount of memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

BUDGET_BYTES = 32_000_000
"""Ten pictures of a megapixel: the moment in view and the next one."""


class PictureShelf:
    """Loads a picture once and forgets those used longest ago; safe to use from several threads."""

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._budget = budget
        self._pictures: OrderedDict[Hashable, Image] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, load: Callable[[], Image]) -> Image:
        """The picture of `key`, from memory or from `load`; what that raises is passed on."""
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = load()
        with self._lock:
            self._put(key, picture)
        return picture

    def _put(self, key: Hashable, picture: Image) -> None:
        if key in self._pictures:
            return
        self._pictures[key] = picture
        self._bytes += picture.nbytes
        while self._bytes > self._budget and len(self._pictures) > 1:
            self._bytes -= self._pictures.popitem(last=False)[1].nbytes
