"""Human3.6M: four cameras around one person, SMPL parameters and joints in the world's frame.

Per subject `annotations/Human36M_subject<n>_data.json` (images and boxes), `_camera.json` {camera: R, t in
millimetres, f, c}, `_joint_3d.json` and `_smpl_param.json` (`_SMPL_NeuralAnnot.json`, `_SMPLX_…`) {action:
{subaction: {frame: ...}}}; pictures in `images`. Joints are millimetres of the world, SMPL's `trans` is
metres of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations import rows as columns
from sefd_viewer.datasets.annotations.cameras import image_sizes, world_camera_mm
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.coco_people import note_people
from sefd_viewer.datasets.annotations.columns import Column, Labels, faults_by_row, joined, numbers
from sefd_viewer.datasets.annotations.json_files import Nested, collect_nested, or_note, read_json_or_note
from sefd_viewer.datasets.annotations.locating import find_files, find_pictures
from sefd_viewer.datasets.annotations.reading import AnnotationReader, split_of
from sefd_viewer.datasets.annotations.rows import (
    BodyColumn,
    CameraRows,
    PartRows,
    PersonRows,
    PictureRows,
    WorldJoints,
    unique_keys,
)
from sefd_viewer.datasets.annotations.smpl_table import joined_tables, smpl_table
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import HUMAN36M17
from sefd_viewer.pose2d.pose_file import as_id

T = TypeVar("T")
Instant = tuple[str, str, str]

_FILES = ("Human36M_subject*_data.json",)
_JOINTS = (HUMAN36M17.count, 3)
_WORLD_UP = (0.0, 0.0, 1.0)
_MOMENT = re.compile(r"s_(.+)_act_(.+)_subact_(.+)_(.+)")
CAMERA_SERIALS = ("54138969", "55011271", "58860488", "60457274")
"""The serial numbers of the cameras 1 to 4."""
_INSTANT_KEYS = ("action_idx", "subaction_idx", "frame_idx")


class Human36mReader(AnnotationReader):
    """Human3.6M: one set of files per subject."""

    name = "human36m"

    def files(self, path: Path) -> Sequence[Path]:
        """The subjects' files."""
        return find_files(path, _FILES)

    def inputs(self, file: Path) -> Sequence[Path]:
        """The subject's images, cameras, joints and parameters."""
        return (file, _beside(file, "camera"), _beside(file, "joint_3d"), _parameter_file(file))

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The pictures of a subject."""
        coco = read_coco_file(file, reading, image_keys=(*_INSTANT_KEYS, "cam_idx", "action_name"))
        index = _Index.of(coco)
        folder, names = find_pictures(file, ["images", ""], coco.image_names, reading.probe)
        sizes = image_sizes(coco.images)
        faults = faults_by_row(sizes)
        reading.note(file, faults, lambda row: f"image {coco.image_ids[row]}")
        people = _person_rows(coco, index, reading)
        note_people(coco, people, reading)
        pictures = _pictures(coco, names, index, _cameras(file, index, reading), sizes, faults)
        return PartRows(folder, pictures, people, _WORLD_UP)


@dataclass(frozen=True, eq=False)
class _Index:
    """Which camera and instant each of N images shows; `codes` (N,) are the instants' rows.

    `action_names` say what the actions' numbers mean.
    """

    instants: Sequence[Instant]
    codes: NDArray[np.int64]
    cameras: Labels
    action_names: Mapping[str, str]

    @classmethod
    def of(cls, coco: CocoFile) -> _Index:
        columns = [_numbers(coco, key) for key in _INSTANT_KEYS]
        rows: dict[Instant, int] = {}
        codes = [rows.setdefault(instant, len(rows)) for instant in zip(*columns, strict=True)]
        cameras = Labels.of(_numbers(coco, "cam_idx"))
        named = zip(columns[0], coco.images.cells("action_name"), strict=True)
        names = {action: name for action, name in named if isinstance(name, str)}
        return cls(list(rows), np.array(codes, dtype=np.int64), cameras, names)

    def action(self, instant: Instant) -> str:
        """The name of an instant's action."""
        return self.action_names.get(instant[0], f"action {instant[0]}")


def _numbers(coco: CocoFile, key: str) -> list[str]:
    """What each image has under a key, as the other files name it: 1 for 1, "1" and 1.0."""
    whole = coco.images.integers(key)
    if whole is not None:
        return list(map(str, whole.tolist()))
    return [str(as_id(cell)) for cell in coco.images.cells(key)]


def _beside(data_file: Path, end: str) -> Path:
    return data_file.with_name(f"Human36M_subject{_subject(data_file)}_{end}.json")


def _parameter_file(data_file: Path) -> Path:
    candidates = [_beside(data_file, end) for end in ("smpl_param", "SMPL_NeuralAnnot", "SMPLX_NeuralAnnot")]
    return next((one for one in candidates if one.is_file()), candidates[0])


def _subject(file: Path) -> str:
    return split_of(file, "Human36M_subject", "_data")


def _pictures(
    coco: CocoFile,
    names: Sequence[str],
    index: _Index,
    cameras: CameraRows,
    sizes: Column,
    faults: Mapping[int, list[str]],
) -> PictureRows:
    subject = _subject(coco.path)
    words = [f"S{subject} · {index.action(instant)} {instant[1]}" for instant in index.instants]
    shown = zip(index.codes.tolist(), index.cameras.codes.tolist(), strict=True)
    actions = Labels.of([index.action(instant) for instant in index.instants])
    return PictureRows(
        names,
        unique_keys(names),
        np.asarray(sizes.values, dtype=np.float64),
        coco.offsets,
        titles=[
            f"{words[code]} · camera {index.cameras.words[camera]} · frame {index.instants[code][2]}"
            for code, camera in shown
        ],
        cameras=cameras,
        moments=Labels(index.codes, [_moment(subject, instant) for instant in index.instants]),
        views=Labels(index.cameras.codes, [f"camera {name}" for name in index.cameras.words]),
        actions=Labels(actions.codes[index.codes], actions.words),
        subject=subject,
        ids=coco.image_numbers,
        faults=faults,
    )


def _moment(subject: str, instant: Instant) -> str:
    action, subaction, frame = (part.zfill(2) for part in instant)
    return f"s_{subject.zfill(2)}_act_{action}_subact_{subaction}_{frame.zfill(6)}"


def instant_of(moment: str) -> tuple[str, str, str, str] | None:
    """Subject, action, subaction and frame, as the files number them, of a record's moment; None: no such."""
    found = _MOMENT.fullmatch(moment)
    if found is None:
        return None
    subject, action, subaction, frame = (word.lstrip("0") or "0" for word in found.groups())
    return subject, action, subaction, frame


def _cameras(data_file: Path, index: _Index, reading: PartReading) -> CameraRows:
    """The subject's cameras that can be used, for the images that name them."""
    file = _beside(data_file, "camera")
    entries = read_json_or_note(file, reading) or {}
    cameras: list[PinholeCamera | None] = []
    for name in index.cameras.words:
        if name in entries:
            cameras.append(world_camera_mm(entries[name], f"camera {name}", file, reading.problems))
        else:
            cameras.append(None)
            reading.problems.add(data_file, "cam_idx names a camera that is not there", f"camera {name}")
    return CameraRows.of(cameras, index.cameras.codes)


def _person_rows(coco: CocoFile, index: _Index, reading: PartReading) -> PersonRows:
    boxes = columns.boxes(coco.annotations)
    image_rows = np.repeat(np.arange(len(coco.images)), np.diff(coco.offsets))
    instants = index.codes[image_rows]
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        world_joints=WorldJoints(HUMAN36M17, _joints_world(coco.path, index, reading), instants),
        bodies=_bodies(coco.path, index, instants, reading),
        left_out={SkipReason.DUPLICATE: coco.repeated},
        faults=faults_by_row(boxes),
    )


def _joints_world(data_file: Path, index: _Index, reading: PartReading) -> NDArray[np.float32]:
    """The joints (M, 17, 3) of every instant in metres, nan where there are none."""
    file = _beside(data_file, "joint_3d")
    found = _by_instant(file, index, reading, lambda cells: numbers(cells, "the joints", _JOINTS))
    points = np.full((len(index.instants), *_JOINTS), np.nan, dtype=np.float32)
    if found is None:
        return points
    rows, columns = found
    column = joined(columns, _JOINTS)
    points[rows] = column.values / 1000
    faults = {rows[row]: [fault] for row, fault in column.faults.items()}
    missing = {row: ["the joints is missing"] for row in set(range(len(points))) - set(rows)}
    reading.note(file, dict(sorted((faults | missing).items())), lambda row: _words(index.instants[row]))
    return points


def _bodies(data_file: Path, index: _Index, instants: NDArray[np.int64], reading: PartReading) -> BodyColumn:
    """World-frame parameters of every instant, and each person's row of them."""
    file = _parameter_file(data_file)
    found = _by_instant(file, index, reading, lambda entries: smpl_table(entries, world=True))
    held, tables = found or ([], [])
    table = joined_tables([smpl_table([], world=True), *tables])
    reading.note(file, table.faults, lambda row: _words(index.instants[held[row]]))
    table.note_dropped(file, reading)
    rows = np.full(len(index.instants), -1)
    rows[held] = np.arange(len(held))
    absent = f"{file.name} cannot be read" if found is None else f"no entry in {file.name}"
    return BodyColumn(table, rows[instants], absent)


def _by_instant(
    file: Path, index: _Index, reading: PartReading, use: Callable[[list[Any]], T]
) -> tuple[list[int], list[T]] | None:
    """The instants' rows of the values in a file {action: {subaction: {frame: value}}}, and what `use` makes.

    `use` gets the values batch by batch. None when the file cannot be read, which is noted.
    """
    places = {instant: row for row, instant in enumerate(index.instants)}
    rows: list[int] = []
    made: list[T] = []

    def take(names: tuple[str, ...], frames: dict[str, Any]) -> None:
        known = [(places.get((names[0], names[1], frame)), value) for frame, value in frames.items()]
        values = [value for row, value in known if row is not None and value is not None]
        rows.extend(row for row, value in known if row is not None and value is not None)
        if values:
            made.append(use(values))

    def begin() -> Nested:
        rows.clear()
        made.clear()
        return take

    def read() -> tuple[list[int], list[T]]:
        collect_nested(file, reading, begin, depth=2)
        return rows, made

    return or_note(read, reading)


def _words(instant: Instant) -> str:
    action, subaction, frame = instant
    return f"action {action} subaction {subaction} frame {frame}"
