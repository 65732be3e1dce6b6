"""Words that many rows share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Labels:
    """A word per row that many share: `codes` (N,) are places in `words`."""

    codes: NDArray[np.int64]
    words: Sequence[str]

    @classmethod
    def of(cls, words: Sequence[str]) -> Labels:
        """Labels of these words, one per row."""
        places = {word: place for place, word in enumerate(dict.fromkeys(words))}
        return cls(np.array([places[word] for word in words], dtype=np.int64), list(places))

    def at(self, position: int) -> str:
        """The word at a row."""
        return self.words[int(self.codes[position])]

    def same(self, position: int) -> list[int]:
        """The rows with the same word, in order."""
        order, starts = self._by_code
        code = int(self.codes[position])
        places: list[int] = order[starts[code] : starts[code + 1]].tolist()
        return places

    @cached_property
    def _by_code(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.codes, kind="stable")
        return order, np.searchsorted(self.codes[order], np.arange(len(self.words) + 1))


def joined_labels(parts: Sequence[Labels]) -> Labels:
    """Labels one after the other."""
    places: dict[str, int] = {}
    codes = [np.zeros(0, dtype=np.int64)]
    for part in parts:
        own = np.array([places.setdefault(word, len(places)) for word in part.words], dtype=np.int64)
        codes.append(own[part.codes])
    return Labels(np.concatenate(codes), list(places))
