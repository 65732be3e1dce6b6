"""Errors of many moments, computed a little at a time, those nearest to the one in view first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.slices import Whole
from sefd_viewer.cameras.sequences.body_joints import JointsOfBodies
from sefd_viewer.cameras.sequences.reading import SequenceFrames, SubjectFrames, subjects_of
from sefd_viewer.datasets.records import series_of
from sefd_viewer.errors import BodyError
from sefd_viewer.features.cameras.agreement import triangulated

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.cameras.model import Against, CamerasState
    from sefd_viewer.features.cameras.moments import Stretch
    from sefd_viewer.features.cameras.scene import BoardScene
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.rotations import ExtrinsicMode


Errors = NDArray[np.float32]
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

    errors_px: Mapping[Seen, Errors]
    done: NDArray[np.bool_]
    stamps: Stamps = field(default_factory=dict)

    @classmethod
    def empty(cls, moments: int) -> TimelineValues:
        """Nothing is known yet."""
        return cls({}, np.zeros(moments, np.bool_))

    @classmethod
    def of_all(cls, errors_px: Mapping[Seen, Errors], moments: int) -> TimelineValues:
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

    def by_error(self, key: str | None, views: Sequence[str]) -> list[int]:
        """The moments whose errors are known, the largest mean over these views first."""
        means = mean_of_views(self.of_person(key, views))
        known = np.flatnonzero(np.isfinite(means))
        return [int(index) for index in known[np.argsort(-means[known], kind="stable")]]

    def of_person(self, key: str | None, views: Sequence[str]) -> Errors:
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


Array = NDArray[np.float64]
_joints_of = lru_cache(2)(JointsOfBodies)
_PERSON = "1"
_AT_ONCE = 1000


def errors_at_once(
    dataset: Dataset, sequence: Stretch, board: CamerasState, find_body: FindBody
) -> dict[Seen, NDArray[np.float32]] | None:
    """Mean errors (N,) px of the moments of `sequence` by person's key and view, as `moment_errors` has them.

    None for a set that is not of this kind, or that is read otherwise than its files say.
    """
    subjects = [] if board.reads_otherwise else subjects_of(dataset)
    wanted = {series_of(moment) for moment in sequence.moments}
    places = {moment: place for place, moment in enumerate(sequence.moments)}
    errors: dict[Seen, NDArray[np.float32]] = {}
    for subject in subjects:
        for frames in subject.sequences:
            first = dataset.instant(int(frames.records[0].max()))[0]
            if first is None or series_of(first) not in wanted:
                continue
            for start in range(0, len(frames), _AT_ONCE):
                part = frames.taken(np.arange(start, min(start + _AT_ONCE, len(frames))))
                _measure(dataset, subject, part, places, board, find_body, errors)
    return errors if subjects else None


def _measure(
    dataset: Dataset,
    subject: SubjectFrames,
    frames: SequenceFrames,
    places: dict[str, int],
    board: CamerasState,
    find_body: FindBody,
    errors: dict[Seen, NDArray[np.float32]],
) -> None:
    """Put the errors of some frames of one sequence where their moments are."""
    moments = [dataset.instant(int(row.max()))[0] for row in frames.records]
    rows = np.array([row for row, one in enumerate(moments) if one in places], np.int64)
    cameras = _cameras(subject, frames)
    if not len(rows) or not cameras:
        return
    found = _errors(subject, frames, cameras, board, find_body)
    where = [places[str(moments[row])] for row in rows]
    for view, values in found.items():
        line = errors.setdefault((_PERSON, view), np.full(len(places), np.nan, np.float32))
        line[where] = values[rows]


def _errors(
    subject: SubjectFrames,
    frames: SequenceFrames,
    cameras: dict[str, PinholeCamera],
    board: CamerasState,
    find_body: FindBody,
) -> dict[str, Array]:
    """Mean errors (N,) px of each view that has a camera."""
    measured = subject.joints(frames)
    there = {view: frames.records[:, subject.views.index(view)] >= 0 for view in cameras}
    observed = {
        view: np.where(there[view][:, None, None], camera.project(measured), np.nan)
        for view, camera in cameras.items()
    }
    if board.against == "body":
        points = _bodies_before(subject, frames, cameras, board.mode, find_body)
    else:
        flat = np.stack([one.reshape(-1, 2) for one in observed.values()])
        world = triangulated(cameras, list(cameras), flat).reshape(measured.shape)
        points = {view: camera.to_camera(world) for view, camera in cameras.items()}
    return {
        view: _mean(np.linalg.norm(cameras[view].project_camera(points[view]) - observed[view], axis=-1))
        for view in points
    }


def _bodies_before(
    subject: SubjectFrames,
    frames: SequenceFrames,
    cameras: dict[str, PinholeCamera],
    mode: ExtrinsicMode,
    find_body: FindBody,
) -> dict[str, Array]:
    """The bodies' joints (N, J, 3) before each camera, brought there by `mode` (Eq. 5-6)."""
    body_id, joint_set = subject.body_id(frames), subject.joint_set
    if body_id is None or joint_set is None:
        return {}
    try:
        bodies = _joints_of(find_body(body_id), joint_set).of(subject.parameters(frames))
    except BodyError:
        return {}
    joints, root = bodies.joints(), bodies.root[:, None]
    if mode == "raw":
        return dict.fromkeys(cameras, joints)
    missing = {
        view: root - root @ camera.R.T if mode == "paper" else np.zeros(3) for view, camera in cameras.items()
    }
    return {view: camera.to_camera(joints) + missing[view] for view, camera in cameras.items()}


def _cameras(subject: SubjectFrames, frames: SequenceFrames) -> dict[str, PinholeCamera]:
    """The cameras by view of those that see some of the frames."""
    found = {}
    for place, view in enumerate(subject.views):
        records = frames.records[:, place]
        seen = records[records >= 0]
        pictures = subject.part.pictures
        camera = (
            None
            if not len(seen) or pictures.cameras is None
            else pictures.cameras.at(int(seen[0]) - subject.start)
        )
        if camera is not None:
            found[view] = camera
    return found


def _mean(distances: Array) -> Array:
    """The mean (N,) of the known distances (N, J); nan without any."""
    known = np.isfinite(distances)
    count = known.sum(axis=1)
    total = np.where(known, distances, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
