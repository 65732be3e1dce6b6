"""What a diagnosis found, as the sentences of its report."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sefd_viewer.session.conventions.diagnosing import DiagnosisLine, DiagnosisReport

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.review.conventions import Conventions
    from sefd_viewer.review.diagnosis import Diagnosis

_NEAR = re.compile(r"^the one near \((\d+), (\d+)\) in (\S+)")
_AT_MOST_PX = 60.0
_SAME = "Everything is as stated: nothing explains the people better."


def report_of(
    title: str,
    parts: Sequence[Diagnosis],
    records: Sequence[Record],
    *,
    conventions: Conventions | None = None,
    unknown: Sequence[str] = (),
) -> DiagnosisReport:
    """The report of diagnoses of one subject's bodies and cameras; `conventions` hold for both together."""
    from sefd_viewer.review.conventions import Conventions

    lines = [line for part in parts for line in _lines(part, records)]
    if parts and not any(line.kind in ("fault", "note") for line in lines):
        lines.insert(0, DiagnosisLine("fine", _SAME))
    lines += [DiagnosisLine("note", f"Not checked: {words}.") for words in unknown]
    together = conventions if conventions is not None else parts[-1].conventions if parts else Conventions()
    before, after = _amounts(parts)
    basis = "; ".join(part.basis for part in parts if part.basis)
    return DiagnosisReport(
        title, together, before, after, tuple(lines), f"Rests on {basis}." if basis else ""
    )


def _amounts(parts: Sequence[Diagnosis]) -> tuple[str, str]:
    """The errors before and after: of the part in which something was wrong, else of the last one."""
    from sefd_viewer.review.diagnosis import amount

    if not parts:
        return "–", "–"
    telling = next((part for part in reversed(parts) if part.named), parts[-1])
    return amount(telling.before, telling.unit), amount(telling.after, telling.unit)


def _lines(part: Diagnosis, records: Sequence[Record]) -> list[DiagnosisLine]:
    from sefd_viewer.review.diagnosis import amount

    lines = [
        DiagnosisLine(
            "fault", sentence(one.words), one.amounts.replace("->", "→"), str(one.confidence), one.change
        )
        for one in part.named
    ]
    if not part.explained:
        left = amount(part.after, part.unit)
        lines.append(DiagnosisLine("note", f"No combination explains the people: {left} remain."))
    return lines + [DiagnosisLine("person", sentence(named(words, records))) for words in part.misfits]


def named(words: str, records: Sequence[Record]) -> str:
    """Words about "the one near (x, y) in a view" with the person's name, where the records tell it."""
    place = _NEAR.match(words)
    if place is None:
        return words
    x, y, view = float(place[1]), float(place[2]), place[3]
    record = next((one for one in records if one.view == view and one.people), None)
    if record is None:
        return words
    distances = {
        person.key: math.dist((x, y), person.pose2d.keypoints[:, :2].mean(axis=0).tolist())
        for person in record.people
        if person.pose2d is not None and not person.key.isdigit()
    }
    nearest = min(distances, key=lambda key: distances[key], default=None)
    if nearest is None or distances[nearest] > _AT_MOST_PX:
        return words
    return f"the {nearest} ({place[0].removeprefix('the one ')}){words[place.end() :]}"


def sentence(words: str) -> str:
    """The words with a capital, unless they begin with a camera's name."""
    return words[:1].upper() + words[1:] if words.startswith(("all ", "the ", "missing ")) else words
