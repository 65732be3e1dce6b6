"""Which fault, or which two, explain why bodies are not where joints were measured; else how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sefd_viewer.cameras.diagnosis.convention_search import Confidence
from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.distances import rotations_between, typical
from sefd_viewer.cameras.sequences.findings import Cause, Correction, Kind
from sefd_viewer.cameras.sequences.trials import Around, Frames, Trial, trials

_HALF = 0.5
_ALIKE = 1.15
_ALIKE_MM = 3.0
_SIMPLER = 1.3


@dataclass(frozen=True, eq=False)
class Explanation:
    """One stretch of frames in words; `before` and `after` are typical errors in mm."""

    kind: Kind
    cause: Cause
    fault: str
    remedy: str
    confidence: Confidence
    before: float
    after: float
    corrections: tuple[Correction, ...] = ()


def explained(frames: Frames, around: Around, clean: float) -> Explanation:
    """The best explanation; `clean` is the error (mm) up to which bodies are where they should be.

    Sure is what leaves no more than that, where nothing as simple that says otherwise leaves as little.
    """
    before = error_of(frames, around)
    first = _ranked(frames, around)
    best = _best(first, clean)
    if best is not None and best[0] <= clean:
        return _said([best], before, _confidence(best, first))
    if best is not None and best[0] < _HALF * before:
        second = _best(_ranked(*_of_known(best[1].frames, around)), clean)
        if second is not None and second[0] <= clean and second[1].rank < 2:
            return _said([best, second], before, "likely" if best[1].rank else "sure")
    lost = _lost(frames, before)
    if lost is not None:
        return lost
    described = _described(frames, around, before, clean)
    if best is None or best[0] > _HALF * before:
        return described
    said = _said([best], before, "a guess")
    rest = f", but that explains only a part: {best[0]:.0f} mm remain"
    if described.after <= clean:
        return described
    return replace(said, fault=said.fault + rest, remedy="Look at these frames: something else is wrong too")


def error_of(frames: Frames, around: Around) -> float:
    """The typical error (mm)."""
    return typical(around.limbs.errors_mm(frames.joints, frames.found))


def _of_known(frames: Frames, around: Around) -> tuple[Frames, Around]:
    """The frames that have a body: those moved in time have none at the ends."""
    rows = np.flatnonzero(np.isfinite(frames.found).all(axis=(1, 2)))
    if len(rows) == len(frames.joints):
        return frames, around
    left = replace(frames, joints=frames.joints[rows], bodies=frames.bodies.taken(rows), later=None)
    return left, replace(around, poses=(), others=())


def _ranked(frames: Frames, around: Around) -> list[tuple[float, Trial]]:
    """All trials with what they leave (mm), best first."""
    found = [(error_of(one.frames, around), one) for one in trials(frames, around)]
    return sorted(((error, one) for error, one in found if np.isfinite(error)), key=lambda pair: pair[0])


def _best(ranked: Sequence[tuple[float, Trial]], clean: float) -> tuple[float, Trial] | None:
    """The simplest of those that leave hardly more than the best."""
    if not ranked:
        return None
    least = max(ranked[0][0], 1.0)
    alike = [pair for pair in ranked if pair[0] <= max(_SIMPLER * least + _ALIKE_MM, 0)]
    if least <= clean:
        alike = [pair for pair in alike if pair[0] <= clean] or alike[:1]
    return min(alike, key=lambda pair: (pair[1].rank, pair[0]))


def _confidence(best: tuple[float, Trial], ranked: Sequence[tuple[float, Trial]]) -> Confidence:
    """Sure with no free numbers and no rival that says otherwise."""
    error, trial = best
    rivals = [
        one
        for left, one in ranked
        if one is not trial
        and one.rank <= trial.rank
        and left <= _ALIKE * error + _ALIKE_MM
        and _differ(one, trial)
    ]
    if rivals:
        return "a guess"
    return "sure" if trial.rank < 2 else "likely"


def _differ(one: Trial, other: Trial) -> bool:
    """Whether the two lead to other bodies or joints: by more than two centimetres."""
    if one.kind != other.kind:
        return True
    a, b = (t.frames.found if t.kind == "bodies" else t.frames.joints for t in (one, other))
    return not typical(np.linalg.norm(a - b, axis=-1).ravel()) < 0.02


def _said(steps: Sequence[tuple[float, Trial]], before: float, confidence: Confidence) -> Explanation:
    last = steps[-1]
    kinds = {step.kind for _, step in steps}
    corrections = tuple(one for _, step in steps for one in step.corrections)
    return Explanation(
        steps[0][1].kind,
        steps[0][1].cause,
        "; and ".join(step.fault for _, step in steps),
        "; ".join(step.remedy for _, step in steps),
        confidence,
        before,
        last[0],
        corrections if len(kinds) == 1 else (),
    )


def _described(frames: Frames, around: Around, before: float, clean: float) -> Explanation:
    """How bodies and joints differ where no single reason is known."""
    aside = np.nanmean(frames.joints - frames.found, axis=1)
    standing = around.limbs.errors_mm(frames.joints, frames.found + aside[:, None])
    away = 1000 * np.linalg.norm(aside, axis=1)
    if typical(standing) <= clean:
        return _misplaced(away, before, typical(standing))
    centred = [points - np.nanmean(points, axis=1, keepdims=True) for points in (frames.found, frames.joints)]
    turns = rotations_between(*centred)
    turned = around.limbs.errors_mm(centred[1], centred[0] @ turns.transpose(0, 2, 1))
    remedy = "Look at these frames; leave them out or fit them again"
    if typical(turned) <= clean:
        fault = "the bodies are turned, by no constant angle, against the measured joints"
        return Explanation("bodies", "orientation", fault, remedy, "likely", before, typical(turned))
    fault = (
        "the bodies have another pose or shape than the measured joints "
        f"({typical(turned):.0f} mm remain when placed on them)"
    )
    return Explanation("bodies", "pose", fault, remedy, "likely", before, float("nan"))


def _lost(frames: Frames, before: float) -> Explanation | None:
    """Numbers that are no longer there: places that are zero, a body that is repeated."""
    nan, moves = float("nan"), not _stands_still(frames.joints)
    take = "Take {} from another copy of the set, or leave these frames out"
    if np.abs(frames.bodies.transl).max() < 1e-6:
        return Explanation("bodies", "place", "trans is zero", take.format("trans"), "sure", before, nan)
    if moves and np.nanmin(np.linalg.norm(frames.joints, axis=-1), axis=1).max() < 1e-6:
        fault = "the measured joints are relative to one of them, which lies at the world's origin"
        return Explanation("joints", "place", fault, take.format("them"), "sure", before, nan)
    if moves and _stands_still(frames.found):
        fault = "the same body is repeated while the measured joints move"
        remedy = "Leave these frames out, or fit them again"
        return Explanation("bodies", "pose", fault, remedy, "likely", before, nan)
    return None


def _stands_still(points: Array) -> bool:
    """Whether no joint moves by a millimetre in several frames."""
    return len(points) > 2 and bool(np.nanmax(np.ptp(points, axis=0)) < 1e-3)


def _misplaced(away: Array, before: float, after: float) -> Explanation:
    remedy = "Look at these frames; leave them out, or move trans onto the measured joints"
    drifts = len(away) >= 8 and abs(_rank_correlation(away)) > 0.9 and np.ptp(away) > 40
    words = f"up to {_length(float(np.nanmax(away)))}"
    fault = (
        f"the bodies drift away from the measured joints, {words}"
        if drifts
        else f"pose and shape are right, but the bodies stand {words} from the measured joints"
    )
    return Explanation("bodies", "place", fault, remedy, "likely", before, after)


def _rank_correlation(values: Array) -> float:
    """How steadily values (N,) rise or fall: Spearman's correlation with their order."""
    ranks = np.argsort(np.argsort(values))
    return float(np.corrcoef(ranks, np.arange(len(values)))[0, 1])


def _length(mm: float) -> str:
    return f"{mm / 1000:.1f} m" if mm >= 1000 else f"{mm:.0f} mm"
