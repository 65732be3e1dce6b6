"""Heat maps of a sweep: what an occluder at each place of the crop does to a joint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.features.explain.case import Case, about_pelvis, true_joints
from sefd_viewer.features.explain.pictures import CROP, SIDE, crop_picture, heat_over, to_picture
from sefd_viewer.features.explain.sweep import SweepProgress, places
from sefd_viewer.geometry.joints import SMPL30

if TYPE_CHECKING:
    from sefd_viewer.app.methods import Method
    from sefd_viewer.features.explain.case import FindBody
    from sefd_viewer.features.explain.model import HeatOf

    Image = NDArray[np.uint8]

_SHARE = 99.0
"""Percentile of the strongest network's values at which the colours end."""


@dataclass(frozen=True, eq=False)
class HeatMap:
    """One network's map over the crop (side, side, 3); numbers in millimetres over all places."""

    method: Method
    picture: Image
    mean_mm: float
    worst_mm: float


@dataclass(frozen=True, eq=False)
class HeatMaps:
    """All networks on one scale; `errors` says that they are errors against ground truth."""

    maps: tuple[HeatMap, ...]
    limits_mm: tuple[float, float]
    errors: bool
    joint: str | None


def heat_maps(
    case: Case,
    progress: SweepProgress,
    joint: str | None,
    find_body: FindBody,
    *,
    of: HeatOf = "displacement",
) -> HeatMaps:
    """The maps of a joint (SMPL 30; None: the mean of all) as far as the sweep has come.

    Displacement from the untouched answer, or error against ground truth where there is any.
    """
    truth = of == "error" and true_joints(case, case.own, find_body) is not None
    about = find_body if truth else None
    grids = {method: joint_values(case, progress, method, joint, about) for method in case.normal}
    known = {method: grid for method, grid in grids.items() if np.isfinite(grid).any()}
    low = min((float(np.nanmin(grid)) for grid in known.values()), default=0.0) if truth else 0.0
    high = max((float(np.nanpercentile(grid, _SHARE)) for grid in known.values()), default=1.0)
    limits = (np.floor(low), max(np.ceil(high), np.floor(low) + 1))
    picture = crop_picture(case.scene.image, case.own.crop)
    maps = tuple(
        HeatMap(
            method,
            _drawn(picture, grid, limits, joint, case),
            float(np.nanmean(grid)),
            float(np.nanmax(grid)),
        )
        for method, grid in known.items()
    )
    return HeatMaps(maps, (float(limits[0]), float(limits[1])), truth, joint)


def joint_values(
    case: Case, progress: SweepProgress, method: Method, joint: str | None, find_body: FindBody | None
) -> NDArray[np.float64]:
    """Millimetres (rows, columns) of one network, nan where the sweep has not been.

    From the truth, or from the untouched answer without `find_body` or truth.
    """
    reference = None if find_body is None else true_joints(case, case.normal[method], find_body)
    if reference is None:
        reference = about_pelvis(case.normal[method].joints_camera)
    grid = np.full((len(places()), len(places())), np.nan)
    for (of, row, column), joints in (progress.joints or {}).items():
        if of == method:
            distances = np.linalg.norm(about_pelvis(joints) - reference, axis=-1) * 1000
            grid[row, column] = distances[1:].mean() if joint is None else distances[SMPL30.index(joint)]
    return grid


def _drawn(
    picture: Image, grid: NDArray[np.float64], limits: tuple[float, float], joint: str | None, case: Case
) -> Image:
    import cv2

    filled = np.where(np.isfinite(grid), grid, limits[0]).astype(np.float32)
    smooth = cv2.resize(filled, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    drawn = heat_over(picture, np.clip(smooth, *limits), limits)
    unknown = cv2.resize((~np.isfinite(grid)).astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    drawn[unknown > 0] = picture[unknown > 0] // 3
    if joint is not None:
        _mark(drawn, case, joint)
    return drawn


def _mark(picture: Image, case: Case, joint: str) -> None:
    """A ring where the first network sees the joint."""
    import cv2

    normal = case.own
    point = normal.crop.points_to_crop(normal.joints_image[SMPL30.index(joint)])
    place = tuple(int(v) for v in np.rint(to_picture(point, CROP)))
    for color, width in (((0, 0, 0), 4), ((255, 255, 255), 2)):
        cv2.circle(picture, place, 9, color, width, cv2.LINE_AA)
