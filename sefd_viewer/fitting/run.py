"""The whole way of `sefd-viewer fit`: pictures in, people out, each person kept as soon as it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.fitted_people import FittedPeople, FittedPerson
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError
from sefd_viewer.fitting.moments import MomentSequence, sequences_of
from sefd_viewer.fitting.people import FitOptions, Seen, fit_person, found_poses, people_in
from sefd_viewer.fitting.quality import Quality, quality
from sefd_viewer.fitting.views import Poses
from sefd_viewer.geometry.poses import Pose2D

Detect = Callable[[NDArray[np.uint8]], Sequence[Pose2D]]


@dataclass(frozen=True)
class Listener:
    """Who is told about the way: `progress` of a task (name, done, total) and `say` a line of words."""

    progress: Callable[[str, int, int], None] = lambda _task, _done, _total: None
    say: Callable[[str], None] = lambda _line: None


def fit_people(
    dataset: Dataset,
    body: BodyModel,
    *,
    poses: Mapping[str, Sequence[Pose2D]] | None = None,
    detect: Detect | None = None,
    options: FitOptions | None = None,
    listener: Listener | None = None,
) -> Iterator[FittedPeople]:
    """Fit everybody; after each person all that is done so far.

    2D poses come from `poses` by picture, and where it has none from `detect`. Raises DatasetError when
    there are too few views, no poses, or nobody who is seen by several views.
    """
    torch.manual_seed(0)
    options, listener = options or FitOptions(), listener or Listener()
    done: list[FittedPerson] = []
    known: dict[str, tuple[object, ...]] = {}
    for sequence in sequences_of(dataset):
        found = _poses(sequence, poses, detect, listener)
        people = people_in(sequence, found, options)
        _say_who(sequence, people, listener)
        known |= found_poses(sequence, found, people)
        for seen in people:
            if seen.problem is None:
                done.append(_fit(seen, sequence, body, options, listener))
                yield FittedPeople(tuple(done), known)  # type: ignore[arg-type]
    if not done:
        raise DatasetError(
            "nobody was found in enough views",
            where=dataset.root,
            remedy="Check the cameras with sefd-viewer verify, give better 2D poses, or lower --least-views",
        )


def _fit(
    seen: Seen, sequence: MomentSequence, body: BodyModel, options: FitOptions, listener: Listener
) -> FittedPerson:
    name = seen.views.key
    return fit_person(
        seen,
        sequence.moments,
        body,
        options,
        lambda stage, step, total: listener.progress(f"{name}: {stage}", step, total),
    )


def _poses(
    sequence: MomentSequence,
    poses: Mapping[str, Sequence[Pose2D]] | None,
    detect: Detect | None,
    listener: Listener,
) -> Poses:
    """2D poses by view and moment."""
    found: dict[str, list[Sequence[Pose2D]]] = {view: [] for view in sequence.cameras}
    total = len(sequence.moments) * len(found)
    for done, (view, moment) in enumerate((v, m) for v in found for m in sequence.moments):
        record = sequence.records.get((view, moment))
        of_record: Sequence[Pose2D] = ()
        if record is not None and poses is not None and record.key in poses:
            of_record = poses[record.key]
        elif record is not None and detect is not None:
            of_record = detect(record.load())
        found[view].append(of_record)
        listener.progress("2D poses", done + 1, total)
    if not any(any(moments) for moments in found.values()):
        raise DatasetError(
            "there are no 2D poses for these pictures", remedy="Give --poses FILE or leave it out"
        )
    return found


def _say_who(sequence: MomentSequence, people: Sequence[Seen], listener: Listener) -> None:
    for seen in people:
        views = ", ".join(seen.views.views)
        listener.say(f"{seen.views.key} was found in {views}, at first {_place(seen)}")
        if seen.problem is not None:
            listener.say(f"{seen.views.key} gets no body: {seen.problem}")
        elif seen.disagreement is not None:
            listener.say(f"{seen.views.key} does not obey the cameras: {seen.disagreement}")
    del sequence


def _place(seen: Seen) -> str:
    return next(iter(seen.matched.tracks.values())).words


def qualities(dataset: Dataset, fitted: FittedPeople, body: BodyModel) -> list[Quality]:
    """How well each person is fitted."""
    found = []
    for sequence in sequences_of(dataset):
        keys = {place: record.key for place, record in sequence.records.items()}
        here = set(sequence.moments)
        for person in fitted.people:
            if here.issuperset(person.moments):
                found.append(quality(person, fitted, sequence.cameras, keys, body))
    return found
