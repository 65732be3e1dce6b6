"""True 2D poses with the errors that PoseFix trains with: jitter, miss, inversion, swap (Moon et al. 2019).

As 3DCrowdNet and SEFD corrupt the poses given in training. How far an error goes is measured by COCO's
keypoint similarity; how often each kind happens depends on the joint, on how many are in view, and on who is
near.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry import COCO17
from sefd_viewer.render.visibility import Visibility

_SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
_BOX = 1.2
"""A person's box is so much longer and wider than the extent of the joints."""
_TRIES = 24
_OWN, _OWN_PARTNER, _OTHER, _OTHER_PARTNER = range(4)
"""Places that an error can be mistaken for: the joint, its left or right partner, and both of the rival."""


class _Parts(NamedTuple):
    """A chance for each COCO joint by the part of the body it is on."""

    face: float
    shoulder: float
    arm: float
    hip: float
    knee: float
    ankle: float
    nose: float | None = None

    def of_joints(self) -> NDArray[np.float64]:
        """(17,)."""
        nose = self.face if self.nose is None else self.nose
        pairs = (self.face, self.face, self.shoulder, self.arm, self.arm, self.hip, self.knee, self.ankle)
        return np.array([nose, *np.repeat(pairs, 2)])


_JITTER = {
    True: _Parts(0.15, 0.15, 0.15, 0.20, 0.10, 0.10, 0.10),
    False: _Parts(0.20, 0.20, 0.20, 0.25, 0.15, 0.15, 0.15),
}
_MISS = (
    _Parts(0.15, 0.20, 0.25, 0.25, 0.25, 0.20),
    _Parts(0.10, 0.13, 0.15, 0.15, 0.15, 0.13),
    _Parts(0.02, 0.05, 0.10, 0.10, 0.10, 0.05),
)
_INVERSION = _Parts(0.01, 0.03, 0.03, 0.06, 0.06, 0.06)
_SWAP = {True: _Parts(0.02, 0.15, 0.15, 0.10, 0.10, 0.10), False: _Parts(0.01, 0.06, 0.06, 0.03, 0.03, 0.03)}
_MANY, _FEW = 10, 5
"""Joints in view up to which a person counts as partly and as hardly seen."""


def posefix_keypoints(
    points: NDArray[np.floating],
    states: NDArray[np.integer],
    extent: ArrayLike,
    rng: np.random.Generator,
    *,
    rivals: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """COCO17 joints (N, 17, 3) x, y, score of people whose joints are truly at `points` (N, 17, 2).

    Arguments are those of `estimated_keypoints`. Scores are 1, and 0 of joints outside the picture. The same
    generator state gives the same result.
    """
    true = np.asarray(points, np.float64)
    inside = np.asarray(states) != Visibility.OUTSIDE
    places = _places(true, true * np.nan if rivals is None else np.asarray(rivals, np.float64))
    area = (_BOX * np.broadcast_to(np.asarray(extent, np.float64), true.shape[:1])) ** 2
    tenth, half, most = (_radius(similarity, area) for similarity in (0.10, 0.50, 0.85))
    own = np.zeros(true.shape[:2], np.int64)
    other = np.where(rng.random(own.shape) < 0.5, _OTHER, _OTHER_PARTNER)
    far = _draw_near(places, _mistaken(places, rng), half, tenth, rng, least=half)
    drawn = (
        _draw_near(places, own, most, half, rng),
        far,
        _draw_near(places, own + _OWN_PARTNER, np.zeros_like(half), half, rng),
        _draw_near(places, other, np.zeros_like(half), half, rng, only=(_OWN, _OWN_PARTNER)),
        _draw_near(places, own, np.zeros_like(most), most, rng),
    )
    crowded = np.asarray(np.isfinite(places[:, :, _OTHER, 0]).any(axis=1), bool)
    chances = _chances(inside.sum(axis=1), crowded)
    found = _chosen(drawn, chances, rng)
    score = inside & np.isfinite(found).all(-1)
    return np.concatenate([np.nan_to_num(found), score[..., None]], axis=-1).astype(np.float32)


def _places(true: NDArray[np.float64], rivals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The four places (N, 17, 4, 2) of each joint, nan where there is none; the nose is no partner's."""
    partner = list(COCO17.flip_order)
    alone = np.array([joint == partner[joint] for joint in range(COCO17.count)])[:, None]
    turned = [np.where(alone, np.nan, one[:, partner]) for one in (true, rivals)]
    return np.stack([true, turned[0], rivals, turned[1]], axis=2)


def _radius(similarity: float, area: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far (N, 17) a joint lies off at a keypoint similarity."""
    return np.sqrt(-2 * np.log(similarity) * area[:, None]) * 2 * _SIGMAS


def _mistaken(places: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """The place (N, 17) around which a joint is missed: its own, or with a quarter of that chance another."""
    weights = np.isfinite(places[..., 0]) * np.array([1.0, 0.25, 0.25, 0.25])
    limits = np.cumsum(weights, -1) / weights.sum(-1, keepdims=True)
    return (rng.random(limits.shape[:2])[..., None] > limits).sum(-1)


def _draw_near(
    places: NDArray[np.float64],
    which: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    least: NDArray[np.float64] | None = None,
    only: tuple[int, ...] = (0, 1, 2, 3),
) -> NDArray[np.float64]:
    """A point (N, 17, 2) between `low` and `high` (N, 17) away from a place (`which`), nan for none.

    It lies nearer to that place than to the others (those in `only`), or at least `least` away from these.
    """
    shape = (*which.shape, _TRIES)
    centre = np.take_along_axis(places, which[..., None, None], axis=2)
    angle, share = rng.uniform(0, 2 * np.pi, shape), rng.random(shape)
    distance = low[..., None] + share * (high - low)[..., None]
    tries = centre + distance[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    gaps = np.linalg.norm(tries[:, :, :, None] - places[:, :, None], axis=-1)
    limit = distance if least is None else np.broadcast_to(least[..., None], shape)
    clear = np.isnan(gaps) | (gaps > limit[..., None])
    others = (np.arange(4) != which[..., None]) & np.isin(np.arange(4), only)
    good = (clear | ~others[:, :, None]).all(-1) & np.isfinite(tries).all(-1)
    first = good.argmax(-1)[..., None]
    point = np.take_along_axis(tries, first[..., None], axis=2)[:, :, 0]
    return np.where(good.any(-1, keepdims=True), point, np.nan)


def _chances(seen: NDArray[np.int64], crowded: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How often (N, 17, 5) a joint jitters, is missed, inverted, swapped, or is well found."""
    many, few = seen > _MANY, seen <= _FEW
    jitter = np.array([_JITTER[bool(one)].of_joints() for one in many])
    level = np.where(few, 0, np.where(many, 2, 1))
    miss = np.array([part.of_joints() for part in _MISS])[level]
    inversion = np.broadcast_to(_INVERSION.of_joints(), jitter.shape)
    swap = np.array([_SWAP[bool(one)].of_joints() for one in ~many & crowded])
    errors = np.stack([jitter, miss, inversion, swap], -1)
    return np.concatenate([errors, 1 - errors.sum(-1, keepdims=True)], -1)


def _chosen(
    drawn: tuple[NDArray[np.float64], ...], chances: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """One of the drawn points (N, 17, 2) of each joint; kinds without a point do not happen."""
    points = np.stack(drawn, axis=2)
    weights = chances * np.isfinite(points[..., 0])
    limits = np.cumsum(weights, -1)
    kind = (rng.random(limits.shape[:2]) * limits[..., -1])[..., None] >= limits
    place = np.minimum(kind.sum(-1), 4)
    found: NDArray[np.float64] = np.take_along_axis(points, place[..., None, None], axis=2)[:, :, 0]
    return found
