"""Who is who in the views of a moment, and how well the cameras agree on each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import COCO17, as_joint_set, remap
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.review.matching import CAP_PX, MatchedPerson, match_people
from sefd_viewer.review.residuals import observations
from sefd_viewer.review.tracks import CONFIDENT, Track
from sefd_viewer.review.triangulation import triangulate

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera

Array = NDArray[np.float64]
Cameras = Mapping[str, "PinholeCamera"]
Poses = Mapping[str, Sequence[Pose2D]]
_MOST_PEOPLE = 9


@dataclass(frozen=True, eq=False)
class SeenPerson:
    """One person: `members` says which of each view's poses is theirs.

    `joint_set` names the J joints; `observed` (V, J, 2) pixels by view of `members`, nan where unseen;
    `points_world` (J, 3) metres triangulated from them, nan with fewer than two views.
    """

    members: Mapping[str, int]
    joint_set: str
    observed: Array
    points_world: Array

    @property
    def joints(self) -> tuple[str, ...]:
        """The joints' names."""
        return as_joint_set(self.joint_set).names


def seen_people(cameras: Cameras, poses: Poses, *, others: Sequence[Cameras] = ()) -> list[SeenPerson]:
    """The people of a moment: those whom most cameras see first, of these the best agreement first.

    Where every view has one person, that is the same one, whatever the cameras say. Of `cameras` and `others`
    those tell who is who that recognise most people again: cameras that are read wrongly recognise nobody.
    """
    groups = max((_groups(one, poses) for one in (cameras, *others)), key=_recognised)
    taken = {(view, index) for group in groups for view, index in group.items()}
    everyone = [(view, index) for view, found in poses.items() for index in range(len(found))]
    alone = [{view: index} for view, index in everyone if (view, index) not in taken]
    return [_seen(group, cameras, poses) for group in [*groups, *alone][:_MOST_PEOPLE]]


def _groups(cameras: Cameras, poses: Poses) -> list[dict[str, int]]:
    """The poses that belong together, by view, where at least two calibrated views have some."""
    seeing = [view for view, found in poses.items() if found and view in cameras]
    if len(seeing) < 2:
        return []
    if all(len(poses[view]) == 1 for view in seeing):
        return [dict.fromkeys(seeing, 0)]
    tracks = {view: [_track(view, *one) for one in enumerate(poses[view])] for view in seeing}
    groups = [_plausible(person) for person in match_people(cameras, tracks, most=_MOST_PEOPLE)]
    return sorted(groups, key=lambda group: -len(group))


def _recognised(groups: Sequence[Mapping[str, int]]) -> int:
    return sum(len(group) for group in groups)


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


def _seen(group: Mapping[str, int], cameras: Cameras, poses: Poses) -> SeenPerson:
    chosen = {view: poses[view][index] for view, index in group.items()}
    joint_set, alike = _alike(chosen)
    observed = observations(alike, list(group), as_joint_set(joint_set).count)
    return SeenPerson(group, joint_set, observed, triangulated(cameras, list(group), observed))


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
    """Points (J, 3) of pixels (V, J, 2), nan where fewer than two calibrated views see a joint."""
    rows = [row for row, view in enumerate(views) if view in cameras]
    if len(rows) < 2:
        return np.full((observed.shape[1], 3), np.nan)
    return triangulate([cameras[views[row]] for row in rows], observed[rows]).points_world
