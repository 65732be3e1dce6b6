"""Everything about one case that must be looked up: findings in words, history, what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.features.people.review.frame import HistoryFrame

if TYPE_CHECKING:
    from sefd_viewer.checks import Measurements
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.features.people.review.table import Case
    from sefd_viewer.judgements import Verdict, VerdictStore


@dataclass(frozen=True, eq=False)
class CaseFacts:
    """What was looked up about a case: see `CaseFrame`.

    `bodiless` says that detectors took part which need a body, and had none to look at.
    """

    findings: tuple[tuple[str, str], ...] = ()
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
) -> tuple[tuple[str, str], ...]:
    if measurements is None:
        return ()
    found = []
    for row in _range(position, measurements):
        detector = measurements.detectors[measurements.code[row]]
        of_case = measurements.person[row] is None or measurements.person[row] == case[1]
        if of_case and detector.id not in off:
            value = float(measurements.value[row])
            if detector.beyond(value, limits.get(detector.id)):
                found.append((detector.title, measurements.finding(row, limits).sentence))
    return tuple(found)


def _history(verdict: Verdict) -> HistoryFrame:
    from sefd_viewer.features.people.review.verdict_columns import issue_words

    parts = (verdict.reviewer, issue_words(verdict), verdict.note)
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
