"""A Human3.6M set by sequences: frames, measured joints, parameters, boxes and cameras as columns.

Nothing is made into records: 600,000 of them are looked at in seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.conventions import Size, StatedCamera
from sefd_viewer.cameras.sequences.places import SequenceId
from sefd_viewer.datasets.annotations.cameras import is_rotation
from sefd_viewer.datasets.annotations.columns import numbers
from sefd_viewer.datasets.annotations.human36m import instant_of
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.geometry.joints import JointSet

_OF_SUBJECT = re.compile(r"Human36M_subject(\w+?)_(?:joint_3d|smpl_param|SMPL_NeuralAnnot)\.json")

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FileCamera:
    """A camera as its file states it, t brought to metres; `fault` says why it cannot be used, if so."""

    stated: StatedCamera | None
    fault: str = ""


@dataclass(frozen=True, eq=False)
class SequenceFrames:
    """N frames of one sequence in their order, seen by C cameras.

    `frames` (N,) are their numbers; `instants` (N,) rows of the subject's joints; `bodies` (N,) rows of its
    parameters, -1 where there are none; `records` (N, C) positions in the data set, -1 where there is none.
    """

    id: SequenceId
    name: str
    frames: Ints
    instants: Ints
    bodies: Ints
    records: Ints

    def __len__(self) -> int:
        return len(self.frames)

    def taken(self, rows: Ints) -> SequenceFrames:
        """Some of the frames."""
        taken = {name: getattr(self, name)[rows] for name in ("frames", "instants", "bodies", "records")}
        return replace(self, **taken)


@dataclass(frozen=True, eq=False)
class SubjectFrames:
    """One subject's sequences; `cameras` are named by `views` as records are, `start` is its first record."""

    subject: str
    part: PicturePart
    start: int
    views: tuple[str, ...]
    cameras: Mapping[str, FileCamera]
    sequences: tuple[SequenceFrames, ...]

    @cached_property
    def joints_absent(self) -> str:
        """Why there are no measured joints at all; empty where there are."""
        world = self.part.builder.rows.world_joints
        if world is not None and np.isfinite(world.points_world).any():
            return ""
        files = (one for one in self.part.sources.by_path if one.name.endswith("_joint_3d.json"))
        return next(map(file_fault, files), "no file of joints")

    @property
    def joint_set(self) -> JointSet | None:
        """Which joints were measured; None: none."""
        world = self.part.builder.rows.world_joints
        return None if world is None else world.joint_set

    def joints(self, sequence: SequenceFrames) -> Array:
        """Measured joints (N, J, 3), metres of the world; nan where there are none."""
        world = self.part.builder.rows.world_joints
        if world is None:
            return np.full((len(sequence), 0, 3), np.nan)
        return np.asarray(world.points_world[sequence.instants], np.float64)

    def parameters(self, sequence: SequenceFrames) -> Array:
        """Stored SMPL parameters (N, 85): pose 72, betas 10, translation 3; nan where unusable or none."""
        bodies = self.part.builder.rows.bodies
        values = np.full((len(sequence), 85), np.nan)
        if bodies is None:
            return values
        known = sequence.bodies >= 0
        values[known] = bodies.table.values[sequence.bodies[known]]
        values[~np.isfinite(values).all(axis=1)] = np.nan
        broken = [row for row in bodies.table.faults if isinstance(row, int)]
        values[np.isin(sequence.bodies, broken) & known] = np.nan
        return values

    def broken(self, sequence: SequenceFrames) -> NDArray[np.bool_]:
        """Which frames (N,) have parameters that cannot be used."""
        unusable = ~np.isfinite(self.parameters(sequence)).all(axis=1)
        return np.asarray(unusable & (sequence.bodies >= 0))

    def body_id(self, sequence: SequenceFrames) -> str | None:
        """The body that the parameters name; None: there are none."""
        bodies, rows = self.part.builder.rows.bodies, sequence.bodies[sequence.bodies >= 0]
        return None if bodies is None or not len(rows) else bodies.table.body_ids.at(int(rows[0]))

    def boxes(self, sequence: SequenceFrames, camera: int) -> Array:
        """Boxes (N, 4) x y w h in pixels of one of the cameras; nan where there are none."""
        rows, records = self.part.builder.rows, sequence.records[:, camera]
        boxes = np.full((len(sequence), 4), np.nan)
        people = self._first_people
        known = records >= 0
        people_of = np.where(known, people[np.maximum(records - self.start, 0)], -1)
        boxes[people_of >= 0] = rows.boxes[people_of[people_of >= 0]]
        return boxes

    def size(self, camera: int) -> Size:
        """(width, height) of the camera's pictures as annotated."""
        for sequence in self.sequences:
            records = sequence.records[:, camera]
            for record in records[records >= 0][:1]:
                size = self.part.pictures.size(int(record) - self.start)
                if size is not None:
                    return size
        return 1000, 1000

    @property
    def person_keys(self) -> list[str | None]:
        """The key of the person in each picture, None without one."""
        ids = self.part.builder.rows.ids
        return [None if row < 0 else ids[int(row)] for row in self._first_people]

    @cached_property
    def _first_people(self) -> Ints:
        """The row of the person in each picture, -1 without one."""
        offsets = np.asarray(self.part.pictures.offsets, np.int64)
        return np.where(np.diff(offsets) > 0, offsets[:-1], -1)


def subjects_of(dataset: Dataset, kept: frozenset[str] | None = None) -> list[SubjectFrames]:
    """The subjects of a Human3.6M set, of the records with `kept` keys; none for any other kind of set."""
    records = dataset.records
    if not isinstance(records, LazySequence) or dataset.format != "human36m":
        return []
    found, start = [], 0
    for part in records.parts:
        if isinstance(part, PicturePart):
            found.append(_subject(part, start, kept))
        start += len(part.keys)
    return found


def _subject(part: PicturePart, start: int, kept: frozenset[str] | None) -> SubjectFrames:
    pictures = part.pictures
    views = () if pictures.views is None else tuple(pictures.views.words)
    order = sorted(range(len(views)), key=lambda place: views[place])
    named = tuple(views[place] for place in order)
    sequences = tuple(_sequences(part, start, np.argsort(order), kept))
    return SubjectFrames(pictures.subject, part, start, named, _file_cameras(part, named), sequences)


def _sequences(
    part: PicturePart, start: int, place_of_view: Ints, kept: frozenset[str] | None
) -> Iterator[SequenceFrames]:
    """The sequences in the order of their numbers, each with its frames in order."""
    pictures = part.pictures
    if pictures.moments is None or pictures.views is None or not part.keys:
        return
    codes = np.asarray(pictures.moments.codes, np.int64)
    records = np.full((len(pictures.moments.words), len(place_of_view)), -1, np.int64)
    records[codes, place_of_view[np.asarray(pictures.views.codes, np.int64)]] = start + np.arange(len(codes))
    if kept is not None:
        left = np.array([key in kept for key in part.keys] + [False])
        records[~left[np.where(records >= 0, records - start, -1)]] = -1
    first = records.max(axis=1) - start
    groups: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for row, word in enumerate(pictures.moments.words):
        instant = instant_of(word)
        if instant is not None and first[row] >= 0:
            groups.setdefault(instant[:3], []).append((_number(instant[3]), row))
    for key in sorted(groups, key=lambda key: [_number(word) for word in key]):
        frames, rows = np.array(sorted(groups[key]), np.int64).T
        name = _name(key, None if pictures.actions is None else pictures.actions.at(int(first[rows[0]])))
        instants, bodies = _rows(part, first[rows])
        yield SequenceFrames(SequenceId(*key), name, frames, instants, bodies, records[rows])


def _rows(part: PicturePart, pictures: Ints) -> tuple[Ints, Ints]:
    """The rows of the measured joints and of the parameters that belong to pictures."""
    people, offsets = part.builder.rows, np.asarray(part.pictures.offsets, np.int64)
    persons = np.where(offsets[pictures + 1] > offsets[pictures], offsets[pictures], -1)
    seen = persons >= 0
    codes = part.pictures.moments
    instants = np.asarray(codes.codes if codes is not None else pictures, np.int64)[pictures]
    bodies = np.full(len(pictures), -1, np.int64)
    if people.world_joints is not None:
        instants[seen] = people.world_joints.rows[persons[seen]]
    if people.bodies is not None:
        bodies[seen] = people.bodies.rows[persons[seen]]
    return instants, bodies


def _name(key: tuple[str, str, str], action: str | None) -> str:
    subject, number, subaction = key
    if action is None or action == f"action {number}":
        return f"S{subject} action {number} subaction {subaction}"
    return f"S{subject} {action} {subaction}"


def _number(word: str) -> int:
    return int(word) if word.isdigit() else 0


def _file_cameras(part: PicturePart, views: Sequence[str]) -> dict[str, FileCamera]:
    """The cameras as the subject's file states them, whether they can be used or not."""
    file = next((one for one in part.sources.by_path if one.name.endswith("_camera.json")), None)
    entries = _entries(file)
    if entries is None:
        fault = "its file is missing" if file is None else file_fault(file)
        return {view: FileCamera(None, fault) for view in views}
    absent = f"there is no entry for it in {file.name}" if file is not None else ""
    return {view: _file_camera(entries.get(view.removeprefix("camera ")), absent) for view in views}


def file_fault(file: Path) -> str:
    """Why a file that should be there gave nothing."""
    return f"{file.name} {'cannot be read' if file.exists() else 'is missing'}"


def _entries(file: Path | None) -> Mapping[str, Any] | None:
    """What a file of cameras holds; None where nothing can be read."""
    try:
        entries = None if file is None else json.loads(file.read_bytes())  # takes NaN
    except (OSError, ValueError, RecursionError):
        return None
    return entries if isinstance(entries, dict) else None


def unread_subjects(dataset: Dataset) -> dict[str, str]:
    """Why subjects whose joints or bodies lie beside those of others are not in the set, by subject."""
    subjects = subjects_of(dataset)
    folders = {file.parent for one in subjects for file in one.part.sources.by_path}
    there = {one for folder in folders if folder.is_dir() for one in folder.iterdir()}
    named = sorted((one.parent, name[1]) for one in there if (name := _OF_SUBJECT.fullmatch(one.name)))
    broken = [words for words in dataset.problems if "_data.json" in words]
    found = {}
    for folder, subject in dict.fromkeys(named):
        listed = f"Human36M_subject{subject}_data.json"
        if folder / listed not in there:
            found[subject] = f"{listed} is not beside its other files"
        elif all(one.subject != subject for one in subjects) and any(listed in words for words in broken):
            found[subject] = f"{listed} cannot be read"
    return found


def _file_camera(entry: object, absent: str) -> FileCamera:
    if not isinstance(entry, Mapping):
        return FileCamera(None, absent)
    shapes = {"R": (3, 3), "t": (3,), "f": (2,), "c": (2,)}
    columns = {key: numbers([entry.get(key)], key, shape) for key, shape in shapes.items()}
    faults = [fault for column in columns.values() for fault in column.faults.values()]
    values = {key: np.asarray(column.values[0], np.float64) for key, column in columns.items()}
    stated = StatedCamera(
        values["f"], values["c"], np.zeros(5), values["R"], values["t"] / 1000, (1000, 1000)
    )
    if faults:
        return FileCamera(None, "; ".join(faults))
    if not (values["f"] > 0).all():
        return FileCamera(stated, "f is not positive")
    return FileCamera(stated, "" if is_rotation(values["R"]) else _rotation_fault(values["R"]))


def _rotation_fault(R: Array) -> str:
    if np.abs(R @ R.T - np.eye(3)).max() < 1e-2 and np.linalg.det(R) < 0:
        return "R mirrors: one of its rows or columns has the opposite sign"
    return "R is not a rotation: its rows are not at right angles and of length one"
