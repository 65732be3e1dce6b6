"""Which values of a camera's conventions are worth trying for given cameras and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from sefd_viewer.review.camera_reading import fitting_scale
from sefd_viewer.review.conventions import Convention, Conventions, Distortion, Size, Stated

LENS_UNITS = (1.0, 1 / 64)
TURNS = (0, 90, 180, 270)
_MOST_MOMENTS = 5


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


def times(moments: int) -> tuple[float, ...]:
    """Whole moments by which a view may be late (positive) or early."""
    latest = min(_MOST_MOMENTS, moments // 2)
    return tuple(float(moment) for moment in range(-latest, latest + 1))


def normal(
    conventions: Conventions, views: Sequence[str], stated: Stated, sizes: Mapping[str, Size]
) -> Conventions:
    """The same combination without "fit" where pictures have the calibration's size anyway."""
    for view in views:
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
