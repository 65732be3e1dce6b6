"""The search for the combination of conventions that explains the evidence best, and what of it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Literal

import numpy as np

from sefd_viewer.cameras.diagnosis.conventions import Conventions, words_for
from sefd_viewer.cameras.diagnosis.evidence import Choice, Evidence, Scores, chance, gain, holds_in_halves

_BEAM = 3
_MOST_SMALL = 3
_MOST_STEPS = 5
_NEAR = {"camera.shift": 10.0, "camera.zoom": 0.02, "camera.later": 0.3}
RIG = "camera.rig"
_WHOSE = ("camera.extrinsics_of", "camera.intrinsics_of")

_LUCK = 0.01
"""How likely it may be that any of a step's options seems better by chance alone."""

_WORTH = {
    "camera.mirror": 0.03,
    "camera.distortion": 0.25,
    "camera.intrinsics_of": 0.25,
    "camera.extrinsics_of": 0.25,
    "camera.rig": 0.25,
    "camera.shift": 0.35,
    "camera.zoom": 0.35,
}
_WORTH_USUAL = 0.06
"""By which part a change must lower the error to be worth a word, where several small faults look alike."""


@dataclass(frozen=True)
class Change:
    """One step that some views (all when `whole`; none for a body's) read otherwise than at the start."""

    step: str
    value: Any
    views: tuple[str, ...] = ()
    whole: bool = True

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the chain that it is about: two where a whole rig is another one's."""
        return _WHOSE if self.step == RIG else (self.step,)

    def undone(self, found: Conventions, start: Conventions) -> Conventions:
        """The combination without this change."""
        if self.step == RIG:
            for step in self.steps:
                found = found.with_option(step, start.option(step))
            return found
        if self.whole:
            return found.with_option(self.step, start.option(self.step))
        for view in self.views:
            found = found.with_option(self.step, start.option(self.step, view), view)
        return found

    def is_in(self, conventions: Conventions) -> bool:
        """Whether a combination has this change, in any of its views."""
        if self.step == RIG:
            return _rig_of(conventions, self.views) == self.value
        views = self.views or (None,)
        return any(_alike(self.step, conventions.option(self.step, view), self.value) for view in views)


def _alike(step: str, one: Any, other: Any) -> bool:
    """Whether two values of a step are the same, or as near as fitted numbers come."""
    near = _NEAR.get(step)
    return bool(one == other) if near is None else bool(np.allclose(one, other, rtol=0, atol=near))


def changes_of(found: Conventions, start: Conventions, views: Sequence[str]) -> list[Change]:
    """What differs from the start; what more than half of the views share is one change of theirs."""
    rig = _rig_of(found, views)
    if rig is not None and rig != _rig_of(start, views):
        change = Change(RIG, rig, tuple(views))
        return [change, *changes_of(change.undone(found, start), start, views)]
    body = [
        Change(f"body.{name}", getattr(found.body, name))
        for name in vars(found.body)
        if getattr(found.body, name) != getattr(start.body, name)
    ]
    by_value: dict[tuple[str, Any], list[str]] = {}
    for view in views:
        now, before = found.of(view), start.of(view)
        for name in vars(now):
            if getattr(now, name) != getattr(before, name):
                by_value.setdefault((f"camera.{name}", getattr(now, name)), []).append(view)
    return body + [one for key, having in by_value.items() for one in _shared(*key, having, len(views))]


def _rig_of(conventions: Conventions, views: Sequence[str]) -> str | None:
    """The rig to which the numbers of all cameras belong, where they are named by another rig."""
    names = [getattr(conventions.of(view), step.split(".")[1]) for view in views for step in _WHOSE]
    rigs = {
        str(name).removesuffix(f" {view}")
        for name, view in zip(names, [view for view in views for _ in _WHOSE], strict=True)
        if str(name).endswith(f" {view}")
    }
    complete = all(str(name).endswith(f" {view}") for name, view in zip(names[::2], views, strict=True))
    return rigs.pop() if len(rigs) == 1 and complete and names[::2] == names[1::2] else None


def _shared(step: str, value: Any, having: Sequence[str], count: int) -> list[Change]:
    if len(having) == count:
        return [Change(step, value, tuple(having))]
    if len(having) > count / 2:
        return [Change(step, value, tuple(having), whole=False)]
    return [Change(step, value, (view,), whole=False) for view in having]


def search(
    scores: Scores, start: Conventions, *, until: float, begin: Conventions | None = None
) -> Conventions:
    """The combination that explains the evidence best with few changes from `start`.

    At first every combination of the gross choices, the same for all cameras, unless there is a reading
    to `begin` with. Then, from the best few, one change at a time, for all cameras or for one; where one
    camera stays unexplained, every combination of the gross choices for it. It ends when nothing helps or
    what remains is below `until`.
    """
    evidence = scores.evidence
    beam = [begin or start]
    if evidence.remaining(beam[0]) < until:
        return beam[0]
    if begin is None:
        beam = _kept(scores, start, [start, *_combined(evidence, start, evidence.gross(), [None])])
    for _ in range(_MOST_STEPS):
        if evidence.remaining(beam[0]) < until:
            break
        near = [one for parent in beam for one in _agreed(scores, parent, neighbours(evidence, parent))]
        best = _kept(scores, start, [*beam, *near])
        if best[0] == beam[0]:
            repaired = _agreed(scores, beam[0], _repaired(evidence, beam[0]))
            best = _kept(scores, start, [*beam, *repaired])
            if best[0] == beam[0]:
                break
        beam = best
    return beam[0]


def pruned(
    scores: Scores, found: Conventions, start: Conventions, *, keep: Sequence[Change] = ()
) -> Conventions:
    """The combination without the changes that may be luck, or that are too small to be worth a word.

    Those to `keep` were tested before.
    """
    while True:
        weak = [
            (worth, change)
            for change in changes_of(found, start, scores.evidence.views)
            if change not in keep and (worth := _worth(scores, change, found, start)) < 1
        ]
        if not weak:
            return found
        found = min(weak, key=lambda one: one[0])[1].undone(found, start)


def _worth(scores: Scores, change: Change, found: Conventions, start: Conventions) -> float:
    """At least 1 for a change that lowers the error beyond chance, and enough to be named."""
    without = change.undone(found, start)
    if not scores.possible(without):
        return 2.0
    luck = chance(scores.losses(without), scores.losses(found))
    if scores.contradicts(without, found) or luck > _LUCK / _options(scores.evidence, change.step):
        return 0.0
    return 1 + gain(scores.losses(without), scores.losses(found)) - _worth_of(change.step)


def _worth_of(step: str) -> float:
    return _WORTH.get(step, _WORTH_USUAL)


def _options(evidence: Evidence, step: str) -> int:
    """How many readings the step offers, for all cameras and for each: so often chance had its chance."""
    choices = [one for one in evidence.choices() if one.step == (_WHOSE[0] if step == RIG else step)]
    return max(1, sum(len(_targets(one, evidence.views)) * (len(one.values) - 1) for one in choices))


def neighbours(evidence: Evidence, parent: Conventions) -> Iterator[Conventions]:
    """The combinations that differ from `parent` in one choice, for all cameras or for one."""
    for choice in evidence.choices():
        yield from _combined(evidence, parent, [choice], _targets(choice, evidence.views))
    yield from _swapped(evidence, parent)


def _swapped(evidence: Evidence, parent: Conventions) -> Iterator[Conventions]:
    """The combinations in which one view, or every view, has all numbers of another camera.

    Cameras of another rig are named by the rig and the view: then all views can have theirs.
    """
    names = next((one.values for one in evidence.choices() if one.step == "camera.extrinsics_of"), ())
    for view, other in product(evidence.views, names):
        if other != view:
            yield _taken(parent, {view: other})
    last = evidence.views[-1]
    for rig in [name.removesuffix(last) for name in names if name.endswith(f" {last}")]:
        if all(f"{rig}{view}" in names for view in evidence.views):
            yield _taken(parent, {view: f"{rig}{view}" for view in evidence.views})


def _taken(parent: Conventions, others: Mapping[str, str]) -> Conventions:
    """The combination in which these views have all numbers of other cameras."""
    for view, other in others.items():
        parent = parent.with_option("camera.extrinsics_of", other, view)
        parent = parent.with_option("camera.intrinsics_of", other, view)
    return parent


def _targets(choice: Choice, views: Sequence[str]) -> list[str | None]:
    if choice.step.startswith("body.") or choice.scope == "all" or len(views) == 1:
        return [None]
    return [*views] if choice.scope == "each" else [None, *views]


def _combined(
    evidence: Evidence, parent: Conventions, choices: Sequence[Choice], targets: Iterable[str | None]
) -> Iterator[Conventions]:
    """Every combination of the values, put into each target: a view, or all."""
    for view, values in product(targets, product(*(choice.values for choice in choices))):
        changed = parent
        for choice, value in zip(choices, values, strict=True):
            if value != view:  # its own numbers are what a camera has anyway
                changed = changed.with_option(choice.step, value, view)
        if (shortest := evidence.normal(changed)) != parent:
            yield shortest


def _agreed(scores: Scores, parent: Conventions, children: Iterable[Conventions]) -> Iterator[Conventions]:
    """Those that are better than their parent and that no witness contradicts."""
    for one in children:
        if scores.mean(one) < scores.mean(parent) and not scores.contradicts(parent, one):
            yield one


def _repaired(evidence: Evidence, best: Conventions) -> Iterator[Conventions]:
    """Every gross combination for one view at a time, unless the people are explained without."""
    if len(evidence.views) > 1 and evidence.remaining(best) > evidence.poor:
        yield from _combined(evidence, best, evidence.gross(), evidence.views)


def price(scores: Scores, one: Conventions, start: Conventions) -> float:
    """The mean loss, raised for every change by what it must be worth."""
    evidence = scores.evidence
    needed = [
        (1 - _worth_of(change.step)) ** (1.0 if evidence.shared else _part(change, evidence.views))
        for change in changes_of(one, start, evidence.views)
    ]
    return (scores.mean(one) + evidence.enough / 2) / float(np.prod(needed))


def _part(change: Change, views: Sequence[str]) -> float:
    """Which part of the views the change is about."""
    return len(change.views) / len(views) if change.views else 1.0


def without_small(scores: Scores, found: Conventions, start: Conventions) -> list[Conventions]:
    """The combination without one or all of the changes that do not throw people far away."""
    gross = {choice.step for choice in scores.evidence.gross()} | {"camera.unit"}
    small = [one for one in changes_of(found, start, scores.evidence.views) if one.step not in gross]
    bare = found
    for change in small:
        bare = change.undone(bare, start)
    return [bare, *(change.undone(found, start) for change in small[:_MOST_SMALL])]


def _kept(scores: Scores, start: Conventions, candidates: Iterable[Conventions]) -> list[Conventions]:
    """The best few that have the people before the cameras."""
    kept: list[Conventions] = []
    for one in sorted(dict.fromkeys(candidates), key=lambda one: price(scores, one, start)):
        if scores.possible(one):
            kept.append(one)
        if len(kept) == _BEAM:
            break
    return kept or [start]


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
    alike = _as_good(scores, rivals[1:], found, start)
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


def _as_good(
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
