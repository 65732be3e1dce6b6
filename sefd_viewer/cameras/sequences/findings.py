"""What the check of a set found, sequence by sequence: where, what, how sure, and what would put it right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.convention_search import Confidence
from sefd_viewer.cameras.sequences.places import Part, SequenceId, place_words
from sefd_viewer.cameras.set_report import Table, page, page_list, page_table
from sefd_viewer.geometry.rotations import (
    ExtrinsicMode,
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    smpl_to_camera,
)

Array = NDArray[np.float64]
Kind = Literal["cameras", "bodies", "joints", "pictures", "not checked"]
Cause = Literal[
    "frame", "root joint", "place", "orientation", "shape", "time", "left and right", "unit", "pose", "joint",
    "camera", "picture", "missing",
]  # fmt: skip
"""What kind of fault it is, for programs."""


@dataclass(frozen=True, eq=False)
class BodyCorrection:
    """What makes right SMPL parameters of stored ones; done in the order of the fields.

    `transl_scale`: metres per stored unit of the translation, `transl_axes` (3, 3): from its axes. `roots`:
    the translation holds so many rest places J0 of the root joint too many. `orient_transposed`: the root
    orientation is stored inverted. `own_turn`, `turn` (3, 3): from the right and from the left to the root
    orientation, about the root joint. `about_origin`: the translation is that of a body which turns about its
    origin, not about its root joint.
    `R` (3, 3), `t` (3,) metres lead the body to the world; `mode` says whether its root joint is to be
    compensated for it. `shift` (3,) metres is added to the translation, `own_shift` as the root orientation
    turns it. `betas` (10,) and `body_id` replace what is stored; `later`: the body of this frame is stored so
    many frames later, which is for whoever holds the whole sequence.
    """

    transl_scale: float = 1.0
    transl_axes: Array | None = None
    roots: float = 0.0
    orient_transposed: bool = False
    own_turn: Array | None = None
    turn: Array | None = None
    about_origin: bool = False
    R: Array | None = None
    t: Array | None = None
    mode: ExtrinsicMode = "exact"
    shift: Array | None = None
    own_shift: Array | None = None
    betas: Array | None = None
    body_id: str | None = None
    later: int = 0

    def applied(self, stored: SmplParameters, root_joint: NDArray[np.floating]) -> SmplParameters:
        """The right parameters; `root_joint` (3,) is the rest place of the body's root, metres."""
        orient = np.asarray(stored.global_orient, np.float64)
        root = np.asarray(root_joint, np.float64)
        transl = np.asarray(stored.transl, np.float64) * self.transl_scale
        transl = (transl if self.transl_axes is None else self.transl_axes @ transl) - self.roots * root
        turned = axis_angle_to_matrix(-orient if self.orient_transposed else orient)
        turned = turned if self.own_turn is None else turned @ self.own_turn
        turned = turned if self.turn is None else self.turn @ turned
        if self.about_origin:
            transl = transl + turned @ root - root
        orient = matrix_to_axis_angle(turned)
        if self.R is not None:
            t = np.zeros(3) if self.t is None else self.t
            orient, transl = smpl_to_camera(orient, transl, self.R, t, mode=self.mode, root_joint=root)
        if self.shift is not None:
            transl = transl + self.shift
        if self.own_shift is not None:
            transl = transl + axis_angle_to_matrix(orient) @ self.own_shift
        return replace(
            stored,
            body_id=self.body_id or stored.body_id,
            global_orient=orient,
            betas=stored.betas if self.betas is None else self.betas,
            transl=transl,
        )


@dataclass(frozen=True, eq=False)
class CameraCorrection:
    """The numbers that a subject's camera should have: R (3, 3), t (3,) mm, focal (2,), centre (2,) px."""

    subject: str
    camera: str
    R: Array
    t_mm: Array
    focal: Array
    principal_point: Array


@dataclass(frozen=True)
class JointCorrection:
    """Joint i of the right annotation is stored as joint order[i]; `scale`: metres per stored metre."""

    order: tuple[int, ...] | None = None
    scale: float = 1.0


Correction = BodyCorrection | CameraCorrection | JointCorrection


@dataclass(frozen=True, eq=False)
class SequenceFinding:
    """One fault, wherever it holds.

    `fault` says what is wrong, `remedy` what to do; `kind` is what it is wrong with, `cause` in what way.
    `before` and `after` are the error in `unit` as stored and once corrected; nan where there is nothing to
    measure. `corrections` lead from what is stored to what is right, one after the other; those of cameras
    are one for each camera. There are none where nothing is known that would. `scope` names whole subjects
    in place of their sequences.
    """

    kind: Kind
    cause: Cause
    fault: str
    remedy: str
    parts: tuple[Part, ...]
    confidence: Confidence = "sure"
    before: float = float("nan")
    after: float = float("nan")
    unit: str = "mm"
    corrections: tuple[Correction, ...] = ()
    scope: str = ""

    @property
    def key(self) -> str:
        """The same for the same finding, whenever the set is checked: to confirm it by."""
        return f"{self.where}: {self.fault}"

    @property
    def sure(self) -> bool:
        """Whether it can be put right without asking anybody."""
        return self.confidence == "sure" and bool(self.corrections)

    @property
    def records(self) -> int:
        """How many records it concerns."""
        return sum(part.records for part in self.parts)

    @property
    def where(self) -> str:
        """The sequences, cameras and frames in words."""
        return place_words(self.parts, self.scope)

    @property
    def sentence(self) -> str:
        """All of it in plain words."""
        return f"{self.where}: {self.said}"

    @property
    def said(self) -> str:
        """What is wrong, by how much, how sure that is, and what to do."""
        amounts = ""
        if np.isfinite(self.before):
            after = f" -> {_amount(self.after, self.unit)}" if np.isfinite(self.after) else ""
            amounts = f" ({_amount(self.before, self.unit)}{after}; {self.confidence})"
        return f"{self.fault}{amounts}. {self.remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": self.kind,
            "cause": self.cause,
            "key": self.key,
            "sentence": self.sentence,
            "fault": self.fault,
            "remedy": self.remedy,
            "confidence": self.confidence,
            "correctable": bool(self.corrections),
            "before": _known(self.before),
            "after": _known(self.after),
            "unit": self.unit,
            "records": self.records,
            "where": [
                {
                    "subject": part.sequence.subject,
                    "action": part.sequence.action,
                    "subaction": part.sequence.subaction,
                    "sequence": part.name,
                    "cameras": list(part.cameras),
                    "frames": [list(run) for run in part.frames],
                    "records": part.records,
                }
                for part in self.parts
            ],
        }


@dataclass(frozen=True)
class SequenceRow:
    """One sequence before one camera: how many of its records were compared, and the errors found.

    `errors` by the column's name, whose last word is the unit; nan where there is nothing. `verdict` is
    "fine", or the faults in a few words.
    """

    sequence: SequenceId
    name: str
    camera: str
    records: int
    checked: int
    errors: Mapping[str, float]
    verdict: str = "fine"


@dataclass(frozen=True, eq=False)
class SetVerdict:
    """All findings, a row for every sequence and camera, and what was not looked at (`notes`).

    `records` counts those of the whole set, looked at or not. By record of the set: `errors_mm` (M,) of the
    bodies that were compared, nan elsewhere; `compared` (M,) is 0 where something was and nan elsewhere;
    `people` the keys of the persons, None without one. `positions` gives the records of a part.
    """

    findings: Sequence[SequenceFinding] = ()
    rows: Sequence[SequenceRow] = ()
    notes: Sequence[str] = ()
    records: int = 0
    errors_mm: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    compared: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    people: Sequence[str | None] = ()
    positions: Callable[[Part], NDArray[np.int64]] = lambda _part: np.zeros(0, np.int64)

    @property
    def checked(self) -> int:
        """How many of them were compared."""
        return sum(row.checked for row in self.rows)

    @property
    def coverage(self) -> float:
        """The share of the records that were compared."""
        return self.checked / self.records if self.records else 0.0


def _amount(value: float, unit: str) -> str:
    if value >= 1e6:
        return "people behind the camera"
    if unit == "mm" and value >= 1000:
        return f"{value / 1000:.1f} m"
    return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


FINE, FOUND, NOTHING, UNCHECKED = 0, 1, 2, 3
"""Exit statuses: all was looked at and is fine, faults, nothing to look at, fine as far as looked at."""

_MOST_ROWS = 48
_COLUMNS = ("exact mm", "worst mm", "paper mm", "raw mm", "boxes %", "pictures %")


def status_of(verdict: SetVerdict) -> int:
    """For scripts; the worst sequence decides."""
    if verdict.findings:
        return FOUND
    if not verdict.checked:
        return NOTHING
    return FINE if verdict.checked >= verdict.records else UNCHECKED


def conclusion(verdict: SetVerdict) -> str:
    """The last line: what was found, and of how much."""
    share = f"{100 * verdict.coverage:.3g} %"
    of = f"{verdict.checked:,} of {verdict.records:,} photos were compared"
    if verdict.findings:
        count = len(verdict.findings)
        named = "1 finding" if count == 1 else f"{count} findings"
        return f"{named}; {of} ({share})."
    if not verdict.checked:
        return "Nothing could be checked."
    if verdict.checked >= verdict.records:
        return "Nothing was found."
    left = 100 * (1 - verdict.coverage)
    words = f"{left:.0f} %" if left >= 1 else f"{left:.2g} %"
    return f"Nothing was found in what was compared, but {words} could not be checked or were not: {of}."


def verdict_tables(verdict: SetVerdict, *, whole: bool = False) -> list[Table]:
    """A row per subject and camera, then per sequence and camera: of many the wrong and worst ones."""
    heading = ["", "camera", "photos", "compared", *_COLUMNS, "verdict"]
    subjects: dict[tuple[str, str], list[SequenceRow]] = {}
    for row in verdict.rows:
        subjects.setdefault((f"S{row.sequence.subject}", row.camera), []).append(row)
    summary = [_summed(*key, rows) for key, rows in subjects.items()]
    rows = verdict.rows if whole or len(verdict.rows) <= _MOST_ROWS else _worst(verdict.rows)
    lines = [
        [row.name, row.camera, str(row.records), str(row.checked), *map(_number, _values(row)), row.verdict]
        for row in rows
    ]
    return [Table(["subject", *heading[1:]], summary), Table(["sequence", *heading[1:]], lines)]


def _summed(subject: str, camera: str, rows: Sequence[SequenceRow]) -> list[str]:
    """The medians of a subject's sequences before one camera, but the worst of the worst."""
    table = np.array([_values(row) for row in rows], np.float64)
    known = np.isfinite(table)
    middle = [
        float(np.median(column[seen])) if seen.any() else math.nan
        for column, seen in zip(table.T, known.T, strict=True)
    ]
    worst = table[:, 1][known[:, 1]]
    middle[1] = float(worst.max()) if len(worst) else math.nan
    wrong = sum(row.verdict != "fine" for row in rows)
    verdict = "fine" if not wrong else f"{wrong} of {len(rows)} sequences"
    counts = [str(sum(row.records for row in rows)), str(sum(row.checked for row in rows))]
    return [subject, camera, *counts, *map(_number, middle), verdict]


def _worst(rows: Sequence[SequenceRow]) -> list[SequenceRow]:
    ranked = sorted(rows, key=lambda row: (row.verdict == "fine", -np.nan_to_num(row.errors["worst mm"])))
    kept = {id(row) for row in ranked[:_MOST_ROWS]}
    return [row for row in rows if id(row) in kept]


def _values(row: SequenceRow) -> list[float]:
    return [row.errors.get(name, math.nan) for name in _COLUMNS]


def _number(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "-"


def verdict_dict(verdict: SetVerdict) -> dict[str, Any]:
    """Plain values for JSON; what is unknown is None."""
    return {
        "status": status_of(verdict),
        "conclusion": conclusion(verdict),
        "records": verdict.records,
        "compared": verdict.checked,
        "coverage": verdict.coverage,
        "findings": [finding.sentence for finding in verdict.findings],
        "faults": [finding.to_dict() for finding in verdict.findings],
        "notes": list(verdict.notes),
        "rows": [
            {
                "subject": row.sequence.subject,
                "action": row.sequence.action,
                "subaction": row.sequence.subaction,
                "sequence": row.name,
                "camera": row.camera,
                "records": row.records,
                "compared": row.checked,
                "errors": {
                    name: value if math.isfinite(value) else None for name, value in row.errors.items()
                },
                "verdict": row.verdict,
            }
            for row in verdict.rows
        ],
    }


def verdict_html(verdict: SetVerdict, title: str) -> str:
    """A page that stands alone."""
    parts = [page_list("Findings", [one.sentence for one in verdict.findings])]
    parts.append(page_list("", [conclusion(verdict)]))
    parts += [page_table(table) for table in verdict_tables(verdict, whole=True)]
    return page(title, [*parts, page_list("Notes", list(verdict.notes))])
