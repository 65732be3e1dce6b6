"""2D poses in several views as evidence about their cameras: distances from each other's epipolar lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import get_args

import numpy as np

from sefd_viewer.cameras.diagnosis.camera_reading import (
    LENS_UNITS,
    TURNS,
    distortions,
    effective,
    normal,
    read_camera,
    rotations,
    scales,
    times,
)
from sefd_viewer.cameras.diagnosis.conventions import (
    Array,
    Axes,
    Convention,
    Conventions,
    Extrinsics,
    Mirror,
    Size,
    Stated,
    Up,
)
from sefd_viewer.cameras.diagnosis.evidence import Choice, Unit, by_limb, cap_of
from sefd_viewer.cameras.views.matching import MatchedPerson, median_of, people_of
from sefd_viewer.cameras.views.tracks import Track
from sefd_viewer.cameras.views.triangulation import (
    fundamental_matrix,
    signed_distance,
    symmetric_distance,
    triangulate,
    undistorted_pixels,
)
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17

_WELL = 0.005
"""Joints are not found better than by half a percent of a person's height."""

_POOR = 0.03
_MOST_BEHIND = 0.5
_MOST_TRACKS = 5
_MOST_PEOPLE = 2
_LOOKED_AT = 6
_ABOUT_AS_WELL = 1.5


class ViewEvidence:
    """Stated cameras and the people's tracks in pictures of `sizes`; readings are measured in px."""

    unit: Unit = "px"
    shared = True

    def __init__(
        self, stated: Stated, tracks: Mapping[str, Sequence[Track]], sizes: Mapping[str, Size]
    ) -> None:
        self.stated = stated
        self.sizes = sizes
        self.views = tuple(view for view in sizes if view in stated and tracks.get(view))
        self.moments = max((len(one.pixels) for found in tracks.values() for one in found), default=0)
        self.cap = cap_of(sizes)
        most = _MOST_TRACKS if len(self.views) <= 4 else _MOST_PEOPLE
        self._tracks = {view: tracks[view][:most] for view in self.views}
        self.witnesses = min(_MOST_PEOPLE, *(len(found) for found in self._tracks.values()))
        self._seen: dict[tuple[str, Convention], Array] = {}
        self._tables: dict[tuple[str, Convention, str, Convention], tuple[Array, Array]] = {}
        heights = [one.height for found in self._tracks.values() for one in found]
        height = float(np.median(heights)) if heights else 0.0
        self.enough, self.poor = _WELL * height, _POOR * height

    def cameras(self, conventions: Conventions) -> dict[str, PinholeCamera]:
        """The cameras read this way."""
        return {view: self._camera(view, conventions.of(view)) for view in self.views}

    def people(self, conventions: Conventions, *, most: int = 1) -> list[MatchedPerson]:
        """The people on whom the cameras agree, best first; their tracks are in step with each other."""
        costs = {
            (a, b): self._table(a, conventions.of(a), b, conventions.of(b))[1]
            for a, b in combinations(self.views, 2)
        }
        tracks = {
            view: [track.later(conventions.of(view).later) for track in found]
            for view, found in self._tracks.items()
        }
        return people_of(costs, tracks, most=most, cap=self.cap)

    def error(self, conventions: Conventions) -> float:
        """Median epipolar distance (px) of the person who fits best, mean over capped pairs of views."""
        best = self._groups(conventions)[0]
        medians = [float(self._pair(a, b, conventions)[1][best[a], best[b]]) for a, b in self._pairs]
        return float(np.mean([self.cap if np.isnan(one) else min(one, self.cap) for one in medians]))

    def remaining(self, conventions: Conventions) -> float:
        """The same as the error: one wrong view shows in half of the pairs."""
        return self.error(conventions)

    def losses(self, conventions: Conventions) -> Array:
        """Mean capped epipolar distances (px) of the limbs of the people at every moment.

        They are the people whom every view sees, at most two: one alone could be someone who obeys other
        cameras. The order of the people is that of the first view's tracks.
        """
        groups = sorted(self._groups(conventions), key=lambda group: group[self.views[0]])
        return np.concatenate([self._limbs(group, conventions) for group in groups])

    def _limbs(self, group: Mapping[str, int], conventions: Conventions) -> Array:
        distances = [self._pair(a, b, conventions)[0][group[a], group[b]] for a, b in self._pairs]
        return by_limb(np.stack(distances).reshape(len(distances), -1, COCO17.count), self.cap)

    def possible(self, conventions: Conventions) -> bool:
        """Whether most joints lie before the cameras that see them; epipolar lines cannot tell."""
        cameras, best = self.cameras(conventions), self._groups(conventions)[0]
        tracks = [self._tracks[view][best[view]].later(conventions.of(view).later) for view in self.views]
        chosen = np.unique(np.linspace(0, self.moments - 1, _LOOKED_AT).round().astype(int))
        pixels = np.stack([track.pixels[chosen].reshape(-1, 2) for track in tracks])
        ideal = [cameras[view].without_distortion() for view in self.views]
        result = triangulate(ideal, pixels, tolerance_px=np.inf)
        errors = result.errors_px[:, np.isfinite(result.points_world).all(axis=1)]
        known = ~np.isnan(errors)
        return not known.any() or float(np.isinf(errors[known]).mean()) < _MOST_BEHIND

    def of_those_who_fit(self, conventions: Conventions) -> ViewEvidence:
        """The same about the person who fits this reading best, and those who fit it about as well.

        Small faults of cameras must not be looked for in people who may obey other cameras.
        """
        groups = self._groups(conventions)
        worst = [self._worst(group, conventions) for group in groups]
        kept = [group for group, one in zip(groups, worst, strict=True) if one <= _ABOUT_AS_WELL * worst[0]]
        tracks = {view: [self._tracks[view][group[view]] for group in kept] for view in self.views}
        return ViewEvidence(self.stated, tracks, self.sizes)

    def _worst(self, group: Mapping[str, int], conventions: Conventions) -> float:
        """The largest median distance (px) between two views of one person."""
        medians = [self._pair(a, b, conventions)[1][group[a], group[b]] for a, b in self._pairs]
        return float(np.nan_to_num(medians, nan=np.inf).max())

    def misfits(self, people: Sequence[MatchedPerson], tolerated: float) -> list[str]:
        """People on whom the cameras disagree by more than a part of their height, unlike on the first."""
        lines = []
        for person in people[1:]:
            (a, b), error = person.worst_pair
            if person.is_certain and error > tolerated * person.height and error > 2 * people[0].error_px:
                who = next(iter(person.tracks.values())).words
                lines.append(
                    f"{who} does not obey these cameras ({error:.1f} px between {a} and {b}), "
                    "which others do: look at this person, not at the cameras"
                )
        return lines

    def residuals_near(self, conventions: Conventions) -> Callable[[Conventions], Array]:
        """Signed epipolar distances (px) of all pairs and joints of the person who fits best, for a fit."""
        chosen = self._groups(conventions)[0]

        def residuals(near: Conventions) -> Array:
            cameras = self.cameras(near)
            straight = {view: self._straight(view, chosen[view], near.of(view)) for view in self.views}
            distances = [
                signed_distance(fundamental_matrix(cameras[a], cameras[b]), straight[a], straight[b])
                for a, b in self._pairs
            ]
            return np.nan_to_num(np.stack(distances), nan=0.0, posinf=0.0, neginf=0.0).T

        return residuals

    def normal(self, conventions: Conventions) -> Conventions:
        """See Evidence.normal."""
        return normal(conventions, self.views, self.stated, self.sizes)

    def gross(self) -> list[Choice]:
        """What throws people far away."""
        return [
            Choice("camera.extrinsics", get_args(Extrinsics)),
            Choice("camera.axes", get_args(Axes)),
            Choice("camera.lens_unit", LENS_UNITS),
            Choice("camera.scale", scales(self.stated, self.sizes)),
            Choice("camera.turn", TURNS),
        ]

    def choices(self) -> list[Choice]:
        """Everything that epipolar lines can see; a unit or a world that all share is not among it."""
        return [
            *self.gross(),
            Choice("camera.unit", (1.0, 1000.0, 0.001), "each"),
            Choice("camera.up", get_args(Up), "each"),
            Choice("camera.rotation", rotations(self.stated)),
            Choice("camera.mirror", get_args(Mirror)),
            Choice("camera.distortion", distortions(self.stated, self.sizes)),
            Choice("camera.intrinsics_of", tuple(self.stated), "each"),
            Choice("camera.extrinsics_of", tuple(self.stated), "each"),
            Choice("camera.later", times(self.moments), "each"),
        ]

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        return list(combinations(self.views, 2))

    def _groups(self, conventions: Conventions) -> list[dict[str, int]]:
        """One track of every view for each of the people: those that agree best first."""
        counts = [len(self._tracks[view]) for view in self.views]
        total = np.zeros(counts)
        for a, b in combinations(range(len(counts)), 2):
            table = self._pair(self.views[a], self.views[b], conventions)[1]
            shape = [count if axis in (a, b) else 1 for axis, count in enumerate(counts)]
            total += np.minimum(np.nan_to_num(table, nan=self.cap), self.cap).reshape(shape)
        groups = []
        for _ in range(self.witnesses):
            best = [int(index) for index in np.unravel_index(int(np.argmin(total)), total.shape)]
            groups.append(dict(zip(self.views, best, strict=True)))
            for axis, index in enumerate(best):
                total[(slice(None),) * axis + (index,)] = np.inf
        return groups

    def _camera(self, view: str, convention: Convention) -> PinholeCamera:
        return read_camera(view, convention, self.stated, self.sizes[view])

    def _pixels(self, view: str, convention: Convention) -> Array:
        """Undistorted pixels (T, N, 2) of the view's tracks; where the camera stands does not matter."""
        lens = replace(
            convention, extrinsics="world to camera", axes="OpenCV", unit=1.0, up="same", extrinsics_of=None
        )
        if (view, lens) not in self._seen:
            tracks = [track.later(lens.later).pixels.reshape(-1, 2) for track in self._tracks[view]]
            self._seen[view, lens] = undistorted_pixels(self._camera(view, lens), np.stack(tracks))
        return self._seen[view, lens]

    def _straight(self, view: str, number: int, convention: Convention) -> Array:
        track = self._tracks[view][number].later(convention.later)
        return undistorted_pixels(self._camera(view, convention), track.pixels.reshape(-1, 2))

    def _pair(self, a: str, b: str, conventions: Conventions) -> tuple[Array, Array]:
        return self._table(a, conventions.of(a), b, conventions.of(b))

    def _table(self, a: str, of_a: Convention, b: str, of_b: Convention) -> tuple[Array, Array]:
        """Distances (Ta, Tb, N) px of all joints of all tracks of two views, and their medians (Ta, Tb)."""
        of_a, of_b = (effective(one, view, self.stated, self.sizes) for view, one in ((a, of_a), (b, of_b)))
        key = (a, of_a, b, of_b)
        if key not in self._tables:
            fundamental = fundamental_matrix(self._camera(a, of_a), self._camera(b, of_b))
            first, second = self._pixels(a, of_a), self._pixels(b, of_b)
            distances = symmetric_distance(fundamental, first[:, None], second[None])
            self._tables[key] = distances, median_of(distances)
        return self._tables[key]
