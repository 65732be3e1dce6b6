"""Finding records by words, without making those that are made only when they are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING

from sefd_viewer.session.background import Background, Outcome, Post

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.datasets.records import Dataset

LONG = 5000
"""Data sets with more records are searched on the thread pool."""

Positions = Sequence[int]


class RecordSearch:
    """Finds the records of a data set whose title, view or key holds all words."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    @property
    def is_long(self) -> bool:
        """Whether a search may take longer than a person should wait for."""
        return len(self.dataset.records) > LONG

    def positions(self, words: str) -> Positions:
        """Positions of the records that hold all words, rising; all of them without words."""
        wanted = words.lower().split()
        if not wanted:
            return range(len(self.dataset.records))
        return self._in_table(wanted) if self.is_long else self._in_texts(wanted)

    def _in_texts(self, wanted: Sequence[str]) -> Positions:
        return [place for place, text in enumerate(self._texts) if all(word in text for word in wanted)]

    def _in_table(self, wanted: Sequence[str]) -> Positions:
        import polars as pl

        holds = pl.lit(True)
        for word in wanted:
            pattern = f"(?i){re.escape(word)}"
            holds &= pl.col("title").str.contains(pattern) | pl.col("record").str.contains(pattern)
        found: list[int] = self._table.select(holds.arg_true()).to_series().to_list()
        return found

    @cached_property
    def _texts(self) -> Sequence[str]:
        from sefd_viewer.datasets.lazy_sequence import LazySequence

        if isinstance(self.dataset.records, LazySequence):
            return [key.lower() for key in self.dataset.keys]
        return [f"{one.title} {one.view or ''} {one.key}".lower() for one in self.dataset.records]

    @cached_property
    def _table(self) -> pl.DataFrame:
        from sefd_viewer.datasets.index.words import record_words

        return record_words(self.dataset)


class Searches:
    """Searches for a view, long ones off its thread; of several the newest is answered."""

    def __init__(self, executor: Executor, post: Post) -> None:
        self._background = Background(executor, post, self._take)
        self._search: RecordSearch | None = None
        self._wanted: object = None
        self._found: Callable[[Positions], None] = lambda _positions: None

    def find(self, dataset: Dataset, words: str, found: Callable[[Positions], None]) -> None:
        """Call `found` with the positions of the records that hold all words: at once, or a little later."""
        if self._search is None or self._search.dataset is not dataset:
            self._search = RecordSearch(dataset)
        search = self._search
        self._wanted, self._found = object(), found
        if search.is_long and words.strip():
            self._background.want("search", self._wanted, lambda: search.positions(words))
        else:
            found(search.positions(words))

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._background.running)

    def close(self) -> None:
        """Answer nothing any more."""
        self._background.close()

    def _take(self, _name: str, outcome: Outcome) -> None:
        if outcome.key is self._wanted and outcome.value is not None:
            self._found(outcome.value)
