"""What is done about a set's findings: a corrected copy with its report, and lists of what to leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sefd_viewer.cameras.sequences.findings import SequenceFinding, SequenceRow, SetVerdict
from sefd_viewer.cameras.sequences.places import SequenceId
from sefd_viewer.cameras.sequences.repairing import Change, FindBody, write_corrected
from sefd_viewer.csv_cells import csv_of_rows
from sefd_viewer.datasets.exclude_list import ExcludeList, Stretch, exclude_list_text, resolved
from sefd_viewer.datasets.records import Dataset

REPORT = "corrections.json"


@dataclass(frozen=True)
class CorrectedCopy:
    """The copy in the folder `out`: what was changed and what that was good for, and what is left in it."""

    out: Path
    changes: tuple[tuple[Change, Residual], ...]
    after: SetVerdict

    @property
    def lines(self) -> tuple[str, ...]:
        """A sentence for each change."""
        return tuple(_words(change, residual) for change, residual in self.changes)

    @property
    def conclusion(self) -> str:
        """What the check of the copy says, and where the report lies."""
        count = len(self.after.findings)
        left = f"{count} findings are left" if count else "nothing is found any more"
        report = self.out / REPORT
        return f"Corrected copy in {self.out}, checked: {left}. What was changed is in {report}"


def correct(
    dataset: Dataset,
    verdict: SetVerdict,
    chosen: Sequence[SequenceFinding],
    out: Path,
    find_body: FindBody,
    check_again: Callable[[Path], SetVerdict],
) -> CorrectedCopy:
    """Write a copy with these findings put right, check it as the set was, and keep the report beside it.

    `verdict` is about the set, `check_again` gives the one about the copy. SefdError as `write_corrected`.
    """
    from sefd_viewer.atomic import write_file

    changes = write_corrected(dataset, chosen, out, find_body)
    after = check_again(out)
    copy = CorrectedCopy(out, tuple((one, residual_of(one, verdict, after)) for one in changes), after)
    write_file(out / REPORT, _report(copy))
    return copy


def _words(change: Change, residual: Residual) -> str:
    entries = "1 entry" if change.entries == 1 else f"{change.entries:,} entries"
    amount = f"{entries} of {', '.join(change.files) or 'no file'}"
    dropped = f", {change.dropped:,} taken out" if change.dropped else ""
    stay = "".join(f"; {count:,} stay: {why}" for why, count in change.refused.items())
    moved = f": {residual.words}" if residual.words else ""
    return f"Corrected: {change.finding.key} ({amount}{dropped}{stay}){moved}"


def _report(copy: CorrectedCopy) -> bytes:
    import orjson

    content = {
        "changes": [
            {**change.to_dict(), "measured_before": dict(one.before), "measured_after": dict(one.after)}
            for change, one in copy.changes
        ],
        "findings_left": [one.sentence for one in copy.after.findings],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


# ---- what it was good for


@dataclass(frozen=True)
class Residual:
    """Errors (medians over the sequences and cameras concerned) by column, as stored and as corrected.

    `telling` are the columns that a correction of this kind is meant to lower.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    telling: tuple[str, ...]

    @property
    def words(self) -> str:
        """The telling columns that are known: "exact 5,112 -> 11 mm"."""
        moved = [
            (name.rpartition(" "), self.before[name], self.after[name])
            for name in self.telling
            if name in self.before and name in self.after
        ]
        return ", ".join(f"{name} {old:,.0f} -> {new:,.0f} {unit}" for (name, _, unit), old, new in moved)


def residual_of(change: Change, before: SetVerdict, after: SetVerdict) -> Residual:
    """What the checks of the set and of its corrected copy say about the sequences of a change."""
    telling = ("boxes %", "pictures %") if change.finding.kind == "cameras" else ("exact mm", "worst mm")
    medians = [_medians(verdict.rows, change.finding) for verdict in (before, after)]
    return Residual(medians[0], medians[1], telling)


def _medians(rows: Sequence[SequenceRow], finding: SequenceFinding) -> dict[str, float]:
    places = {(part.sequence, camera) for part in finding.parts for camera in part.cameras}
    concerned = [row.errors for row in rows if (row.sequence, row.camera) in places]
    found = {}
    for name in dict.fromkeys(name for errors in concerned for name in errors):
        known = [errors[name] for errors in concerned if np.isfinite(errors.get(name, np.nan))]
        if known:
            found[name] = float(np.median(known))
    return found


COLUMNS = (
    "sequence",
    "camera",
    "first_frame",
    "last_frame",
    "subject",
    "action_idx",
    "subaction_idx",
    "cam_idx",
    "fault",
    "confidence",
)


def csv_of_verdict(verdict: SetVerdict) -> bytes:
    """A row for each run of frames of a sequence before a camera that a finding concerns, as CSV."""
    return csv_of_rows(COLUMNS, (row for finding in verdict.findings for row in _rows(finding)))


def ids_of_verdict(dataset: Dataset, verdict: SetVerdict) -> str:
    """The keys of all records that findings concern, a line each, in the data set's order."""
    stretches = [
        Stretch(sequence_name(part.sequence), camera, *run)
        for finding in verdict.findings
        for part in finding.parts
        for camera in part.cameras
        for run in part.frames
    ]
    records = resolved(dataset, ExcludeList(stretches=tuple(stretches))).records
    return exclude_list_text((key, None) for key in dataset.keys if key in records)


def sequence_name(sequence: SequenceId) -> str:
    """What the moments and picture folders of a sequence begin with: s_01_act_02_subact_01."""
    parts = (("s", sequence.subject), ("act", sequence.action), ("subact", sequence.subaction))
    return "_".join(f"{word}_{number.removeprefix('S').zfill(2)}" for word, number in parts)


def _rows(finding: SequenceFinding) -> Iterator[tuple[object, ...]]:
    for part in finding.parts:
        one = part.sequence
        for camera in part.cameras:
            for first, last in part.frames:
                where = (one.subject, one.action, one.subaction, camera.removeprefix("camera "))
                yield sequence_name(one), camera, first, last, *where, finding.fault, finding.confidence
