"""The bodies of a whole Human3.6M set: every frame of every sequence; what says the same is said once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.body_joints import Bodies, JointsOfBodies
from sefd_viewer.cameras.sequences.distances import Limbs, typical
from sefd_viewer.cameras.sequences.explaining import Explanation
from sefd_viewer.cameras.sequences.findings import (
    BodyCorrection,
    Correction,
    JointCorrection,
    SequenceFinding,
)
from sefd_viewer.cameras.sequences.places import Part, runs_of
from sefd_viewer.cameras.sequences.reading import SequenceFrames, SubjectFrames, subjects_of
from sefd_viewer.cameras.sequences.sequence_check import Limits, Measured, Tools, Wrong, faults_of, measured
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import BodyError

FindBody = Callable[[str], BodyModel]
Progress = Callable[[int, int], None]

_NUMBERS = re.compile(r"[-+]?\d[\d.,]*(?= (?:mm|m|cm|px)\b| %|°)|\([-\d., ]+\)")
_SAME_BETAS, _SAME_PLACE, _SAME_TURN = 0.5, 0.02, 0.05


@dataclass(frozen=True, eq=False)
class Checked:
    """One sequence of a subject: the frames looked at, what was measured, and what is wrong with them."""

    subject: SubjectFrames
    sequence: SequenceFrames
    one: Measured
    tools: Tools | None
    wrong: tuple[Wrong, ...] = ()

    @cached_property
    def median_mm(self) -> float:
        """The typical error."""
        return typical(self.one.errors)


def check_bodies(
    dataset: Dataset,
    find_body: FindBody,
    *,
    models: Sequence[BodyModel] = (),
    kept: frozenset[str] | None = None,
    sample: int | None = None,
    progress: Progress = lambda _done, _total: None,
) -> list[Checked]:
    """Compare the bodies of every frame, or of so many records of all sequences, with measured joints.

    `models` are body models that may have been meant in place of those that the parameters name; records
    whose keys are not `kept` are left out.
    """
    subjects = subjects_of(dataset, kept)
    chosen = list(_chosen(subjects, sample))
    total = 2 * sum(len(sequence) for _, sequence in chosen)
    done = 0
    tools = _ToolsByBody(find_body, models)
    checked: list[Checked] = []
    for subject, sequence in chosen:
        checked.append(_measured(subject, sequence, tools))
        done += len(sequence)
        progress(done, total)
    limits = Limits.of([one.median_mm for one in checked])
    usual = _usual_aside(checked, limits)
    known = _Known(checked, limits, sample is None)
    for row, one in enumerate(checked):
        checked[row] = replace(one, wrong=tuple(known.faults_of(one, usual)))
        done += len(one.sequence)
        progress(done, total)
    return checked


def _chosen(
    subjects: Sequence[SubjectFrames], sample: int | None
) -> Iterator[tuple[SubjectFrames, SequenceFrames]]:
    """All frames, or of every sequence as many, evenly spread."""
    count = sum(len(subject.sequences) for subject in subjects)
    for subject in subjects:
        for sequence in subject.sequences:
            if sample is None:
                yield subject, sequence
                continue
            cameras = max(int((sequence.records >= 0).sum(axis=1).max(initial=1)), 1)
            wanted = max(-(-sample // (count * cameras)), 1)
            rows = np.unique(np.linspace(0, len(sequence) - 1, wanted).round().astype(int))
            yield subject, sequence if wanted >= len(sequence) else sequence.taken(rows)


class _ToolsByBody:
    """What measures the bodies that parameters name; None where their model is not here."""

    def __init__(self, find_body: FindBody, models: Sequence[BodyModel]) -> None:
        self._find, self._models = find_body, models
        self._known: dict[tuple[str, str], Tools | None] = {}

    def of(self, subject: SubjectFrames, body_id: str | None) -> Tools | None:
        joint_set = subject.joint_set
        if joint_set is None or body_id is None:
            return None
        key = (body_id, joint_set.name)
        if key not in self._known:
            self._known[key] = self._made(subject, body_id)
        return self._known[key]

    def _made(self, subject: SubjectFrames, body_id: str) -> Tools | None:
        joint_set = subject.joint_set
        assert joint_set is not None
        try:
            own = self._find(body_id)
        except BodyError:
            return None
        others = {one.id: one for one in self._models if one.id != own.id and one.name.startswith("SMPL ")}
        measures = {one.name.removeprefix("SMPL "): JointsOfBodies(one, joint_set) for one in others.values()}
        return Tools(JointsOfBodies(own, joint_set), Limbs(joint_set), measures)


def _measured(subject: SubjectFrames, sequence: SequenceFrames, tools: _ToolsByBody) -> Checked:
    own = tools.of(subject, subject.body_id(sequence))
    parameters, joints = subject.parameters(sequence), subject.joints(sequence)
    if own is None:
        nothing = np.full(len(sequence), np.nan)
        return Checked(subject, sequence, Measured(parameters, joints, nothing, np.full(3, np.nan)), None)
    return Checked(subject, sequence, measured(parameters, joints, own), own)


def _usual_aside(checked: Sequence[Checked], limits: Limits) -> Array:
    """The offset of measured joints from right bodies, in the body's frame, that is usual in the set."""
    right = [one.one.aside for one in checked if one.median_mm <= limits.clean]
    return np.median(right, axis=0) if right else np.zeros(3)


class _Known:
    """What may have been taken by mistake for one sequence: all that the other sequences have."""

    def __init__(self, checked: Sequence[Checked], limits: Limits, in_time: bool) -> None:
        self._checked, self._limits, self._in_time = checked, limits, in_time
        self._cameras = {
            (one.subject.subject, view): (camera.stated.R, camera.stated.t)
            for one in checked
            for view, camera in one.subject.cameras.items()
            if camera.stated is not None and not camera.fault
        }

    def faults_of(self, one: Checked, usual: Array) -> list[Wrong]:
        """What is wrong with one sequence."""
        if one.tools is None:
            return []
        found = self._of(one, one.tools, usual)
        owner = self._owners.get(_whole(one)) if found else None
        if owner is None or owner.subject.subject == one.subject.subject:
            return found
        own, theirs = one.sequence.id, owner.sequence.id
        same = (own.action, own.subaction) == (theirs.action, theirs.subaction)
        whose = f"S{theirs.subject}" if same else owner.sequence.name
        rest = f"Take S{own.subject}'s own from another copy of the set, or leave these photos out"
        fault = f"these are the parameters of {whose}"
        why = Explanation("bodies", "pose", fault, rest, "sure", one.median_mm, float("nan"))
        return [Wrong(np.flatnonzero(one.one.known), why)]

    def _of(self, one: Checked, tools: Tools, usual: Array) -> list[Wrong]:
        return faults_of(
            one.one,
            tools,
            self._limits,
            cameras=self._cameras_for(one.subject.subject),
            betas=self._betas_for(one),
            aside=usual,
            others=lambda count: self._others_for(one, count),
            in_time=self._in_time,
        )

    def _cameras_for(self, subject: str) -> Mapping[str, tuple[Array, Array]]:
        own = {view: camera for (who, view), camera in self._cameras.items() if who == subject}
        return own | {f"S{who} {view}": one for (who, view), one in self._cameras.items() if who != subject}

    def _betas_for(self, one: Checked) -> dict[str, Array]:
        """The shapes that right sequences of this subject, then of others, have."""
        found: dict[str, Array] = {}
        for other in self._by_subject.get(one.subject.subject, []):
            if other is not one and other.median_mm <= self._limits.clean:
                found.setdefault(f"{other.sequence.name}", _betas(other))
        own = dict(list(found.items())[:2])
        for subject, sequences in self._by_subject.items():
            right = [other for other in sequences if other.median_mm <= self._limits.clean]
            if subject != one.subject.subject and right:
                own[f"S{subject}"] = _betas(right[0])
        return own

    @cached_property
    def _owners(self) -> dict[bytes, Checked]:
        """The right sequences by their parameters: whoever has the same ones has those of another."""
        return {_whole(one): one for one in self._checked if one.median_mm <= self._limits.clean}

    @cached_property
    def _by_subject(self) -> dict[str, list[Checked]]:
        groups: dict[str, list[Checked]] = {}
        for one in self._checked:
            groups.setdefault(one.subject.subject, []).append(one)
        return groups

    def _others_for(self, one: Checked, count: int) -> list[tuple[str, Bodies]]:
        """The bodies of the same frames in other sequences of the subject."""
        found = []
        for other in self._by_subject[one.subject.subject]:
            if other is one or other.tools is None or len(other.sequence) < _FEWEST:
                continue
            rows = np.minimum(np.arange(count), len(other.sequence) - 1)
            found.append((other.sequence.name, other.tools.measure.of(other.one.parameters[rows])))
        return found


_FEWEST = 5


def _whole(one: Checked) -> bytes:
    """The same for the same parameters."""
    return blake2b(np.ascontiguousarray(one.one.parameters[one.one.known]).tobytes()).digest()


def _betas(one: Checked) -> Array:
    return np.asarray(np.median(one.one.parameters[one.one.known][:, 72:82], axis=0))


# ---- what belongs together


def body_findings(checked: Sequence[Checked]) -> list[SequenceFinding]:
    """The faults of all sequences, each said once with all the places where it holds."""
    groups: list[_Group] = []
    for one in checked:
        for wrong in one.wrong:
            part = part_of(one, wrong.rows)
            group = next((group for group in groups if group.takes(wrong.why, part)), None)
            if group is None:
                groups.append(_Group(wrong.why, [part], [wrong.why]))
            else:
                group.parts.append(part)
                group.why.append(wrong.why)
    return [group.finding() for group in groups]


def right_joints(one: Checked) -> Array:
    """The measured joints (N, J, 3) of a sequence, put right where that is sure."""
    joints = one.one.joints.copy()
    for wrong in one.wrong:
        for correction in wrong.why.corrections if wrong.why.confidence == "sure" else ():
            if isinstance(correction, JointCorrection):
                order = list(correction.order or range(joints.shape[1]))
                joints[wrong.rows] = joints[wrong.rows][:, order] * correction.scale
    return joints


def part_of(one: Checked, rows: NDArray[np.int64], cameras: Sequence[int] | None = None) -> Part:
    """The frames in these rows, before some or all cameras that have records of them."""
    sequence = one.sequence
    places = list(range(len(one.subject.views))) if cameras is None else list(cameras)
    records = sequence.records[rows][:, places]
    seen = np.asarray((records >= 0).any(axis=0))
    names = tuple(one.subject.views[place] for place, there in zip(places, seen, strict=True) if there)
    gaps = np.diff(sequence.frames)
    step = int(np.median(gaps)) if len(gaps) else 1
    runs = runs_of(sequence.frames[rows].tolist(), max(step, 1))
    return Part(sequence.id, sequence.name, names, runs, int((records >= 0).sum()))


@dataclass(frozen=True, eq=False)
class _Group:
    """Explanations that say the same of several sequences."""

    first: Explanation
    parts: list[Part]
    why: list[Explanation]

    def takes(self, why: Explanation, part: Part) -> bool:
        """Whether it says the same; numbers that were made to fit must be alike, of the same subject."""
        mine = self.first
        if (mine.kind, mine.cause, mine.confidence) != (why.kind, why.cause, why.confidence):
            return False
        if mine.fault != why.fault:
            same_subject = self.parts[0].sequence.subject == part.sequence.subject
            if not same_subject or _NUMBERS.sub("#", mine.fault) != _NUMBERS.sub("#", why.fault):
                return False
        pairs = zip(mine.corrections, why.corrections, strict=False)
        alike = len(mine.corrections) == len(why.corrections)
        return alike and all(same_correction(a, b) for a, b in pairs)

    def finding(self) -> SequenceFinding:
        """All of them as one; the worst says how bad it is."""
        worst = max(self.why, key=lambda why: np.nan_to_num(why.before))
        return SequenceFinding(
            worst.kind,
            worst.cause,
            worst.fault,
            worst.remedy,
            tuple(self.parts),
            worst.confidence,
            worst.before,
            worst.after,
            corrections=worst.corrections,
        )


def same_correction(one: Correction, other: Correction) -> bool:
    """Whether two corrections do the same, but for what a fit may differ by."""
    if type(one) is not type(other):
        return False
    if not isinstance(one, BodyCorrection):
        return vars(one) == vars(other)
    tolerances = {"betas": _SAME_BETAS, "shift": _SAME_PLACE, "own_shift": _SAME_PLACE, "t": _SAME_PLACE}
    for name, a in vars(one).items():
        b = getattr(other, name)
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            if np.abs(a - b).max() > tolerances.get(name, _SAME_TURN):
                return False
        elif isinstance(a, float):
            if abs(a - b) > 0.02 * abs(a):
                return False
        elif (a is None) != (b is None) or (a is not None and a != b):
            return False
    return True
