"""How well several views of the same person agree: a table joint x camera, and what stands out in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.tracks import CONFIDENT
from sefd_viewer.cameras.views.triangulation import Triangulated, triangulate
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D, as_joint_set

Array = NDArray[np.float64]

_STANDS_OUT = 2.5
_LEAST_PX = 3.0


@dataclass(frozen=True, eq=False)
class ResidualTable:
    """Median reprojection errors of one person over one or more moments.

    `errors_px` (J, V) by joint and camera, nan where unseen; `joints` (J) and `views` (V) their names;
    `points_world` (M, J, 3) metres. `outlier_views` and `outlier_joints` are far above the others.
    """

    joints: tuple[str, ...]
    views: tuple[str, ...]
    errors_px: Array
    points_world: Array
    median_px: float

    @property
    def by_view(self) -> dict[str, float]:
        """Median error (px) of each camera over the joints."""
        return dict(zip(self.views, _medians(self.errors_px, axis=0).tolist(), strict=True))

    @property
    def by_joint(self) -> dict[str, float]:
        """Median error (px) of each joint over the cameras."""
        return dict(zip(self.joints, _medians(self.errors_px, axis=1).tolist(), strict=True))

    @property
    def outlier_views(self) -> tuple[str, ...]:
        """Cameras whose error is far above that of the others."""
        return _outliers(self.by_view)

    @property
    def outlier_joints(self) -> tuple[str, ...]:
        """Joints whose error is far above that of the others."""
        return _outliers(self.by_joint)


def residual_table(
    cameras: Mapping[str, PinholeCamera], moments: Sequence[Mapping[str, Pose2D]]
) -> ResidualTable:
    """The table of one person seen by `cameras`; `moments` hold that person's 2D pose by camera.

    All poses are of the same joint set. Raises ValueError without any pose.
    """
    views = tuple(cameras)
    names = _joint_names(moments)
    observed = np.stack([observations(moment, views, len(names)) for moment in moments], axis=1)
    flat = observed.reshape(len(views), -1, 2)
    result = triangulate([cameras[view] for view in views], flat)
    errors = _checked_errors(result).reshape(len(views), len(moments), len(names))
    return ResidualTable(
        names,
        views,
        _medians(errors, axis=1).T,
        result.points_world.reshape(len(moments), len(names), 3),
        float(_medians(errors.reshape(1, -1), axis=1)[0]),
    )


def observations(moment: Mapping[str, Pose2D], views: Sequence[str], joints: int) -> Array:
    """Pixels (V, J, 2) of one person at one moment; nan where a joint is not seen with confidence."""
    pixels = np.full((len(views), joints, 2), np.nan)
    for row, view in enumerate(views):
        if view in moment:
            keypoints = moment[view].keypoints
            known = keypoints[:, 2] >= CONFIDENT
            pixels[row, known] = keypoints[known, :2]
    return pixels


def _joint_names(moments: Sequence[Mapping[str, Pose2D]]) -> tuple[str, ...]:
    sets = {pose.joint_set for moment in moments for pose in moment.values()}
    if len(sets) != 1:
        raise ValueError(f"2D poses of one joint set are needed, not of {sorted(sets) or 'none'}")
    return tuple(as_joint_set(sets.pop()).names)


def _checked_errors(result: Triangulated) -> Array:
    """Errors of points that at least two views made and that some other view or both could contradict."""
    enough = result.used.sum(axis=0) >= 2
    return np.where(enough & np.isfinite(result.errors_px), result.errors_px, np.nan)


def _medians(values: Array, *, axis: int) -> Array:
    """Medians along `axis` without nan; nan where there is nothing."""
    ordered = np.sort(values, axis=axis)
    count = np.isfinite(values).sum(axis=axis, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), axis=axis)
    high = np.take_along_axis(ordered, np.maximum(count // 2, 0).clip(max=values.shape[axis] - 1), axis=axis)
    return np.asarray(np.where(count > 0, (low + high) / 2, np.nan).squeeze(axis), np.float64)


def _outliers(errors: Mapping[str, float]) -> tuple[str, ...]:
    known = {name: error for name, error in errors.items() if np.isfinite(error)}
    found = []
    for name, error in known.items():
        others = [other for key, other in known.items() if key != name]
        if others and error > max(_STANDS_OUT * float(np.median(others)), _LEAST_PX):
            found.append(name)
    return tuple(found)
