"""Cameras out of annotation files, checked before they are believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Column, numbers
from sefd_viewer.datasets.annotations.entries import Entries
from sefd_viewer.datasets.progress import Problems
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import is_rotation, squashes

_LEAST_DISTANCE_MM = 100.0


def focal_and_centre(entries: Sequence[object], focal: str, centre: str, *, where: str = "") -> Column:
    """Focal lengths and principal points (N, 4) in pixels of entries that name them so; nan is none.

    `where` is the key that holds the entries, for words. A focal length that is not positive is a fault.
    """
    cells = [entry if isinstance(entry, Mapping) else {} for entry in entries]
    lengths = numbers([cell.get(focal) for cell in cells], f"{where}{focal}", (2,))
    centres = numbers([cell.get(centre) for cell in cells], f"{where}{centre}", (2,))
    return intrinsics(lengths, centres, f"{where}{focal}")


def intrinsics(lengths: Column, centres: Column, name: str) -> Column:
    """Focal lengths (N, 2) and principal points (N, 2) as fx fy cx cy; `name` is the key of the former."""
    values = np.concatenate([lengths.values, centres.values], axis=1)
    return with_positive_focal(Column(values, lengths.faults | centres.faults), name)


def with_positive_focal(column: Column, name: str) -> Column:
    """The same intrinsics (N, 4); where a focal length is not positive a fault and nan."""
    faults = dict(column.faults)
    for row in np.flatnonzero((column.values[:, :2] <= 0).any(axis=1)).tolist():
        faults.setdefault(row, f"{name} is not positive")
    values = column.values.copy()
    values[list(faults)] = np.nan
    return Column(values, faults)


def camera_of(intrinsics: NDArray[np.float64]) -> PinholeCamera | None:
    """The camera of fx fy cx cy (4,), None when one is missing."""
    if not np.isfinite(intrinsics).all():
        return None
    return PinholeCamera(intrinsics[:2], intrinsics[2:])


def world_camera_mm(entry: object, name: str, file: Path, problems: Problems) -> PinholeCamera | None:
    """The camera in `R`, `t` (millimetres), `f` and `c`; None, and a problem, when it cannot be used.

    R is what the file states, even where it mirrors or scales; that is noted. A `t` that is suspiciously
    short is noted, since it may be in metres, and taken as it stands.
    """
    values = entry if isinstance(entry, Mapping) else {}
    columns = [numbers([values.get(k)], k, shape) for k, shape in (("R", (3, 3)), ("t", (3,)))]
    intrinsics = focal_and_centre([values], "f", "c")
    faults = [fault for column in (*columns, intrinsics) for fault in column.faults.values()]
    R, t = (column.values[0] for column in columns)
    if not faults and squashes(R):
        faults = ["R squashes space"]
    for fault in faults:
        problems.add(file, f"{fault}; the camera is not used", name)
    if faults:
        return None
    if np.linalg.norm(t) < _LEAST_DISTANCE_MM:
        length = f"{np.linalg.norm(t):.3g}"
        problems.add(file, f"t is {length} long: it looks like metres, and millimetres are read", name)
    if not is_rotation(R):
        problems.add(file, f"{no_rotation(R)}; {READ_AS_ROTATION}", name)
    return PinholeCamera(intrinsics.values[0, :2], intrinsics.values[0, 2:], R, t / 1000)


READ_AS_ROTATION = "the nearest rotation is used, and Diagnose finds out what is meant"


def no_rotation(R: NDArray[np.float64]) -> str:
    """What is wrong with a matrix (3, 3) that is no rotation, in words."""
    if np.linalg.det(R) < 0:
        return f"R mirrors (its determinant is {np.linalg.det(R):.3g})"
    lengths = ", ".join(f"{length:.3g}" for length in np.linalg.norm(R, axis=1))
    return f"R is not a rotation (its rows are {lengths} long, its determinant is {np.linalg.det(R):.3g})"


def image_sizes(images: Entries) -> Column:
    """Width and height (N, 2) of images in pixels; nan where they are not positive numbers."""
    cells = [list(pair) for pair in zip(images.cells("width"), images.cells("height"), strict=True)]
    column = numbers(cells, "width and height", (2,))
    faults = dict(column.faults)
    for row in np.flatnonzero((column.values <= 0).any(axis=1)).tolist():
        faults.setdefault(row, "width and height are not positive")
    values = column.values.copy()
    values[list(faults)] = np.nan
    return Column(values, faults)
