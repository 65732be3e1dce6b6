"""What no list of options can name: people of another size, pictures moved, enlarged or put off in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from sefd_viewer.cameras.diagnosis.convention_search import Change
from sefd_viewer.cameras.diagnosis.conventions import Array, Conventions, words_for
from sefd_viewer.cameras.diagnosis.evidence import Scores
from sefd_viewer.cameras.diagnosis.view_evidence import ViewEvidence
from sefd_viewer.cameras.views.triangulation import triangulate
from sefd_viewer.geometry.joints import COCO17

_BONES_M = {
    ("L_Shoulder", "L_Elbow"): 0.28,
    ("R_Shoulder", "R_Elbow"): 0.28,
    ("L_Hip", "L_Knee"): 0.42,
    ("R_Hip", "R_Knee"): 0.42,
    ("L_Knee", "L_Ankle"): 0.41,
    ("R_Knee", "R_Ankle"): 0.41,
}
_UNITS = (1.0, 0.01, 0.001, 100.0, 1000.0)


def with_unit_of_people(
    evidence: ViewEvidence, found: Conventions
) -> tuple[Conventions, tuple[str, Change] | None]:
    """The reading with the unit of t that makes the best person as large as people are.

    Where that is another unit, also the words for it and the change.
    """
    unit = min(_UNITS, key=lambda unit: abs(np.log(unit / _factor(evidence, found))))
    if unit == 1.0:
        return found, None
    sized = found
    for view in evidence.views:
        sized = sized.with_option("camera.unit", found.of(view).unit * unit, view)
    sized = Conventions.of_views({view: sized.of(view) for view in evidence.views}, found.body)
    words = f"all cameras: {words_for('camera.unit', unit)}"
    return sized, (words, Change("camera.unit", unit, evidence.views))


def _factor(evidence: ViewEvidence, found: Conventions) -> float:
    """By how much the person who fits best is too small."""
    people = evidence.people(found)
    if not people:
        return 1.0
    cameras, views = evidence.cameras(found), list(people[0].tracks)
    pixels = np.stack([people[0].tracks[view].pixels for view in views])
    points = triangulate([cameras[view] for view in views], pixels.reshape(len(views), -1, 2)).points_world
    known = np.concatenate(_ratios(points.reshape(-1, COCO17.count, 3)))
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else 1.0


def _ratios(joints: Array) -> list[Array]:
    """How long bones usually are, over how long they are here."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return [
            length / np.linalg.norm(joints[:, COCO17.index(a)] - joints[:, COCO17.index(b)], axis=1)
            for (a, b), length in _BONES_M.items()
        ]


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
