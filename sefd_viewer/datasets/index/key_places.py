"""Where a key stands among many, without a table of them all in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class KeyPlaces:
    """Finds the position of a key; with `order` (N,), the positions by rising key, it needs no memory."""

    keys: Sequence[str]
    order: NDArray[np.integer] | None = None

    def find(self, key: str) -> int | None:
        """The key's position, None when it is not there."""
        if self.order is None:
            return self._by_key.get(key)
        order = self.order
        place = bisect_left(order, key, key=lambda position: self.keys[int(position)])
        position = int(order[place]) if place < len(order) else -1
        return position if position >= 0 and self.keys[position] == key else None

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.keys)}
