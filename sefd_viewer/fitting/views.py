"""One person as several calibrated views saw them: pixels and confidences in step with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.matching import MatchedPerson
from sefd_viewer.cameras.views.tracks import Track
from sefd_viewer.cameras.views.triangulation import Triangulated, triangulate
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, as_joint_set, remap
from sefd_viewer.geometry.poses import Pose2D

Array = NDArray[np.float64]
Poses = Mapping[str, Sequence[Sequence[Pose2D]]]

TOLERANCE_PX = 15.0
"""Observations further than this from where the other views see a joint are left out of its 3D point."""

_USUAL_PX = 330.0

_UNRELIABLE = {"L_Hip": 0.4, "R_Hip": 0.4, "L_Shoulder": 0.7, "R_Shoulder": 0.7} | dict.fromkeys(
    ("Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear"), 0.4
)
"""Trust in joints by which detectors and bodies mean different places, or that are guessed when hidden."""


@dataclass(frozen=True, eq=False)
class PersonViews:
    """One person in V views at M moments.

    `cameras` (V), `pixels` (V, M, 17, 2) COCO joints in image pixels, zero where unseen, and `confidence`
    (V, M, 17), zero where unseen. `poses` are the 2D poses that they come from, by view and moment.
    """

    key: str
    views: tuple[str, ...]
    cameras: tuple[PinholeCamera, ...]
    pixels: Array
    confidence: Array
    poses: Mapping[tuple[str, int], Pose2D]

    @property
    def moments(self) -> int:
        """How many moments there are, M."""
        return self.pixels.shape[1]

    @property
    def scale(self) -> float:
        """How large the person is in the pictures: 1 for joints that span 330 px, as tolerances are for."""
        seen = self.confidence > 0
        whole = seen.sum(axis=-1) >= COCO17.count // 2
        if not whole.any():
            return 1.0
        high = np.where(seen, self.pixels[..., 1], -np.inf).max(axis=-1)
        low = np.where(seen, self.pixels[..., 1], np.inf).min(axis=-1)
        return float(np.median((high - low)[whole])) / _USUAL_PX

    def triangulated(self) -> Triangulated:
        """The M * 17 joints in 3D."""
        flat = self.pixels.reshape(len(self.views), -1, 2)
        trust = self.confidence.reshape(len(self.views), -1)
        return triangulate(self.cameras, flat, weights=trust, tolerance_px=TOLERANCE_PX * self.scale)


def joint_trust() -> Array:
    """How much each COCO joint (17,) counts: less where detectors and bodies mean different places."""
    return np.array([_UNRELIABLE.get(name, 1.0) for name in COCO17.names])


def person_views(
    key: str, person: MatchedPerson, cameras: Mapping[str, PinholeCamera], poses: Poses
) -> PersonViews:
    """The matched person with the confidences that tracks leave out."""
    views = tuple(sorted(person.tracks, key=list(cameras).index))
    tables = [_table(person.tracks[view], poses[view]) for view in views]
    found = {
        (view, moment): pose
        for view in views
        for moment, pose in enumerate(_poses_of(person.tracks[view], poses[view]))
        if pose is not None
    }
    stacked = np.stack(tables)
    return PersonViews(
        key, views, tuple(cameras[view] for view in views), stacked[..., :2], stacked[..., 2], found
    )


def _table(track: Track, moments: Sequence[Sequence[Pose2D]]) -> Array:
    """Pixels and confidence (M, 17, 3) of a track; zeros where a joint is not seen with confidence."""
    scores = np.zeros(track.pixels.shape[:2])
    for moment, pose in enumerate(_poses_of(track, moments)):
        if pose is not None:
            scores[moment] = _coco(pose)[:, 2]
    seen = np.asarray(np.isfinite(track.pixels).all(axis=-1))
    pixels = np.where(seen[..., None], track.pixels, 0.0)
    return np.concatenate([pixels, np.where(seen, scores, 0.0)[..., None]], axis=-1)


def _poses_of(track: Track, moments: Sequence[Sequence[Pose2D]]) -> list[Pose2D | None]:
    """The 2D pose of each moment that the track holds."""
    return [_pose_of(track.pixels[moment], poses) for moment, poses in enumerate(moments)]


def _pose_of(pixels: Array, poses: Sequence[Pose2D]) -> Pose2D | None:
    seen = np.isfinite(pixels).all(axis=-1)
    if not seen.any():
        return None
    return next((pose for pose in poses if np.allclose(_coco(pose)[seen, :2], pixels[seen])), None)


def _coco(pose: Pose2D) -> Array:
    values, _ = remap(pose.keypoints, as_joint_set(pose.joint_set), COCO17)
    return values.astype(np.float64)
