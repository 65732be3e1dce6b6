"""Where the rays of several views meet, how well the views agree, and what stands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.cameras.views.tracks import CONFIDENT
from sefd_viewer.geometry.cameras import PinholeCamera, distort
from sefd_viewer.geometry.joints import Pose2D, as_joint_set

Array = NDArray[np.float64]


def fundamental_matrix(first: PinholeCamera, second: PinholeCamera) -> Array:
    """F (3, 3) with x2' F x1 = 0 for undistorted pixels x1 of `first` and x2 of `second`, of unit norm."""
    R = second.R @ first.R.T
    t = second.t - R @ first.t
    matrix = np.linalg.inv(second.matrix).T @ _cross(t) @ R @ np.linalg.inv(first.matrix)
    norm = float(np.linalg.norm(matrix))
    return matrix / norm if norm > 0 else matrix


def undistorted_pixels(camera: PinholeCamera, points_image: ArrayLike) -> Array:
    """Pixels (..., 2) where a camera without distortion would see what is at `points_image` (..., 2)."""
    plane: Array = camera.rays(np.asarray(points_image, np.float64))[..., :2]
    return plane * camera.focal + camera.principal_point


def symmetric_distance(fundamental: Array, points_first: Array, points_second: Array) -> Array:
    """The same from F (3, 3) and undistorted pixels (..., 2)."""
    return np.abs(signed_distance(fundamental, points_first, points_second))


def signed_distance(fundamental: Array, points_first: Array, points_second: Array) -> Array:
    """The same with the sign of the side of the line."""
    a, b = _homogeneous(points_first), _homogeneous(points_second)
    in_second, in_first = a @ fundamental.T, b @ fundamental
    product = np.sum(b * in_second, axis=-1)
    lengths = [np.linalg.norm(line[..., :2], axis=-1) for line in (in_first, in_second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance: Array = product * (1 / lengths[0] + 1 / lengths[1]) / 2
    return distance


def epipolar_line(
    first: PinholeCamera,
    second: PinholeCamera,
    point_first: ArrayLike,
    *,
    size: tuple[int, int],
    steps: int = 64,
) -> Array:
    """Where a point (2,) of `first` may lie in `second`: a curve (steps, 2) of pixels, bent by distortion.

    It spans the picture of (width, height) px; it is empty where the line does not cross the picture.
    """
    point = _homogeneous(undistorted_pixels(first, np.asarray(point_first, np.float64)))
    line = fundamental_matrix(first, second) @ point
    ends = _clipped(line, size)
    if ends is None:
        return np.zeros((0, 2))
    straight = ends[0] + np.linspace(0, 1, steps)[:, None] * (ends[1] - ends[0])
    plane = (straight - second.principal_point) / second.focal
    bent: Array = distort(plane, second.distortion) if second.is_distorted else plane
    return bent * second.focal + second.principal_point


def _clipped(line: Array, size: tuple[int, int]) -> tuple[Array, Array] | None:
    """The ends of the line's part within the picture, a tenth of its size beyond the border."""
    a, b, c = line
    length = float(np.hypot(a, b))
    if length == 0:
        return None
    margin = 0.1 * np.array(size)
    low, high = -margin, np.array(size) - 1 + margin
    origin, direction = -c * np.array([a, b]) / length**2, np.array([b, -a]) / length
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = np.sort(np.stack([(low - origin) / direction, (high - origin) / direction]), axis=0)
    begin, end = np.nanmax(bounds[0]), np.nanmin(bounds[1])
    return (origin + begin * direction, origin + end * direction) if begin < end else None


def _cross(vector: Array) -> Array:
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def _homogeneous(points: Array) -> Array:
    return np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)


@dataclass(frozen=True, eq=False)
class Triangulated:
    """N points from V views.

    `points_world` (N, 3) metres, nan with fewer than two usable views; `errors_px` (V, N) the distance of
    each observation from its point's projection, nan where a view has none; `used` (V, N) the views that the
    point was made from.
    """

    points_world: Array
    errors_px: Array
    used: NDArray[np.bool_]


def triangulate(
    cameras: Sequence[PinholeCamera],
    observed: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    tolerance_px: float = 10.0,
) -> Triangulated:
    """Points from pixels `observed` (V, N, 2), nan where unseen, by the linear method on undistorted rays.

    `weights` (V, N) are confidences, 0 leaves an observation out. While a point keeps more than two views
    and its worst one is off by more than `tolerance_px`, it is made again without the view whose absence
    explains the others best.
    """
    pixels = np.asarray(observed, np.float64)
    trust = np.ones(pixels.shape[:2]) if weights is None else np.asarray(weights, np.float64)
    seen = np.isfinite(pixels).all(axis=-1) & (trust > 0)
    equations = _equations(cameras, pixels, np.where(seen, trust, 0))
    used = seen.copy()
    points = _solve(equations, used)
    errors = reprojection_errors(cameras, points, pixels)
    for _ in range(len(cameras) - 2):
        bad = np.flatnonzero(_worst(errors, used) > tolerance_px)
        bad = bad[used[:, bad].sum(axis=0) > 2]
        if not bad.size:
            break
        used[:, bad] = _without_one(cameras, equations[:, bad], pixels[:, bad], used[:, bad])
        points[bad] = _solve(equations[:, bad], used[:, bad])
        errors[:, bad] = reprojection_errors(cameras, points[bad], pixels[:, bad])
    return Triangulated(points, np.where(seen, errors, np.nan), used)


def reprojection_errors(cameras: Sequence[PinholeCamera], points_world: Array, pixels: Array) -> Array:
    """Distances (V, N) px of pixels (V, N, 2) from projected points (N, 3); inf behind a camera."""
    projected = np.stack([camera.project(points_world) for camera in cameras])
    distances = np.linalg.norm(projected - pixels, axis=-1)
    behind = np.isfinite(points_world).all(axis=-1) & ~np.isfinite(projected).all(axis=-1)
    return np.where(behind, np.inf, distances)


def _equations(cameras: Sequence[PinholeCamera], pixels: Array, trust: Array) -> Array:
    """Two weighted rows per observation, (V, N, 2, 4), in focal lengths."""
    blocks = []
    for camera, seen, weight in zip(cameras, pixels, trust, strict=True):
        plane = camera.rays(np.nan_to_num(seen))[:, :2]
        outer = np.concatenate([camera.R, camera.t[:, None]], axis=1)
        blocks.append(weight[:, None, None] * (plane[:, :, None] * outer[2] - outer[:2]))
    return np.stack(blocks)


def _solve(equations: Array, used: NDArray[np.bool_]) -> Array:
    """Points (N, 3) of least squares, nan for those with fewer than two views."""
    rows = np.where(used[..., None, None], equations, 0)
    normal = np.einsum("vnij,vnik->njk", rows, rows)
    enough = used.sum(axis=0) >= 2
    solution = np.linalg.eigh(normal)[1][..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        points: Array = solution[:, :3] / solution[:, 3:]
    return np.where(enough[:, None], points, np.nan)


def _worst(errors: Array, used: NDArray[np.bool_]) -> Array:
    return np.asarray(np.where(used, errors, 0).max(axis=0), np.float64)


def _without_one(
    cameras: Sequence[PinholeCamera], equations: Array, pixels: Array, used: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The views (V, N) that remain after each point lost the one that fits least."""
    best, least = used.copy(), np.full(used.shape[1], np.inf)
    for view in range(len(cameras)):
        rest = used.copy()
        rest[view] = False
        worst = _worst(reprojection_errors(cameras, _solve(equations, rest), pixels), rest)
        better = used[view] & (worst < least)
        best[:, better], least[better] = rest[:, better], worst[better]
    return best


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


People = Sequence[NDArray[np.floating]]
"""The 2D joints x y confidence (J, 3) of everybody in a frame."""

SURE = 0.5
"""Confidence from which a joint counts."""
_LEAST_FRAMES, _LEAST_JOINTS = 8, 6
_BESIDE = 2
"""Frames beside the best shift that are as good as it: people move slowly."""
_CLEAR = 1.25
"""How many times farther apart lines and people are at every other shift, where the best one is certain."""


@dataclass(frozen=True)
class Shift:
    """Frame k of the first video shows what frame k + `frames` of the second does.

    `px` is the median distance of joints from each other's epipolar lines there, `unshifted_px` without
    shift, nan where that was not tried. Not `certain`: other shifts do as well, or nobody moves.
    """

    frames: int
    px: float
    unshifted_px: float
    certain: bool


def shift_between(
    first: PinholeCamera,
    second: PinholeCamera,
    people: Sequence[People],
    others: Sequence[People],
    *,
    reach: int,
) -> Shift | None:
    """The best shift of at most `reach` frames; None where too few frames show the same people."""
    lines = fundamental_matrix(first, second)
    own = [[_straight(first, one) for one in frame] for frame in people]
    their = [[_straight(second, one) for one in frame] for frame in others]
    costs = {}
    for shift in range(-reach, reach + 1):
        pairs = [(own[k], their[k + shift]) for k in range(len(own)) if 0 <= k + shift < len(their)]
        found = [px for mine, theirs in pairs for px in _nearest(lines, mine, theirs)]
        if len(found) >= _LEAST_FRAMES:
            costs[shift] = float(np.median(found))
    if not costs:
        return None
    best = min(costs, key=lambda shift: (costs[shift], abs(shift)))
    elsewhere = [px for shift, px in costs.items() if abs(shift - best) > _BESIDE]
    certain = bool(elsewhere) and min(elsewhere) > _CLEAR * costs[best] and abs(best) < reach
    return Shift(best, costs[best], costs.get(0, float("nan")), certain)


def _straight(camera: PinholeCamera, pose: NDArray[np.floating]) -> Array:
    """A pose with the lens's distortion undone, and nan where it is not sure."""
    pixels = undistorted_pixels(camera, pose[:, :2])
    return np.where(pose[:, 2:] >= SURE, pixels, np.nan)


def _nearest(lines: Array, people: list[Array], others: list[Array]) -> list[float]:
    """For everybody the median distance (px) from whom of the others fits best."""
    found = []
    for one in people:
        apart = [symmetric_distance(lines, one, other) for other in others]
        known = [px[np.isfinite(px)] for px in apart]
        medians = [float(np.median(px)) for px in known if len(px) >= _LEAST_JOINTS]
        if medians:
            found.append(min(medians))
    return found
