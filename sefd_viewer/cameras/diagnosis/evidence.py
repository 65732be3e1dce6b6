"""What can tell a right reading of cameras and bodies from a wrong one, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.conventions import Array, Conventions
from sefd_viewer.geometry.joints import COCO17

_CLEARLY = 3.0


def chance(worse: Array, better: Array) -> float:
    """How likely the losses `better` (B,) would seem so much smaller than `worse` (B,) by chance alone.

    One-sided paired t-test over the groups of joints that both have and that differ; 1 where nothing speaks
    for `better`.
    """
    difference = _differences(worse, better)
    if len(difference) < 2 or difference.mean() <= 0:
        return 1.0
    spread = float(difference.std(ddof=1))
    if spread == 0:
        return 0.0
    errors = float(difference.mean() / (spread / np.sqrt(len(difference))))
    return by_luck(errors, len(difference) - 1)


def by_luck(errors: float, freedom: int) -> float:
    """How likely the mean of as many values and one more lies so many standard errors above 0 by chance.

    The upper tail of Student's t, to 1e-9 (Abramowitz and Stegun, 26.7.3 and 26.7.4). SciPy has it, too: in
    14 MB of the window's memory.
    """
    angle = math.atan2(errors, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    steps = np.arange(1 + odd, freedom - 2, 2)
    terms = np.cumprod(np.concatenate([[cosine if odd else 1.0], steps / (steps + 1) * cosine**2]))
    series = sine * float(terms.sum() if freedom > 1 else 0.0)
    within = 2 / math.pi * (angle + series) if odd else series
    return max((1 - within) / 2, 0.0)


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


Unit = Literal["px", "mm"]
Scope = Literal["all", "each", "both"]


@dataclass(frozen=True)
class Choice:
    """A step of the chain that some evidence sees: values to try, for all cameras, for each or both."""

    step: str
    values: tuple[Any, ...]
    scope: Scope = "both"


class Evidence(Protocol):
    """Measures readings.

    Losses are capped errors of small groups of joints (a limb at a moment), in the same order for every
    reading, so that readings can be compared group by group. They are those of one witness (a person) after
    the other, as many of each. `enough` is the error below which nothing is looked for, `poor` that above
    which people count as unexplained; `cap` the largest loss; `shared` says whether a fault of one view shows
    in the others too; `gross` are the choices of which all
    combinations are tried at first.
    """

    unit: Unit
    views: tuple[str, ...]
    enough: float
    poor: float
    cap: float
    witnesses: int
    shared: bool

    def losses(self, conventions: Conventions, /) -> Array:
        """Capped error (B,) of every group of joints; nan where nothing is seen."""

    def error(self, conventions: Conventions, /) -> float:
        """The typical error, for words."""

    def remaining(self, conventions: Conventions, /) -> float:
        """How far people are from being explained: as `error`, of the worst view where views stand alone."""

    def possible(self, conventions: Conventions, /) -> bool:
        """Whether people stand before the cameras that see them."""

    def normal(self, conventions: Conventions, /) -> Conventions:
        """The same combination in the shortest way to say it."""

    def choices(self) -> Sequence[Choice]:
        """What to try one by one."""

    def gross(self) -> Sequence[Choice]:
        """What to try in all combinations."""


@dataclass(eq=False)
class Scores:
    """The losses of readings, each measured once; `ask` is called before each and may raise to stop."""

    evidence: Evidence
    ask: Callable[[], None] = lambda: None
    _losses: dict[Conventions, Array] = field(default_factory=dict)
    _means: dict[Conventions, float] = field(default_factory=dict)
    _most: int = 0
    _possible: dict[Conventions, bool] = field(default_factory=dict)

    def losses(self, conventions: Conventions) -> Array:
        """See Evidence.losses."""
        if conventions not in self._losses:
            self.ask()
            self._losses[conventions] = self.evidence.losses(conventions)
        return self._losses[conventions]

    def mean(self, conventions: Conventions) -> float:
        """Mean loss; infinite where much less is seen than by other readings."""
        if conventions not in self._means:
            losses = self.losses(conventions)
            known = np.isfinite(losses)
            self._most = max(self._most, int(known.sum()))
            enough = known.sum() > _LEAST_KNOWN * self._most
            self._means[conventions] = float(losses[known].mean()) if enough else float("inf")
        return self._means[conventions]

    def contradicts(self, before: Conventions, after: Conventions) -> bool:
        """Whether a witness whom `before` explains speaks against `after`.

        People obey the same cameras. What explains one better at the cost of another is no fault of the
        cameras: one of the two obeys others.
        """
        pairs = (np.split(self.losses(one), self.evidence.witnesses) for one in (before, after))
        return any(
            np.nanmean(old) < self.evidence.cap / 2 and clearly_worse(old, new)
            for old, new in zip(*pairs, strict=True)
            if np.isfinite(old).any()
        )

    def possible(self, conventions: Conventions) -> bool:
        """See Evidence.possible."""
        if conventions not in self._possible:
            self._possible[conventions] = self.evidence.possible(conventions)
        return self._possible[conventions]

    def tried(self) -> list[Conventions]:
        """All that were measured, best first."""
        return sorted(self._losses, key=self.mean)


_LEAST_KNOWN = 0.6

_LIMBS = (
    ("Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear"),
    ("L_Shoulder", "L_Elbow", "L_Wrist"),
    ("R_Shoulder", "R_Elbow", "R_Wrist"),
    ("L_Hip", "L_Knee", "L_Ankle"),
    ("R_Hip", "R_Knee", "R_Ankle"),
)
_ROWS = [[COCO17.index(name) for name in limb] for limb in _LIMBS]


def by_limb(errors: Array, cap: float) -> Array:
    """Mean capped errors (M * 5,) of the limbs from errors (..., M, 17) of COCO joints; nan: none seen."""
    capped = np.where(np.isnan(errors), np.nan, np.minimum(errors, cap)).reshape(-1, *errors.shape[-2:])
    known = np.isfinite(capped)
    values = np.where(known, capped, 0.0).sum(axis=0)
    counts = known.sum(axis=0)
    groups = [values[:, rows].sum(axis=1) for rows in _ROWS]
    numbers = np.stack([counts[:, rows].sum(axis=1) for rows in _ROWS], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means: Array = np.stack(groups, axis=1) / numbers
    return np.where(numbers > 0, means, np.nan).ravel()


def cap_of(sizes: Mapping[str, tuple[int, int]]) -> float:
    """The largest error (px) that counts: 3 % of the largest picture's diagonal."""
    return max(8.0, 0.03 * max(float(np.hypot(*size)) for size in sizes.values()))


def middle(values: NDArray[np.floating]) -> float:
    """The median without nan; nan when nothing is there."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")
