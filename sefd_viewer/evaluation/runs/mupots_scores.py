"""3DPCK on MuPoTS-3D: by sequence and their mean, over everybody and over those matched to a prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import natural
from sefd_viewer.evaluation.mupots import EVALUATED, WITH_PELVIS, share_correct
from sefd_viewer.evaluation.runs.intervals import Mean, mean_with_interval, without_nan

if TYPE_CHECKING:
    import polars as pl

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
