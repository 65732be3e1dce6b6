"""The photos of a run, loaded ahead in threads: the picture, who is in it, and the truth about them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.person_masks import masks_of
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.photo_truth import FindBody, TrueBody, true_bodies
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.inference.messages import PersonInput
from sefd_viewer.pose2d.merging import box_overlap

Detect = Callable[[NDArray[np.uint8]], Sequence[Pose2D]]

_AHEAD = 3
"""Photos per thread that are loaded before they are wanted."""

_SAME = 0.5
"""Overlap (IoU) from which a detected person is the annotated one."""


@dataclass(frozen=True, eq=False)
class Photo:
    """One record, ready to be predicted: `people` are the inputs, `truth` the true bodies by person.

    `poses` are the annotated 2D poses by person; `problem` says why there is no picture.
    """

    position: int
    record: Record
    image: NDArray[np.uint8] | None = None
    people: tuple[PersonInput, ...] = ()
    truth: Mapping[str, TrueBody] = field(default_factory=dict)
    poses: Mapping[str, Pose2D] = field(default_factory=dict)
    problem: str = ""

    @property
    def camera(self) -> PinholeCamera | None:
        """The photo's camera, if it is known."""
        return self.record.camera


@dataclass(frozen=True)
class PhotoLoader:
    """Loads records: with annotated 2D poses, or with the detector's where `detect` is given.

    Detected people take the key of the annotated person whose box they share.
    """

    dataset: Dataset
    find_body: FindBody
    detect: Detect | None = None

    def load(self, position: int) -> Photo:
        """The photo at a position; whatever is wrong with it is told in it."""
        try:
            record = self.dataset.records[position]
        except SefdError as error:
            return Photo(position, Record(str(position), str(position)), problem=str(error))
        try:
            return self._load(position, record)
        except Exception as error:  # one broken record must not end a run over many
            words = str(error) if isinstance(error, SefdError) else f"{type(error).__name__}: {error}"
            return Photo(position, record, problem=words)

    def _load(self, position: int, record: Record) -> Photo:
        image = record.load()
        size = image.shape[1], image.shape[0]
        truth, problems = true_bodies(record, size, self.find_body, masks_of(self.dataset))
        poses = {person.key: person.pose2d for person in record.people if person.pose2d is not None}
        people = tuple(self._people(record, image, poses))
        return Photo(position, record, image, people, truth, poses, "; ".join(problems))

    def _people(
        self, record: Record, image: NDArray[np.uint8], poses: Mapping[str, Pose2D]
    ) -> Iterator[PersonInput]:
        if self.detect is not None:
            poses = dict(_named(self.detect(image), record))
        known = {person.key: person for person in record.people}
        for key, pose in poses.items():
            person = known.get(key)
            smpl, camera = (None, None) if person is None else (person.smpl, person.camera)
            yield PersonInput(key, pose, smpl, camera)


def loaded_ahead(
    loader: PhotoLoader, positions: Iterable[int], *, threads: int
) -> Generator[Photo, None, None]:
    """The photos in order; the next ones are loaded in `threads` while one is worked on."""
    waiting: deque[Future[Photo]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="photos") as pool:
        for position in positions:
            waiting.append(pool.submit(loader.load, position))
            if len(waiting) >= _AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _named(found: Sequence[Pose2D], record: Record) -> Iterator[tuple[str, Pose2D]]:
    """Detected people with keys, the largest overlap first; strangers are called new 1, new 2 ..."""
    free = {p.key: p.bbox_xywh for p in record.people if p.bbox_xywh is not None}
    pairs = sorted(
        (
            (box_overlap(np.asarray(box), pose.bbox_xywh), number, key)
            for number, pose in enumerate(found)
            for key, box in free.items()
        ),
        reverse=True,
    )
    names: dict[int, str] = {}
    for overlap, number, key in pairs:
        if overlap >= _SAME and number not in names and key not in names.values():
            names[number] = key
    for number, pose in enumerate(found):
        yield names.get(number, f"new {number + 1}"), pose
