"""What is wrong with these cameras and bodies? The reading that explains the people best, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np

from sefd_viewer.cameras.diagnosis.camera_reading import unrotated
from sefd_viewer.cameras.diagnosis.convention_search import (
    Change,
    Confidence,
    changes_of,
    margin_of,
    price,
    pruned,
    search,
    without_small,
)
from sefd_viewer.cameras.diagnosis.conventions import Conventions, Size, Stated, fault_words, rotation_words
from sefd_viewer.cameras.diagnosis.evidence import Scores, Unit
from sefd_viewer.cameras.diagnosis.other_causes import fit_shifts, fit_time, with_unit_of_people
from sefd_viewer.cameras.diagnosis.space_evidence import BodyEvidence, PointEvidence
from sefd_viewer.cameras.diagnosis.view_evidence import ViewEvidence
from sefd_viewer.cameras.views.tracks import follow
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D

EXPLAINED = 0.03
"""Error up to which a person is explained, as a part of the person's height in the image."""

_ROUGH = 20

Ask = Callable[[], None]
E = TypeVar("E", ViewEvidence, PointEvidence)
F = TypeVar("F", ViewEvidence, PointEvidence, BodyEvidence)


@dataclass(frozen=True)
class Named:
    """One thing that is wrong: `words` say what, `change` holds the step, its value and the views.

    `without` is the error when only this is read as before, `after` the error of the whole reading, in
    `unit`. `confidence` says how sure it is, `alike` what the evidence cannot tell it from.
    """

    words: str
    change: Change
    without: float
    after: float
    unit: Unit
    confidence: Confidence
    alike: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The words with the error before and after, and how sure it is."""
        return f"{self.words}: {self.amounts} ({self.reasons})"

    @property
    def amounts(self) -> str:
        """The error without and with this change."""
        if np.isnan(self.without):
            return "by the size of the people"
        return f"{amount(self.without, self.unit)} -> {amount(self.after, self.unit)}"

    @property
    def reasons(self) -> str:
        """How sure it is, and what cannot be told from it."""
        others = f"; it could also be that {' or '.join(self.alike)}" if self.alike else ""
        return f"{self.confidence}{others}"


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The best `conventions`, what is `named` of them, and the error in `unit` before and after.

    Errors are of the person who fits best. `misfits` are sentences about people whom no reading explains
    together with that person. `explained` is False where even the best reading leaves that person
    unexplained. `cameras` are those of the best reading (metres); `basis` says what it rests on,
    `by_view` the remaining error of every camera: from epipolar lines if `between_views`, else from where
    joints in space are seen.
    """

    conventions: Conventions
    cameras: Mapping[str, PinholeCamera]
    named: tuple[Named, ...]
    before: float
    after: float
    unit: Unit
    explained: bool
    misfits: tuple[str, ...] = ()
    basis: str = ""
    by_view: Mapping[str, float] = field(default_factory=dict)
    between_views: bool = False

    @property
    def sentences(self) -> list[str]:
        """All of it in plain words; empty when nothing is wrong."""
        lines = [one.sentence for one in self.named]
        if len(lines) > 1:
            lines.append(f"Together: {amount(self.before, self.unit)} -> {amount(self.after, self.unit)}")
        if not self.explained:
            lines.append(f"No combination explains the people: {amount(self.after, self.unit)} remain")
        return lines + list(self.misfits)


def amount(value: float, unit: Unit) -> str:
    """A length in words."""
    if np.isnan(value):
        return "unknown"
    if value >= 1e6:
        return "people behind the camera"
    return f"{value:.1f} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def diagnose(
    stated: Stated,
    poses: Mapping[str, Sequence[Sequence[Pose2D]]],
    *,
    size: Size | Mapping[str, Size],
    start: Conventions | None = None,
    ask: Ask = lambda: None,
) -> Diagnosis:
    """Search for what is wrong with `stated` cameras, given 2D poses by view and moment.

    All views show the same moments in pictures of `size` (width, height), perhaps one for each view.
    `start` is how they are read so far. `ask` is called before every trial; what it raises ends the
    search. Raises ValueError when fewer than two views have both a camera and people.
    """
    sizes = dict(size) if isinstance(size, Mapping) else dict.fromkeys(stated, size)
    evidence = ViewEvidence(stated, follow(poses), sizes)
    if len(evidence.views) < 2:
        raise ValueError("two views with a camera and people are needed")
    begin = start or Conventions()
    result = _best(evidence, begin, ask)
    begin = unrotated(begin, evidence.views, stated)
    people = evidence.people(result.found, most=4)
    sized, unit = with_unit_of_people(result.evidence, result.found)
    explained = bool(people) and people[0].error_px <= EXPLAINED * people[0].height
    named = _doubted(result.named(begin), explained)
    if unit is not None:
        named.append(Named(*unit, float("nan"), float("nan"), "px", "sure"))
    return Diagnosis(
        sized,
        evidence.cameras(sized),
        tuple(named),
        result.evidence.error(begin),
        result.evidence.error(result.found),
        "px",
        explained,
        tuple(evidence.misfits(people, EXPLAINED)),
        f"joints seen by {len(evidence.views)} views at {evidence.moments} moments",
        people[0].by_view() if people else {},
        between_views=True,
    )


def diagnose_points(
    evidence: PointEvidence, *, start: Conventions | None = None, ask: Ask = lambda: None
) -> Diagnosis:
    """Search for what is wrong with cameras that see people whose place in space is known."""
    begin = start or Conventions()
    result = _best(evidence, begin, ask)
    begin = unrotated(begin, evidence.views, evidence.stated)
    explained = evidence.explains(result.found)
    return Diagnosis(
        result.found,
        evidence.cameras(result.found),
        tuple(_doubted(result.named(begin), explained)),
        evidence.error(begin),
        evidence.error(result.found),
        "px",
        explained,
        basis=evidence.basis,
        by_view=evidence.by_view(result.found),
    )


def diagnose_bodies(
    evidence: BodyEvidence, *, start: Conventions | None = None, ask: Ask = lambda: None
) -> Diagnosis:
    """Search for what is wrong with bodies, given annotated joints of the same people in space."""
    begin = start or Conventions()
    scores = Scores(evidence, ask)
    found = pruned(scores, search(scores, begin, until=evidence.enough), begin)
    result = _Result(found, evidence, scores, [])
    after = evidence.error(found)
    return Diagnosis(
        found,
        {},
        tuple(_doubted(result.named(begin), after < evidence.poor)),
        evidence.error(begin),
        after,
        evidence.unit,
        after < evidence.poor,
        basis="bodies against annotated joints in space",
    )


def _doubted(named: Sequence[Named], explained: bool) -> list[Named]:
    """What explains only a part of the error is no more than a guess: something else is wrong, too."""
    return [one if explained else replace(one, confidence="a guess") for one in named]


@dataclass(frozen=True, eq=False)
class _Result(Generic[F]):
    """What was found, by which evidence, and what was tried on the way to it."""

    found: Conventions
    evidence: F
    scores: Scores
    rough: Sequence[Conventions]

    def named(self, start: Conventions) -> list[Named]:
        """Every change in words, with what speaks for it."""
        return [self._named(one, start) for one in changes_of(self.found, start, self.evidence.views)]

    def _named(self, change: Change, start: Conventions) -> Named:
        margin = margin_of(self.scores, change, self.found, start, also=self.rough)
        before = start.option(change.steps[0], *change.views[:1])
        return Named(
            _who(change) + _words(change, before, self.evidence),
            change,
            self.evidence.error(change.undone(self.found, start)),
            self.evidence.error(self.found),
            self.evidence.unit,
            margin.confidence,
            margin.alike,
        )


def _words(change: Change, before: Any, evidence: ViewEvidence | PointEvidence | BodyEvidence) -> str:
    """What is wrong; of an R that is no rotation with the numbers that say so."""
    if change.step == "camera.rotation" and not isinstance(evidence, BodyEvidence):
        odd = (evidence.stated[view] for view in change.views)
        R = next((one.R for one in odd if not one.is_rigid), None)
        if R is not None:
            return rotation_words(R, change.value)
    return fault_words(change.step, before, change.value)


def _who(change: Change) -> str:
    if change.step.startswith("body."):
        return ""
    return "all cameras: " if change.whole else f"{', '.join(change.views)}: "


def _best(evidence: E, start: Conventions, ask: Ask) -> _Result[E]:
    """The reading found: first roughly, then finely from those who fit it, then fitted."""
    first = Scores(evidence, ask)
    rough = search(first, start, until=evidence.poor)
    fine: E = evidence.of_those_who_fit(rough)
    scores: Scores = Scores(fine, ask)
    found: Conventions = pruned(scores, search(scores, start, until=fine.enough, begin=rough), start)
    if fine.error(found) > fine.enough:
        simpler: list[Conventions] = without_small(scores, found, start)
        explained: bool = fine.remaining(found) < fine.poor
        parents = dict.fromkeys([found, *(simpler[:1] if explained else simpler)])
        fitted: list[Conventions] = [one for parent in parents for one in _fitted(scores, parent, fine)]
        best = min([found, *fitted], key=lambda one: price(scores, one, start))
        found = pruned(scores, best, start, keep=changes_of(found, start, fine.views))
    return _Result(found, fine, scores, first.tried()[:_ROUGH])


def _fitted(scores: Scores, found: Conventions, evidence: ViewEvidence | PointEvidence) -> list[Conventions]:
    """One picture, or all alike, moved and enlarged; one view put off in time by parts of a moment."""
    views = list(evidence.views)
    later = [fit_time(scores, found, view) for view in views] if evidence.moments > 2 else []
    groups = [[view] for view in views]
    together = groups if len(views) == 1 else [*groups, views]
    moved = [fit_shifts(evidence, found, [group]) for group in together]
    return [*later, *moved, *(bare for one in moved for bare in (_of_one_kind(one, found, views)))]


def _of_one_kind(moved: Conventions, found: Conventions, views: Sequence[str]) -> list[Conventions]:
    """The fitted reading with its shifts alone, and with its enlargements alone."""
    alone = [moved, moved]
    for view in views:
        for row, step in enumerate(("camera.zoom", "camera.shift")):
            alone[row] = alone[row].with_option(step, found.option(step, view), view)
    return alone
