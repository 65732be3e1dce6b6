"""What no list of options can name: how far pictures were moved, enlarged or put off in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from sefd_viewer.cameras.diagnosis.conventions import Array, Conventions
from sefd_viewer.cameras.diagnosis.evidence import Scores

_ROBUST_PX = 4.0
_USUAL_SHIFT_PX = 20.0
_USUAL_ZOOM = 0.02
_NO_ZOOM = 0.3
_PRIOR = 3.0
"""Weight of the usual sizes: what the views cannot tell stays near zero."""

_LEAST_LATENESS = 0.1


class Fits(Protocol):
    """Evidence that can be fitted: `residuals_near` gives signed distances (px), a row per joint seen."""

    def residuals_near(self, conventions: Conventions, /) -> Callable[[Conventions], Array]:
        """A function from readings to residuals (R, K), for the people of `conventions`."""


def fit_shifts(
    evidence: Fits, start: Conventions, groups: Sequence[Sequence[str]], *, rows: slice | None = None
) -> Conventions:
    """The reading with a shift and zoom for each group of views, fitted to (some `rows` of) the residuals."""
    from scipy.optimize import least_squares

    measure = evidence.residuals_near(start)
    chosen = rows or slice(None)

    def residuals(values: Array) -> Array:
        return np.concatenate([measure(_shifted(start, groups, values))[chosen].ravel(), _PRIOR * values])

    solution = least_squares(
        residuals, np.zeros(3 * len(groups)), loss="soft_l1", f_scale=_ROBUST_PX, max_nfev=15
    )
    found = solution.x.reshape(-1, 3)
    found[np.abs(found[:, 2]) < _NO_ZOOM, 2] = 0
    return _shifted(start, groups, found)


def fit_time(scores: Scores, start: Conventions, view: str) -> Conventions:
    """The reading with the view put in step to a tenth of a moment, by the losses."""
    whole = start.of(view).later
    best = start
    for step, reach in ((0.25, 3), (0.1, 2), (0.05, 1)):
        centre = best.of(view).later
        near = [round(centre + step * i, 3) for i in range(-reach, reach + 1)]
        tried = [start.with_option("camera.later", later, view) for later in near]
        best = min([best, *tried], key=scores.mean)
    return best if abs(best.of(view).later - whole) >= _LEAST_LATENESS else start


def _shifted(start: Conventions, groups: Sequence[Sequence[str]], values: Array) -> Conventions:
    """The reading with shifts and zooms from `values` (3 per group of views) in units of what is usual."""
    moved = start
    for views, (x, y, zoom) in zip(groups, values.reshape(-1, 3).tolist(), strict=True):
        for view in views:
            moved = moved.with_option("camera.shift", (_USUAL_SHIFT_PX * x, _USUAL_SHIFT_PX * y), view)
            moved = moved.with_option("camera.zoom", 1 + _USUAL_ZOOM * zoom, view)
    return moved
