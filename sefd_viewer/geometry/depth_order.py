"""People put into another depth order before one camera while every pixel stays where it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

GAP = 0.01
"""How much of its depth lies free between two people whose order was changed."""
_TIE = 1e-6


def depth_factors(depths: ArrayLike, order: Sequence[int]) -> np.ndarray:
    """Factors (N,) for whole bodies, so that they stand in `order`, nearest first.

    `depths` (N, 3) are each body's nearest, middle and farthest depth in metres, before the camera. A body
    that is scaled about the camera keeps its pixels and changes its depth. As few people as possible move;
    people whose order differs from that of their middles then lie wholly behind each other, so that the
    change holds for every pixel. Others keep what the depths say.
    """
    nearest, middle, farthest = np.asarray(depths, np.float64).T
    factors = np.ones(len(middle))
    kept = _most_in_order(middle, order)
    place = {person: rank for rank, person in enumerate(order)}
    for person in set(order) - set(kept):
        behind = [k for k in kept if place[k] > place[person] and middle[k] < middle[person]]
        before = [k for k in kept if place[k] < place[person] and middle[k] > middle[person]]
        if behind:
            factors[person] = min(nearest[behind]) * (1 - GAP) / farthest[person]
        else:
            factors[person] = max(farthest[before]) * (1 + GAP) / nearest[person]
    return _pushed(nearest, middle, farthest, factors, order)


def painted_factors(depths: ArrayLike, painted: Sequence[int]) -> np.ndarray:
    """Factors (N,) for whole bodies, so that those `painted` over a picture, nearest first, hide all others.

    `depths` (N, 2) are each body's nearest and farthest depth in metres, before the camera. Only painted
    bodies move; one that reaches behind the camera stays, and hides nobody.
    """
    nearest, farthest = np.asarray(depths, np.float64).reshape(-1, 2).T
    factors = np.ones(len(nearest))
    behind = [k for k in range(len(nearest)) if k not in painted and nearest[k] > 0]
    limit = min(nearest[behind], default=np.inf)
    for person in reversed(painted):
        if nearest[person] > 0:
            factors[person] = min(1.0, limit * (1 - GAP) / farthest[person])
            limit = min(limit, nearest[person] * factors[person])
    return factors


def _pushed(
    nearest: np.ndarray, middle: np.ndarray, farthest: np.ndarray, factors: np.ndarray, order: Sequence[int]
) -> np.ndarray:
    """The factors raised, from the front to the back, where somebody still stands too near."""
    for rank, person in enumerate(order):
        for other in order[:rank]:
            exchanged = middle[other] > middle[person]
            if not exchanged and factors[person] == factors[other] == 1.0:
                continue
            reach = farthest[other] / nearest[person] if exchanged else middle[other] / middle[person]
            if factors[person] <= factors[other] * reach * (1 + _TIE):
                factors[person] = factors[other] * reach * (1 + GAP)
    return factors


def _most_in_order(middle: np.ndarray, order: Sequence[int]) -> list[int]:
    """The longest part of `order` that has rising depths already."""
    ends: list[float] = []
    last: list[int] = []
    before: dict[int, int | None] = {}
    for person in order:
        rank = bisect_left(ends, middle[person])
        before[person] = last[rank - 1] if rank else None
        ends[rank : rank + 1] = [float(middle[person])]
        last[rank : rank + 1] = [person]
    kept: list[int] = []
    person_or_none = last[-1] if last else None
    while person_or_none is not None:
        kept.append(person_or_none)
        person_or_none = before[person_or_none]
    return kept[::-1]
