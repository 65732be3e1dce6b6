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
    from sefd_viewer.session.board.scene import BoardScene
    from sefd_viewer.session.board.state import Against

Array = NDArray[np.float32]
Stamps = Mapping[int, tuple[object, ...]]
PEOPLE = 4
"""Errors of so many people are kept for each moment."""
SLICE_S = 0.2
"""How long one piece of work lasts at least, in seconds."""


@dataclass(frozen=True, eq=False)
class TimelineValues(Whole):
    """Mean errors (N, V, PEOPLE) px of N moments by view and person, nan unknown; `done` (N,) moments.

    `stamps` say by moment what was changed by hand in it when it was measured.
    """

    errors_px: Array
    done: NDArray[np.bool_]
    stamps: Stamps = field(default_factory=dict)

    @classmethod
    def empty(cls, moments: int, views: int) -> TimelineValues:
        """Nothing is known yet."""
        return cls(np.full((moments, views, PEOPLE), np.nan, np.float32), np.zeros(moments, np.bool_))

    def outdated(self, stamps: Stamps) -> TimelineValues:
        """The values of which those moments are unknown again that were changed by hand since."""
        changed = [i for i in {*stamps, *self.stamps} if stamps.get(i) != self.stamps.get(i)]
        if not changed:
            return self
        done = self.done.copy()
        done[changed] = False
        return replace(self, done=done, stamps=stamps)

    def of_person(self, person: int) -> Array:
        """(N, V) px of one person, nan unknown."""
        inside = 0 <= person < PEOPLE
        return (
            self.errors_px[..., person] if inside else np.full(self.errors_px.shape[:2], np.nan, np.float32)
        )


def further(
    values: TimelineValues,
    here: int,
    measure: Callable[[int], Array],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> TimelineValues:
    """The values with some more moments, those nearest to `here` first; `measure` gives (V, PEOPLE) px."""
    end = clock() + SLICE_S
    errors, done = values.errors_px.copy(), values.done.copy()
    for index in _nearest(values.done, here):
        errors[index] = measure(int(index))
        done[index] = True
        if clock() >= end:
            break
    return replace(values, errors_px=errors, done=done)


def moment_errors(scene: BoardScene, views: tuple[str, ...], against: Against) -> Array:
    """Mean errors (V, PEOPLE) px of a moment's people over their joints; nan where there are none."""
    errors = np.full((len(views), PEOPLE), np.nan, np.float32)
    for column, person in enumerate(scene.people[:PEOPLE]):
        deviations = person.triangulated if against == "triangulated" else person.against_body
        if deviations is not None:
            for view, joints in zip(deviations.px.views, deviations.px.errors_px.T, strict=True):
                if view in views and np.isfinite(joints).any():
                    errors[views.index(view), column] = joints[np.isfinite(joints)].mean()
    return errors


def _nearest(done: NDArray[np.bool_], here: int) -> NDArray[np.intp]:
    missing = np.flatnonzero(~done)
    return missing[np.argsort(np.abs(missing - here), kind="stable")]


def moment_title(moment: str) -> str:
    """A short name for a moment: the number it ends with, else its name."""
    number = re.search(r"(\d+)\D*$", moment)
    return str(int(number.group(1))) if number is not None else moment
