"""The staged search for the way to read cameras that explains the people best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, get_args

import numpy as np

from sefd_viewer.review.camera_reading import fitting_scale
from sefd_viewer.review.conventions import Axes, Convention, Distortion, Extrinsics, Mirror
from sefd_viewer.review.evidence import Evidence, Reading, with_change
from sefd_viewer.review.triangulation import triangulate

_BEAM = 3
_MOST_STEPS = 4
_LENS_UNITS = (1.0, 1 / 64)
_TURNS = (0, 90, 180, 270)
_NOISE_PX = 0.5
_WELL = 0.005
_USUAL_GAIN = 0.85
_GAINS = {
    "extrinsics": 0.95,
    "axes": 0.95,
    "scale": 0.95,
    "lens_unit": 0.95,
    "mirror": 0.9,
    "distortion": 0.7,
    "intrinsics_of": 0.5,
    "shift": 0.65,
    "zoom": 0.65,
}
"""To what part a change must bring the error to be worth naming; rarer faults need better evidence."""


@dataclass(frozen=True, eq=False)
class Found:
    """A reading, its error (px), and its price: the error raised for every change that it needs."""

    reading: Reading
    error_px: float
    price: float


def search(evidence: Evidence) -> list[Found]:
    """All readings that were tried, best first.

    First every extrinsic form with every axis convention, scale of the intrinsics and turn of the
    pictures, the same for all cameras. Then, from the best few, one change at a time, for all cameras or
    for one, while that helps and the people are not explained as well as joints can be found.
    """
    tried = [found(evidence, reading) for reading in _same_for_all(evidence)]
    beam = _kept(evidence, tried)
    for _ in range(_MOST_STEPS):
        if explained_well(evidence, beam[0]):
            break
        steps = [found(evidence, reading) for parent in beam for reading in _one_changed(evidence, parent)]
        tried += steps
        best = _kept(evidence, steps)
        if not best or best[0].price >= beam[0].price:
            break
        beam = best
    rest = sorted((one for one in tried if one not in beam), key=lambda one: one.price)
    return [*beam, *rest]


def explained_well(evidence: Evidence, one: Found) -> bool:
    """Whether the error is within 0.5 % of the person's height: joints are not found better than that."""
    people = evidence.people(one.reading)
    return bool(people) and one.error_px < _WELL * people[0].height


def behind(evidence: Evidence, reading: Reading) -> float:
    """Which part of the joints lies behind a camera that sees them; epipolar lines cannot tell."""
    people, cameras = evidence.people(reading), evidence.cameras(reading)
    if not people:
        return 0.0
    views = list(people[0].tracks)
    pixels = np.stack([people[0].tracks[view].pixels.reshape(-1, 2) for view in views])
    result = triangulate([cameras[view] for view in views], pixels, tolerance_px=np.inf)
    errors = result.errors_px[:, np.isfinite(result.points_world).all(axis=1)]
    known = ~np.isnan(errors)
    return float(np.isinf(errors[known]).mean()) if known.any() else 0.0


def scales(evidence: Evidence) -> list[float | Literal["fit"]]:
    """Sizes of the pictures relative to those of the calibration."""
    fitting = {fitting_scale(stated.size, evidence.size) for stated in evidence.stated.values()}
    usual = [scale for scale in (0.5, 2.0) if scale not in fitting]
    return [1.0, *usual] if fitting == {1.0} else [1.0, "fit", *usual]


def found(evidence: Evidence, reading: Reading) -> Found:
    """The reading with its error and price."""
    error = evidence.error(reading)
    needed = [_GAINS.get(change.name, _USUAL_GAIN) for change in changes_of(reading)]
    return Found(reading, error, (error + _NOISE_PX) / float(np.prod(needed)))


@dataclass(frozen=True)
class Change:
    """One field that some views read otherwise than stated; all of them when `whole`."""

    views: tuple[str, ...]
    name: str
    value: Any
    whole: bool


def changes_of(reading: Reading) -> list[Change]:
    """What differs from the stated, a change that all views share only once."""
    by_value: dict[tuple[str, Any], list[str]] = {}
    for view, convention in reading.items():
        for name, value in convention.changes().items():
            by_value.setdefault((name, value), []).append(view)
    return [
        Change(tuple(views), name, value, len(views) == len(reading))
        if len(views) > len(reading) / 2
        else Change((view,), name, value, False)
        for (name, value), views in by_value.items()
        for view in (views if len(views) <= len(reading) / 2 else views[:1])
    ]


def _kept(evidence: Evidence, candidates: Sequence[Found]) -> list[Found]:
    """The best few with the people before the cameras."""
    kept: list[Found] = []
    for one in sorted(candidates, key=lambda one: one.price):
        if behind(evidence, one.reading) < 0.5:
            kept.append(one)
        if len(kept) == _BEAM:
            break
    return kept


def _same_for_all(evidence: Evidence) -> Iterator[Reading]:
    forms: tuple[Extrinsics, ...] = get_args(Extrinsics)
    axes: tuple[Axes, ...] = get_args(Axes)
    for form, frame, scale, unit, turn in product(forms, axes, scales(evidence), _LENS_UNITS, _TURNS):
        convention = Convention(extrinsics=form, axes=frame, scale=scale, lens_unit=unit, turn=turn)
        plain = replace(convention, scale=1.0)
        fitting = _changing(evidence, evidence.views, scale)
        yield {view: convention if view in fitting else plain for view in evidence.views}


def _one_changed(evidence: Evidence, parent: Found) -> Iterator[Reading]:
    """The readings that differ in one field, for all cameras or for one."""
    for name, value in _alternatives(evidence):
        targets = [[view] for view in evidence.views]
        if name not in ("unit", "later"):  # the same for all changes nothing between the cameras
            targets.append(list(evidence.views))
        for views in targets:
            reading = with_change(parent.reading, _changing(evidence, views, value), name, value)
            if reading != parent.reading and not (name == "intrinsics_of" and views == [value]):
                yield reading


def _changing(evidence: Evidence, views: Sequence[str], value: Any) -> list[str]:
    """The views for which the value means something: pictures of the calibration's size fit already."""
    return [view for view in views if value != "fit" or evidence.stated[view].size != evidence.size]


def _alternatives(evidence: Evidence) -> Iterator[tuple[str, Any]]:
    latest = min(5, evidence.moments // 2)
    values: dict[str, Sequence[Any]] = {
        "extrinsics": get_args(Extrinsics),
        "axes": get_args(Axes),
        "unit": (1.0, 1000.0, 0.001),
        "scale": scales(evidence),
        "lens_unit": _LENS_UNITS,
        "turn": _TURNS,
        "mirror": get_args(Mirror),
        "distortion": get_args(Distortion),
        "intrinsics_of": evidence.views,
        "later": range(-latest, latest + 1),
    }
    return ((name, value) for name, options in values.items() for value in options)
