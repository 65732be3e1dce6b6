"""True 2D poses as a detector would have found them: errors and scores like those of the shipped detector.

The figures were measured on the sample capture (a man whom a person covers) and on synthetic crowds with full
truth, both run through `pose2d.detector`; `benchmarks/pose_errors.py` measures them again and prints them
beside what this file makes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.geometry import COCO17
from sefd_viewer.render.visibility import Visibility

_FACE, _LIMBS = 5, 6
_PARTS = np.array([0] * _FACE + [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
"""Of each COCO joint: face, shoulder, elbow, wrist, hip, knee or ankle."""
_CHAIN = np.array([0] * _FACE + [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4])
"""Which joints err together: the face, each arm and each leg."""
_SWAPPED_TOGETHER = ((7, 9), (13, 15))
"""Left joints that change places with the right ones: elbow and wrist, knee and ankle."""

_SWAPPED, _INVERTED = 0.02, 0.015
_BORROWED, _LOST_WHEN_BORROWED, _LOST_SCORE = 0.3, 0.6, 0.05
_SHARED = 0.6
"""Share of an error's variance that a chain's joints have in common."""
_RAYLEIGH_MEDIAN = float(np.sqrt(2 * np.log(2)))


class _Errors(NamedTuple):
    """How joints of one state are found."""

    medians: tuple[float, ...]
    """Error of face, shoulder, elbow, wrist, hip, knee, ankle, relative to the person's extent."""
    tail: float
    """Deviation of the error's logarithm beyond that of a normal displacement."""
    score: float
    """Logit of the median score."""
    spread: float
    """Deviation of that logit."""


_OF_STATE = {
    Visibility.VISIBLE: _Errors((0.016, 0.015, 0.013, 0.013, 0.021, 0.014, 0.013), 0.65, 0.95, 0.9),
    Visibility.SELF_OCCLUDED: _Errors((0.018, 0.018, 0.03, 0.055, 0.023, 0.025, 0.035), 0.65, 0.55, 1.0),
    Visibility.OTHER_PERSON: _Errors((0.085, 0.10, 0.16, 0.22, 0.10, 0.21, 0.27), 0.4, -0.85, 1.0),
    Visibility.OBJECT: _Errors((0.11, 0.12, 0.15, 0.27, 0.12, 0.29, 0.40), 0.45, -0.95, 1.05),
    Visibility.OUTSIDE: _Errors((0.16, 0.19, 0.34, 0.42, 0.30, 0.42, 0.62), 0.45, -1.4, 1.0),
}
_SCORE_OF_PART = np.array([-0.3, 0.45, 0.1, -0.25, 0.45, 0.0, -0.25])
"""What is added to a score's logit for each part."""
_SURER = 0.35
"""How far a score's logit falls when an error is e times the median."""


def estimated_keypoints(
    points: NDArray[np.floating],
    states: NDArray[np.integer],
    extent: ArrayLike,
    rng: np.random.Generator,
    *,
    rivals: NDArray[np.floating] | None = None,
    picture: tuple[ArrayLike, ArrayLike] | None = None,
) -> NDArray[np.float32]:
    """COCO17 joints (..., 17, 3) x, y, score as a detector might have found those at `points` (..., 17, 2).

    `states` (..., 17) are `Visibility` values, `extent` (...) each person's size in the unit of the points:
    the square root of the area of the box around the joints inside the picture. `rivals` (..., 17, 2) are the
    same joints of the person in front, nan where there is none: a covered joint is often found there.
    `picture` gives the lowest and the highest place (..., 2) in the picture, beyond which nothing is found.
    The same generator state gives the same result.
    """
    true = np.asarray(points, np.float64)
    size = np.broadcast_to(np.asarray(extent, np.float64), true.shape[:-2])[..., None]
    figures = _figures(np.asarray(states))
    steps = _displacements(true.shape[:-2], figures, rng)
    found = true + steps * size[..., None]
    scores = _scores(figures, np.linalg.norm(steps, axis=-1), rng)
    if rivals is not None:
        found, scores = _borrowed(found, scores, states, rivals, rng)
    result = _exchanged(np.concatenate([found, scores[..., None]], axis=-1), rng)
    if picture is not None:
        low, high = (np.asarray(corner, np.float64)[..., None, :] for corner in picture)
        result[..., :2] = np.clip(result[..., :2], low, high)
    return result.astype(np.float32)


class _Figures(NamedTuple):
    """`_Errors` of every joint (..., 17)."""

    median: NDArray[np.float64]
    tail: NDArray[np.float64]
    score: NDArray[np.float64]
    spread: NDArray[np.float64]


def _figures(states: NDArray[np.integer]) -> _Figures:
    rows = [_OF_STATE[state] for state in Visibility]
    medians = np.array([row.medians for row in rows])[:, _PARTS]
    score = np.array([row.score for row in rows])[:, None] + _SCORE_OF_PART[_PARTS]
    tail, spread = (np.array([getattr(row, name) for row in rows]) for name in ("tail", "spread"))
    joint = np.arange(COCO17.count)
    return _Figures(medians[states, joint], tail[states], score[states, joint], spread[states])


def _displacements(
    people: tuple[int, ...], figures: _Figures, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Errors (..., 17, 2) relative to the extent; joints of a chain err alike, in size and direction."""
    chains = _CHAIN.max() + 1
    shared = rng.normal(size=(*people, chains, 2))[..., _CHAIN, :]
    own = rng.normal(size=(*people, COCO17.count, 2))
    large = rng.normal(size=(*people, chains))[..., _CHAIN]
    scale = figures.median / _RAYLEIGH_MEDIAN * np.exp(figures.tail * large)
    return (np.sqrt(_SHARED) * shared + np.sqrt(1 - _SHARED) * own) * scale[..., None]


def _scores(figures: _Figures, errors: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    surprise = np.log(np.maximum(errors, 1e-6) / figures.median)
    logits = figures.score - _SURER * surprise + figures.spread * rng.normal(size=errors.shape)
    return 1 / (1 + np.exp(-logits))


def _borrowed(
    found: NDArray[np.float64],
    scores: NDArray[np.float64],
    states: NDArray[np.integer],
    rivals: NDArray[np.floating],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Some covered joints are found on the person in front; the detector often gives those up again."""
    covered = (states == Visibility.OTHER_PERSON) & np.isfinite(rivals).all(-1)
    chains = rng.random((*states.shape[:-1], _CHAIN.max() + 1))[..., _CHAIN]
    taken = covered & (chains < _BORROWED)
    lost = taken & (rng.random(states.shape) < _LOST_WHEN_BORROWED)
    places = np.where(taken[..., None], np.where(taken[..., None], rivals, 0.0), found)
    return places, np.where(lost, np.minimum(scores, _LOST_SCORE), scores)


def _exchanged(keypoints: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Left and right mixed up: a whole body seen from the wrong side, or the ends of both arms or legs."""
    people = keypoints.shape[:-2]
    turned = (rng.random(people) < _INVERTED)[..., None, None]
    result = np.where(turned, keypoints[..., list(COCO17.flip_order), :], keypoints)
    for joints in _SWAPPED_TOGETHER:
        both = [*joints, *(COCO17.flip_order[joint] for joint in joints)]
        other = [COCO17.flip_order[joint] for joint in both]
        swap = (rng.random(people) < _SWAPPED)[..., None, None]
        result[..., both, :] = np.where(swap, result[..., other, :], result[..., both, :])
    return result
