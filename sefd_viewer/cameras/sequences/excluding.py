"""What a verdict would leave out of training: sequences as a table, records as a list."""

from __future__ import annotations

from collections.abc import Iterator

from sefd_viewer.cameras.sequences.findings import SequenceFinding, SetVerdict
from sefd_viewer.cameras.sequences.places import SequenceId
from sefd_viewer.csv_cells import csv_of_rows
from sefd_viewer.datasets.exclude_list import ExcludeList, Stretch, exclude_list_text, resolved
from sefd_viewer.datasets.records import Dataset

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
