"""3DPCK as MuPoTS-3D's own program measures it: whom it compares, with which joints, in which form.

Mehta et al., "Single-Shot Multi-Person 3D Pose Estimation From Monocular RGB", 3DV 2018, and the program that
comes with the set: joints relative to the pelvis, people matched by their joints in the picture, every bone
of a prediction stretched to the true one's length. 3DCrowdNet and SEFD report these numbers. They compare
with the scaled ("universal") annotation of the set's MATLAB files, which MuPoTS-3D.json does not hold: there
the joints have the people's true size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.smpl_layout import MUPOTS_REGRESSOR
from sefd_viewer.datasets.records import natural
from sefd_viewer.evaluation.runs.intervals import Mean, mean_with_interval, without_nan
from sefd_viewer.geometry.joints import HUMAN36M17, MUPOTS17

if TYPE_CHECKING:
    import polars as pl


Array = NDArray[np.float64]

PCK_MM = 150.0
"""A joint is correct nearer than this."""

EVALUATED = tuple(range(14))
"""The 14 joints that count, head top to ankles; some count the pelvis as a 15th, where the error is zero."""

WITH_PELVIS = tuple(range(15))
ROOT = MUPOTS17.index("Pelvis")

_MATCHED = slice(1, 14)
_NEAR_PX = 40.0

_PARENTS = (1, 15, 1, 2, 3, 1, 5, 6, 14, 8, 9, 14, 11, 12, 14, 14, 1)
_FROM_THE_ROOT = (15, 1, 0, 16, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
"""The order in which bones are stretched, parents first."""

_CALLED_IN_HUMAN36M = {"Thorax": "Neck", "Spine": "Torso", "Head": "Nose"}
"""The same joints of the two sets, which have other names (3DCrowdNet calls both sets' alike)."""


def mupots_joints(body: BodyModel, vertices: NDArray[np.floating], chain: NDArray[np.floating]) -> Array:
    """The 17 joints (17,3) of a posed mesh (V,3) with chain joints (24,3).

    By the body's regressor for MuPoTS where it has one, else by that for Human3.6M's 17 joints.
    """
    if MUPOTS17.name in body.regressors:
        return np.asarray(body.joints(vertices, chain, MUPOTS17), np.float64)
    joints = body.joints(vertices, chain, HUMAN36M17)
    order = [HUMAN36M17.index(_CALLED_IN_HUMAN36M.get(name, name)) for name in MUPOTS17.names]
    return np.asarray(joints, np.float64)[order]


def mupots_joints_from(body: BodyModel) -> str:
    """What makes those joints, in words."""
    return MUPOTS_REGRESSOR if MUPOTS17.name in body.regressors else body.joints_from(HUMAN36M17)


def matched_people(true_image: Sequence[Array], predicted_image: Sequence[Array]) -> list[int | None]:
    """For each true person the place of the prediction that is his, from joints (17,2) in image pixels.

    In the order of the annotation everybody takes the free prediction with the most of 13 joints (not the
    head top) less than 40 pixels away in x and in y; the first of equals, and none without any such joint.
    A predicted joint that is not finite, or at 0 0, does not count.
    """
    free = list(range(len(predicted_image)))
    found: list[int | None] = []
    for truth in true_image:
        counts = [_near(truth, predicted_image[place]) for place in free]
        best = int(np.argmax(counts)) if counts else 0
        found.append(free.pop(best) if counts and counts[best] > 0 else None)
    return found


def _near(truth: Array, predicted: Array) -> int:
    own, other = truth[_MATCHED], predicted[_MATCHED]
    known = np.isfinite(other).all(axis=1) & (other != 0).any(axis=1)
    with np.errstate(invalid="ignore"):
        return int((known & (np.abs(own - other) < _NEAR_PX).all(axis=1)).sum())


def errors_mm(predicted_camera: Array, truth_camera: Array, *, stretched: bool) -> Array:
    """Distances (17,) in mm of joints (17,3) in metres, each person relative to the pelvis.

    `stretched` gives every bone of the prediction its true length first, as the set's own program does.
    """
    own, truth = predicted_camera - predicted_camera[ROOT], truth_camera - truth_camera[ROOT]
    if stretched:
        own = with_bones_of(own, truth)
    return np.linalg.norm(own - truth, axis=1) * 1000


def with_bones_of(joints: Array, truth: Array) -> Array:
    """Joints (17,3) whose bones keep their directions and take the true ones' lengths, from the pelvis on.

    A bone without a direction stays without a length.
    """
    moved = joints.copy()
    for joint in _FROM_THE_ROOT:
        parent = _PARENTS[joint]
        bone = joints[joint] - joints[parent]
        length, wanted = np.linalg.norm(bone), np.linalg.norm(truth[joint] - truth[parent])
        moved[joint] = moved[parent] + (bone * (wanted / length) if length > 0 else bone)
    return moved


def share_correct(errors: Array, joints: Sequence[int] = EVALUATED) -> Array:
    """The share (N,) of these joints that are correct, of errors (N,17) in mm; nan counts as wrong."""
    with np.errstate(invalid="ignore"):
        return (errors[:, list(joints)] < PCK_MM).mean(axis=1)


OWN = "bones stretched, 14 joints"
"""As the set's own program measures: every bone has its true length."""

VARIANTS: dict[str, tuple[str, tuple[int, ...]]] = {
    OWN: ("mupots_stretched_errors_mm", EVALUATED),
    "bones as predicted, 14 joints": ("mupots_errors_mm", EVALUATED),
    "bones stretched, 15 joints": ("mupots_stretched_errors_mm", WITH_PELVIS),
}
"""What is measured: the column of errors and the joints that count; the 15th is the pelvis, always right."""


@dataclass(frozen=True)
class MupotsScores:
    """Shares of joints within 150 mm by sequence, over `all` people and over those `matched` to a prediction.

    The means are those over sequences, with intervals of resampled sequences.
    """

    all: Mapping[str, float]
    matched: Mapping[str, float]
    mean_all: Mean
    mean_matched: Mean
    people: int
    matched_people: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "people": self.people,
            "matched_people": self.matched_people,
            "all": {"mean": self.mean_all.to_dict(), "by_sequence": without_nan(self.all)},
            "matched": {"mean": self.mean_matched.to_dict(), "by_sequence": without_nan(self.matched)},
        }


def mupots_scores(people: pl.DataFrame) -> dict[str, MupotsScores]:
    """The scores of a method's rows by variant; nothing where the set is not MuPoTS."""
    import polars as pl

    own = people.filter(pl.col("mupots").fill_null(value=False))
    return {name: _scores(own, *variant) for name, variant in VARIANTS.items()} if own.height else {}


def _scores(people: pl.DataFrame, column: str, joints: tuple[int, ...]) -> MupotsScores:
    shares = np.full(people.height, np.nan)
    matched = people[column].is_not_null().to_numpy()
    if matched.any():
        errors = np.array(people[column].drop_nulls().to_list(), np.float64)
        shares[matched] = share_correct(errors, joints)
    sequences = people["sequence"].fill_null("").to_numpy()
    every = _by_sequence(np.nan_to_num(shares), sequences)
    predicted = _by_sequence(shares, sequences)
    return MupotsScores(
        every,
        predicted,
        mean_with_interval(list(every.values())),
        mean_with_interval(list(predicted.values())),
        people.height,
        int(matched.sum()),
    )


def _by_sequence(shares: NDArray[np.float64], sequences: NDArray[Any]) -> dict[str, float]:
    """The mean of the known shares of each sequence, nan without any, in the order of their numbers."""
    names = sorted(set(sequences), key=natural)
    parts = {name: shares[(sequences == name) & np.isfinite(shares)] for name in names}
    return {name: float(part.mean()) if part.size else float("nan") for name, part in parts.items()}
