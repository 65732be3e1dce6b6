"""Which values of a camera's conventions are worth trying for given cameras and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from sefd_viewer.cameras.diagnosis.camera_reading import fitting_scale
from sefd_viewer.cameras.diagnosis.conventions import (
    Convention,
    Conventions,
    Distortion,
    Rotation,
    Size,
    Stated,
)

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
