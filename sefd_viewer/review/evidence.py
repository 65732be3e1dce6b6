"""What 2D poses say about a way to read the cameras: epipolar distances, remembered per pair of views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.review.camera_reading import read_camera
from sefd_viewer.review.conventions import Convention, Size, StatedCamera
from sefd_viewer.review.epipolar import fundamental_matrix, undistorted_pixels
from sefd_viewer.review.matching import CAP_PX, MatchedPerson, median_distances, people_of
from sefd_viewer.review.tracks import Track

Array = NDArray[np.float64]
Reading = Mapping[str, Convention]


class Evidence:
    """Stated cameras and the people's tracks in pictures of `size`; tells the error of any reading."""

    def __init__(
        self, stated: Mapping[str, StatedCamera], tracks: Mapping[str, Sequence[Track]], size: Size
    ) -> None:
        self.stated = stated
        self.size = size
        self.views = tuple(view for view in stated if tracks.get(view))
        self.moments = max((len(one.pixels) for found in tracks.values() for one in found), default=0)
        self._tracks = tracks
        self._seen: dict[tuple[str, Convention], Array] = {}
        self._tables: dict[tuple[str, Convention, str, Convention], Array] = {}

    def cameras(self, reading: Reading) -> dict[str, PinholeCamera]:
        """The cameras read this way."""
        return {view: read_camera(view, reading[view], self.stated, self.size) for view in self.views}

    def people(self, reading: Reading, *, most: int = 1) -> list[MatchedPerson]:
        """The people on whom the cameras agree, best first; their tracks are in step with each other."""
        costs = {(a, b): self._table(a, reading[a], b, reading[b]) for a, b in combinations(self.views, 2)}
        tracks = {
            view: [track.later(reading[view].later) for track in self._tracks[view]] for view in self.views
        }
        return people_of(costs, tracks, most=most)

    def error(self, reading: Reading) -> float:
        """Median epipolar distance (px) of the person who fits best, mean over capped pairs of views."""
        people = self.people(reading)
        if not people or len(people[0].tracks) < len(self.views):
            return CAP_PX
        return people[0].error_px

    def _pixels(self, view: str, convention: Convention) -> Array:
        """Undistorted pixels (T, N, 2) of the view's tracks; where the camera stands does not matter."""
        key = (view, replace(convention, extrinsics="world to camera", axes="OpenCV", unit=1.0))
        if key not in self._seen:
            camera = read_camera(*key, self.stated, self.size)
            tracks = [track.later(convention.later).pixels.reshape(-1, 2) for track in self._tracks[view]]
            self._seen[key] = undistorted_pixels(camera, np.stack(tracks))
        return self._seen[key]

    def _table(self, a: str, of_a: Convention, b: str, of_b: Convention) -> Array:
        key = (a, of_a, b, of_b)
        if key not in self._tables:
            first = read_camera(a, of_a, self.stated, self.size)
            second = read_camera(b, of_b, self.stated, self.size)
            pixels = self._pixels(a, of_a), self._pixels(b, of_b)
            self._tables[key] = median_distances(fundamental_matrix(first, second), *pixels)
        return self._tables[key]


def with_change(reading: Reading, views: Sequence[str], name: str, value: Any) -> dict[str, Convention]:
    """The reading with one field changed for some views."""
    return {
        view: replace(convention, **{name: value}) if view in views else convention
        for view, convention in reading.items()
    }
