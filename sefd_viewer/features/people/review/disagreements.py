"""What another reviewer's file says against one's own verdicts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Disagreement:
    """One case that two reviewers see differently, and what each decided, in words."""

    record: str
    person: str | None
    mine: str
    theirs: str


@dataclass(frozen=True)
class Disagreements:
    """The result of merging the file `name`: how many verdicts came in, and where opinions differ."""

    name: str
    taken: int
    items: tuple[Disagreement, ...] = ()
