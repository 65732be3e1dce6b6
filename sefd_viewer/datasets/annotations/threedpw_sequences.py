"""3DPW's original sequences: one pickle each, world-frame SMPL parameters and a camera pose per frame.

`sequenceFiles/<split>/<sequence>.pkl`, pictures `imageFiles/<sequence>/image_00000.jpg`. Lists by
person: poses (I, 72), trans (I, 3) in metres, betas, genders m or f, poses2d (I, 3, 18) OpenPose,
jointPositions (I, 72), campose_valid (I,); by frame: cam_poses (I, 4, 4) world to camera; cam_intrinsics
(3, 3). Pickles are read without running anything in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.datasets.annotations.cameras import READ_AS_ROTATION, no_rotation
from sefd_viewer.datasets.annotations.columns import Column, numbers
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.annotations.rows import (
    BodyColumn,
    CameraRows,
    JointsColumn,
    PartRows,
    PersonRows,
    PictureRows,
    PoseColumn,
)
from sefd_viewer.datasets.annotations.smpl_table import smpl_table
from sefd_viewer.datasets.images import image_size
from sefd_viewer.datasets.progress import PartReading
from sefd_viewer.datasets.records import natural
from sefd_viewer.errors import DatasetError, ImageError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import bbox_from_points
from sefd_viewer.geometry.joints import OPENPOSE18, SMPL24
from sefd_viewer.geometry.rotations import is_rotation, squashes

_FOLDER = "sequenceFiles"
_BY_PERSON = ("poses", "trans", "betas", "genders", "poses2d", "jointPositions", "campose_valid", "bodies")


class ThreedpwSequencesReader(AnnotationReader):
    """3DPW: the original sequence pickles."""

    name = "3dpw-sequences"

    def files(self, path: Path) -> Sequence[Path]:
        """The pickles in a folder sequenceFiles."""
        return _find(path)

    def inputs(self, file: Path) -> Sequence[Path]:
        """The pickle alone."""
        return (file,)

    def read(self, file: Path, reading: PartReading) -> PartRows:
        """The frames of a sequence."""
        sequence = _read(file, reading)
        name = str(sequence.values.get("sequence", file.stem))
        names = [f"{name}/image_{frame:05d}.jpg" for frame in range(sequence.frames)]
        folder = file.parents[2] / "imageFiles"
        cameras = _cameras(sequence)
        people = _person_rows(sequence, cameras)
        reading.note(file, people.faults, lambda row: f"annotation {people.ids[row]}")
        pictures = PictureRows(
            names,
            names,
            np.tile(_size(folder, names, reading), (len(names), 1)),
            np.arange(len(names) + 1) * sequence.people,
            titles=[f"{name} · frame {position}" for position in range(len(names))],
            cameras=CameraRows.of(cameras, np.arange(len(cameras))),
        )
        return PartRows(folder, pictures, people)


@dataclass(frozen=True, eq=False)
class _Sequence:
    """One pickle's values by name, and the number of its frames and people."""

    file: Path
    values: Mapping[str, Any]
    frames: int
    people: int
    reading: PartReading

    def column(self, name: str, person: int, shape: tuple[int, ...], *, required: bool = True) -> Column:
        """A person's numbers (I, *shape); frames without any are nan."""
        listed = self.values.get(name)
        cells = _rows(listed[person] if isinstance(listed, list) and person < len(listed) else None)
        padded = [*cells[: self.frames], *[None] * (self.frames - len(cells))]
        column = numbers(padded, name, shape, required=required)
        for frame, fault in column.faults.items():
            self.reading.problems.add(self.file, fault, f"frame {frame} person {person + 1}")
        return column

    def interleaved(self, name: str, shape: tuple[int, ...], *, required: bool = True) -> NDArray[np.float64]:
        """Everyone's numbers (I * P, *shape), the people of a frame together."""
        by_person = [self.column(name, p, shape, required=required).values for p in range(self.people)]
        return np.stack(by_person, axis=1).reshape(self.frames * self.people, *shape)


def _find(path: Path) -> list[Path]:
    """Pickles of sequences at or below `path`, by name."""
    if path.is_file():
        return [path] if path.suffix == ".pkl" and path.parent.parent.name == _FOLDER else []
    if path.name == _FOLDER:
        found = path.glob("*/*.pkl")
    elif path.parent.name == _FOLDER:
        found = path.glob("*.pkl")
    else:
        found = path.glob(f"{_FOLDER}/*/*.pkl")
    return sorted(found, key=lambda file: natural(file.name))


def _read(file: Path, reading: PartReading) -> _Sequence:
    reading.look_at(file)
    try:
        with file.open("rb") as stream:
            values = read_pickle(stream, where=file)
    except OSError as error:
        raise DatasetError.unreadable(file, error) from error
    if not isinstance(values, dict):
        raise DatasetError(
            "this pickle holds no named values", where=file, remedy="Get 3DPW's sequenceFiles again"
        )
    for key in ("poses", "cam_poses", "cam_intrinsics"):
        if not isinstance(values.get(key), list | np.ndarray):
            raise DatasetError(
                f"this pickle has no {key}", where=file, remedy="Open 3DPW's own sequence files"
            )
    values = {key: _rows(value) if key in _BY_PERSON else value for key, value in values.items()}
    return _Sequence(file, values, len(values["cam_poses"]), len(values["poses"]), reading)


def _rows(value: object) -> list[object]:
    """The rows of an array or list, none of anything else."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else []
    return value if isinstance(value, list) else []


def _size(folder: Path, names: Sequence[str], reading: PartReading) -> NDArray[np.float64]:
    """The size (2,) of the sequence's first picture, nan when there is none: the pickles do not tell."""
    for name in names[:1]:
        reading.probe(folder / name)
        with suppress(ImageError):
            return np.array(image_size(folder / name), dtype=np.float64)
    return np.full(2, np.nan)


def _cameras(sequence: _Sequence) -> list[PinholeCamera | None]:
    """The camera of every frame, None where its values are no camera."""
    file, problems = sequence.file, sequence.reading.problems
    intrinsics = numbers([sequence.values["cam_intrinsics"]], "cam_intrinsics", (3, 3))
    K = intrinsics.values[0]
    if intrinsics.faults or (np.diag(K)[:2] <= 0).any():
        problems.add(file, "cam_intrinsics is not a matrix with positive focal lengths: there are no cameras")
        return [None] * sequence.frames
    poses = numbers(list(sequence.values["cam_poses"]), "cam_poses", (4, 4))
    cameras: list[PinholeCamera | None] = []
    for frame, pose in enumerate(poses.values):
        fault = poses.faults.get(frame)
        if fault is None and squashes(pose[:3, :3]):
            fault = "cam_poses squashes space"
        if fault is None and not is_rotation(pose[:3, :3]):
            words = f"cam_poses: {no_rotation(pose[:3, :3])}; {READ_AS_ROTATION}"
            problems.add(file, words, f"frame {frame}")
        if fault is not None:
            problems.add(file, f"{fault}; the camera is not used", f"frame {frame}")
        camera = None if fault else PinholeCamera(np.diag(K)[:2], K[:2, 2], pose[:3, :3], pose[:3, 3])
        cameras.append(camera)
    return cameras


def _person_rows(sequence: _Sequence, cameras: Sequence[PinholeCamera | None]) -> PersonRows:
    """Rows frame by frame, the people of a frame together; people are numbered from 1."""
    flat = sequence.interleaved("poses2d", (3, 18), required=False)
    keypoints = np.swapaxes(flat, 1, 2)
    keypoints[~(keypoints[..., 2] > 0)] = np.nan
    joints = sequence.interleaved("jointPositions", (24, 3), required=False)
    rigid = [None if camera is None else camera.rigid() for camera in cameras]
    by_row = [camera for camera in rigid for _ in range(sequence.people)]
    seen = [_seen(points, camera) for points, camera in zip(joints, by_row, strict=True)]
    boxes = [_box(one, pose) for (_, one), pose in zip(seen, keypoints, strict=True)]
    in_camera = np.array([points for points, _ in seen], dtype=np.float32).reshape(-1, 24, 3)
    return PersonRows(
        [str(person + 1) for _ in range(sequence.frames) for person in range(sequence.people)],
        np.array(boxes, dtype=np.float32).reshape(-1, 4),
        (PoseColumn(OPENPOSE18, keypoints.astype(np.float32), "OpenPose"),),
        JointsColumn(SMPL24, in_camera),
        bodies=_bodies(sequence),
        derived_boxes=True,
    )


def _seen(
    joints_world: NDArray[np.float64], camera: PinholeCamera | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Joints (24, 3) in the camera's frame and their pixels (24, 2), nan without a camera."""
    if camera is None:
        return np.full((24, 3), np.nan), np.full((24, 2), np.nan)
    points = camera.to_camera(joints_world)
    return points, camera.project_camera(points)


def _box(joints_image: NDArray[np.float64], keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """The box (4,) around the projected joints, else around the 2D pose, else nan."""
    for points in (joints_image, keypoints[:, :2]):
        box = bbox_from_points(points, np.isfinite(points).all(axis=1))
        if box is not None:
            return box
    return np.full(4, np.nan)


def _bodies(sequence: _Sequence) -> BodyColumn:
    poses, trans = sequence.interleaved("poses", (72,)), sequence.interleaved("trans", (3,))
    people = [_who(sequence, person) for person in range(sequence.people)]
    entries = [
        {**people[row % sequence.people], "pose": pose, "trans": place}
        for row, (pose, place) in enumerate(zip(poses, trans, strict=True))
    ]
    table = smpl_table(entries, world=True)
    table.note_dropped(sequence.file, sequence.reading)
    return BodyColumn(table, np.arange(len(entries)), "", unaligned=_unaligned(sequence))


def _unaligned(sequence: _Sequence) -> NDArray[np.bool_]:
    """Where campose_valid says that a person's camera pose does not fit the picture (I * P,)."""
    unaligned = np.zeros((sequence.frames, sequence.people), dtype=bool)
    listed = sequence.values.get("campose_valid", [])
    for person, flags in enumerate(listed[: sequence.people]):
        for frame, flag in enumerate(_rows(flags)[: sequence.frames]):
            unaligned[frame, person] = isinstance(flag, int | np.generic) and not flag
    return unaligned.ravel()


def _who(sequence: _Sequence, person: int) -> dict[str, Any]:
    """A person's shape, gender and body, as far as the pickle says."""
    found: dict[str, Any] = {}
    for key, name in (("shape", "betas"), ("gender", "genders"), ("body", "bodies")):
        listed = sequence.values.get(name)
        if isinstance(listed, list) and person < len(listed):
            found[key] = listed[person]
    return found
