"""Whether one reading is better than another by more than chance."""

from __future__ import annotations

import numpy as np

from sefd_viewer.cameras.diagnosis.conventions import Array

_CLEARLY = 3.0


def chance(worse: Array, better: Array) -> float:
    """How likely the losses `better` (B,) would seem so much smaller than `worse` (B,) by chance alone.

    One-sided paired t-test over the groups of joints that both have and that differ; 1 where nothing speaks
    for `better`.
    """
    from scipy.special import stdtr

    difference = _differences(worse, better)
    if len(difference) < 2 or difference.mean() <= 0:
        return 1.0
    spread = float(difference.std(ddof=1))
    if spread == 0:
        return 0.0
    errors = difference.mean() / (spread / np.sqrt(len(difference)))
    return float(stdtr(len(difference) - 1, -errors))


def gain(worse: Array, better: Array) -> float:
    """By which part the losses are smaller where they differ at all."""
    known = np.isfinite(worse) & np.isfinite(better) & (worse != better)
    before = float(worse[known].sum())
    return 1 - float(better[known].sum()) / before if before > 0 else 0.0


def clearly_worse(before: Array, after: Array) -> bool:
    """Whether losses (B,) grew beyond chance, by three standard errors."""
    difference = _differences(after, before)
    if len(difference) < 2:
        return False
    return float(difference.mean()) > _CLEARLY * float(difference.std(ddof=1)) / np.sqrt(len(difference))


def holds_in_halves(worse: Array, better: Array) -> bool:
    """Whether the one is better in the first half of the groups (earlier moments) and in the second."""
    difference = _differences(worse, better)
    halves = np.array_split(difference, 2)
    return all(len(half) > 0 and float(half.mean()) > 0 for half in halves)


def _differences(worse: Array, better: Array) -> Array:
    known = np.isfinite(worse) & np.isfinite(better) & (worse != better)
    return np.asarray(worse[known] - better[known])
