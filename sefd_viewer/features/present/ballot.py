"""Blind votes: which method stands on which side, what was voted, the count, and the CSV file."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sefd_viewer.app.methods import Method
from sefd_viewer.app.story import Show, Vote
from sefd_viewer.atomic import write_file
from sefd_viewer.csv_cells import csv_of_rows

HEADER = ("time", "case", "record", "title", "left", "right", "vote", "preferred", "seconds", "seed")


def sides(show: Show, index: int, *, blind: bool) -> tuple[Method, Method]:
    """The methods left and right of the divider; in a blind test drawn by the show's seed and the record."""
    swapped = blind and random.Random(f"{show.seed} {show.cases[index].record}").random() < 0.5
    show = show.at(index)
    return (show.after, show.before) if swapped else (show.before, show.after)


def with_vote(votes: Sequence[Vote], vote: Vote) -> tuple[Vote, ...]:
    """The votes with one more; a second one about the same case replaces the first."""
    return (*(old for old in votes if old.case != vote.case), vote)


def tally(votes: Sequence[Vote]) -> Counter[Method | None]:
    """How often each method was preferred, and neither (None)."""
    return Counter(vote.preferred for vote in votes)


def votes_csv(show: Show, votes: Sequence[Vote]) -> bytes:
    """The votes as a table, in the order of the cases."""
    rows = []
    for vote in sorted(votes, key=lambda vote: vote.case):
        case = show.cases[vote.case]
        told = (vote.time, vote.case + 1, case.record, case.title, vote.left, vote.right, vote.choice)
        rows.append((*told, vote.preferred or "", f"{vote.seconds:.1f}", show.seed))
    return csv_of_rows(HEADER, rows)


def write_votes(path: Path, show: Show, votes: Sequence[Vote]) -> None:
    """Write the votes, the whole file or none; SefdError when that cannot be done."""
    write_file(path, votes_csv(show, votes))
