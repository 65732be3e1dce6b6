"""Finding by words: commands by what people call them, photos without making their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from functools import cache, cached_property
from typing import TYPE_CHECKING

from sefd_viewer.app.command import Command
from sefd_viewer.app.photo_titles import photo_title
from sefd_viewer.jobs.runner import Outcome, Post, Runner

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.datasets.records import Dataset


SAME: tuple[str, ...] = (
    "evaluate evaluation measure measured measuring benchmark score metrics errors results compare",
    "export save write download share report",
    "settings preferences options configure configuration setup",
    "dark light theme colours colors look appearance night mode",
    "quit exit close leave end",
    "photo photos picture pictures image images record frame",
    "film video movie animation clip",
    "figure plot paper publication",
    "screenshot grab capture picture",
    "open load import read browse",
    "sample demo example tutorial",
    "start welcome home begin first",
    "body bodies mesh meshes smpl model",
    "truth ground gt reference annotation annotations",
    "2d pose poses keypoints skeleton joints",
    "camera cameras extrinsics intrinsics calibration",
    "edge edges canny hed outline outlines contour",
    "verdict good bad unsure judge label",
    "findings scan check verify validate audit suspicious",
    "undo revert back",
    "redo again",
    "keys shortcuts keyboard hotkeys bindings help",
    "plugin plugins extension extensions addon add-on",
    "weights checkpoint checkpoints network networks",
    "device gpu cpu cuda nvidia processor mps",
    "run predict infer inference compute restart",
    "stop cancel abort interrupt",
    "play playback animate",
    "present presentation slides slideshow talk story show",
    "vote blind study test",
    "zoom fit centre center reset",
    "full screen fullscreen maximise maximize",
    "command terminal cli shell line",
    "python script code notebook api",
    "session workspace project",
    "doctor about computer version diagnose system",
    "find search go palette",
    "tag tags group mark",
    "people person persons gallery table",
    "explain why saliency heat occlusion occluder",
    "depth order front behind",
    "copy clipboard",
)
"""Words that people use for one another, a group a line."""
NOT_FOUND = 9


def matching(wanted: str, commands: Sequence[Command]) -> list[Command]:
    """The commands that `wanted` may mean, the best first; all of them where it is empty."""
    words = wanted.lower().split()
    if not words:
        return list(commands)
    scored = [(_score(words, command), place) for place, command in enumerate(commands)]
    return [commands[place] for score, place in sorted(scored) if score < NOT_FOUND]


def _score(words: Sequence[str], command: Command) -> int:
    """How far a command is from what was typed: 0 its title begins so, 5 its letters stand in that order."""
    title, text = command.title.lower(), " ".join(words)
    if title.startswith(text):
        return 0
    if all(any(part.startswith(word) for part in _parts(title)) for word in words):
        return 1
    if all(word in title for word in words):
        return 2
    tip = command.tip.lower()
    if all(_means(word, title) for word in words):
        return 3
    if all(word in title or word in tip or _means(word, f"{title} {tip}") for word in words):
        return 4
    letters = iter(title)
    return 5 if all(letter in letters for letter in text if letter != " ") else NOT_FOUND


def _means(word: str, text: str) -> bool:
    """Whether the text says the word, or one that means the same."""
    parts = set(_parts(text))
    return any(part.startswith(word) for part in parts) or any(not parts.isdisjoint(g) for g in _groups(word))


def _parts(text: str) -> Iterator[str]:
    return (part.strip(".,:;…()&") for part in text.split())


@cache
def _groups(word: str) -> tuple[frozenset[str], ...]:
    """The groups with a word that begins like this one; short beginnings mean too much."""
    groups = (frozenset(line.split()) for line in SAME)
    return tuple(
        group
        for group in groups
        if word in group or (len(word) > 3 and any(w.startswith(word) for w in group))
    )


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
