"""A corrected copy of a Human3.6M set: findings are put right, everything else is the same, byte for byte."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.atomic import new_folder
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.sequences.findings import (
    BodyCorrection,
    CameraCorrection,
    JointCorrection,
    SequenceFinding,
)
from sefd_viewer.cameras.sequences.places import SequenceId
from sefd_viewer.datasets.annotations.human36m import Human36mReader
from sefd_viewer.datasets.annotations.json_edits import DROPPED, KEPT, Names, edited_json
from sefd_viewer.datasets.annotations.smpl_table import body_id_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DAMAGED, DatasetError, SefdError

FindBody = Callable[[str], BodyModel]
_ROUNDED = 7
"""Decimals of numbers that are written: parameters are single precision."""


@dataclass
class Change:
    """What became of one finding: how many entries of which files are others, and how many are gone.

    `refused` says why entries that it concerns stay as they are, if some do.
    """

    finding: SequenceFinding
    entries: int = 0
    dropped: int = 0
    files: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **self.finding.to_dict(),
            "changed_entries": self.entries,
            "dropped_entries": self.dropped,
            "files": self.files,
            "not_changed": self.refused,
        }


def chosen_findings(
    findings: Sequence[SequenceFinding], confirmed: Sequence[str] = ()
) -> list[SequenceFinding]:
    """What is put right: what is sure, and what has a correction and one of the `confirmed` words in its key.

    Raises SefdError for words that no correctable finding has.
    """
    correctable = [one for one in findings if one.corrections]
    for words in confirmed:
        if not any(words in one.key for one in correctable):
            known = "; ".join(one.key for one in correctable if not one.sure) or "none"
            raise SefdError(
                f"no finding that can be corrected says {words!r}", remedy=f"To be confirmed are: {known}"
            )
    return [one for one in correctable if one.sure or any(words in one.key for words in confirmed)]


def write_corrected(
    dataset: Dataset, findings: Sequence[SequenceFinding], out: Path, find_body: FindBody
) -> list[Change]:
    """Copy the set to the new folder `out` with the corrections of `findings`; returns what was changed.

    Annotation files are copied, pictures and other folders are links to those of the set. Raises DatasetError
    where the set is not Human3.6M's, or `out` is there already or lies in the set.
    """
    root, files = _files_of(dataset)
    if out.resolve().is_relative_to(root.resolve()):
        raise DatasetError("this folder is inside the data set", where=out, remedy="Name a folder elsewhere")
    changes = [Change(finding) for finding in findings]
    with new_folder(out) as folder:
        _copy(root, next(iter(files.values()))[0].parent, folder)
        for subject, (_data, camera, joints, parameters) in files.items():
            for path, work in (
                (camera, partial(_corrected_cameras, subject)),
                (parameters, partial(_corrected_bodies, subject, find_body)),
                (joints, partial(_corrected_joints, subject)),
            ):
                content = work(path, changes)
                if content is not None:
                    (folder / path.relative_to(root)).write_bytes(content)
    return changes


def _files_of(dataset: Dataset) -> tuple[Path, dict[str, Sequence[Path]]]:
    """The set's folder, and each subject's four files: images, cameras, joints, parameters."""
    reader = Human36mReader()
    if dataset.format != reader.name or dataset.root is None:
        raise DatasetError(
            "only sets in Human3.6M's format can be corrected",
            where=dataset.name,
            remedy="Open the folder that holds Human3.6M's annotations",
        )
    root = dataset.root if dataset.root.is_dir() else dataset.root.parent
    files: dict[str, Sequence[Path]] = {}
    for data in reader.files(dataset.root):
        inputs = list(reader.inputs(data))
        files[data.stem.removeprefix("Human36M_subject").removesuffix("_data")] = inputs[:4]
    return root, files


def _copy(root: Path, annotations: Path, folder: Path) -> None:
    """Files beside the annotations and of the root are copied; folders beside them are links."""
    inside = annotations.relative_to(root)
    for place in dict.fromkeys([Path(), *reversed(inside.parents), inside]):
        (folder / place).mkdir(exist_ok=True)
        for entry in sorted((root / place).iterdir()):
            target = folder / place / entry.name
            if entry.is_dir():
                if not inside.is_relative_to(place / entry.name):
                    _link(entry, target)
            elif not target.exists():
                shutil.copy2(entry, target)


def _link(entry: Path, target: Path) -> None:
    try:
        target.symlink_to(os.path.realpath(entry), target_is_directory=True)
    except OSError:  # a system without links: the pictures are copied
        shutil.copytree(entry, target)


# ---- cameras


def _corrected_cameras(subject: str, path: Path, changes: Sequence[Change]) -> bytes | None:
    wanted: dict[str, tuple[CameraCorrection, Change]] = {}
    for change in changes:
        for one in change.finding.corrections:
            if isinstance(one, CameraCorrection) and one.subject.removeprefix("S") == subject:
                wanted[one.camera] = one, change
    if not wanted:
        return None

    def put_right(names: Names, value: Any) -> Any:
        if names[-1] not in wanted or not isinstance(value, dict):
            return KEPT
        correction, change = wanted[names[-1]]
        _note(change, path)
        return _camera_entry(value, correction)

    return edited_json(path, 1, put_right)


def _camera_entry(stored: Mapping[str, Any], right: CameraCorrection) -> dict[str, Any]:
    """The entry with the numbers that differ from what it should be."""
    numbers = {"R": right.R, "t": right.t_mm, "f": right.focal, "c": right.principal_point}
    return {
        name: np.round(value, 9).reshape(np.shape(stored[name])).tolist()
        for name, value in numbers.items()
        if name in stored and not _alike(stored[name], value)
    }


def _alike(stored: Any, right: Any) -> bool:
    try:
        return bool(np.allclose(np.ravel(np.array(stored, np.float64)), np.ravel(right), rtol=0, atol=1e-6))
    except DAMAGED:
        return False


# ---- bodies and joints, frame by frame


def _corrected_bodies(
    subject: str, find_body: FindBody, path: Path, changes: Sequence[Change]
) -> bytes | None:
    wanted = [change for change in changes if _has(change, BodyCorrection, subject)]
    if not wanted:
        return None
    stored: dict[tuple[str, str], _Stored] = {}
    if any(one.later for change in wanted for one in _bodies_of(change)):
        edited_json(path, 3, partial(_remember, stored))

    def put_right(names: Names, value: Any) -> Any:
        return _frame_put_right(
            subject, names, value, wanted, partial(_body_put_right, stored, find_body), path
        )

    return edited_json(path, 3, put_right)


def _corrected_joints(subject: str, path: Path, changes: Sequence[Change]) -> bytes | None:
    wanted = [change for change in changes if _has(change, JointCorrection, subject)]
    if not wanted:
        return None

    def put_right(names: Names, value: Any) -> Any:
        return _frame_put_right(subject, names, value, wanted, _joints_put_right, path)

    return edited_json(path, 3, put_right)


def _frame_put_right(
    subject: str,
    names: Names,
    value: Any,
    wanted: Sequence[Change],
    put_right: Callable[[Names, Any, Change], Any],
    path: Path,
) -> Any:
    """The value of a frame after all changes that concern it; entries that cannot be used stay."""
    action, subaction, frame = names
    new = value
    for change in wanted:
        if not _concerns(change.finding, SequenceId(subject, action, subaction), frame):
            continue
        try:
            made = put_right(names, new, change)
        except (SefdError, *DAMAGED) as error:
            reason = error.what if isinstance(error, SefdError) else "this entry cannot be read"
            change.refused[reason] = change.refused.get(reason, 0) + 1
            continue
        if made is DROPPED:
            change.dropped += 1
            _note(change, path, entries=0)
            return DROPPED
        _note(change, path)
        new = made
    return KEPT if new is value else new


def _body_put_right(
    stored: Mapping[tuple[str, str], _Stored],
    find_body: FindBody,
    names: Names,
    value: dict[str, Any],
    change: Change,
) -> Any:
    for correction in _bodies_of(change):
        if correction.later:
            moved = stored[names[0], names[1]].later(names[2], correction.later)
            if moved is None:
                return DROPPED
            value = {**value, **moved}
        body_id = body_id_of(value, value.get("gender", "neutral"))
        value = {**value, **_numbers(value, correction, find_body(body_id))}
    return value


def _numbers(value: Mapping[str, Any], correction: BodyCorrection, body: BodyModel) -> dict[str, Any]:
    """The numbers of an entry that a correction changes, in the entry's own shape."""
    if correction.body_id is not None and correction.body_id != body.id:
        raise SefdError(
            "these parameters are of another body", remedy=f"Open the set with {correction.body_id}"
        )
    flat = {name: np.ravel(np.array(value[name], np.float64)) for name in ("pose", "shape", "trans")}
    stored = SmplParameters.from_pose(body.id, flat["pose"], flat["shape"][:10], flat["trans"])
    right = replace(correction, later=0).applied(stored, body.root_joint(stored.betas))
    made = {}
    for name, before, after in (
        ("pose", stored.pose, right.pose),
        ("shape", stored.betas, right.betas),
        ("trans", stored.transl, right.transl),
    ):
        moved = np.flatnonzero(np.abs(after.astype(np.float64) - before) > 1e-6)
        if len(moved):
            numbers = flat[name].copy()
            numbers[moved] = np.round(after[moved].astype(np.float64), _ROUNDED)
            made[name] = numbers.reshape(np.shape(value[name])).tolist()
    return made


def _joints_put_right(_names: Names, value: Any, change: Change) -> Any:
    for correction in change.finding.corrections:
        if isinstance(correction, JointCorrection):
            if correction.order is not None:
                value = [value[i] for i in correction.order]
            if correction.scale != 1.0:
                value = np.round(np.array(value, np.float64) * correction.scale, 4).tolist()
    return value


@dataclass(frozen=True)
class _Stored:
    """What a sequence's frames held before anything was changed."""

    frames: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {frame: place for place, frame in enumerate(self._order)}

    @cached_property
    def _order(self) -> list[str]:
        return sorted(filter(str.isdigit, self.frames), key=int)

    def later(self, frame: str, count: int) -> Mapping[str, Any] | None:
        """What is stored `count` frames later; None beyond the ends."""
        place = self._places[frame] + count
        return self.frames[self._order[place]] if 0 <= place < len(self._order) else None


def _remember(stored: dict[tuple[str, str], _Stored], names: Names, value: Any) -> object:
    stored.setdefault((names[0], names[1]), _Stored()).frames[names[2]] = value
    return KEPT


def _has(change: Change, kind: type[BodyCorrection] | type[JointCorrection], subject: str) -> bool:
    own = any(part.sequence.subject.removeprefix("S") == subject for part in change.finding.parts)
    return own and any(isinstance(one, kind) for one in change.finding.corrections)


def _bodies_of(change: Change) -> Iterator[BodyCorrection]:
    return (one for one in change.finding.corrections if isinstance(one, BodyCorrection))


def _concerns(finding: SequenceFinding, sequence: SequenceId, frame: str) -> bool:
    if not frame.isdigit():
        return False
    number = int(frame)
    return any(
        part.sequence == sequence and any(first <= number <= last for first, last in part.frames)
        for part in finding.parts
    )


def _note(change: Change, path: Path, *, entries: int = 1) -> None:
    change.entries += entries
    if path.name not in change.files:
        change.files.append(path.name)
