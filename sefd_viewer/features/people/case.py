"""Everything about one case that must be looked up: findings in words, history, what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.app.people_table import Case
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.judgements import Verdict, VerdictStore


@dataclass(frozen=True)
class HistoryFrame:
    """One verdict of the past, in words."""

    state: str
    words: str
    when: str


@dataclass(frozen=True)
class FindingFrame:
    """What a detector found about the person: what is seen, and what its numbers say."""

    detector: str
    title: str
    sentence: str
    numbers: str


@dataclass(frozen=True, eq=False)
class CaseFacts:
    """What was looked up about a person: findings, verdicts of the past, what `changed` since the last one.

    `missing` says why annotated people of the photo are not shown, `box_xywh` where the person is.
    `bodiless` says that detectors took part which need a body, and had none to look at.
    """

    findings: tuple[FindingFrame, ...] = ()
    measured: bool = False
    bodiless: bool = False
    history: tuple[HistoryFrame, ...] = ()
    changed: str = ""
    missing: tuple[str, ...] = ()
    box_xywh: tuple[float, float, float, float] | None = None


def case_facts(
    case: Case,
    position: int,
    record: Record,
    *,
    store: VerdictStore | None,
    verdict: Verdict | None,
    measurements: Measurements | None,
    limits: Mapping[str, float],
    off: frozenset[str],
) -> CaseFacts:
    """Look up a case. Raises SefdError when its record or its verdicts cannot be read."""
    return CaseFacts(
        findings=_findings(case, position, measurements, limits, off),
        measured=measurements is not None and _was_measured(position, measurements),
        bodiless=measurements is not None and _had_no_body(case, position, measurements),
        history=tuple(map(_history, reversed(store.history(*case)))) if store is not None else (),
        changed=_changed(record, verdict),
        missing=tuple(str(person) for person in record.skipped) + record.problems,
        box_xywh=_box(record, case[1]),
    )


def _range(position: int, measurements: Measurements) -> range:
    import numpy as np

    wanted = np.array([position, position + 1], measurements.position.dtype)
    first, last = np.searchsorted(measurements.position, wanted)
    return range(int(first), int(last))


def _was_measured(position: int, measurements: Measurements) -> bool:
    return bool(_range(position, measurements))


def _had_no_body(case: Case, position: int, measurements: Measurements) -> bool:
    """Whether nothing was measured of the case that needs a body, though detectors of that kind took part."""
    if not any(one.needs_bodies for one in measurements.detectors):
        return False
    own = [row for row in _range(position, measurements) if measurements.person[row] in (None, case[1])]
    return not any(measurements.detectors[measurements.code[row]].needs_bodies for row in own)


def _findings(
    case: Case,
    position: int,
    measurements: Measurements | None,
    limits: Mapping[str, float],
    off: frozenset[str],
) -> tuple[FindingFrame, ...]:
    if measurements is None:
        return ()
    found = []
    for row in _range(position, measurements):
        detector = measurements.detectors[measurements.code[row]]
        of_case = measurements.person[row] is None or measurements.person[row] == case[1]
        if of_case and detector.id not in off:
            value = float(measurements.value[row])
            if detector.beyond(value, limits.get(detector.id)):
                limit = limits.get(detector.id, detector.threshold)
                sentence = measurements.finding(row, limits).sentence
                found.append(
                    FindingFrame(detector.id, detector.title, sentence, _numbers(detector, value, limit))
                )
    return tuple(found)


def _numbers(detector: Detector, value: float, limit: float) -> str:
    """The measurement and its limit, in a sentence."""
    side = "above" if detector.direction == "above" else "below"
    unit = f" {detector.unit}".rstrip()
    return f"Measured: {value:.3g}{unit}; flagged {side} {limit:.3g}{unit}."


def _history(verdict: Verdict) -> HistoryFrame:
    from sefd_viewer.judgements import ISSUE_KINDS

    issues = ", ".join(ISSUE_KINDS.get(issue, issue) for issue in verdict.issues)
    parts = (verdict.reviewer, issues, verdict.note)
    return HistoryFrame(verdict.state, " · ".join(part for part in parts if part), _when(verdict.time))


def _when(time: str) -> str:
    """A time in UTC as this place's clock shows it."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return time


def _changed(record: Record, verdict: Verdict | None) -> str:
    """What is different in the annotation since the verdict."""
    if verdict is None or not verdict.fingerprint:
        return ""
    from sefd_viewer.judgements import changed_parts, fingerprint

    parts = changed_parts(verdict.fingerprint, fingerprint(record, verdict.person))
    return ", ".join(parts)


def _box(record: Record, person: str | None) -> tuple[float, float, float, float] | None:
    found = next((one for one in record.people if one.key == person), None)
    if found is None or found.bbox_xywh is None:
        return None
    x, y, width, height = (float(value) for value in found.bbox_xywh)
    return (x, y, width, height) if width > 0 and height > 0 else None
