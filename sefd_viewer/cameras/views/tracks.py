"""People followed through the moments of one view, each view for itself and without any camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import COCO17, Pose2D, as_joint_set, remap

Array = NDArray[np.float64]

CONFIDENT = 0.3
"""Keypoints with a lower score do not count."""

_MOST_TRACKS = 6
_FARTHEST = 1.0


@dataclass(frozen=True, eq=False)
class Track:
    """One person in one view: `pixels` (M, J, 2) over M moments, nan where a joint is not seen."""

    view: str
    number: int
    pixels: Array

    @property
    def seen(self) -> int:
        """How many joints of all moments are seen."""
        return int(np.isfinite(self.pixels[..., 0]).sum())

    @property
    def words(self) -> str:
        """Who this is, by the place in the first picture that shows the person."""
        centre = np.nanmean(self.pixels[np.isfinite(self.pixels[..., 0]).any(axis=1)][0], axis=0)
        return f"the one near ({centre[0]:.0f}, {centre[1]:.0f}) in {self.view}"

    @property
    def height(self) -> float:
        """Median height (px) over the moments that show the person."""
        seen = self.pixels[np.isfinite(self.pixels[..., 1]).any(axis=1), :, 1]
        return float(np.median(np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1)))

    def later(self, moments: float) -> Track:
        """The track put in step when picture i shows moment i - `moments`; unseen where it has no pictures.

        Between two pictures, for parts of a moment, every joint is taken to move straight on.
        """
        return replace(
            self, pixels=at_moments(self.pixels, np.arange(len(self.pixels), dtype=np.float64) + moments)
        )


def at_moments(values: Array, moments: Array) -> Array:
    """Rows of `values` (M, ...) at fractional `moments` (N,): (N, ...), nan outside or beside a gap."""
    low = np.floor(moments).astype(int)
    part = (moments - low).reshape(-1, *[1] * (values.ndim - 1))
    padded = np.concatenate([values, np.full_like(values[:1], np.nan)])
    first, second = (padded[np.where((row < 0) | (row >= len(values)), -1, row)] for row in (low, low + 1))
    return np.asarray(np.where(part == 0, first, (1 - part) * first + part * second))


def follow(views: Mapping[str, Sequence[Sequence[Pose2D]]]) -> dict[str, list[Track]]:
    """The tracks of each view, most often seen first, from its 2D poses at the same M moments.

    Poses of any joint set are compared as COCO 17.
    """
    return {view: _follow_one(view, moments) for view, moments in views.items()}


def _follow_one(view: str, moments: Sequence[Sequence[Pose2D]]) -> list[Track]:
    tracks: list[Array] = []
    for moment, poses in enumerate(moments):
        found = [pixels for pose in poses if np.isfinite(pixels := coco_pixels(pose)).any()]
        known = _paired(found, [_last(track, moment) for track in tracks])
        for row, pixels in enumerate(found):
            if row not in known:
                tracks.append(np.full((len(moments), *pixels.shape), np.nan))
            tracks[known.get(row, len(tracks) - 1)][moment] = pixels
    named = [Track(view, number, pixels) for number, pixels in enumerate(tracks)]
    usable = [track for track in named if track.seen >= COCO17.count // 2]
    return sorted(usable, key=lambda track: -track.seen)[:_MOST_TRACKS]


def coco_pixels(pose: Pose2D) -> Array:
    """COCO joints (17, 2), nan where not seen with confidence."""
    values, present = remap(pose.keypoints, as_joint_set(pose.joint_set), COCO17)
    known = present & (values[:, 2] >= CONFIDENT)
    return np.where(known[:, None], values[:, :2], np.nan).astype(np.float64)


def _last(track: Array, moment: int) -> Array:
    """The pose (17, 2) that the track (M, 17, 2) had last before a moment."""
    before = np.flatnonzero(np.isfinite(track[:moment, :, 0]).any(axis=1))
    return np.asarray(track[before[-1]])


def _paired(poses: Sequence[Array], before: Sequence[Array]) -> dict[int, int]:
    """Which earlier pose each pose (17, 2) continues: the nearest pairs first, within a person's own size."""
    distances = sorted(
        (_relative_distance(pose, earlier), i, j)
        for i, pose in enumerate(poses)
        for j, earlier in enumerate(before)
    )
    found: dict[int, int] = {}
    for distance, i, j in distances:
        if distance < _FARTHEST and i not in found and j not in found.values():
            found[i] = j
    return found


def _relative_distance(pose: Array, earlier: Array) -> float:
    """Median distance of the joints in units of the person's size; infinite without joints seen in both."""
    distances = np.linalg.norm(pose - earlier, axis=1)
    known = np.isfinite(distances)
    if not known.any():
        return float("inf")
    size = float(np.linalg.norm(np.nanmax(pose, axis=0) - np.nanmin(pose, axis=0)))
    return float(np.median(distances[known])) / max(size, 1.0)
