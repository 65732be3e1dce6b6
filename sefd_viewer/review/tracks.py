"""People followed through the moments of one view, each view for itself and without any camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.joints import COCO17, as_joint_set, remap
from sefd_viewer.geometry.poses import Pose2D

Array = NDArray[np.float64]

CONFIDENT = 0.3
"""Keypoints with a lower score do not count."""

_MOST_TRACKS = 6


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
        free = list(range(len(tracks)))
        for pixels in sorted((_pixels(pose) for pose in poses), key=_unseen):
            found = _nearest(pixels, tracks, free, moment)
            if found is None:
                tracks.append(np.full((len(moments), *pixels.shape), np.nan))
                found = len(tracks) - 1
            else:
                free.remove(found)
            tracks[found][moment] = pixels
    named = [Track(view, number, pixels) for number, pixels in enumerate(tracks)]
    usable = [track for track in named if track.seen >= COCO17.count // 2]
    return sorted(usable, key=lambda track: -track.seen)[:_MOST_TRACKS]


def _pixels(pose: Pose2D) -> Array:
    """COCO joints (17, 2), nan where not seen with confidence."""
    values, present = remap(pose.keypoints, as_joint_set(pose.joint_set), COCO17)
    known = present & (values[:, 2] >= CONFIDENT)
    return np.where(known[:, None], values[:, :2], np.nan).astype(np.float64)


def _unseen(pixels: Array) -> int:
    return int(np.isnan(pixels[:, 0]).sum())


def _nearest(pixels: Array, tracks: Sequence[Array], free: Sequence[int], moment: int) -> int | None:
    """The free track whose last pose is nearest, within half the person's own size per moment."""
    best, least = None, 0.5
    for index in free:
        before = np.flatnonzero(np.isfinite(tracks[index][:moment, :, 0]).any(axis=1))
        distances = np.linalg.norm(pixels - tracks[index][before[-1]], axis=1)
        known = np.isfinite(distances)
        if not known.any():
            continue
        size = float(np.linalg.norm(np.nanmax(pixels, axis=0) - np.nanmin(pixels, axis=0)))
        relative = float(np.median(distances[known])) / max(size, 1.0)
        if relative < least:
            best, least = index, relative
    return best
