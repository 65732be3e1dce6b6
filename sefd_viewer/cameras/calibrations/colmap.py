"""COLMAP's models: cameras and images as text or binary files; one camera for each picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sefd_viewer.cameras.calibrations.calibration import Array, Calibration, Meaning, StoredCamera, gathered
from sefd_viewer.errors import DatasetError

_MODELS = {
    0: "SIMPLE_PINHOLE",
    1: "PINHOLE",
    2: "SIMPLE_RADIAL",
    3: "RADIAL",
    4: "OPENCV",
    5: "OPENCV_FISHEYE",
    6: "FULL_OPENCV",
}
_COUNTS = {
    "SIMPLE_PINHOLE": 3,
    "PINHOLE": 4,
    "SIMPLE_RADIAL": 4,
    "RADIAL": 5,
    "OPENCV": 8,
    "OPENCV_FISHEYE": 8,
    "FULL_OPENCV": 12,
}
_LARGEST_NAME = 4096


@dataclass(frozen=True, eq=False)
class _Lens:
    model: str
    size: tuple[int, int]
    values: Array


@dataclass(frozen=True, eq=False)
class _View:
    name: str
    quaternion: Array
    t: Array
    camera: int


def is_colmap(folder: Path) -> bool:
    """Whether a folder holds a model."""
    return any(
        all((folder / f"{name}.{end}").is_file() for name in ("cameras", "images")) for end in ("txt", "bin")
    )


def read_colmap(folder: Path) -> Calibration:
    """The cameras of a model by their picture's name, in the model's own unit. Raises DatasetError."""
    binary = (folder / "cameras.bin").is_file() and (folder / "images.bin").is_file()
    try:
        lenses, views = _binary(folder) if binary else _text(folder)
    except (OSError, ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise DatasetError(
            f"this COLMAP model cannot be read ({error})",
            where=folder,
            remedy="Export cameras.txt and images.txt from COLMAP again",
        ) from error

    def camera(view: _View) -> StoredCamera:
        from scipy.spatial.transform import Rotation

        lens = lenses[view.camera]
        R = Rotation.from_quat(view.quaternion[[1, 2, 3, 0]]).as_matrix()
        values, distortion = _opencv(lens)
        return StoredCamera.of(values, distortion=distortion, R=R, t=view.t, size=lens.size)

    return gathered(folder, "COLMAP", {view.name: view for view in views}, camera, Meaning(unit=None))


def _opencv(lens: _Lens) -> tuple[list[float], list[float]]:
    """fx, fy, cx, cy with pixel centres at integers (COLMAP's lie at halves), and k1 k2 p1 p2 k3 ..."""
    model, values = lens.model, list(lens.values)
    if model not in _COUNTS or model == "OPENCV_FISHEYE":
        raise ValueError(f"its lens is of the kind {model}, which cannot be used")
    if model in ("SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL"):
        values = [values[0], *values]
    focal_and_centre = [values[0], values[1], values[2] - 0.5, values[3] - 0.5]
    return focal_and_centre, values[4:]


# ---- text


def _text(folder: Path) -> tuple[Mapping[int, _Lens], list[_View]]:
    lenses = {}
    for line in _lines(folder / "cameras.txt"):
        number, model, width, height, *values = line.split()
        lenses[int(number)] = _Lens(model, (int(width), int(height)), np.array(values, np.float64))
    views = []
    for line in list(_lines(folder / "images.txt", blank=True))[::2]:  # each is followed by its points
        if not line.strip():
            continue  # the end of the file
        words = line.split(maxsplit=9)
        numbers = np.array(words[1:8], np.float64)
        views.append(_View(words[9], numbers[:4], numbers[4:], int(words[8])))
    return lenses, views


def _lines(path: Path, *, blank: bool = False) -> Iterator[str]:
    for line in path.read_text().splitlines():
        if not line.startswith("#") and (blank or line.strip()):
            yield line


# ---- binary, little-endian


def _binary(folder: Path) -> tuple[Mapping[int, _Lens], list[_View]]:
    lenses = {}
    with (folder / "cameras.bin").open("rb") as file:
        for _ in range(_take(file, "<Q")[0]):
            number, model, width, height = _take(file, "<IiQQ")
            name = _MODELS.get(model, f"number {model}")
            if name not in _COUNTS:
                raise ValueError(f"a lens of the kind {name} cannot be read")
            lenses[number] = _Lens(name, (width, height), np.array(_take(file, f"<{_COUNTS[name]}d")))
    views = []
    with (folder / "images.bin").open("rb") as file:
        for _ in range(_take(file, "<Q")[0]):
            numbers = _take(file, "<I7dI")
            name = _word(file)
            file.seek(_take(file, "<Q")[0] * 24, 1)
            views.append(_View(name, np.array(numbers[1:5]), np.array(numbers[5:8]), numbers[8]))
    return lenses, views


def _take(file: BinaryIO, layout: str) -> tuple[int, ...]:
    size = struct.calcsize(layout)
    return struct.unpack(layout, file.read(size))


def _word(file: BinaryIO) -> str:
    letters = bytearray()
    while (letter := file.read(1)) not in (b"\0", b""):
        letters += letter
        if len(letters) > _LARGEST_NAME:
            raise ValueError("a picture's name does not end")
    return letters.decode()
