"""The curves of the timeline: each method's error by frame, or how far its joints move between frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sefd_viewer.app.cache import about_the_set
from sefd_viewer.app.methods import METHODS, Method
from sefd_viewer.app.scene import overlap
from sefd_viewer.app.sequence import Curve, Track
from sefd_viewer.app.slices import Whole
from sefd_viewer.features.playback.notes import FrameNote, Notes, SeenJoints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

SAME_PERSON = 0.3
"""How much two boxes of neighbouring frames overlap (IoU) when they are about the same person."""


@dataclass(frozen=True, eq=False)
class Curves(Whole):
    """Values (N, V) mm of N frames by the V `methods`, nan unknown; `kind` says what they are."""

    kind: Curve
    methods: tuple[Method, ...]
    values: Values

    @property
    def known(self) -> int:
        """Of how many frames something is known."""
        return int(np.isfinite(self.values).any(axis=1).sum())

    def worst(self, method: Method) -> int | None:
        """The frame with the largest value of a method, None where nothing is known of it."""
        if method not in self.methods:
            return None
        column = self.values[:, self.methods.index(method)]
        return int(np.nanargmax(column)) if np.isfinite(column).any() else None


@dataclass(frozen=True, eq=False)
class RunErrors(Whole):
    """Errors (N,) mm of a track's frames by person and method, from a run that was evaluated; nan unknown.

    Those of nobody (None) are the means over everybody in a frame.
    """

    track: Track
    by_person: Mapping[str | None, Mapping[Method, Values]]


@about_the_set(4)
def curves_of(
    notes: Notes,
    track: Track,
    person: str | None,
    wanted: Curve | None,
    run: RunErrors | None,
    order: tuple[Method, ...] = METHODS,
    hidden: frozenset[Method] = frozenset(),
) -> Curves | None:
    """The curves that are wanted, over the people of each frame or one `person`; None: nothing is known.

    Methods come in their `order`, others that a run knows after them, and none that is `hidden`.
    """
    makers = {
        "error": lambda: _errors(notes, track, person, run),
        "motion": lambda: _motion(notes, track, person),
    }
    for kind in (wanted,) if wanted is not None else ("error", "motion"):
        found = makers[kind]()
        known = [method for method in dict.fromkeys((*order, *found)) if method in found]
        methods = [method for method in known if method not in hidden]
        shown = tuple(method for method in methods if np.isfinite(found[method]).any())
        if shown:
            return Curves(kind, shown, np.stack([found[method] for method in shown], axis=1))
    return None


def _errors(notes: Notes, track: Track, person: str | None, run: RunErrors | None) -> dict[Method, Values]:
    known = {} if run is None else run.by_person.get(person, {})
    values = {method: of.copy() for method, of in known.items()}
    for index, key in enumerate(track.keys):
        note = notes.frames.get(key)
        for method, errors in note.errors_mm.items() if note is not None else ():
            chosen = [mm for who, mm in errors.items() if person in (None, who)]
            _put(values, method, index, chosen, len(track.keys))
    return values


def _motion(notes: Notes, track: Track, person: str | None) -> dict[Method, Values]:
    values: dict[Method, Values] = {}
    for index in range(1, len(track.keys)):
        before, now = notes.frames.get(track.keys[index - 1]), notes.frames.get(track.keys[index])
        if before is not None and now is not None:
            for method in now.joints:
                _put(values, method, index, _moved(before, now, method, person), len(track.keys))
    return values


def _put(values: dict[Method, Values], method: Method, index: int, chosen: list[float], count: int) -> None:
    known = [value for value in chosen if np.isfinite(value)]
    if known:
        values.setdefault(method, np.full(count, np.nan, np.float32))[index] = float(np.mean(known))


def _moved(before: FrameNote, now: FrameNote, method: Method, person: str | None) -> list[float]:
    """Mean displacement (mm) of the joints about the pelvis, of everybody or one `person`."""
    left = dict(before.joints.get(method, {}))
    moved = []
    for who, seen in now.joints[method].items():
        same = max(left, key=lambda other: overlap(left[other].box_xywh, seen.box_xywh), default=None)
        if same is None or overlap(left[same].box_xywh, seen.box_xywh) < SAME_PERSON:
            continue
        if person in (None, who):
            moved.append(_apart(left[same], seen))
        del left[same]
    return moved


def _apart(first: SeenJoints, second: SeenJoints) -> float:
    return float(np.linalg.norm(second.joints - first.joints, axis=1).mean()) * 1000
