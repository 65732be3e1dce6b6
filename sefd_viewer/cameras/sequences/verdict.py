"""The verdict on a whole set: bodies, cameras, pictures, and what could not be looked at, by sequence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.camera_boxes import check_boxes
from sefd_viewer.cameras.sequences.camera_pictures import check_files, check_pictures
from sefd_viewer.cameras.sequences.cells import Cell, Cells
from sefd_viewer.cameras.sequences.distances import typical
from sefd_viewer.cameras.sequences.findings import SequenceFinding, SequenceRow, SetVerdict
from sefd_viewer.cameras.sequences.picture_check import MOMENTS, Detect
from sefd_viewer.cameras.sequences.places import Part, merged, scope_words
from sefd_viewer.cameras.sequences.reading import subjects_of, unread_subjects
from sefd_viewer.cameras.sequences.set_bodies import (
    Checked,
    FindBody,
    body_findings,
    check_bodies,
    part_of,
)
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import BodyError

Progress = Callable[[str, int, int], None]

_MODES_BY = 60
"""Frames of a sequence by which its ways into the camera are told apart."""


def has_sequences(dataset: Dataset) -> bool:
    """Whether the set is of the kind that this package checks: Human3.6M's."""
    return bool(subjects_of(dataset))


def check_set(
    dataset: Dataset,
    find_body: FindBody,
    *,
    kept: frozenset[str] | None = None,
    sample: int | None = None,
    detect: Detect | None = None,
    moments: int = MOMENTS,
    progress: Progress = lambda _stage, _done, _total: None,
) -> SetVerdict:
    """Check every frame, or of so many records (`sample`) as many of every sequence.

    Records whose keys are not `kept` are left out. People are looked for (by `detect`; None: as shipped) in
    the pictures of `moments` frames of every sequence and camera; 0: pictures need only be there. Raises
    nothing about the set.
    """
    checked = check_bodies(
        dataset,
        find_body,
        models=_licensed(find_body),
        kept=kept,
        sample=sample,
        progress=partial(progress, "Bodies and joints"),
    )
    cells = Cells(checked)
    check_boxes(cells)
    check_files(cells)
    if moments:
        check_pictures(cells, detect or Detect.shipped(), moments, partial(progress, "People in pictures"))
    findings = [*body_findings(cells.checked), *cells.findings, *_not_there(cells.checked)]
    rows = [_row(cell, findings) for cell in cells.all]
    all_of = Counter(one.subject.subject for one in checked)
    found = sorted((_placed(one, all_of) for one in findings), key=lambda one: -one.records)
    found += [_unread(subject, why) for subject, why in unread_subjects(dataset).items()]
    by_record = _ByRecord(dataset, cells)
    return SetVerdict(
        tuple(found),
        tuple(rows),
        cells.notes,
        len(dataset.records) if kept is None else len(kept),
        by_record.errors_mm,
        by_record.compared,
        by_record.people,
        by_record.positions,
    )


def _licensed(find_body: FindBody) -> list[BodyModel]:
    """Body models that may have been meant: the licensed ones that are here."""
    found = []
    for gender in ("neutral", "female", "male"):
        try:
            found.append(find_body(f"smpl-{gender}"))
        except BodyError:
            continue
    return found


class _ByRecord:
    """What was measured, by the records' positions in the set."""

    def __init__(self, dataset: Dataset, cells: Cells) -> None:
        count = len(dataset.records)
        self._cells = {(cell.one.sequence.id, cell.view): cell for cell in cells.all}
        self.errors_mm = np.full(count, np.nan, np.float32)
        self.compared = np.full(count, np.nan, np.float32)
        self.people: list[str | None] = [None] * count
        for cell in cells.all:
            records = cell.one.sequence.records[:, cell.camera]
            there = records >= 0
            self.errors_mm[records[there]] = cell.one.one.errors[there]
            self.compared[records[there]] = 0
        for subject in dict.fromkeys(cell.one.subject for cell in cells.all):
            keys = subject.person_keys
            self.people[subject.start : subject.start + len(keys)] = keys

    def positions(self, part: Part) -> NDArray[np.int64]:
        """The records of a part."""
        found = [self._of_camera(part, camera) for camera in part.cameras]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _of_camera(self, part: Part, camera: str) -> NDArray[np.int64]:
        cell = self._cells[part.sequence, camera]
        frames, records = cell.one.sequence.frames, cell.one.sequence.records[:, cell.camera]
        inside = np.zeros(len(frames), bool)
        for first, last in part.frames:
            inside |= (frames >= first) & (frames <= last)
        return np.asarray(records[inside & (records >= 0)])


def _placed(finding: SequenceFinding, all_of: Mapping[str, int]) -> SequenceFinding:
    parts = merged(finding.parts)
    return replace(finding, parts=parts, scope=scope_words(parts, all_of))


# ---- what is not there


def _unread(subject: str, why: str) -> SequenceFinding:
    """A subject of which nothing was looked at."""
    fault, remedy = f"nothing of it was looked at: {why}", "Take this file from another copy of the set"
    return SequenceFinding("not checked", "missing", fault, remedy, (), "sure", scope=f"S{subject}")


def _not_there(checked: Sequence[Checked]) -> list[SequenceFinding]:
    """Frames without parameters or joints, with broken ones, or whose body model is not here."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for one in checked:
        for (fault, remedy), rows in _gaps(one).items():
            if len(rows):
                groups.setdefault((fault, remedy), []).append(part_of(one, rows))
    return [
        SequenceFinding("not checked", "missing", fault, remedy, tuple(parts), "sure")
        for (fault, remedy), parts in groups.items()
    ]


def _gaps(one: Checked) -> Mapping[tuple[str, str], NDArray[np.int64]]:
    subject, sequence = one.subject, one.sequence
    bodies = subject.part.builder.rows.bodies
    absent = bodies.absent if bodies is not None else "no file of parameters"
    broken = subject.broken(sequence)
    lacking = sequence.bodies < 0
    joints = np.asarray(np.isfinite(one.one.joints).all(axis=2))
    none, some = ~joints.any(axis=1), joints.any(axis=1) & ~joints.all(axis=1)
    leave = "leave these photos out"
    absent_joints = subject.joints_absent
    joints_gap = ("measured joints are missing or NaN", f"Correct these entries, or {leave}")
    if absent_joints:
        joints_gap = (f"there are no measured joints ({absent_joints})", f"Add them, or {leave}")
    gaps = {
        (f"there are no SMPL parameters ({absent})", f"Add them, or {leave}"): lacking,
        ("SMPL parameters are NaN, infinite or not numbers", f"Correct these entries, or {leave}"): broken,
        joints_gap: none | some,
    }
    body_id = subject.body_id(sequence)
    if one.tools is None and body_id is not None and subject.joint_set is not None:
        fault = f"the bodies cannot be made: the body model {body_id} is not here"
        gaps[fault, "Name its file with --body, or put it into a folder of the set"] = ~lacking
    return {words: np.flatnonzero(marks) for words, marks in gaps.items()}


# ---- the table


def _row(cell: Cell, findings: Sequence[SequenceFinding]) -> SequenceRow:
    """One sequence before one camera in numbers."""
    one, sequence = cell.one, cell.one.sequence
    there = sequence.records[:, cell.camera] >= 0
    usable = there & one.one.known & (not one.subject.cameras[cell.view].fault)
    errors = {
        **_modes(cell),
        "worst mm": float(np.nanmax(one.one.errors)) if one.one.known.any() else float("nan"),
        "boxes %": 100 * cell.boxes,
        "pictures %": 100 * cell.pictures,
    }
    causes = [
        finding.cause
        for finding in findings
        if any(part.sequence == sequence.id and cell.view in part.cameras for part in finding.parts)
    ]
    return SequenceRow(
        sequence.id,
        sequence.name,
        cell.view,
        int(there.sum()),
        int(usable.sum()),
        errors,
        ", ".join(dict.fromkeys(causes)) or "fine",
    )


def _modes(cell: Cell) -> dict[str, float]:
    """Typical distances (mm) of joints in the three ways into the camera (Eq. 5-6)."""
    one, file = cell.one, cell.one.subject.cameras[cell.view]
    names = ("raw mm", "paper mm", "exact mm")
    rows = np.flatnonzero(one.one.known)
    if one.tools is None or file.stated is None or not len(rows):
        return dict.fromkeys(names, float("nan"))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, _MODES_BY).astype(int))]
    bodies, joints = one.tools.measure.of(one.one.parameters[rows]), one.one.joints[rows]
    R, t, found = file.stated.R, file.stated.t, bodies.joints()
    seen = joints @ R.T + t
    root = bodies.root[:, None]
    placed = {"raw mm": found, "paper mm": found @ R.T + t + root - root @ R.T, "exact mm": found @ R.T + t}
    return {name: _typical_mm(placed[name], seen) for name in names}


def _typical_mm(found: Array, joints: Array) -> float:
    return typical(1000 * np.linalg.norm(found - joints, axis=-1).ravel())
