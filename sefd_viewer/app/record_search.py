"""Finding records by words, without making those that are made only when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING

from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.jobs.runner import Outcome, Post, Runner

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
        left = self._table
        for word in sorted(wanted, key=len, reverse=True):
            holds = left["words"].str.contains(word, literal=True)
            left = left if holds.all() else left.filter(holds)
        found: list[int] = left["position"].to_list()
        return found

    @cached_property
    def _texts(self) -> Sequence[str]:
        from sefd_viewer.datasets.lazy_sequence import LazySequence

        if isinstance(self.dataset.records, LazySequence):
            return [key.lower() for key in self.dataset.keys]
        titled = ((one, photo_title(one, self.dataset)) for one in self.dataset.records)
        return [f"{title} {one.title} {one.view or ''} {one.key}".lower() for one, title in titled]

    @cached_property
    def _table(self) -> pl.DataFrame:
        """Columns `position` and `words`, those in small letters."""
        import polars as pl

        from sefd_viewer.datasets.index.people_rows import record_words

        words = pl.concat_str("title", "record", separator=" ").str.to_lowercase()
        return record_words(self.dataset).select(words.alias("words")).with_row_index("position")


class Searches:
    """Searches for a view, long ones off its thread; of several the newest is answered."""

    def __init__(self, executor: Executor, post: Post) -> None:
        self._runner = Runner(executor, post, self._take)
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
            self._runner.want("search", self._wanted, lambda: search.positions(words))
        else:
            found(search.positions(words))

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._runner.running)

    def close(self) -> None:
        """Answer nothing any more."""
        self._runner.close()

    def _take(self, _name: str, outcome: Outcome) -> None:
        if outcome.key is self._wanted and outcome.value is not None:
            self._found(outcome.value)
