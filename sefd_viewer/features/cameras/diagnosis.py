"""A diagnosis in the background: what it rests on, how far it is, what it found, starting and stopping it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence, Set
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from sefd_viewer.app.slices import Slice
from sefd_viewer.jobs.background import Background, Stage, Work
from sefd_viewer.jobs.runner import Outcome, Post

if TYPE_CHECKING:
    from sefd_viewer.cameras.diagnosis.convention_search import Change
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis
    from sefd_viewer.cameras.diagnosis.evidence import Unit
    from sefd_viewer.cameras.diagnosis.record_diagnosis import RecordsDiagnosis
    from sefd_viewer.cameras.sequences.findings import SetVerdict
    from sefd_viewer.cameras.sequences.places import Part
    from sefd_viewer.datasets.records import Record


Scope = Literal["moment", "around", "sequence", "shown", "set"]
SCOPES: dict[Scope, str] = {
    "moment": "This moment",
    "around": "The moments around it",
    "sequence": "This sequence",
    "shown": "The people shown",
    "set": "The whole set",
}
"""What a diagnosis can rest on."""
LineKind = Literal["fault", "person", "fine", "note"]


@dataclass(frozen=True)
class DiagnosisLine:
    """One sentence of a diagnosis.

    Of a fault also the `amounts` without and with it, how sure it is, and the `change` of the conventions.
    """

    kind: LineKind
    text: str
    amounts: str = ""
    confidence: str = ""
    change: Change | None = field(default=None, compare=False)


@dataclass(frozen=True, eq=False)
class DiagnosisReport:
    """What was found for one subject of the set.

    `conventions` read the cameras in the way that explains the people best, `start` is how they were read;
    `before` and `after` are the errors in words, `basis` what it rests on; `place` is the subject or sequence
    that they hold for, "" where everything is. What `by_sequence` was found is put right in files.
    """

    title: str
    conventions: Conventions
    before: str
    after: str
    lines: tuple[DiagnosisLine, ...]
    basis: str = ""
    start: Conventions | None = None
    place: str = ""
    by_sequence: bool = False

    def without(self, rejected: Sequence[DiagnosisLine]) -> Conventions:
        """The conventions with some faults left as they were read."""
        from sefd_viewer.cameras.diagnosis.conventions import Conventions

        kept, start = self.conventions, self.start if self.start is not None else Conventions()
        for line in rejected:
            if line.change is not None:
                kept = line.change.undone(kept, start)
        return kept

    @property
    def text(self) -> str:
        """All of it, to be pasted elsewhere."""
        facts = [
            f"{self.title}: {self.before} → {self.after}" if self.before else f"{self.title}:",
            *(f"- {line_text(one)}" for one in self.lines),
        ]
        return "\n".join([*facts, self.basis] if self.basis else facts)


@dataclass(frozen=True, eq=False)
class DiagnosisState:
    """How a diagnosis stands: `stage` says what goes on while it runs, `share` 0..1 how far it is."""

    scope: Scope = "around"
    stage: str | None = None
    share: float | None = None
    reports: tuple[DiagnosisReport, ...] = ()
    problem: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is on its way."""
        return self.stage is not None


DIAGNOSIS = Slice("diagnosis", DiagnosisState())


class DiagnosisRunner:
    """Runs one diagnosis at a time; `changed(state)` on the owner's thread whenever there is news."""

    def __init__(self, executor: Executor, post: Post, changed: Callable[[DiagnosisState], None]) -> None:
        self._job = Background(post, news=self._take_stage, done=self._take, executor=executor)
        self._changed = changed
        self.state = DiagnosisState()

    def start(self, scope: Scope, work: Work) -> None:
        """Begin; a diagnosis that runs is stopped."""
        self._show(replace(self.state, scope=scope, stage="Looking for moments", share=None, problem=None))
        self._job.start(work)

    def cancel(self) -> None:
        """Stop; what was found before stays."""
        self._job.drop()
        self._show(replace(self.state, stage=None, share=None))

    def close(self) -> None:
        """Stop; nothing is heard of it any more."""
        self._job.drop()

    def forget(self) -> None:
        """Stop, and forget what was found: another data set was opened."""
        self._job.drop()
        self._show(DiagnosisState(self.state.scope))

    def _take_stage(self, stage: Stage) -> None:
        self._show(replace(self.state, stage=stage.words, share=stage.share))

    def _take(self, found: Outcome[tuple[DiagnosisReport, ...]]) -> None:
        reports, problem = found.value or (), found.problem
        self._show(replace(self.state, stage=None, share=None, reports=reports, problem=problem))

    def _show(self, state: DiagnosisState) -> None:
        if state != self.state:
            self.state = state
            self._changed(state)


def line_text(line: DiagnosisLine) -> str:
    """A line with its amounts and its confidence."""
    amounts = f": {line.amounts}" if line.amounts else ""
    confidence = f" ({line.confidence})" if line.confidence else ""
    return f"{line.text}{amounts}{confidence}"


_NEAR = re.compile(r"^the one near \((\d+), (\d+)\) in (\S+)")
_SEQUENCE = re.compile(r"s_0*(\d+)_act_0*(\d+)_subact_0*(\d+)_")
_MORE = re.compile(r"\d+ more ")
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
    from sefd_viewer.cameras.sequences.findings import conclusion

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
    return DiagnosisReport(
        title, start, "", "", tuple(lines), conclusion(verdict), start, by_sequence=bool(verdict.findings)
    )


def elsewhere_named(report: DiagnosisReport, known: Sequence[Part]) -> DiagnosisReport:
    """The report without people of sequences in which a fault is `known`: they are no fault of their own."""
    sequences = {(p.sequence.subject, p.sequence.action, p.sequence.subaction) for p in known}
    kept = [line for line in report.lines if not _is_of(line, sequences)]
    if len(kept) == len(report.lines):
        return report
    if not any(line.kind == "person" and not _MORE.match(line.text) for line in kept):
        kept = [line for line in kept if line.kind != "person"]
    note = DiagnosisLine("note", "People of the sequences named above are left out here.")
    return replace(report, lines=(*kept, note))


def _is_of(line: DiagnosisLine, sequences: Set[tuple[str, str, str]]) -> bool:
    found = _SEQUENCE.search(line.text) if line.kind == "person" else None
    return found is not None and found.groups() in sequences


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
