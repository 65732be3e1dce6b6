"""People whom no reading of cameras and bodies explains, where it explains the others: named one by one."""

from __future__ import annotations

from sefd_viewer.cameras.diagnosis.body_evidence import BodyEvidence
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.cameras.diagnosis.diagnosing import amount
from sefd_viewer.cameras.diagnosis.point_evidence import PointEvidence

_TIMES = 3
_MOST = 5


def misfits(evidence: BodyEvidence | PointEvidence, conventions: Conventions) -> tuple[str, ...]:
    """Sentences about the people who fit worst; none where the reading does not explain the others."""
    typical = evidence.error(conventions)
    if not typical < evidence.poor:
        return ()
    people = evidence.people(conventions)
    least = max(evidence.poor, _TIMES * typical)
    wrong = sorted((who for who in people if people[who] > least), key=lambda who: -people[who])
    if len(wrong) >= len(people) / 2:
        return ()
    others = f"the others by {amount(typical, evidence.unit)}: look at this person, not at how all are read"
    lines = [f"{who} is off by {amount(people[who], evidence.unit)}, {others}" for who in wrong[:_MOST]]
    return (*lines, *([f"{len(wrong) - _MOST} more people are off"] if len(wrong) > _MOST else []))
