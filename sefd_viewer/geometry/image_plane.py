"""People with their own cameras in one image plane (supplement section 7.1), or in another depth order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.geometry.cameras import PinholeCamera


def to_image_plane(points_camera: ArrayLike, own: PinholeCamera, reference: PinholeCamera) -> np.ndarray:
    """Points (..., 3) of a person's own camera frame, in metres, in the frame of a reference camera.

    Every point keeps the pixel that its own camera gives it: equations 1 to 4, with a factor of its own
    for y where fx and fy differ. Both cameras are taken without distortion and extrinsics. The depth order
    between people that results is the annotation's guess, not a measurement.
    """
    points = np.asarray(points_camera, dtype=np.float64)
    per_axis = (own.focal / own.focal[0]) * (reference.focal[0] / reference.focal)
    depth = points[..., 2:] * reference.focal[0] / own.focal[0]
    shift = (own.principal_point - reference.principal_point) / reference.focal
    return np.concatenate([points[..., :2] * per_axis + depth * shift, depth], axis=-1)


def place_over_pixels(points: ArrayLike, points_image: ArrayLike, camera: PinholeCamera) -> np.ndarray | None:
    """The shift (3,) in metres with which points (J, 3) in a camera's axes lie nearest to pixels (J, 2).

    It is linear in the shift: f (x + s_x) = (u - c) (z + s_z). None for fewer than three points, and where
    they would lie behind the camera.
    """
    body, plane = np.asarray(points, np.float64), camera.rays(np.asarray(points_image, np.float64))[:, :2]
    if len(body) < 3:
        return None
    zero, one = np.zeros(len(body)), np.ones(len(body))
    left = np.concatenate(
        [np.column_stack([one, zero, -plane[:, 0]]), np.column_stack([zero, one, -plane[:, 1]])]
    )
    right = (plane * body[:, 2:] - body[:, :2]).T.ravel()
    shift = np.linalg.lstsq(left, right, rcond=None)[0]
    return shift if np.isfinite(shift).all() and (body[:, 2] + shift[2]).min() > 0 else None


def largest_shift_px(before_image: ArrayLike, after_image: ArrayLike) -> float:
    """The largest distance (px) between paired pixels (N, 2); nan where none is finite in both."""
    shift = np.asarray(after_image, np.float64) - np.asarray(before_image, np.float64)
    distances = np.linalg.norm(shift, axis=-1)
    return float(np.nanmax(distances)) if np.isfinite(distances).any() else float("nan")


def body_before_camera(
    vertices_camera: ArrayLike, own: PinholeCamera, reference: PinholeCamera
) -> np.ndarray:
    """A whole body (V, 3) of its own camera's frame, in metres, before a reference camera.

    Every vertex keeps its pixel, as with `to_image_plane`, lens distortion included. But only the body's
    middle takes the depth of equation 2; the body keeps its thickness in metres. Where focal lengths differ
    much, as a network's virtual one and a real one do, equation 2 would flatten it, and with it its shading.
    """
    vertices = np.asarray(vertices_camera, dtype=np.float64)
    if own is reference:
        return vertices
    middle = vertices[:, 2].mean()
    depth = _depth(middle, own, reference) + vertices[:, 2:] - middle
    return reference.rays(own.project_camera(vertices)) * depth


def body_in_space(
    vertices_camera: ArrayLike,
    own: PinholeCamera,
    reference: PinholeCamera,
    *,
    turn: np.ndarray | None = None,
) -> np.ndarray:
    """The same body with its true shape, moved as a whole to where the reference camera sees its middle.

    `turn` (3, 3) takes its orientation from the own camera's frame to the reference's. Only the middle keeps
    its pixel: this is for looking at bodies from elsewhere, not for drawing them on the photo.
    """
    vertices = np.asarray(vertices_camera, dtype=np.float64)
    middle = vertices.mean(axis=0)
    place = reference.rays(own.project_camera(middle)) * _depth(middle[2], own, reference)
    shape = vertices - middle
    return (shape if turn is None else shape @ turn.T) + place


def _depth(depth: float, own: PinholeCamera, reference: PinholeCamera) -> float:
    return float(depth * reference.focal[0] / own.focal[0])


def is_another_plane(own: PinholeCamera, reference: PinholeCamera) -> bool:
    """Whether focal lengths differ by more than twice, as a network's virtual one and a real one do."""
    return not 0.5 < own.focal[0] / reference.focal[0] < 2.0


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
