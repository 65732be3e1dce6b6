"""The sliding occluder: a grey box at every place of the crop, and what each of them does to every joint."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sefd_viewer.app.slices import Slice
from sefd_viewer.app.trials import Answer, Asking, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.methods import Method
    from sefd_viewer.features.explain.case import Asked, Case
    from sefd_viewer.features.explain.model import Covered
    from sefd_viewer.inference.messages import Trial, TrialRequest

    Joints = NDArray[np.floating]

PURPOSE = "sweep"
STRIDE = 16
"""Pixels of the crop from one place of the box to the next."""
AT_ONCE = 16
"""Places that are asked for together."""
GREY = 127
CROP = 256


def places(stride: int = STRIDE) -> tuple[float, ...]:
    """The middles of the box along one side of the crop."""
    return tuple(place + (stride - 1) / 2 for place in range(0, CROP, stride))


@dataclass(frozen=True, eq=False)
class SweepProgress:
    """How a sweep stands: joints (30,3) of each answer by network and place (row, column)."""

    key: Hashable
    size: float
    done: int = 0
    total: int = 0
    joints: Mapping[tuple[Method, int, int], Joints] | None = None
    finished: bool = False
    stopped: bool = False
    problem: str | None = None


class Sweep:
    """One sweep over one case: what it wants to know next, and what it knows; networks one after another."""

    def __init__(self, case: Case, asking: Asking, size: float, covered: Covered) -> None:
        self._case, self._asking, self._size, self._covered = case, asking, size, covered
        self._todo = [
            (asked, row, column)
            for asked in case.answers
            for row in range(len(places()))
            for column in range(len(places()))
        ]
        self._joints: dict[tuple[Method, int, int], Joints] = {}
        self._asked = 0
        key = sweep_key(case, asking, size, covered)
        self.progress = SweepProgress(key, size, 0, len(self._todo), {})

    @property
    def query(self) -> Query | None:
        """The next places, None when the sweep is over."""
        over = self.progress.finished or self.progress.stopped or self.progress.problem is not None
        return None if over else Query(PURPOSE, (self.progress.key, self._asked), self._request)

    def take(self, answer: Answer) -> None:
        """Take the answer to the query."""
        for key, tried in answer.tried.items():
            method, row, column = key.rsplit(" ", 2)
            self._joints[method, int(row), int(column)] = tried.prediction.joints_camera
        self._asked += 1
        done = len(self._joints)
        self.progress = replace(
            self.progress,
            done=done,
            joints=dict(self._joints),
            finished=self._asked * AT_ONCE >= len(self._todo),
            problem=None if answer.tried else answer.problem,
        )

    def stop(self) -> None:
        """Ask for nothing more; what is known stays."""
        self.progress = replace(self.progress, stopped=not self.progress.finished)

    @cached_property
    def _crops(self) -> dict[Method, NDArray[np.uint8]]:
        return {method: self._case.crop_rgb(method) for method in self._case.normal}

    def _request(self, number: int) -> TrialRequest:
        start = self._asked * AT_ONCE
        trials = [self._trial(*place) for place in self._todo[start : start + AT_ONCE]]
        return self._asking.request(number, self._case.scene, self._case.person, trials)

    def _trial(self, asked: Asked, row: int, column: int) -> Trial:
        import numpy as np

        spans, crop = self._spans(row, column), self._crops[asked.method].copy()
        crop[spans] = GREY
        hidden = None
        if self._covered == "lost":
            hidden = np.zeros((CROP, CROP), bool)
            hidden[spans] = True
        return asked.trial(f"{asked.method} {row} {column}", crop, hidden=hidden)

    def _spans(self, row: int, column: int) -> tuple[slice, slice]:
        half, middles = self._size / 2, places()
        first, second = (
            slice(max(round(middle - half), 0), max(round(middle + half), 0))
            for middle in (middles[row], middles[column])
        )
        return first, second


def sweep_key(case: Case, asking: Asking, size: float, covered: Covered) -> Hashable:
    """What a sweep depends on."""
    return *case.about, tuple(case.normal), asking.key, size, covered


SWEEPS: Slice[Mapping[Hashable, SweepProgress]] = Slice("sweeps", {})
"""What is known: sweeps by their keys."""
