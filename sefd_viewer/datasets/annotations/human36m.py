"""Human3.6M: four cameras around one person, SMPL parameters and joints in the world's frame.

Per subject `annotations/Human36M_subject<n>_data.json` (images and boxes), `_camera.json` {camera: R, t in
millimetres, f, c}, `_joint_3d.json` and `_smpl_param.json` (or `_SMPL_NeuralAnnot.json`) {action: {subaction:
{frame: ...}}}; pictures in `images`. Joints are millimetres of the world, SMPL's `trans` is metres of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations import person_rows as columns
from sefd_viewer.datasets.annotations.cameras import image_sizes, world_camera_mm
from sefd_viewer.datasets.annotations.coco_file import CocoFile, read_coco_file
from sefd_viewer.datasets.annotations.columns import numbers
from sefd_viewer.datasets.annotations.json_files import read_json_or_note
from sefd_viewer.datasets.annotations.locating import find_files, find_folder
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.person_rows import BodyColumn, JointsColumn, PersonRows, PoseColumn
from sefd_viewer.datasets.annotations.picture_part import Moments, PicturePart, unique_keys
from sefd_viewer.datasets.annotations.reading import Reading, split_of
from sefd_viewer.datasets.annotations.smpl_table import smpl_table
from sefd_viewer.datasets.records import Dataset, SkipReason
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import HUMAN36M17

Instant = tuple[str, str, str]
Cameras = Mapping[str, PinholeCamera | None]

_FILES = ("Human36M_subject*_data.json",)
_WORLD_UP = (0.0, 0.0, 1.0)
_INSTANT_KEYS = ("action_idx", "subaction_idx", "frame_idx")


@dataclass(frozen=True)
class Human36mReader:
    """Human3.6M: one set of files per subject."""

    options: ReadOptions = field(default_factory=ReadOptions)
    name = "human36m"

    def recognises(self, path: Path) -> bool:
        """Whether there is a subject's file."""
        return bool(find_files(path, _FILES))

    def open(self, path: Path) -> Dataset:
        """All subjects that are there. Raises DatasetError when none can be read."""
        reading = Reading.with_options(self.options)
        return reading.dataset(self.name, path, find_files(path, _FILES), lambda file: _part(file, reading))


@dataclass(frozen=True, eq=False)
class _Index:
    """Which camera and instant each of N images shows; `codes` (N,) are the instants' rows.

    `action_names` say what the actions' numbers mean.
    """

    instants: Sequence[Instant]
    codes: NDArray[np.int64]
    cameras: Sequence[str]
    action_names: Mapping[str, str]

    @classmethod
    def of(cls, coco: CocoFile) -> _Index:
        shown = [tuple(str(image.get(key)) for key in _INSTANT_KEYS) for image in coco.images]
        rows = {instant: row for row, instant in enumerate(dict.fromkeys(shown))}
        codes = np.array([rows[instant] for instant in shown], dtype=np.int64)
        instants = [(action, subaction, frame) for action, subaction, frame in rows]
        cameras = [str(image.get("cam_idx")) for image in coco.images]
        named = [image for image in coco.images if isinstance(image.get("action_name"), str)]
        return cls(
            instants, codes, cameras, {str(image.get("action_idx")): image["action_name"] for image in named}
        )


@dataclass(frozen=True, eq=False)
class _SeenJoints:
    """World joints (M, 17, 3) in metres seen by people's cameras; `rows` and `cameras` by person."""

    joints_world: NDArray[np.float32]
    rows: NDArray[np.int64]
    cameras: Sequence[PinholeCamera | None]
    in_image: bool

    def __getitem__(self, row: int, /) -> NDArray[np.float32]:
        camera = self.cameras[row]
        joints = self.joints_world[self.rows[row]]
        if camera is None:
            return np.full_like(joints, np.nan)
        points = camera.to_camera(joints)
        if not self.in_image:
            return points.astype(np.float32)
        pixels = camera.project_camera(points)
        return np.column_stack([pixels, np.ones(len(pixels))]).astype(np.float32)


def _part(file: Path, reading: Reading) -> PicturePart:
    coco = read_coco_file(file, reading.problems)
    index = _Index.of(coco)
    cameras = _cameras(coco, index, reading)
    folder = find_folder(file, ["images", ""], coco.image_names)
    sizes = image_sizes(coco.images)
    faults = columns.faults_by_row(sizes)
    reading.note(file, faults, lambda row: f"image {coco.images[row]['id']}")
    rows = _person_rows(coco, index, [cameras[key] for key in index.cameras], reading)
    subject = _subject(file)
    return PicturePart(
        folder,
        coco.image_names,
        unique_keys(coco.image_names),
        sizes.values,
        coco.offsets,
        reading.builder(rows, file),
        camera_of=lambda position: cameras[index.cameras[position]],
        title=lambda position: _title(subject, index, position),
        moments=Moments(
            index.codes,
            lambda position: _moment(subject, index.instants[index.codes[position]]),
            lambda position: f"camera {index.cameras[position]}",
        ),
        faults=faults,
        world_up=_WORLD_UP,
    )


def _subject(file: Path) -> str:
    return split_of(file, "Human36M_subject", "_data")


def _title(subject: str, index: _Index, position: int) -> str:
    action, subaction, frame = index.instants[index.codes[position]]
    name = index.action_names.get(action, f"action {action}")
    return f"S{subject} · {name} {subaction} · camera {index.cameras[position]} · frame {frame}"


def _moment(subject: str, instant: Instant) -> str:
    action, subaction, frame = (part.zfill(2) for part in instant)
    return f"s_{subject.zfill(2)}_act_{action}_subact_{subaction}_{frame.zfill(6)}"


def _cameras(coco: CocoFile, index: _Index, reading: Reading) -> Cameras:
    """The subject's cameras by the names that images use; None for those that cannot be used."""
    file = coco.path.with_name(f"Human36M_subject{_subject(coco.path)}_camera.json")
    entries = read_json_or_note(file, reading.problems) or {}
    cameras: dict[str, PinholeCamera | None] = {}
    for name in dict.fromkeys(index.cameras):
        if name in entries:
            cameras[name] = world_camera_mm(entries[name], f"camera {name}", file, reading.problems)
        else:
            cameras[name] = None
            reading.problems.add(coco.path, "cam_idx names a camera that is not there", f"camera {name}")
    return cameras


def _person_rows(
    coco: CocoFile, index: _Index, cameras: Sequence[PinholeCamera | None], reading: Reading
) -> PersonRows:
    boxes = columns.boxes(coco.annotations)
    image_rows = np.repeat(np.arange(len(coco.images)), np.diff(coco.offsets))
    instants = index.codes[image_rows]
    own = [cameras[row] for row in image_rows.tolist()]
    joints = _joints_world(coco.path, index, reading)
    seen, in_camera = (_SeenJoints(joints, instants, own, in_image) for in_image in (True, False))
    return PersonRows(
        coco.annotation_ids,
        boxes.values.astype(np.float32),
        (PoseColumn(HUMAN36M17, seen),),
        JointsColumn(HUMAN36M17, in_camera),
        _bodies(coco.path, index, instants, reading),
        left_out={SkipReason.DUPLICATE: coco.repeated},
        faults=columns.faults_by_row(boxes),
    )


def _joints_world(data_file: Path, index: _Index, reading: Reading) -> NDArray[np.float32]:
    """The joints (M, 17, 3) of every instant in metres, nan where there are none."""
    file = data_file.with_name(f"Human36M_subject{_subject(data_file)}_joint_3d.json")
    content = read_json_or_note(file, reading.problems)
    cells = [_at(content, instant) for instant in index.instants]
    column = numbers(cells, "the joints", (HUMAN36M17.count, 3), required=content is not None)
    for row, fault in column.faults.items():
        reading.problems.add(file, fault, _words(index.instants[row]))
    return (column.values / 1000).astype(np.float32)


def _bodies(data_file: Path, index: _Index, instants: NDArray[np.int64], reading: Reading) -> BodyColumn:
    """World-frame parameters of every instant, and each person's row of them."""
    stem = f"Human36M_subject{_subject(data_file)}"
    candidates = [data_file.with_name(f"{stem}_{end}.json") for end in ("smpl_param", "SMPL_NeuralAnnot")]
    file = next((one for one in candidates if one.is_file()), candidates[0])
    content = read_json_or_note(file, reading.problems)
    entries = [_at(content, instant) for instant in index.instants]
    held = [row for row, entry in enumerate(entries) if entry is not None]
    table = smpl_table([entries[row] for row in held], world=True)
    for row, fault in table.faults.items():
        reading.problems.add(file, fault, _words(index.instants[held[row]]))
    rows = np.full(len(entries), -1)
    rows[held] = np.arange(len(held))
    absent = f"{file.name} cannot be read" if content is None else f"no entry in {file.name}"
    return BodyColumn(table, rows[instants], absent)


def _at(content: object, instant: Instant) -> object:
    """The value at action, subaction and frame, None when there is none."""
    for key in instant:
        if not isinstance(content, Mapping):
            return None
        content = content.get(key)
    return content


def _words(instant: Instant) -> str:
    action, subaction, frame = instant
    return f"action {action} subaction {subaction} frame {frame}"
