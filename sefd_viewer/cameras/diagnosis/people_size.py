"""The unit that all cameras share: epipolar lines cannot tell it, but the size of the people can."""

from __future__ import annotations

import numpy as np

from sefd_viewer.cameras.diagnosis.convention_search import Change
from sefd_viewer.cameras.diagnosis.convention_words import words_for
from sefd_viewer.cameras.diagnosis.conventions import Array, Conventions
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
