"""What a person confirmed in workspace Cameras, written into a corrected copy that is checked again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.model import CamerasState
from sefd_viewer.features.cameras.moments import moment_of

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.cameras.diagnosis.conventions import BodyConvention
    from sefd_viewer.cameras.sequences.findings import (
        BodyCorrection,
        CameraCorrection,
        SequenceFinding,
        SetVerdict,
    )
    from sefd_viewer.cameras.sequences.places import Part, SequenceId
    from sefd_viewer.cameras.sequences.verdict import Progress
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.features.cameras.moments import Moment
    from sefd_viewer.geometry.cameras import PinholeCamera

_SEQUENCE = re.compile(r"s_0*(\d+)_act_0*(\d+)_subact_0*(\d+)_0*(\d+)")
_REMEDY = "Written as it is read in the window"
_NO_PLACE = {
    "gender": "another gender of the bodies: parameters do not say whose they are",
    "mode": "raw or paper bodies: every camera would need other parameters",
}


@dataclass(frozen=True, eq=False)
class Correctable:
    """What can be put right: `confirmed` by how things are read in the window, `found` by the check.

    `refused` says what is read otherwise but has no place in Human3.6M's files.
    """

    confirmed: tuple[SequenceFinding, ...]
    found: tuple[SequenceFinding, ...]
    verdict: SetVerdict
    refused: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[SequenceFinding, ...]:
        """All of them, those that are sure first."""
        return (*self.confirmed, *self.found)


def correctable(dataset: Dataset, board: CamerasState, find_body: FindBody, tell: Progress) -> Correctable:
    """What is read otherwise than stated anywhere in the set, and what the check of the set finds besides.

    `tell` hears how far the check is. Raises SefdError where there is nothing, or the set is not Human3.6M's.
    """
    from sefd_viewer.cameras.sequences.verdict import check_set

    frames = _frames(dataset)
    if not frames:
        raise SefdError(
            "only sets in Human3.6M's format can be corrected",
            where=dataset.name,
            remedy="Open the folder that holds Human3.6M's annotations",
        )
    confirmed, refused = [], []
    for one in _readings(board):
        made, unwritable = _confirmed(dataset, one, frames)
        confirmed += made
        refused += unwritable
    known = {(one.kind, part.sequence) for one in confirmed for part in one.parts}
    verdict = check_set(dataset, find_body, progress=tell)
    found = [
        one
        for one in verdict.findings
        if one.corrections and not any((one.kind, part.sequence) in known for part in one.parts)
    ]
    if not confirmed and not found:
        words = "there is nothing to correct: no finding can be undone, nothing is read otherwise than stated"
        remedy = "Apply a diagnosis or choose a convention first"
        raise SefdError("; ".join([words, *refused]), remedy=remedy)
    ordered = sorted(found, key=lambda one: not one.sure)
    return Correctable(tuple(confirmed), tuple(ordered), verdict, tuple(dict.fromkeys(refused)))


def write(
    dataset: Dataset,
    of: Correctable,
    chosen: Sequence[SequenceFinding],
    out: str,
    find_body: FindBody,
    bodies: Sequence[str],
    tell: Progress,
) -> str:
    """Write a copy with the chosen findings put right, check it as the set was, and tell what came of it."""
    from sefd_viewer.cameras.sequences.corrected_copy import correct

    again = partial(_check_again, find_body=find_body, bodies=tuple(bodies), tell=tell)
    copy = correct(dataset, of.verdict, chosen, Path(out), find_body, again)
    return " · ".join([copy.conclusion, *copy.lines])


def _check_again(root: Path, *, find_body: FindBody, bodies: tuple[str, ...], tell: Progress) -> SetVerdict:
    from sefd_viewer.cameras.sequences.verdict import check_set
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.opening import open_dataset

    return check_set(open_dataset(root, options=ReadOptions(bodies=bodies)), find_body, progress=tell)


def write_report(dataset: Dataset, path: str, find_body: FindBody, tell: Progress) -> str:
    """Check the set and write what is found as a page; returns a sentence."""
    from sefd_viewer.atomic import write_file
    from sefd_viewer.cameras.sequences.findings import conclusion, verdict_html
    from sefd_viewer.cameras.sequences.verdict import check_set

    verdict = check_set(dataset, find_body, progress=tell)
    write_file(Path(path), verdict_html(verdict, dataset.name).encode("utf-8", "surrogateescape"))
    return f"{conclusion(verdict)} The report is in {path}"


# ---- what is read otherwise, as findings that a person confirmed


def _readings(board: CamerasState) -> Iterator[CamerasState]:
    """The choices at every place where something is read otherwise, the one in view first."""
    if board.reads_otherwise:
        yield board
    for one in board.readings:
        if one.conventions is not None:
            yield replace(board, **vars(one), calibration=None)


def _confirmed(
    dataset: Dataset, board: CamerasState, frames: Mapping[SequenceId, Sequence[tuple[int, str]]]
) -> tuple[list[SequenceFinding], list[str]]:
    """At one place a finding for all cameras and one for each change of the bodies; and what is refused."""
    from sefd_viewer.cameras.sequences.findings import SequenceFinding

    here = [one for one in frames if board.place in ("", one.subject, _place(one))]
    if not here:
        return [], []
    subject = here[0].subject
    moment = moment_of(dataset, frames[here[0]][0][1])
    own = [one for one in here if one.subject == subject]
    parts = tuple(_part(dataset, one, frames[one], moment) for one in own)
    findings, refused = [], []
    cameras, unwritable = _cameras(subject, moment, board)
    refused += unwritable
    if cameras:
        names = tuple(f"camera {one.camera}" for one in cameras)
        concerned = tuple(replace(part, cameras=names) for part in parts)
        words = f"read otherwise: {', '.join(names)}"
        findings.append(
            SequenceFinding("cameras", "camera", words, _REMEDY, concerned, corrections=tuple(cameras))
        )
    body = board.conventions.body if board.conventions is not None else None
    for words, correction in _bodies(body):
        if correction is None:
            refused.append(f"S{subject}: the files have no place for {words}")
        else:
            findings.append(
                SequenceFinding("bodies", "place", words, _REMEDY, parts, corrections=(correction,))
            )
    return findings, refused


def _frames(dataset: Dataset) -> dict[SequenceId, list[tuple[int, str]]]:
    """The frames of every sequence, each with the key of one of its records."""
    from sefd_viewer.cameras.sequences.places import SequenceId

    found: dict[SequenceId, dict[int, str]] = {}
    for position, key in enumerate(dataset.keys):
        instant = _SEQUENCE.match(dataset.instant(position)[0] or "")
        if instant is not None:
            subject, action, subaction, frame = instant.groups()
            found.setdefault(SequenceId(subject, action, subaction), {}).setdefault(int(frame), key)
    return {sequence: sorted(frames.items()) for sequence, frames in found.items()}


def _place(sequence: SequenceId) -> str:
    return f"{sequence.subject}/{sequence.action}/{sequence.subaction}"


def _part(dataset: Dataset, sequence: SequenceId, frames: Sequence[tuple[int, str]], moment: Moment) -> Part:
    from sefd_viewer.cameras.sequences.places import Part

    views, record = tuple(moment.records), dataset.records[dataset.position(frames[0][1])]
    name = " ".join(record.title.split(" · ")[:2])
    return Part(sequence, name, views, ((frames[0][0], frames[-1][0]),), len(frames) * len(views))


def _cameras(subject: str, moment: Moment, board: CamerasState) -> tuple[list[CameraCorrection], list[str]]:
    """The cameras whose numbers are read otherwise, as they are read; words about those with a lens."""
    from sefd_viewer.cameras.sequences.findings import CameraCorrection
    from sefd_viewer.features.cameras.scene import board_cameras

    sizes = {view: record.size for view, record in moment.records.items() if record.size is not None}
    read, _problems = board_cameras(moment, sizes, board)
    found, refused = [], []
    for view, camera in read.items():
        if _same(camera, moment.records[view].camera):
            continue
        if camera.is_distorted:
            refused.append(f"S{subject} {view}: the files have no place for a lens")
            continue
        numbers = (camera.R, 1000 * camera.t, camera.focal, camera.principal_point)
        found.append(CameraCorrection(subject, view.removeprefix("camera "), *numbers))
    return found, refused


def _bodies(convention: BodyConvention | None) -> Iterator[tuple[str, BodyCorrection | None]]:
    """Each change of the bodies in words and as a correction; None where files have no place for it."""
    from sefd_viewer.cameras.diagnosis.camera_reading import world_turn
    from sefd_viewer.cameras.diagnosis.conventions import words_for
    from sefd_viewer.cameras.sequences.findings import BodyCorrection

    for name, value in ({} if convention is None else convention.changes()).items():
        words = words_for(f"body.{name}", value)
        if name == "unit":
            yield words, BodyCorrection(transl_scale=value)
        elif name == "translation":
            yield words, BodyCorrection(roots=1.0)
        elif name == "up":
            yield words, BodyCorrection(R=world_turn(value).T, t=np.zeros(3))
        elif name == "later" and float(value).is_integer():
            yield words, BodyCorrection(later=int(value))
        else:
            yield _NO_PLACE.get(name, "a part of a frame"), None


def _same(camera: PinholeCamera, stated: PinholeCamera | None) -> bool:
    pairs = () if stated is None else tuple(zip(_numbers(camera), _numbers(stated), strict=True))
    return stated is not None and all(np.allclose(a, b, rtol=0, atol=1e-9) for a, b in pairs)


def _numbers(camera: PinholeCamera) -> tuple[np.ndarray, ...]:
    return camera.R, camera.t, camera.focal, camera.principal_point, camera.distortion
