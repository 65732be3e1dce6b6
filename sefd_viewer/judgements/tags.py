"""Words that somebody gave to people, and the files beside runs in which older versions kept them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sefd_viewer.errors import DAMAGED, SefdError

if TYPE_CHECKING:
    import polars as pl

Case = tuple[str, str | None]
"""The keys of a record and of a person in it."""

FILE_NAME = "tags.json"
FORMAT = "sefd-viewer tags 1"
COLUMN = "tags"
BETWEEN = ", "
_REMEDY = "Move the file away to begin a new one; nothing is written over it"


class Tags:
    """The tags of people by case, each person's in alphabetical order; never changed in place."""

    def __init__(self, people: Mapping[Case, tuple[str, ...]] | None = None) -> None:
        self.people: Mapping[Case, tuple[str, ...]] = people or {}

    def of(self, case: Case) -> tuple[str, ...]:
        """A person's tags."""
        return self.people.get(case, ())

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Every tag that somebody bears, those of most people first."""
        counts = self.counts(self.people)
        return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))

    def counts(self, cases: Iterable[Case]) -> Counter[str]:
        """How many of these people bear each tag."""
        return Counter(tag for case in cases for tag in self.people.get(case, ()))

    def joined(self, others: Tags) -> Tags:
        """The tags of both."""
        people = {
            case: tuple(sorted({*self.of(case), *others.of(case)}))
            for case in {**self.people, **others.people}
        }
        return Tags(people)


NO_TAGS = Tags()


def words_of(text: str) -> tuple[str, ...]:
    """The tags in what somebody typed: parted by commas, with single blanks between their words."""
    tags = (" ".join(part.split()) for part in text.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def read_tags(folder: Path) -> Tags:
    """The tags in a run's folder, none without a file; raises SefdError for a file that holds none."""
    path = folder / FILE_NAME
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return NO_TAGS
    except (OSError, ValueError) as error:
        raise SefdError(f"the tags cannot be read ({error})", where=path, remedy=_REMEDY) from error
    return Tags(_people(content, path))


def content_of(folder: Path) -> str:
    """What the file of tags in a folder holds, as a short hash."""
    return hashlib.blake2b((folder / FILE_NAME).read_bytes(), digest_size=8).hexdigest()


def with_tags(table: pl.DataFrame, tags: Tags) -> pl.DataFrame:
    """A table with columns record and person and one more, `tags`: text, null for who bears none."""
    import polars as pl

    cases, words = tags.people.keys(), tags.people.values()
    column = pl.DataFrame(
        {
            "record": [record for record, _ in cases],
            "person": [person for _, person in cases],
            COLUMN: [BETWEEN.join(one) for one in words],
        },
        schema={"record": pl.String, "person": pl.String, COLUMN: pl.String},
    )
    keys = ["record", "person"]
    return table.join(column, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _people(content: Any, path: Path) -> dict[Case, tuple[str, ...]]:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SefdError(f"this does not hold {FORMAT}", where=path, remedy=_REMEDY)
    found: dict[Case, list[str]] = {}
    try:
        for tag, people in content["people"].items():
            for record, person in people:
                found.setdefault((record, person), []).append(tag)
    except DAMAGED as error:
        raise SefdError(f"somebody's tags cannot be read ({error})", where=path, remedy=_REMEDY) from error
    return {case: tuple(sorted(tags)) for case, tags in found.items()}
