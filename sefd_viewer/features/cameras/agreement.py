"""Who is who in the views of a moment, and how well the cameras agree on each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.matching import CAP_PX, MatchedPerson, match_people
from sefd_viewer.cameras.views.tracks import CONFIDENT, Track
from sefd_viewer.cameras.views.triangulation import (
    ResidualTable,
    fundamental_matrix,
    observations,
    symmetric_distance,
    triangulate,
    undistorted_pixels,
)
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, Pose2D, as_joint_set, remap

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera


Array = NDArray[np.float64]
Cameras = Mapping[str, "PinholeCamera"]
Poses = Mapping[str, Sequence[Pose2D]]
Names = Mapping[str, Sequence[str | None]]
Group = dict[str, int]
"""One person: the number of the pose in each view."""
_MOST_PEOPLE = 9
LEAST_PARALLAX = 1.5
"""Degrees between viewing rays below which where they meet says nothing."""


@dataclass(frozen=True, eq=False)
class SeenPerson:
    """One person: `members` says which of each view's poses is theirs.

    `joint_set` names the J joints; `observed` (V, J, 2) pixels by view of `members`, nan where unseen;
    `points_world` (J, 3) metres triangulated from them, nan with fewer than two views. `name` is what the
    records call the person, None where they do not.
    """

    members: Mapping[str, int]
    joint_set: str
    observed: Array
    points_world: Array
    name: str | None = None

    @property
    def joints(self) -> tuple[str, ...]:
        """The joints' names."""
        return as_joint_set(self.joint_set).names


def seen_people(
    cameras: Cameras, poses: Poses, *, names: Names | None = None, others: Sequence[Cameras] = ()
) -> list[SeenPerson]:
    """The people of a moment: those whom most cameras see first, of these the best agreement first.

    Who has the same name in several views (`names` beside `poses`, None without one) is the same person;
    so is the only one in every view, whatever the cameras say. Of `cameras` and `others` those tell who else
    is who that recognise most people again: cameras that are read wrongly recognise nobody.
    """
    called = names or {}
    groups = _named(called)
    groups += _matched(cameras, poses, groups, others)
    groups += _alone(poses, groups)
    seen = [_seen(group, cameras, poses, _name(group, called)) for group in groups]
    return sorted(seen, key=lambda one: -len(one.members))[:_MOST_PEOPLE]


def _named(names: Names) -> list[Group]:
    """The people whom at least two views call by the same name."""
    groups: dict[str, Group] = {}
    for view, own in names.items():
        for index, name in enumerate(own):
            if name is not None:
                groups.setdefault(name, {}).setdefault(view, index)
    return [group for group in groups.values() if len(group) > 1]


def _name(group: Group, names: Names) -> str | None:
    """What the views call a person, None where they do not or differ."""
    called = {names[view][index] for view, index in group.items() if view in names}
    return called.pop() if len(called) == 1 else None


def _matched(
    cameras: Cameras, poses: Poses, known: Sequence[Group], others: Sequence[Cameras]
) -> list[Group]:
    """Who is who of the people who are not known yet, by where they are seen."""
    left = {
        view: [i for i in range(len(found)) if (view, i) not in _members(known)]
        for view, found in poses.items()
    }
    free = {view: [poses[view][i] for i in rows] for view, rows in left.items()}
    best = max((_groups(one, free) for one in (cameras, *others)), key=lambda groups: len(_members(groups)))
    return [{view: left[view][row] for view, row in group.items()} for group in best]


def _alone(poses: Poses, known: Sequence[Group]) -> list[Group]:
    everyone = [(view, index) for view, found in poses.items() for index in range(len(found))]
    return [{view: index} for view, index in everyone if (view, index) not in _members(known)]


def _members(groups: Sequence[Group]) -> set[tuple[str, int]]:
    return {member for group in groups for member in group.items()}


def _groups(cameras: Cameras, poses: Poses) -> list[Group]:
    """The poses that belong together, by view, where at least two calibrated views have some."""
    seeing = [view for view, found in poses.items() if found and view in cameras]
    if len(seeing) < 2:
        return []
    if all(len(poses[view]) == 1 for view in seeing):
        return [dict.fromkeys(seeing, 0)]
    tracks = {view: [_track(view, *one) for one in enumerate(poses[view])] for view in seeing}
    return [_plausible(person) for person in match_people(cameras, tracks, most=_MOST_PEOPLE)]


def _track(view: str, number: int, pose: Pose2D) -> Track:
    """A person's joints at this one moment, (1, 17, 2)."""
    values, present = remap(pose.keypoints, as_joint_set(pose.joint_set), COCO17)
    known = present & (values[:, 2] >= CONFIDENT)
    return Track(view, number, np.where(known[:, None], values[:, :2], np.nan)[None].astype(np.float64))


def _plausible(person: MatchedPerson) -> dict[str, int]:
    """The person's views without those that are far off from all others."""
    kept = {view for view, error in person.by_view().items() if error <= 2 * CAP_PX}
    if len(kept) < 2:
        kept = set(person.tracks)
    return {view: person.tracks[view].number for view in sorted(kept)}


def _seen(group: Group, cameras: Cameras, poses: Poses, name: str | None) -> SeenPerson:
    chosen = {view: poses[view][index] for view, index in group.items()}
    joint_set, alike = _alike(chosen)
    observed = observations(alike, list(group), as_joint_set(joint_set).count)
    return SeenPerson(group, joint_set, observed, triangulated(cameras, list(group), observed), name)


def _alike(poses: Mapping[str, Pose2D]) -> tuple[str, Mapping[str, Pose2D]]:
    """The poses in one joint set: their own if it is the same for all, else COCO's."""
    names = {pose.joint_set for pose in poses.values()}
    if len(names) == 1:
        return names.pop(), poses
    return COCO17.name, {view: _as_coco(pose) for view, pose in poses.items()}


def _as_coco(pose: Pose2D) -> Pose2D:
    values, _ = remap(pose.keypoints, as_joint_set(pose.joint_set), COCO17)
    return Pose2D(COCO17.name, values.astype(np.float32), pose.bbox_xywh, pose.score, pose.source)


def triangulated(cameras: Cameras, views: Sequence[str], observed: Array) -> Array:
    """Points (J, 3) of pixels (V, J, 2), nan where fewer than two calibrated views see a joint.

    Rays that run almost side by side meet anywhere: they make no point.
    """
    rows = [row for row, view in enumerate(views) if view in cameras]
    if len(rows) < 2:
        return np.full((observed.shape[1], 3), np.nan)
    chosen = [cameras[views[row]] for row in rows]
    points = triangulate(chosen, observed[rows]).points_world
    return np.where(parallax(chosen, observed[rows])[:, None] >= LEAST_PARALLAX, points, np.nan)


def parallax(cameras: Sequence[PinholeCamera], observed: Array) -> Array:
    """The largest angle (J,) in degrees between viewing rays of pixels (V, J, 2), 0 with fewer than two."""
    seen: NDArray[np.bool_] = np.asarray(np.isfinite(observed).all(axis=-1))
    rays = np.stack(
        [c.rays(np.nan_to_num(pixels)) @ c.R for c, pixels in zip(cameras, observed, strict=True)]
    )
    rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    cosines = np.einsum("vjc,wjc->vwj", rays, rays)
    both = seen[:, None] & seen[None]
    return np.degrees(np.arccos(np.clip(np.where(both, cosines, 1.0).min(axis=(0, 1)), -1.0, 1.0)))


_LEAST_JOINTS = 5


@dataclass(frozen=True, eq=False)
class Observation:
    """What one camera says: pixels `observed` (J, 2) and joints (J, 3) `points_camera`, metres; nan: none."""

    camera: PinholeCamera
    observed: Array
    points_camera: Array

    def pixels(self) -> Array:
        """Distances (J,) px of the observed pixels from those of the points."""
        expected = self.camera.project_camera(self.points_camera)
        return np.asarray(np.linalg.norm(expected - self.observed, axis=-1))

    def millimetres(self) -> Array:
        """Distances (J,) mm of the points from the viewing rays through the observed pixels."""
        known: NDArray[np.bool_] = np.asarray(np.isfinite(self.observed).all(axis=-1))
        rays = self.camera.rays(np.where(known[:, None], self.observed, 0.0))
        rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
        along = np.sum(self.points_camera * rays, axis=-1)
        distance = np.linalg.norm(self.points_camera - along[:, None] * rays, axis=-1)
        return np.where(known & (along > 0), 1000 * distance, np.nan)


@dataclass(frozen=True, eq=False)
class Deviations:
    """Of one person's `joints` from 3D joints, by view: tables joint x camera in pixels and millimetres.

    `points_world` (J, 3) metres; where every camera has a body of its own, the first one's.
    """

    joints: tuple[str, ...]
    observations: Mapping[str, Observation]
    points_world: Array

    @cached_property
    def px(self) -> ResidualTable:
        """In the pictures."""
        return self._table([one.pixels() for one in self.observations.values()])

    @cached_property
    def mm(self) -> ResidualTable:
        """Of the viewing rays at the joints."""
        return self._table([one.millimetres() for one in self.observations.values()])

    @cached_property
    def pairs_px(self) -> Mapping[tuple[str, str], float]:
        """Median distances (px) of each two cameras' joints from each other's epipolar lines."""
        flat = {view: undistorted_pixels(one.camera, one.observed) for view, one in self.observations.items()}
        pairs = {}
        for a, b in combinations(self.observations, 2):
            matrix = fundamental_matrix(self.observations[a].camera, self.observations[b].camera)
            distances = symmetric_distance(matrix, flat[a], flat[b])
            known = distances[np.isfinite(distances)]
            if known.size >= _LEAST_JOINTS:
                pairs[a, b] = float(np.median(known))
        return pairs

    def _table(self, columns: Sequence[Array]) -> ResidualTable:
        errors = np.stack(columns, axis=1)
        known = errors[np.isfinite(errors)]
        median = float(np.median(known)) if known.size else float("nan")
        return ResidualTable(self.joints, tuple(self.observations), errors, self.points_world[None], median)


def deviations(joints: tuple[str, ...], observations: Mapping[str, Observation]) -> Deviations | None:
    """The tables of what the cameras say, None without any camera."""
    if not observations:
        return None
    first = next(iter(observations.values()))
    return Deviations(joints, observations, first.camera.to_world(first.points_camera))
