"""How far the best reading is ahead of those that say otherwise, and which it cannot be told from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sefd_viewer.cameras.diagnosis.convention_search import Change, changes_of
from sefd_viewer.cameras.diagnosis.convention_words import words_for
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.cameras.diagnosis.evidence import Scores, chance, holds_in_halves

Confidence = Literal["sure", "likely", "a guess"]

_SURE_RATIO = 1.5
_SURE_LUCK, _LIKELY_LUCK, _ALIKE_LUCK = 1e-4, 1e-3, 0.05
_MOST_ALIKE = 2
_LOOKED_AT = 12


@dataclass(frozen=True)
class Margin:
    """How sure a change is, and what else would explain the evidence as well, in words."""

    confidence: Confidence
    alike: tuple[str, ...]


def margin_of(
    scores: Scores,
    change: Change,
    found: Conventions,
    start: Conventions,
    *,
    also: Sequence[Conventions] = (),
) -> Margin:
    """Compare the reading with the best of those tried, and of those `also` given, without the change."""
    without = change.undone(found, start)
    others = (one for one in _by_mean(scores, also) if _is_rival(scores, change, found, one, start))
    rivals = [without, *islice(others, _LOOKED_AT)]
    alike = _alike(scores, rivals[1:], found, start)
    rival = min(rivals, key=scores.mean)
    luck = chance(scores.losses(rival), scores.losses(found))
    ratio = scores.mean(rival) / max(scores.mean(found), 1e-9)
    steady = holds_in_halves(scores.losses(rival), scores.losses(found))
    if not alike and steady and ratio >= _SURE_RATIO and luck < _SURE_LUCK:
        return Margin("sure", ())
    if not alike and steady and luck < _LIKELY_LUCK:
        return Margin("likely", ())
    return Margin("a guess", alike)


def _by_mean(scores: Scores, also: Sequence[Conventions]) -> list[Conventions]:
    """What was tried and what else is given, best first."""
    for one in also:
        scores.losses(one)
    return scores.tried()


def _is_rival(
    scores: Scores, change: Change, found: Conventions, other: Conventions, start: Conventions
) -> bool:
    """Whether another reading, no more complicated, says otherwise and no witness speaks against it."""
    views = scores.evidence.views
    simple = len(changes_of(other, start, views)) <= len(changes_of(found, start, views))
    says_otherwise = simple and not change.is_in(other) and scores.possible(other)
    return says_otherwise and not scores.contradicts(found, other)


def _alike(
    scores: Scores, rivals: list[Conventions], found: Conventions, start: Conventions
) -> tuple[str, ...]:
    """What else, with no more changes, is not worse beyond chance."""
    views = scores.evidence.views
    count = len(changes_of(found, start, views))
    told: dict[str, None] = {}
    for rival in rivals:
        changes = changes_of(rival, start, views)
        if len(changes) > count or chance(scores.losses(rival), scores.losses(found)) < _ALIKE_LUCK:
            continue
        own = [one for one in changes if not one.is_in(found)]
        if own:
            told[" and ".join(f"{_who(one)}{words_for(one.step, one.value)}" for one in own)] = None
    return tuple(told)[:_MOST_ALIKE]


def _who(change: Change) -> str:
    return "" if change.whole else f"in {', '.join(change.views)} "
