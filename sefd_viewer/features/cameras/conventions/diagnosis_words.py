"""What a diagnosis found, as the sentences of its report."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sefd_viewer.features.cameras.conventions.diagnosing import DiagnosisLine, DiagnosisReport

if TYPE_CHECKING:
    from sefd_viewer.cameras.diagnosis.convention_search import Change
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis
    from sefd_viewer.cameras.diagnosis.evidence import Unit
    from sefd_viewer.cameras.diagnosis.record_diagnosis import RecordsDiagnosis
    from sefd_viewer.cameras.sequences.findings import SetVerdict
    from sefd_viewer.datasets.records import Record

_NEAR = re.compile(r"^the one near \((\d+), (\d+)\) in (\S+)")
_AT_MOST_PX = 60.0
_BEGINNINGS = ("all ", "the ", "missing ", "person ")
_SAME = "Nothing else explains the people better."
_WHOSE = ("camera.rig", "camera.intrinsics_of", "camera.extrinsics_of")


def report_of(
    title: str, result: RecordsDiagnosis, records: Sequence[Record], *, start: Conventions
) -> DiagnosisReport:
    """The report of what was found about one subject, whose records were read as `start` says so far."""
    parts = [one for one in (result.bodies, result.cameras) if one is not None]
    lines = [line for part in parts for line in _lines(part, records)]
    if parts and not any(line.kind in ("fault", "note") for line in lines):
        lines.insert(0, DiagnosisLine("fine", _SAME))
    lines += [DiagnosisLine("person", sentence(words)) for words in result.misfits]
    lines += [DiagnosisLine("note", f"The cameras are unchecked: {words}.") for words in result.unknown]
    before, after = _amounts(parts)
    conventions = _here(result, records, start)
    return DiagnosisReport(title, conventions, before, after, tuple(lines), _basis(parts, result), start)


def verdict_report(verdict: SetVerdict, start: Conventions) -> DiagnosisReport:
    """What the check of whole sequences found, a line for each fault with its place and what to do."""
    from sefd_viewer.cameras.diagnosis.diagnosing import amount
    from sefd_viewer.cameras.sequences.telling import conclusion

    lines = []
    for one in verdict.findings:
        known = math.isfinite(one.before)
        unit: Unit = "px" if one.unit == "px" else "mm"
        after = f" → {amount(one.after, unit)}" if math.isfinite(one.after) else ""
        amounts = f"{amount(one.before, unit)}{after}" if known and "%" not in one.unit else ""
        words = f"{one.where}: {one.fault}. {one.remedy}"
        lines.append(DiagnosisLine("fault", words, amounts, str(one.confidence)))
    if not lines:
        lines.append(DiagnosisLine("fine", conclusion(verdict)))
    lines += [DiagnosisLine("note", f"{note}.") for note in verdict.notes]
    title = "Sequence by sequence"
    return DiagnosisReport(title, start, "–", "–", tuple(lines), conclusion(verdict), start)


def _basis(parts: Sequence[Diagnosis], result: RecordsDiagnosis) -> str:
    """What it rests on, and which evidence could not be tried."""
    rests = [f"Rests on {'; '.join(_evidence(part) for part in parts)}."] if parts else []
    return "\n".join([*rests, *(f"Not tried: {words}." for words in result.untried)])


def _evidence(part: Diagnosis) -> str:
    """What a part rests on, with its own errors."""
    before, after = _amounts([part])
    return f"{part.basis} ({before} → {after})"


def _here(result: RecordsDiagnosis, records: Sequence[Record], start: Conventions) -> Conventions:
    """The reading found, but for numbers of cameras that are not among the records' views."""
    found = result.conventions
    for one in result.cameras.named if result.cameras is not None else ():
        if _is_elsewhere(one.change, records):
            found = one.change.undone(found, start)
    return found


def _is_elsewhere(change: Change, records: Sequence[Record]) -> bool:
    """Whether a change needs the numbers of a camera that is none of these records'."""
    return change.step in _WHOSE and change.value not in {None, *(record.view for record in records)}


def _amounts(parts: Sequence[Diagnosis]) -> tuple[str, str]:
    """The errors before and after: of the part in which something was wrong, else of the last one."""
    from sefd_viewer.cameras.diagnosis.diagnosing import amount

    if not parts:
        return "–", "–"
    telling = next((part for part in reversed(parts) if part.named), parts[-1])
    return amount(telling.before, telling.unit), amount(telling.after, telling.unit)


def _lines(part: Diagnosis, records: Sequence[Record]) -> list[DiagnosisLine]:
    from sefd_viewer.cameras.diagnosis.diagnosing import amount

    lines = [
        DiagnosisLine(
            "fault",
            sentence(one.words),
            one.amounts.replace("->", "→"),
            str(one.confidence),
            None if _is_elsewhere(one.change, records) else one.change,
        )
        for one in part.named
    ]
    if not part.explained:
        view, error = max(part.by_view.items(), key=lambda one: one[1], default=("", part.after))
        left = amount(error, part.unit) + (f" in {view}" if len(part.by_view) > 1 else "")
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
    return words[:1].upper() + words[1:] if words.startswith(_BEGINNINGS) else words
