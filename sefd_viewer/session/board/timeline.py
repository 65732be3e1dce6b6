"""Errors of many moments, computed a little at a time, those nearest to the one in view first."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.session.frame import Whole

if TYPE_CHECKING:
    from sefd_viewer.review.residuals import ResidualTable
    from sefd_viewer.session.board.scene import BoardScene
    from sefd_viewer.session.board.state import Against

Array = NDArray[np.float32]
Stamps = Mapping[int, tuple[object, ...]]
SLICE_S = 0.2
"""How long one piece of work lasts at least, in seconds."""


@dataclass(frozen=True, eq=False)
class TimelineValues(Whole):
    """Mean errors of N moments: by person's key (N, V) px, nan unknown; `done` (N,) moments.

    `stamps` say by moment what was changed by hand in it when it was measured.
    """

    people: Mapping[str, Array]
    done: NDArray[np.bool_]
    stamps: Stamps = field(default_factory=dict)

    @classmethod
    def empty(cls, moments: int) -> TimelineValues:
        """Nothing is known yet."""
        return cls({}, np.zeros(moments, np.bool_))

    def outdated(self, stamps: Stamps) -> TimelineValues:
        """The values of which those moments are unknown again that were changed by hand since."""
        changed = [i for i in {*stamps, *self.stamps} if stamps.get(i) != self.stamps.get(i)]
        if not changed:
            return self
        done = self.done.copy()
        done[changed] = False
        return replace(self, done=done, stamps=stamps)

    def of_person(self, key: str | None, views: int) -> Array:
        """(N, V) px of one person, nan unknown."""
        known = self.people.get(key) if key is not None else None
        return np.full((len(self.done), views), np.nan, np.float32) if known is None else known


def further(
    values: TimelineValues,
    here: int,
    measure: Callable[[int], Mapping[str, Array]],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> TimelineValues:
    """The values with some more moments, those nearest to `here` first.

    `measure` gives errors (V,) px of a moment by person's key.
    """
    end = clock() + SLICE_S
    people, done = {key: errors.copy() for key, errors in values.people.items()}, values.done.copy()
    for index in _nearest(values.done, here):
        for row in people.values():
            row[index] = np.nan
        for key, errors in measure(int(index)).items():
            people.setdefault(key, np.full((len(done), len(errors)), np.nan, np.float32))[index] = errors
        done[index] = True
        if clock() >= end:
            break
    return replace(values, people=people, done=done)


def moment_errors(scene: BoardScene, views: tuple[str, ...], against: Against) -> dict[str, Array]:
    """Mean errors (V,) px of a moment's people over their joints, by person's key; nan where unknown."""
    errors = {}
    for person in scene.people:
        deviations = person.triangulated if against == "triangulated" else person.against_body
        if deviations is not None:
            errors[person.key] = _by_view(deviations.px, views)
    return errors


def _by_view(table: ResidualTable, views: tuple[str, ...]) -> Array:
    means = np.full(len(views), np.nan, np.float32)
    for view, joints in zip(table.views, table.errors_px.T, strict=True):
        known = joints[np.isfinite(joints)]
        if view in views and known.size:
            means[views.index(view)] = known.mean()
    return means


def _nearest(done: NDArray[np.bool_], here: int) -> NDArray[np.intp]:
    missing = np.flatnonzero(~done)
    return missing[np.argsort(np.abs(missing - here), kind="stable")]


def moment_title(moment: str) -> str:
    """A short name for a moment: the number it ends with, else its name."""
    number = re.search(r"(\d+)\D*$", moment)
    return str(int(number.group(1))) if number is not None else moment
