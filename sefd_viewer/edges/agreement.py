"""How well the edges found in a picture agree with those of the bodies in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Strength = NDArray[np.float32]
Mask = NDArray[np.bool_]

LEVELS: tuple[float, ...] = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Strengths at which edges are cut off when the best cut is looked for."""


@dataclass(frozen=True)
class EdgeAgreement:
    """Found edges against wanted ones, cut off at `level`.

    precision: share of the found edge pixels within the tolerance of a wanted one.
    recall: share of the wanted edge pixels within the tolerance of a found one.
    inner_recall: the same for wanted edges inside a body, away from its outline; nan without any.
    chamfer: mean distance in pixels, averaged over both directions, each distance at most FAR.
    """

    level: float
    precision: float
    recall: float
    inner_recall: float
    chamfer: float

    @property
    def f_score(self) -> float:
        """The harmonic mean of precision and recall, 0 where both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both > 0 else 0.0


@dataclass(frozen=True)
class EdgeLikeness:
    """How alike two soft maps are: `psnr_db` the peak signal-to-noise ratio, `ssim` (Wang et al. 2004)."""

    psnr_db: float
    ssim: float


FAR = 20.0
"""Pixels beyond which an edge counts as not there: one lost edge must not decide the mean."""


class WantedEdges:
    """Edges to compare others with, measured once.

    `wanted` (H,W) are the edge pixels, `region` where found edges count at all (the people's boxes: nobody
    asks for the edges of the room), `inner` those of the wanted edges that lie inside a body.
    """

    def __init__(self, wanted: Mask, *, region: Mask | None = None, inner: Mask | None = None) -> None:
        self._region = np.ones_like(wanted) if region is None else region
        self._wanted = wanted & self._region
        self._inner = np.zeros_like(wanted) if inner is None else inner & self._wanted
        self._away = _distance(self._wanted)

    def best(self, found: Strength, *, tolerance: float = 2.0) -> EdgeAgreement:
        """The agreement at the level with the highest F score; `found` (H,W) in [0,1]."""
        return max((self.at(found, level, tolerance=tolerance) for level in LEVELS), key=lambda a: a.f_score)

    def at(self, found: Strength, level: float, *, tolerance: float = 2.0) -> EdgeAgreement:
        """The agreement of what is at least `level` strong; `tolerance` in pixels."""
        there = (found >= level) & self._region
        away = _distance(there)
        missed, false = away[self._wanted], self._away[there]
        return EdgeAgreement(
            level=level,
            precision=_share(false <= tolerance),
            recall=_share(missed <= tolerance),
            inner_recall=_share(away[self._inner] <= tolerance, nothing=float("nan")),
            chamfer=(_mean(missed) + _mean(false)) / 2,
        )


def likeness(found: Strength, wanted: Strength, region: Mask) -> EdgeLikeness:
    """How alike two maps (H,W) in [0,1] are inside a region; nan for an empty one.

    SSIM compares Gaussian windows of 11x11 pixels (sigma 1.5) around each pixel of the region.
    """
    if not region.any():
        return EdgeLikeness(float("nan"), float("nan"))
    error = float(np.square(found - wanted, dtype=np.float64)[region].mean())
    similar = float(_similar(found, wanted)[region].mean())
    return EdgeLikeness(-10 * float(np.log10(max(error, 1e-10))), similar)


def _similar(one: Strength, other: Strength) -> NDArray[np.float64]:
    """The structural similarity around every pixel."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    mean_a, mean_b, aa, bb, ab = (
        cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)
        for values in (a, b, a * a, b * b, a * b)
    )
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    similar = (2 * product + 0.01**2) * (2 * (ab - product) + 0.03**2)
    return similar / ((squares + 0.01**2) * (aa + bb - squares + 0.03**2))


def inner_edges(edges: Mask, silhouette: Mask, *, margin: int = 3) -> Mask:
    """The edge pixels more than `margin` pixels inside the silhouette of the body."""
    around = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    inside = cv2.erode(silhouette.astype(np.uint8), around, borderType=cv2.BORDER_REPLICATE)
    return edges & (inside > 0)


def thinned(strength: Strength) -> Strength:
    """(H,W) edge strength with its ridges one or two pixels wide, so that wide and thin edges compare fairly.

    A pixel stays where no neighbour across the ridge is stronger; across is the direction in which the
    smoothed strength curves most.
    """
    smooth = cv2.GaussianBlur(strength, (0, 0), 1.5)
    xx, yy, xy = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((2, 0), (0, 2), (1, 1)))
    across = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    octant = np.round(across / (np.pi / 4)).astype(int) % 4
    padded = np.pad(smooth, 1)
    height, width = smooth.shape
    keep = np.zeros(smooth.shape, bool)
    for direction, (dx, dy) in enumerate(((1, 0), (1, 1), (0, 1), (-1, 1))):
        ahead = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        keep |= (octant == direction) & (smooth >= ahead) & (smooth > behind)
    return np.where(keep, strength, 0).astype(np.float32)


def _distance(edges: Mask) -> Strength:
    """Distance of every pixel to the nearest edge pixel, at most FAR."""
    if not edges.any():
        return np.full(edges.shape, FAR, np.float32)
    to_edge = cv2.distanceTransform((~edges).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(np.minimum(to_edge, FAR), np.float32)


def _share(hits: Mask, *, nothing: float = 0.0) -> float:
    return float(hits.mean()) if hits.size else nothing


def _mean(distances: Strength) -> float:
    return float(distances.mean()) if distances.size else FAR
