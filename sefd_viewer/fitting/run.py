"""The whole way of `sefd-viewer fit`: pictures in, people out, each person kept as soon as it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.attaching import poses_in
from sefd_viewer.datasets.fitted_people import FittedPeople, FittedPerson
from sefd_viewer.datasets.found_poses import FoundPose
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError
from sefd_viewer.fitting.contours import Mask, silhouette
from sefd_viewer.fitting.moments import MomentSequence, sequences_of
from sefd_viewer.fitting.one_person import PersonFit
from sefd_viewer.fitting.people import FitOptions, Seen, found_poses, people_in, start_fit
from sefd_viewer.fitting.refining import Pictures
from sefd_viewer.fitting.solve import Progress
from sefd_viewer.fitting.views import Poses
from sefd_viewer.geometry.poses import Pose2D

Detect = Callable[[NDArray[np.uint8]], Sequence[Pose2D]]


@dataclass(frozen=True)
class Listener:
    """Who is told about the way: `progress` of a task (name, done, total) and `say` a line of words."""

    progress: Progress = lambda _task, _done, _total: None
    say: Callable[[str], None] = lambda _line: None

    def about(self, name: str) -> Progress:
        """Progress of somebody's stages."""
        return lambda stage, done, total: self.progress(f"{name}: {stage}", done, total)


@dataclass(frozen=True, eq=False)
class PoseSource:
    """2D poses come from `known` by picture, and where it has none from `detect`."""

    known: Mapping[str, Sequence[Pose2D]] | None = None
    detect: Detect | None = None

    def of(self, sequence: MomentSequence, progress: Progress) -> Poses:
        """2D poses by view and moment. Raises DatasetError when there are none at all."""
        found: dict[str, list[Sequence[Pose2D]]] = {view: [] for view in sequence.cameras}
        total = len(sequence.moments) * len(found)
        for done, (view, moment) in enumerate(((v, m) for v in found for m in sequence.moments), start=1):
            found[view].append(self._of_picture(sequence, view, moment))
            progress("2D poses", done, total)
        if not any(any(moments) for moments in found.values()):
            remedy = "Give --poses FILE with poses of these pictures"
            raise DatasetError("there are no 2D poses for these pictures", where=sequence.name, remedy=remedy)
        return found

    def _of_picture(self, sequence: MomentSequence, view: str, moment: str) -> Sequence[Pose2D]:
        record = sequence.records.get((view, moment))
        if record is None:
            return ()
        name, found = (None, ()) if self.known is None else poses_in(record, self.known)
        if name is not None:
            return found
        return self.detect(record.load()) if self.detect is not None else ()


def fit_people(
    dataset: Dataset,
    body: BodyModel,
    poses: PoseSource,
    *,
    options: FitOptions | None = None,
    listener: Listener | None = None,
) -> Iterator[FittedPeople]:
    """Fit everybody; after each person, and each person's second pass, all that is done so far.

    The same input gives the same result. Raises DatasetError when there are too few views, no poses, or
    nobody who is seen by enough views.
    """
    torch.manual_seed(0)
    options, listener = options or FitOptions(), listener or Listener()
    done: dict[str, FittedPerson] = {}
    known: dict[str, tuple[FoundPose, ...]] = {}
    sequences = sequences_of(dataset, every=options.every)
    for sequence in sequences:
        found = poses.of(sequence, listener.progress)
        prefix = f"{sequence.name} " if len(sequences) > 1 else ""
        people = people_in(sequence, found, options, prefix=prefix)
        _say_who(people, listener)
        known |= found_poses(sequence, found, people)
        for person in _fitted(sequence, people, body, options, listener):
            done[person.key] = person
            yield FittedPeople(tuple(done.values()), known)
    if not done:
        raise DatasetError(
            "nobody was found in enough views",
            where=dataset.root,
            remedy="Check the cameras with sefd-viewer verify, give better 2D poses, or lower --least-views",
        )


def _fitted(
    sequence: MomentSequence, people: Sequence[Seen], body: BodyModel, options: FitOptions, listener: Listener
) -> Iterator[FittedPerson]:
    """Everybody by joints, then everybody by outlines, since people hide each other's."""
    fits: list[PersonFit] = []
    for seen in people:
        if seen.problem is None:
            fit = start_fit(seen, body, options, sequence.up)
            fit.fit_joints(options.stages, listener.about(fit.person.key))
            fits.append(fit)
            yield fit.result(sequence.moments)
    for fit in fits if options.outlines else ():
        others = [other for other in fits if other is not fit]
        pictures = _pictures(sequence, fit, others, body)
        fit.fit_outlines(pictures, options.rounds, listener.about(fit.person.key))
        yield fit.result(sequence.moments)


def _pictures(
    sequence: MomentSequence, fit: PersonFit, others: Sequence[PersonFit], body: BodyModel
) -> Pictures:
    bodies = [(other, other.motion.vertices(body)) for other in others]

    def load(view: int, moment: int) -> NDArray[np.uint8] | None:
        record = sequence.records.get((fit.person.views[view], sequence.moments[moment]))
        return None if record is None else record.load()

    def silhouettes(view: int, moment: int, size: tuple[int, int]) -> list[Mask]:
        name = fit.person.views[view]
        return [
            silhouette(
                vertices[moment], body.faces, other.person.cameras[other.person.views.index(name)], size
            )
            for other, vertices in bodies
            if name in other.person.views
        ]

    return Pictures(load, silhouettes)


def _say_who(people: Sequence[Seen], listener: Listener) -> None:
    for seen in people:
        key, views = seen.views.key, ", ".join(seen.views.views)
        listener.say(f"{key} was found in {views}: {next(iter(seen.matched.tracks.values())).words}")
        if seen.problem is not None:
            listener.say(f"{key} gets no body: {seen.problem}")
        elif seen.disagreement is not None:
            listener.say(f"{key} does not obey the cameras: {seen.disagreement}")
