"""The timeline of a set whose files hold one person in columns (Human3.6M's): all moments at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.sequences.body_joints import JointsOfBodies
from sefd_viewer.cameras.sequences.reading import SequenceFrames, SubjectFrames, subjects_of
from sefd_viewer.datasets.records import series_of
from sefd_viewer.errors import BodyError
from sefd_viewer.features.cameras.board.agreement import triangulated

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.cameras.board.moment import Sequence
    from sefd_viewer.features.cameras.board.state import BoardState
    from sefd_viewer.features.cameras.board.timeline import Seen
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode

Array = NDArray[np.float64]
_joints_of = lru_cache(2)(JointsOfBodies)
_PERSON = "1"
_AT_ONCE = 1000


def errors_at_once(
    dataset: Dataset, sequence: Sequence, board: BoardState, find_body: FindBody
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
    board: BoardState,
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
    board: BoardState,
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
