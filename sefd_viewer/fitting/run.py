"""The whole way of `sefd-viewer fit`: pictures in, people out, each person kept as soon as it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from sefd_viewer.atomic import write_file
from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.people_check import spread
from sefd_viewer.datasets.attaching import poses_in
from sefd_viewer.datasets.fitted_people import FittedPeople, FittedPerson, FoundPose, dataset_with_people
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DatasetError
from sefd_viewer.fitting.people import FitOptions, PersonFit, Seen, found_poses, people_in, start_fit
from sefd_viewer.fitting.refining import Mask, Pictures, Progress, silhouette
from sefd_viewer.fitting.views import MomentSequence, Poses, sequences_of
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.render.overlay import shaded_overlay

Image = NDArray[np.uint8]

_COLORS = np.array([(230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167)], np.uint8)
_OPACITY = 0.6


def moment_picture(records: Sequence[Record], body: BodyModel) -> Image:
    """The records' photos with their bodies, beside each other; (H, W, 3) uint8 RGB."""
    pictures = [overlaid(record, body) for record in records]
    height = max(len(picture) for picture in pictures)
    padded = [np.pad(one, ((0, height - len(one)), (0, 0), (0, 0))) for one in pictures]
    return np.concatenate(padded, axis=1)


def overlaid(record: Record, body: BodyModel) -> Image:
    """The record's photo with everybody's body over it, who is nearer over who is farther."""
    image = record.load().copy()
    drawn = []
    for index, person in enumerate(person for person in record.people if person.smpl is not None):
        camera = person.camera or record.camera
        if camera is not None and person.smpl is not None:
            vertices = body.forward(person.smpl).vertices
            drawn.append((vertices, camera, _COLORS[index % len(_COLORS)]))
    for vertices, camera, color in sorted(drawn, key=lambda one: -one[0][:, 2].mean()):
        _lay_over(image, vertices, camera, body, color)
    return image


def _lay_over(
    image: Image, vertices: NDArray[np.floating], camera: PinholeCamera, body: BodyModel, color: Image
) -> None:
    size = (image.shape[1], image.shape[0])
    painted = shaded_overlay([vertices], body.faces, color[None], camera.without_extrinsics(), size)
    covered = painted[..., 3] > 0
    mixed = (1 - _OPACITY) * image[covered] + _OPACITY * painted[covered][:, :3]
    image[covered] = mixed.astype(np.uint8)


def draw_moments(
    dataset: Dataset, fitted: FittedPeople, body: BodyModel, folder: Path, *, count: int
) -> Iterator[Path]:
    """Write `fit_<moment>.png` for up to `count` moments, evenly spread, and tell each file."""
    by_moment: dict[str, list[Record]] = {}
    for record in dataset_with_people(dataset, fitted).records:
        if record.moment is not None and record.people:
            by_moment.setdefault(record.moment, []).append(record)
    moments = list(by_moment)
    for position in spread(len(moments), count) if count else ():
        picture = moment_picture(by_moment[moments[position]], body)
        _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        yield write_file(folder / f"fit_{moments[position]}.png", data.tobytes(), one_of_many=True)


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
