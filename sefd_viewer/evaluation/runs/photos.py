"""The photos of a run, loaded ahead in threads: the picture, who is in it, and the truth about them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.person_masks import masks_of
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.photo_truth import FindBody, TrueBody, true_bodies
from sefd_viewer.evaluation.runs.pose_sources import FindPoses, annotated_poses
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.inference.messages import PersonInput
from sefd_viewer.jobs.pool import in_order
from sefd_viewer.jobs.pool import threads as thread_pool

_AHEAD = 3
"""Photos per thread that are loaded before they are wanted."""


@dataclass(frozen=True, eq=False)
class Photo:
    """One record, ready to be predicted: `people` are the inputs, `truth` the true bodies by person.

    `poses` are the annotated 2D poses by person; `problem` says why there is no picture. `joint_set` is the
    one by which the set judges keypoints, None where it has none; `format` the set's.
    """

    position: int
    record: Record
    image: NDArray[np.uint8] | None = None
    people: tuple[PersonInput, ...] = ()
    truth: Mapping[str, TrueBody] = field(default_factory=dict)
    poses: Mapping[str, Pose2D] = field(default_factory=dict)
    problem: str = ""
    joint_set: str | None = None
    format: str = ""

    @property
    def camera(self) -> PinholeCamera | None:
        """The photo's camera, if it is known."""
        return self.record.camera


@dataclass(frozen=True)
class PhotoLoader:
    """Loads records with the 2D poses that `find_poses` finds."""

    dataset: Dataset
    find_body: FindBody
    find_poses: FindPoses = annotated_poses
    joint_set: str | None = None

    def load(self, position: int) -> Photo:
        """The photo at a position; whatever is wrong with it is told in it."""
        try:
            record = self.dataset.records[position]
        except (SefdError, IndexError) as error:
            lost = Record(str(position), str(position))
            words = str(error) if isinstance(error, SefdError) else "the data set has no such photo"
            return Photo(position, lost, problem=words, format=self.dataset.format)
        try:
            return self._load(position, record)
        except Exception as error:  # one broken record must not end a run over many
            words = str(error) if isinstance(error, SefdError) else f"{type(error).__name__}: {error}"
            return Photo(position, record, problem=words, format=self.dataset.format)

    def _load(self, position: int, record: Record) -> Photo:
        image = record.load()
        size = image.shape[1], image.shape[0]
        truth, problems = true_bodies(record, size, self.find_body, masks_of(self.dataset))
        poses = {person.key: person.pose2d for person in record.people if person.pose2d is not None}
        people = tuple(self._people(record, image))
        problem = "; ".join(problems)
        about = problem, self.joint_set, self.dataset.format
        return Photo(position, record, image, people, truth, poses, *about)

    def _people(self, record: Record, image: NDArray[np.uint8]) -> Iterator[PersonInput]:
        known = {person.key: person for person in record.people}
        for key, pose in self.find_poses(record, image).items():
            person = known.get(key)
            if person is None:
                yield PersonInput(key, pose)
            else:
                yield PersonInput(key, pose, person.smpl, person.camera, person.annotated_box, person.surface)


def loaded_ahead(
    loader: PhotoLoader, positions: Iterable[int], *, threads: int
) -> Generator[Photo, None, None]:
    """The photos in order; the next ones are loaded in `threads` while one is worked on."""
    with thread_pool(threads, "photos") as pool:
        yield from in_order(pool, loader.load, positions, most=_AHEAD * threads)
