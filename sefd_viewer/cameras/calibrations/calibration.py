"""What a calibration file states, what its numbers mean, and whether its cameras look at a common place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.errors import DAMAGED, DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]
Size = tuple[int, int]
Direction = Literal["world to camera", "centre", "camera pose"]
Axes = Literal["OpenCV", "OpenGL"]
_TO_OPENCV = np.diag([1.0, -1.0, -1.0])
_NEAR, _FAR = 1.0, 20.0
"""Metres between cameras and what they look at, in rooms and on fields where people are filmed."""
UNITS = {"metres": 1.0, "centimetres": 0.01, "millimetres": 0.001}


@dataclass(frozen=True)
class Meaning:
    """How stored numbers are to be read.

    `direction`: R x + t leads from the world to the camera; or R does and t is the camera's place ("centre",
    x = R (X - t)); or both are the camera's pose in the world (X = R x + t). `axes`: OpenCV's (y down, z
    forward) or OpenGL's camera (y up, z back). `unit`: metres per unit of t, None where nobody says it.
    `lens_unit`: pixels per unit of the lens. Not `certain`: programs write the same words and mean something
    else, so that whoever can measure should try (Diagnose does).
    """

    direction: Direction = "world to camera"
    axes: Axes = "OpenCV"
    unit: float | None = 1.0
    lens_unit: float = 1.0
    certain: bool = True

    def extrinsics(self, R: Array, t: Array) -> tuple[Array, Array]:
        """R (3,3) and t (3,) from the world to an OpenCV camera, t in the stored unit."""
        flip = _TO_OPENCV if self.axes == "OpenGL" else np.eye(3)
        if self.direction == "world to camera":
            return flip @ R, flip @ t
        to_camera = flip @ (R.T if self.direction == "camera pose" else R)
        return to_camera, -to_camera @ t

    @property
    def words(self) -> str:
        """For example "world to camera, OpenGL axes"."""
        return self.direction + (", OpenGL axes" if self.axes == "OpenGL" else "")


@dataclass(frozen=True, eq=False)
class StoredCamera:
    """A camera's numbers in the file's own units and axes; raises ValueError for what no camera can have.

    `focal` (2,) and `principal_point` (2,), pixel centres at integers; `distortion` (5,) k1 k2 p1 p2 k3; `R`
    (3, 3) and `t` (3,), None in files of lenses alone; `size` (width, height) pixels, None if it is not told.
    """

    focal: Array
    principal_point: Array
    distortion: Array = field(default_factory=lambda: np.zeros(5))
    R: Array | None = None
    t: Array | None = None
    size: Size | None = None

    @classmethod
    def of(
        cls,
        K: ArrayLike,
        *,
        distortion: ArrayLike = (),
        R: ArrayLike | None = None,
        t: ArrayLike | None = None,
        size: Sequence[Any] | None = None,
    ) -> StoredCamera:
        """A camera of a matrix (3, 3) or [fx, fy, cx, cy]; a rotation may be a vector (Rodrigues)."""
        lens = np.asarray(K, np.float64)
        if lens.size == 9:
            lens = lens.reshape(3, 3)[[0, 1, 0, 1], [0, 1, 2, 2]]
        rotation = None if R is None else rotation_matrix(R)
        place = None if t is None else _numbers(t, 3, "translation")
        width_height = None if size is None else (round(float(size[0])), round(float(size[1])))
        lens = _numbers(lens, 4, "lens")
        if (lens[:2] <= 0).any():
            raise ValueError("a focal length is not above 0")
        return cls(lens[:2], lens[2:], lens_distortion(distortion), rotation, place, width_height)


_LARGEST = 1e9
"""Numbers beyond this are no rotation, place or lens; they would overflow."""


def rotation_matrix(values: ArrayLike) -> Array:
    """A rotation (3, 3) of 9 numbers, or of 3 (axis times angle in radians, as OpenCV's Rodrigues)."""
    flat = np.asarray(values, np.float64).ravel()
    if flat.size == 3:
        from sefd_viewer.geometry.rotations import axis_angle_to_matrix

        return np.asarray(axis_angle_to_matrix(_numbers(flat, 3, "rotation")), np.float64)
    return _numbers(flat, 9, "rotation").reshape(3, 3)


def lens_distortion(values: ArrayLike) -> Array:
    """OpenCV's k1 k2 p1 p2 k3 (5,) of a list of at most so many; further ones must be 0."""
    flat = np.asarray(values, np.float64).ravel()
    if not np.isfinite(flat).all():
        raise ValueError("the distortion holds no numbers")
    if np.any(flat[5:]):
        raise ValueError(f"a lens with {flat.size} distortion coefficients is not supported, five are")
    return np.pad(flat[:5], (0, max(5 - flat.size, 0)))


def _numbers(values: ArrayLike, count: int, what: str) -> Array:
    flat = np.asarray(values, np.float64).ravel()
    if flat.size != count or not (np.abs(flat) < _LARGEST).all():
        raise ValueError(f"its {what} is not {count} finite numbers")
    return flat


@dataclass(frozen=True)
class Outlook:
    """Where cameras look (formats of calibrations are told apart by it).

    `front`: the share that has the point nearest to all viewing axes before it. `miss`: median distance of
    axes from it over the median range. `up`: 1 when all cameras stand upright. `range`: median distance.
    """

    front: float
    miss: float
    up: float
    range: float

    @property
    def plausible(self) -> bool:
        """Whether people were filmed like this: everybody looks at one place, upright."""
        return self.front == 1.0 and self.miss < 0.15 and self.up > 0.6


def outlook(extrinsics: Sequence[tuple[Array, Array]]) -> Outlook:
    """The outlook of cameras given as R, t from the world to an OpenCV camera; needs two or more."""
    axes = np.array([R[2] for R, _ in extrinsics])
    centres = np.array([-R.T @ t for R, t in extrinsics])
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    point = np.linalg.lstsq(across.sum(0), (across @ centres[..., None]).sum(0)[:, 0], rcond=None)[0]
    away = point - centres
    ranges = np.linalg.norm(away, axis=1)
    misses = np.linalg.norm(np.cross(axes, away), axis=1)
    median = float(np.median(ranges))
    up = float(np.linalg.norm(np.mean([-R[1] for R, _ in extrinsics], 0)))
    front = float(np.mean((axes * away).sum(1) > 0))
    return Outlook(front, float(np.median(misses)) / median if median else np.inf, up, median)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The cameras of a file by name, what its numbers mean, and what could not be used (`problems`).

    `format` names the program that writes such files.
    """

    path: Path
    format: str
    stored: Mapping[str, StoredCamera]
    meaning: Meaning = Meaning()
    problems: tuple[str, ...] = ()

    @cached_property
    def unit(self) -> float:
        """Metres per unit of the stored t: the format's, else what puts the cameras some metres away."""
        if self.meaning.unit is not None:
            return self.meaning.unit
        posed = self._extrinsics(self.meaning)
        if len(posed) < 2:
            return 1.0
        away = outlook(posed).range
        fitting = [scale for scale in UNITS.values() if _NEAR <= away * scale <= _FAR]
        return fitting[0] if fitting else 1.0

    @cached_property
    def cameras(self) -> Mapping[str, PinholeCamera]:
        """World to camera in metres, OpenCV axes; those without extrinsics stand in the origin."""
        found = {}
        for name, one in self.stored.items():
            lens = self.meaning.lens_unit
            camera = PinholeCamera(one.focal * lens, one.principal_point * lens, distortion=one.distortion)
            if one.R is not None and one.t is not None:
                R, t = self.meaning.extrinsics(one.R, one.t)
                camera = replace(camera, R=R, t=t * self.unit)
            found[name] = camera
        return found

    @property
    def posed(self) -> tuple[str, ...]:
        """The cameras of which the place is known."""
        return tuple(name for name, one in self.stored.items() if one.R is not None and one.t is not None)

    def doubt(self) -> str | None:
        """Words where the cameras look at one place only if the numbers are read in another way."""
        posed = self._extrinsics(self.meaning)
        if len(posed) < 2 or outlook(posed).plausible:
            return None
        choices = [Meaning(d, a) for d, a in product(get_args(Direction), get_args(Axes))]
        others = {
            one.words: outlook(self._extrinsics(one)) for one in choices if one.words != self.meaning.words
        }
        fitting = {words: seen.miss for words, seen in others.items() if seen.plausible}
        if not fitting:
            return None
        best = min(fitting, key=lambda words: fitting[words])
        return (
            f"read as {self.meaning.words} the cameras do not look at one place; read as {best} they do."
            " Diagnose finds out which is right"
        )

    def _extrinsics(self, meaning: Meaning) -> list[tuple[Array, Array]]:
        posed = (self.stored[name] for name in self.posed)
        return [meaning.extrinsics(one.R, one.t) for one in posed if one.R is not None and one.t is not None]


def gathered(
    path: Path, format: str, entries: Mapping[str, Any], camera: Any, meaning: Meaning = Meaning()
) -> Calibration:
    """A calibration of entries by name, each read by `camera(entry)`; those that fail become problems.

    Raises DatasetError where none can be used.
    """
    stored, problems = {}, []
    for name, entry in entries.items():
        try:
            stored[str(name)] = camera(entry)
        except DAMAGED as error:
            what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(f"{path}: camera {name} cannot be used ({what})")
    if not stored:
        what = problems[0].partition(": ")[2] if problems else "it names no cameras"
        raise DatasetError(
            f"this {format} calibration cannot be used: {what}",
            where=path,
            remedy="docs/cameras.md lists what each format needs",
        )
    return Calibration(path, format, stored, meaning, tuple(problems))
