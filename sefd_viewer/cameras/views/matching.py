"""Who is who in several calibrated views: the tracks whose joints lie on each other's epipolar lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.views.tracks import Track
from sefd_viewer.cameras.views.triangulation import fundamental_matrix, symmetric_distance, undistorted_pixels
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17

Array = NDArray[np.float64]
Costs = Mapping[tuple[str, str], Array]

CAP_PX = 30.0
"""A pair of views counts for at most this much, so that one wrong camera does not decide everything."""

_LEAST_JOINTS = 8
_LEAST_MOMENTS = 2
_LEAST_VIEWS = 3


@dataclass(frozen=True, eq=False)
class MatchedPerson:
    """One person in several views: `tracks` by view, `pairs_px` the median epipolar distance by pair.

    Each pair counts for at most `cap` px.
    """

    tracks: Mapping[str, Track]
    pairs_px: Mapping[tuple[str, str], float]
    cap: float = CAP_PX

    @property
    def error_px(self) -> float:
        """Mean over the pairs, each capped."""
        return float(np.mean([min(value, self.cap) for value in self.pairs_px.values()]))

    @property
    def worst_pair(self) -> tuple[tuple[str, str], float]:
        """The two views that agree least, and by how much (px)."""
        return max(self.pairs_px.items(), key=lambda item: item[1])

    @property
    def height(self) -> float:
        """Median height (px) over views and moments."""
        return float(np.median([track.height for track in self.tracks.values()]))

    @property
    def is_certain(self) -> bool:
        """Whether the views cannot have mixed up different people: three agree about each other.

        Two tracks of two views that disagree may as well be two people.
        """
        count = len(self.tracks)
        return count >= _LEAST_VIEWS and len(self.pairs_px) == count * (count - 1) // 2

    def by_view(self) -> dict[str, float]:
        """Median over the pairs of each view (px)."""
        return {
            view: float(np.median([value for pair, value in self.pairs_px.items() if view in pair]))
            for view in self.tracks
        }


def match_people(
    cameras: Mapping[str, PinholeCamera],
    tracks: Mapping[str, Sequence[Track]],
    *,
    most: int = 4,
    cap: float = CAP_PX,
) -> list[MatchedPerson]:
    """The people seen by at least two views, best agreement first, each track used once."""
    usable = {view: found for view, found in tracks.items() if view in cameras and found}
    return people_of(pair_costs(cameras, usable), usable, most=most, cap=cap)


def people_of(
    costs: Costs, tracks: Mapping[str, Sequence[Track]], *, most: int, cap: float = CAP_PX
) -> list[MatchedPerson]:
    """The same from the distances of all tracks of each pair of views."""
    left = {view: set(range(len(found))) for view, found in tracks.items()}
    people: list[MatchedPerson] = []
    while len(people) < most:
        chosen = _best_group(costs, left, cap)
        if chosen is None:
            break
        people.append(_person(chosen, costs, tracks, cap))
        for view, index in chosen.items():
            left[view].discard(index)
    return people


def pair_costs(cameras: Mapping[str, PinholeCamera], tracks: Mapping[str, Sequence[Track]]) -> Costs:
    """Median symmetric epipolar distances (Ta, Tb) px of all tracks of each pair of views; nan: too few."""
    flat = {
        view: undistorted_pixels(camera, np.stack([track.pixels.reshape(-1, 2) for track in tracks[view]]))
        for view, camera in cameras.items()
        if tracks.get(view)
    }
    return {
        (a, b): median_of(
            symmetric_distance(fundamental_matrix(cameras[a], cameras[b]), flat[a][:, None], flat[b][None])
        )
        for a, b in combinations(flat, 2)
    }


def median_of(distances: Array) -> Array:
    """Medians (Ta, Tb) px of distances (Ta, Tb, M * 17); nan with too few joints or moments seen in both.

    A single moment is not enough where there are several: two people may have stood alike just then.
    """
    known = np.isfinite(distances)
    count = known.sum(axis=-1)
    moments = known.reshape(*known.shape[:-1], -1, COCO17.count).any(axis=-1)
    enough = (count >= _LEAST_JOINTS) & (moments.sum(axis=-1) >= min(_LEAST_MOMENTS, moments.shape[-1]))
    ordered = np.sort(distances, axis=-1)  # nan and inf last
    middle = np.take_along_axis(ordered, np.maximum(count // 2, 0)[..., None], axis=-1)[..., 0]
    return np.asarray(np.where(enough, middle, np.nan), np.float64)


def _best_group(costs: Costs, left: Mapping[str, set[int]], cap: float) -> dict[str, int] | None:
    """One track per view: the cheapest of the groups that grow from any pair of tracks."""
    best: tuple[float, dict[str, int]] | None = None
    for (a, b), table in costs.items():
        for i in left[a]:
            for j in left[b]:
                if np.isnan(table[i, j]) or table[i, j] > cap:
                    continue
                group = _grown({a: i, b: j}, costs, left, cap)
                price = _price(group, costs, cap) - 0.01 * len(group)
                if best is None or price < best[0]:
                    best = (price, group)
    return None if best is None else best[1]


def _grown(group: dict[str, int], costs: Costs, left: Mapping[str, set[int]], cap: float) -> dict[str, int]:
    """The group with the best track of every further view; a view without any that fits stays out."""
    for view in left:
        if view in group:
            continue
        prices = {index: _price_to(view, index, group, costs, cap) for index in left[view]}
        known = {index: price for index, price in prices.items() if price < cap}
        if known:
            group = group | {view: min(known, key=lambda index: known[index])}
    return group


def _price_to(view: str, index: int, group: Mapping[str, int], costs: Costs, cap: float) -> float:
    values = [_cost((view, index), (other, row), costs) for other, row in group.items()]
    known = [min(value, cap) for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _price(group: Mapping[str, int], costs: Costs, cap: float) -> float:
    values = [_cost(first, second, costs) for first, second in combinations(group.items(), 2)]
    return float(np.mean([min(value, cap) for value in values if np.isfinite(value)]))


def _cost(first: tuple[str, int], second: tuple[str, int], costs: Costs) -> float:
    pair = (first[0], second[0])
    if pair in costs:
        return float(costs[pair][first[1], second[1]])
    return float(costs[pair[::-1]][second[1], first[1]])


def _person(
    chosen: Mapping[str, int], costs: Costs, tracks: Mapping[str, Sequence[Track]], cap: float
) -> MatchedPerson:
    pairs = {
        (a, b): float(table[chosen[a], chosen[b]])
        for (a, b), table in costs.items()
        if a in chosen and b in chosen and np.isfinite(table[chosen[a], chosen[b]])
    }
    return MatchedPerson({view: tracks[view][index] for view, index in chosen.items()}, pairs, cap)
