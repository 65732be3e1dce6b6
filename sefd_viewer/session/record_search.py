"""Finding records by words, without building those that are built only when they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset


def searched_words(dataset: Dataset) -> Sequence[str]:
    """What is searched of each record, in small letters: title, view and key; of lazy records the key."""
    from sefd_viewer.datasets.lazy_sequence import LazySequence

    if isinstance(dataset.records, LazySequence):
        return [key.lower() for key in dataset.keys]
    return [f"{record.title} {record.view or ''} {record.key}".lower() for record in dataset.records]


def found(words: str, searched: Sequence[str]) -> Sequence[int]:
    """Positions of what holds all `words`; all positions without words."""
    wanted = words.lower().split()
    if not wanted:
        return range(len(searched))
    return [i for i, text in enumerate(searched) if all(word in text for word in wanted)]
