"""The camera that a convention makes of a stated one, and the readings that are tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from sefd_viewer.cameras.diagnosis.conventions import (
    Array,
    Convention,
    Conventions,
    Distortion,
    Mirror,
    Rotation,
    Size,
    Stated,
    StatedCamera,
    Up,
)
from sefd_viewer.datasets.records import Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import nearest_rotation, squashes

_TURNED_UP: dict[Up, Array] = {
    "same": np.eye(3),
    "y up": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "z up": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    "y down": np.diag([1.0, -1.0, -1.0]),
}
"""From the other world into the one whose up axis is named: z to y up, y to z up, half a turn about x."""


def read_camera(view: str, convention: Convention, stated: Stated, size: Size) -> PinholeCamera:
    """The camera of `view` read this way, in metres, for pictures of `size` (width, height)."""
    R, t = _world_to_camera(stated[convention.extrinsics_of or view], convention)
    lens = stated[convention.intrinsics_of or view]
    focal, point = lens.focal, lens.principal_point
    coefficients = _coefficients(lens, convention.distortion, size)
    camera = PinholeCamera(focal, point, R, t, coefficients).resized(convention.lens_unit)
    camera = camera.resized(fitting_scale(lens.size, size) if convention.scale == "fit" else convention.scale)
    for width in _widths(convention.turn, size):
        camera = _quarter_turned(camera, width)
    return _moved(_mirrored(camera, convention.mirror, size), convention, size)


def world_turn(up: Up) -> Array:
    """The rotation (3, 3) into the world whose up axis is `up`."""
    return _TURNED_UP[up]


def fitting_scale(calibrated: Size, pictures: Size) -> float:
    """How many times larger the pictures are, by their long sides."""
    return max(pictures) / max(calibrated)


def stated_cameras(records: Iterable[Record]) -> dict[str, StatedCamera]:
    """The cameras of the views of a moment, as their set states them; a record without size is loaded."""
    return {
        record.view or record.key: stated_camera(record) for record in records if record.camera is not None
    }


def stated_camera(record: Record) -> StatedCamera:
    """The record's camera as its set states it; the record must have one."""
    camera = record.camera if record.stated_camera is None else record.stated_camera
    assert camera is not None
    return StatedCamera.of(camera, picture_size(record))


def picture_size(record: Record) -> Size:
    """(width, height) of the record's picture."""
    if record.size is not None:
        return record.size
    height, width = record.load().shape[:2]
    return width, height


def _world_to_camera(stated: StatedCamera, convention: Convention) -> tuple[Array, Array]:
    """R (3, 3) and t (3,) in metres, OpenCV's axes, from the people's world."""
    R, t = _rotated(stated, convention.rotation)
    t = t * convention.unit
    if convention.extrinsics in ("camera to world", "R transposed"):
        R = R.T
    if convention.extrinsics in ("camera to world", "t is the place"):
        t = -R @ t
    flip = np.diag([1.0, -1.0, -1.0]) if convention.axes == "OpenGL" else np.eye(3)
    return flip @ R @ world_turn(convention.up), flip @ t


def _rotated(stated: StatedCamera, rotation: Rotation) -> tuple[Array, Array]:
    """R (3, 3) and t (3,) with the rotation that is meant by an R that mirrors or scales.

    `x and t`, `y of R`, `world x`: this axis of the camera, with t or without, or of the world is turned
    round; in `-R` all of R is. What squashes space stays as it is stated.
    """
    R, t = np.array(stated.R), np.array(stated.t)
    if rotation == "as stated" or stated.is_rigid or squashes(R):
        return R, t
    axis = next((number for number, name in enumerate("xyz") if name in rotation.split()), 0)
    if rotation == "-R":
        R = -R
    elif rotation.startswith("world"):
        R[:, axis] *= -1
    elif np.linalg.det(R) < 0:
        R[axis] *= -1
        t[axis] *= -1 if rotation.endswith("and t") else 1
    elif rotation == "R and t scaled":
        t = t / np.cbrt(np.linalg.det(R))
    return nearest_rotation(R), t


def _coefficients(lens: StatedCamera, distortion: Distortion, size: Size) -> Array:
    """k1 k2 p1 p2 k3 (5,) for radii in focal lengths."""
    stated = lens.distortion
    if distortion in ("on", "off", "negated"):
        return np.asarray({"on": 1.0, "off": 0.0, "negated": -1.0}[distortion] * stated)
    if distortion == "k3 third":
        return stated[[0, 1, 3, 4, 2]]
    if distortion == "resized":
        return np.asarray(stated / fitting_scale(lens.size, size))
    unit = lens.size[0] / 2 if distortion == "half width" else float(np.hypot(*lens.size)) / 2
    return np.asarray(stated * (float(lens.focal[0]) / unit) ** np.array([2, 4, 1, 1, 6]))


def _widths(turn: int, size: Size) -> list[int]:
    """The pictures' width after each quarter turn that leads to `size`."""
    turns = turn // 90
    return [size[(turns - 1 - i) % 2] for i in range(turns)]


def _quarter_turned(camera: PinholeCamera, width: int) -> PinholeCamera:
    """The camera of the picture turned by 90 degrees clockwise, which makes it `width` wide."""
    about_z = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    k1, k2, p1, p2, k3 = camera.distortion
    return PinholeCamera(
        camera.focal[::-1],
        np.array([width - 1 - camera.principal_point[1], camera.principal_point[0]]),
        about_z @ camera.R,
        about_z @ camera.t,
        np.array([k1, k2, p2, -p1, k3]),
    )


def _mirrored(camera: PinholeCamera, mirror: Mirror, size: Size) -> PinholeCamera:
    there = np.array(size) - 1 - camera.principal_point
    axes = np.array(["x" in mirror, "y" in mirror])
    return replace(camera, principal_point=np.where(axes, there, camera.principal_point))


def _moved(camera: PinholeCamera, convention: Convention, size: Size) -> PinholeCamera:
    centre = (np.array(size) - 1) / 2
    point = centre + convention.zoom * (camera.principal_point - centre) + np.array(convention.shift)
    return replace(camera, focal=camera.focal * convention.zoom, principal_point=point)


LENS_UNITS = (1.0, 1 / 64)
TURNS = (0, 90, 180, 270)
_MOST_MOMENTS = 5
_OF_SCALED, _OF_BOTH = ("R and t scaled",), ("nearest", "as stated")


def scales(stated: Stated, sizes: Mapping[str, Size]) -> tuple[float | Literal["fit"], ...]:
    """Sizes of the pictures relative to those of the calibration."""
    fitting = {fitting_scale(stated[view].size, size) for view, size in sizes.items() if view in stated}
    usual = [scale for scale in (0.5, 2.0) if fitting != {scale}]
    return (1.0, *usual) if fitting == {1.0} else (1.0, "fit", *usual)


def distortions(stated: Stated, sizes: Mapping[str, Size]) -> tuple[Distortion, ...]:
    """Ways to read the distortion; none but the stated where no camera has any."""
    if not any(np.any(one.distortion) for one in stated.values()):
        return ("on",)
    same = all(stated[view].size == size for view, size in sizes.items() if view in stated)
    return tuple(one for one in get_args(Distortion) if not (same and one == "resized"))


def rotations(stated: Stated) -> tuple[Rotation, ...]:
    """Which rotation may be meant where an R mirrors or scales; the nearest one where none does."""
    odd = [one for one in stated.values() if not one.is_rigid]
    if not odd:
        return ("nearest",)
    mirrors = any(np.linalg.det(one.R) < 0 for one in odd)
    return tuple(one for one in get_args(Rotation) if (one in _OF_SCALED) != mirrors or one in _OF_BOTH)


def unrotated(conventions: Conventions, views: Sequence[str], stated: Stated) -> Conventions:
    """The same combination with an R that is no rotation as it is stated, where the nearest one was read."""
    for view in views:
        if not stated[view].is_rigid and conventions.of(view).rotation == "nearest":
            conventions = conventions.with_option("camera.rotation", "as stated", view)
    return conventions


def times(moments: int) -> tuple[float, ...]:
    """Whole moments by which a view may be late (positive) or early."""
    latest = min(_MOST_MOMENTS, moments // 2)
    return tuple(float(moment) for moment in range(-latest, latest + 1))


def normal(
    conventions: Conventions, views: Sequence[str], stated: Stated, sizes: Mapping[str, Size]
) -> Conventions:
    """The same combination without what changes nothing: "fit" for pictures of the calibration's size anyway,
    another rotation than R where that is one.
    """
    for view in views:
        if conventions.of(view).rotation != "nearest" and stated[view].is_rigid:
            conventions = conventions.with_option("camera.rotation", "nearest", view)
        if conventions.of(view).scale == "fit" and stated[view].size == sizes[view]:
            conventions = conventions.with_option("camera.scale", 1.0, view)
    return conventions


def effective(convention: Convention, view: str, stated: Stated, sizes: Mapping[str, Size]) -> Convention:
    """The same convention, written in one way where several mean the same camera."""
    if convention.scale == "fit":
        lens = stated[convention.intrinsics_of or view]
        convention = replace(convention, scale=fitting_scale(lens.size, sizes[view]))
    if convention.intrinsics_of == view:
        convention = replace(convention, intrinsics_of=None)
    if convention.extrinsics_of == view:
        convention = replace(convention, extrinsics_of=None)
    return convention
