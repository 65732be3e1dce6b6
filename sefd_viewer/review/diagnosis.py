"""What is wrong with these cameras? The way to read them that explains the people best, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.review.convention_search import Change, Found, changes_of, explained_well, found, search
from sefd_viewer.review.convention_words import words_for
from sefd_viewer.review.conventions import Convention, Size, StatedCamera
from sefd_viewer.review.evidence import Evidence, Reading, with_change
from sefd_viewer.review.matching import CAP_PX, MatchedPerson
from sefd_viewer.review.picture_shift import fit_shifts
from sefd_viewer.review.tracks import follow
from sefd_viewer.review.triangulation import triangulate

EXPLAINED = 0.03
"""Epipolar distance up to which a person is explained, as a part of the person's height in the image."""

_BONES_M = {
    ("L_Shoulder", "L_Elbow"): 0.28,
    ("R_Shoulder", "R_Elbow"): 0.28,
    ("L_Hip", "L_Knee"): 0.42,
    ("R_Hip", "R_Knee"): 0.42,
    ("L_Knee", "L_Ankle"): 0.41,
    ("R_Knee", "R_Ankle"): 0.41,
}
_UNITS = (1.0, 0.01, 0.001)
_SURE, _LIKELY = 2.0, 1.2


@dataclass(frozen=True)
class Named:
    """One thing that is wrong, in words.

    `without_px` is the error when only this is read as stated; `advantage` how many times better this
    explains the people than the best reading that says otherwise (errors raised for rare faults).
    """

    words: str
    without_px: float
    advantage: float

    @property
    def confidence(self) -> str:
        """How sure it is: sure, likely or a guess."""
        return "sure" if self.advantage >= _SURE else "likely" if self.advantage >= _LIKELY else "a guess"

    @property
    def reasons(self) -> str:
        """The confidence and the error without this."""
        if np.isnan(self.without_px):
            return self.confidence
        amount = f"{self.without_px:.1f} px" if self.without_px < CAP_PX else f"{CAP_PX:.0f} px or more"
        return f"{self.confidence}; without it {amount}"


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The best reading: its `cameras` (metres), what it changes, and the error (px) before and after.

    Errors are median epipolar distances of the person who fits best. `misfits` are sentences about people
    whom no reading explains together with that person. `explained` is False where even the best
    reading leaves that person unexplained.
    """

    reading: Reading
    cameras: Mapping[str, PinholeCamera]
    named: tuple[Named, ...]
    before_px: float
    after_px: float
    misfits: tuple[str, ...]
    explained: bool

    @property
    def sentences(self) -> list[str]:
        """All of it in plain words."""
        capped = f"{self.before_px:.1f} px" if self.before_px < CAP_PX else f"{CAP_PX:.0f} px or more"
        lines = [f"{one.words} ({one.reasons})" for one in self.named]
        if lines:
            lines.append(f"Together: {capped} before, {self.after_px:.1f} px after")
        if not self.explained:
            lines.append(f"No combination explains the people: {self.after_px:.1f} px remain")
        return lines + list(self.misfits)


def diagnose(
    stated: Mapping[str, StatedCamera], poses: Mapping[str, Sequence[Sequence[Pose2D]]], *, size: Size
) -> Diagnosis:
    """Search for what is wrong with `stated` cameras, given 2D poses by view and moment.

    All views show the same moments in pictures of `size` (width, height). Raises ValueError when fewer
    than two views have both a camera and people.
    """
    evidence = Evidence(stated, follow(poses), size)
    if len(evidence.views) < 2:
        raise ValueError("two views with a camera and people are needed")
    before = evidence.error(dict.fromkeys(evidence.views, Convention()))
    tried = search(evidence)
    alike = next(one for one in tried if len(set(one.reading.values())) == 1)
    parents = [tried[0]] if alike is tried[0] else [tried[0], alike]
    best = min((_with_shifts(evidence, one) for one in parents), key=lambda one: one.price)
    people = evidence.people(best.reading, most=4)
    reading = _in_metres(evidence, best.reading, people)
    named = [_named(evidence, change, best, tried) for change in changes_of(best.reading)]
    return Diagnosis(
        reading,
        evidence.cameras(reading),
        (*named, *_unit_words(best.reading, reading)),
        before,
        best.error_px,
        tuple(_misfits(people)),
        bool(people) and best.error_px <= EXPLAINED * people[0].height,
    )


def _with_shifts(evidence: Evidence, best: Found) -> Found:
    """The best reading with one picture, or else all, shifted and enlarged, where that is worth it."""
    chosen = best
    if explained_well(evidence, best):
        return best
    for views in [*([view] for view in evidence.views), list(evidence.views)]:
        moved = found(evidence, fit_shifts(evidence, best.reading, views))
        if moved.price < chosen.price:
            chosen = moved
    return chosen


def _named(evidence: Evidence, change: Change, best: Found, tried: Sequence[Found]) -> Named:
    """The change in words, with what speaks for it."""
    plain = getattr(Convention(), change.name)
    without = found(evidence, with_change(best.reading, change.views, change.name, plain))
    others = [one.price for one in tried if _differs(one.reading, change)]
    rival = min([without.price, *others])
    who = "all cameras" if change.whole else ", ".join(change.views)
    return Named(
        f"{who}: {words_for(f'camera.{change.name}', change.value)}", without.error_px, rival / best.price
    )


def _differs(reading: Reading, change: Change) -> bool:
    return all(getattr(reading[view], change.name) != change.value for view in change.views)


def _in_metres(evidence: Evidence, reading: Reading, people: Sequence[MatchedPerson]) -> Reading:
    """The reading with the unit of t that makes the best person as large as people are."""
    if not people:
        return reading
    views = list(people[0].tracks)
    cameras = evidence.cameras(reading)
    pixels = np.stack([people[0].tracks[view].pixels for view in views])
    points = triangulate([cameras[view] for view in views], pixels.reshape(len(views), -1, 2)).points_world
    joints = points.reshape(-1, COCO17.count, 3)
    ratios = [
        length / np.linalg.norm(joints[:, COCO17.index(a)] - joints[:, COCO17.index(b)], axis=1)
        for (a, b), length in _BONES_M.items()
    ]
    known = np.concatenate(ratios)
    factor = float(np.median(known[np.isfinite(known)])) if np.isfinite(known).any() else 1.0
    unit = min(_UNITS, key=lambda unit: abs(np.log(unit / factor)))
    return {view: replace(one, unit=one.unit * unit) for view, one in reading.items()}


def _unit_words(before: Reading, after: Reading) -> list[Named]:
    """The unit that all cameras share: people tell it by their size, not by epipolar lines."""
    view = next(iter(before))
    unit = after[view].unit / before[view].unit
    if unit == 1.0:
        return []
    words = f"all cameras: {words_for('camera.unit', unit)}, by the size of the people"
    return [Named(words, float("nan"), np.inf)]


def _misfits(people: Sequence[MatchedPerson]) -> list[str]:
    """People on whom the cameras disagree although they agree on the first."""
    lines = []
    for person in people[1:]:
        (a, b), error = person.worst_pair
        if len(person.tracks) > 1 and error > EXPLAINED * person.height and error > 2 * people[0].error_px:
            who = next(iter(person.tracks.values())).words
            lines.append(
                f"{who} does not obey these cameras ({error:.1f} px between {a} and {b}), which others do: "
                "look at this person, not at the cameras"
            )
    return lines
