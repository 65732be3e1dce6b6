"""Errors of many moments, computed a little at a time, those nearest to the one in view first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.frame import Whole

if TYPE_CHECKING:
    from sefd_viewer.features.cameras.board.scene import BoardScene
    from sefd_viewer.features.cameras.board.state import Against

Array = NDArray[np.float32]
Seen = tuple[str, str]
"""A person's key and the view that sees them."""
Stamps = Mapping[int, tuple[object, ...]]
SLICE_S = 0.2
"""How long one piece of work lasts at least, in seconds."""


@dataclass(frozen=True, eq=False)
class TimelineValues(Whole):
    """Mean errors (N,) px of N moments by person's key and view, nan unknown; `done` (N,) moments.

    `stamps` say by moment what was changed by hand in it when it was measured.
    """

    errors_px: Mapping[Seen, Array]
    done: NDArray[np.bool_]
    stamps: Stamps = field(default_factory=dict)

    @classmethod
    def empty(cls, moments: int) -> TimelineValues:
        """Nothing is known yet."""
        return cls({}, np.zeros(moments, np.bool_))

    @classmethod
    def of_all(cls, errors_px: Mapping[Seen, Array], moments: int) -> TimelineValues:
        """Everything is known."""
        return cls(errors_px, np.ones(moments, np.bool_))

    def outdated(self, stamps: Stamps) -> TimelineValues:
        """The values of which those moments are unknown again that were changed by hand since."""
        changed = [i for i in {*stamps, *self.stamps} if stamps.get(i) != self.stamps.get(i)]
        if not changed:
            return self
        done = self.done.copy()
        done[changed] = False
        return replace(self, done=done, stamps=stamps)

    def of_person(self, key: str | None, views: Sequence[str]) -> Array:
        """(N, V) px of one person in these views, nan unknown."""
        unknown = np.full(len(self.done), np.nan, np.float32)
        columns = [self.errors_px.get((key or "", view), unknown) for view in views]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.done), 0), np.float32)


def further(
    values: TimelineValues,
    here: int,
    measure: Callable[[int], Mapping[Seen, float]],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> TimelineValues:
    """The values with some more moments, those nearest to `here` first; `measure` gives a moment's errors."""
    end = clock() + SLICE_S
    errors, done = {seen: row.copy() for seen, row in values.errors_px.items()}, values.done.copy()
    for index in _nearest(values.done, here):
        for row in errors.values():
            row[index] = np.nan
        for seen, error in measure(int(index)).items():
            errors.setdefault(seen, np.full(len(done), np.nan, np.float32))[index] = error
        done[index] = True
        if clock() >= end:
            break
    return replace(values, errors_px=errors, done=done)


def moment_errors(scene: BoardScene, against: Against) -> dict[Seen, float]:
    """Mean errors (px) over the joints of a moment's people, by person's key and view."""
    errors = {}
    for person in scene.people:
        deviations = person.triangulated if against == "triangulated" else person.against_body
        if deviations is not None:
            for view, joints in zip(deviations.px.views, deviations.px.errors_px.T, strict=True):
                known = joints[np.isfinite(joints)]
                if known.size:
                    errors[person.key, view] = float(known.mean())
    return errors


def mean_of_views(errors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Means (N,) of errors (N, V) over the known views; nan where none is known."""
    known = np.isfinite(errors)
    count = known.sum(axis=1)
    total = np.where(known, errors, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _nearest(done: NDArray[np.bool_], here: int) -> NDArray[np.intp]:
    missing = np.flatnonzero(~done)
    return missing[np.argsort(np.abs(missing - here), kind="stable")]
