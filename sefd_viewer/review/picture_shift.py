"""How far each picture was shifted and enlarged after calibration, from the people in several views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from sefd_viewer.review.camera_reading import read_camera
from sefd_viewer.review.conventions import Convention
from sefd_viewer.review.epipolar import fundamental_matrix, signed_distance, undistorted_pixels
from sefd_viewer.review.evidence import Evidence, Reading

Array = NDArray[np.float64]

_ROBUST_PX = 4.0
_USUAL_SHIFT_PX = 20.0
_USUAL_ZOOM = 0.02
_NO_ZOOM = 0.3
_PRIOR = 3.0
"""Weight of the usual sizes: what the views cannot tell stays near zero."""


def fit_shifts(evidence: Evidence, reading: Reading, views: Sequence[str]) -> dict[str, Convention]:
    """The reading with `shift` and `zoom` of these views fitted to the person who fits best."""
    people = evidence.people(reading)
    if not people:
        return dict(reading)
    pixels = {view: track.pixels.reshape(-1, 2) for view, track in people[0].tracks.items()}
    moving = [view for view in views if view in pixels]

    def residuals(values: Array) -> Array:
        return np.concatenate(
            [_distances(evidence, _shifted(reading, moving, values), pixels), _PRIOR * values]
        )

    solution = least_squares(
        residuals, np.zeros(3 * len(moving)), loss="soft_l1", f_scale=_ROBUST_PX, max_nfev=15
    )
    found = solution.x.reshape(-1, 3)
    found[np.abs(found[:, 2]) < _NO_ZOOM, 2] = 0
    return _shifted(reading, moving, found)


def _shifted(reading: Reading, views: Sequence[str], values: Array) -> dict[str, Convention]:
    """The reading with shifts and zooms from `values` (3 per view) in units of what is usual."""
    moved = dict(reading)
    for view, (x, y, zoom) in zip(views, values.reshape(-1, 3).tolist(), strict=True):
        shift = (_USUAL_SHIFT_PX * x, _USUAL_SHIFT_PX * y)
        moved[view] = replace(moved[view], shift=shift, zoom=1 + _USUAL_ZOOM * zoom)
    return moved


def _distances(evidence: Evidence, reading: Reading, pixels: Mapping[str, Array]) -> Array:
    """Signed epipolar distances (px) of all pairs; zero where a joint is not seen."""
    cameras = {view: read_camera(view, reading[view], evidence.stated, evidence.size) for view in pixels}
    straight = {view: undistorted_pixels(cameras[view], pixels[view]) for view in pixels}
    found = [
        signed_distance(fundamental_matrix(cameras[a], cameras[b]), straight[a], straight[b])
        for a, b in combinations(pixels, 2)
    ]
    return np.nan_to_num(np.concatenate(found), nan=0.0, posinf=0.0, neginf=0.0)
