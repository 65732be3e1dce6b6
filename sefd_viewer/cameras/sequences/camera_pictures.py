"""Cameras and sequences against their pictures: files that lack, other sizes, other frames, other people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.bodies import AnnotatedJoints
from sefd_viewer.cameras.diagnosis.conventions import Array, Size, StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import diagnose_points
from sefd_viewer.cameras.diagnosis.evidence import Choice
from sefd_viewer.cameras.diagnosis.space_evidence import PointEvidence, Sightings
from sefd_viewer.cameras.sequences.box_check import CameraFault, named_fault
from sefd_viewer.cameras.sequences.cells import MOSTLY, Cell, Cells, Key, usual
from sefd_viewer.cameras.sequences.findings import Cause, SequenceFinding
from sefd_viewer.cameras.sequences.picture_check import (
    MOST_HEADERS,
    UNLIKE,
    Detect,
    Folders,
    Late,
    as_coco,
    lateness,
    moving_rows,
    people_shown,
    picture_faults,
    shown_instead,
    unlike_by_frame,
)
from sefd_viewer.cameras.sequences.set_bodies import part_of
from sefd_viewer.geometry.cameras import PinholeCamera

Progress = Callable[[int, int], None]

_TIMES_USUAL = 2.5
_LOOK = "Look at these pictures; leave these photos out or put the files right"
_NO_PICTURES = "There are no pictures here: cameras were compared with boxes only"


def check_files(cells: Cells) -> None:
    """Whether the pictures are there and as large as annotated."""
    folders, headers = Folders(), _headers(cells.all)
    faults = [
        picture_faults(cell.one.subject, cell.one.sequence, cell.camera, folders, headers=headers)
        for cell in cells.all
    ]
    for cell, found in zip(cells.all, faults, strict=True):
        cell.there = found.there
    if not any(found.there.any() for found in faults):
        cells.notes.append(_NO_PICTURES)
        return
    for cell, found in zip(cells.all, faults, strict=True):
        for words, rows in found.rows.items():
            cause: Cause = "missing" if "missing" in words else "picture"
            cells.add(_finding(cause, words, _remedy(words), [(cell, rows)]))


def check_pictures(cells: Cells, detect: Detect, moments: int, progress: Progress) -> None:
    """Look for people in some pictures of every sequence and camera."""
    looked_at = [cell for cell in cells.all if cell.there.any() and cell.one.subject.joint_set]
    for done, cell in enumerate(looked_at, 1):
        there = np.flatnonzero(cell.there)
        rows = there[moving_rows(cell.joints[there], moments)]
        _look(cells, cell, rows, detect, boxed=True)
        progress(done, len(looked_at))
    limit = max(UNLIKE, _TIMES_USUAL * usual([cell.pictures for cell in looked_at]))
    for key, group in cells.by_camera(looked_at).items():
        if cells.cameras[key] is not None:
            for cell in group:
                if not cell.pictures <= limit and cell.shown is not None:
                    _look(cells, cell, cell.shown.rows, detect, boxed=False)
            _camera(cells, key, group, limit)


def _look(cells: Cells, cell: Cell, rows: NDArray[np.int64], detect: Detect, *, boxed: bool) -> None:
    one, camera = cell.one, cells.cameras[cell.key]
    cell.shown = people_shown(one.subject, one.sequence, cell.camera, rows, detect, boxed=boxed)
    if camera is not None:
        cell.pictures = _mean(unlike_by_frame(cell.shown, _coco(cell), camera))


def _camera(cells: Cells, key: Key, group: Sequence[Cell], limit: float) -> None:
    """One camera's sequences: pictures that are late, then those that show something else."""
    camera = cells.cameras[key]
    assert camera is not None
    seen = [cell for cell in group if np.isfinite(cell.pictures)]
    late = _late(seen, camera)
    for count in dict.fromkeys(found.count for found in late.values()):
        cells.add(
            _late_finding([(cell, late[cell]) for cell in seen if cell in late and late[cell].count == count])
        )
    wrong = [cell for cell in seen if cell.pictures > limit and cell not in late]
    instead = {cell: _instead(cells, cell) for cell in wrong}
    if len(wrong) > 1 and len(wrong) >= MOSTLY * len(seen) and not all(instead.values()):
        cells.blame(key, wrong, _diagnosed(cells, key, wrong))
        return
    for cell, words in instead.items():
        elsewhere = "the pictures do not show the person where the joints were measured"
        cells.add(_finding("picture", words or elsewhere, _LOOK, [(cell, cell.rows)], 100 * cell.pictures))


def _finding(
    cause: Cause,
    fault: str,
    remedy: str,
    where: Sequence[tuple[Cell, NDArray[np.int64]]],
    before: float = float("nan"),
    after: float = float("nan"),
) -> SequenceFinding:
    parts = tuple(part_of(cell.one, rows, (cell.camera,)) for cell, rows in where)
    unit = "% of the person's size"
    return SequenceFinding("pictures", cause, fault, remedy, parts, "likely", before, after, unit)


def _late_finding(found: Sequence[tuple[Cell, Late]]) -> SequenceFinding:
    late = found[0][1]
    frames = "1 frame" if abs(late.count) == 1 else f"{abs(late.count)} frames"
    remedy = f"Rename the files by {frames}, or shift the annotations"
    before, after = (
        100 * float(np.mean([getattr(one, name) for _, one in found])) for name in ("before", "after")
    )
    return _finding("time", late.words, remedy, [(cell, cell.rows) for cell, _ in found], before, after)


def _late(cells: Sequence[Cell], camera: PinholeCamera) -> dict[Cell, Late]:
    """Which sequences' pictures are out of step; all alike if they are together and each agrees."""
    found: dict[Cell, Late] = {}
    pairs = [(cell.shown, _coco(cell), camera) for cell in cells if cell.shown is not None]
    for cell, pair in zip(cells, pairs, strict=True):
        late = lateness([pair], alone=True)
        if late is not None:
            found[cell] = late
    together = lateness(pairs, alone=False) if len(cells) > 1 else None
    if together is None:
        return found
    alike = sum(one.count == together.count for one in found.values())
    if found and (alike < len(found) / 2 or alike < len(cells) / 3):
        return found
    return {cell: found.get(cell, together) for cell in cells if _agrees(cell, camera, together)}


def _agrees(cell: Cell, camera: PinholeCamera, late: Late) -> bool:
    """Whether a sequence's pictures fit better so, too."""
    assert cell.shown is not None
    now, then = (_mean(unlike_by_frame(cell.shown, _coco(cell), camera, k)) for k in (0, late.count))
    return then < now


def _instead(cells: Cells, cell: Cell) -> str | None:
    assert cell.shown is not None
    own = {
        view: camera
        for (subject, view), camera in cells.cameras.items()
        if subject == cell.key[0] and camera is not None
    }
    width = cell.one.subject.size(cell.camera)[0]
    return shown_instead(cell.shown, _coco(cell), cell.view, own, width)


def _diagnosed(cells: Cells, key: Key, wrong: Sequence[Cell]) -> CameraFault:
    """What is wrong with a camera by people found in pictures."""
    camera, size = cells.cameras[key], wrong[0].one.subject.size(wrong[0].camera)
    assert camera is not None
    pairs = [(_coco(cell)[cell.shown.rows], cell.shown.pixels) for cell in wrong if cell.shown is not None]
    points, pixels = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    stated = StatedCamera.of(camera, size)
    evidence = _seen_joints(key[1], stated, size, points, pixels, cells.donors(key))
    found = diagnose_points(evidence)
    if found.named and found.explained:
        return named_fault(found, found.before, key[1], evidence.enough)
    words = "the camera does not see the person where the pictures show one"
    return CameraFault(words, "likely", found.before, float("nan"), None)


class _SeenJoints(PointEvidence):
    """Joints found in pictures that do not follow each other."""

    def choices(self) -> list[Choice]:
        """Everything but time."""
        return [one for one in super().choices() if one.step != "camera.later"]


def _seen_joints(
    view: str,
    stated: StatedCamera,
    size: Size,
    points: Array,
    pixels: Array,
    donors: Mapping[str, StatedCamera],
) -> PointEvidence:
    moments = np.arange(len(points), dtype=float)
    return _SeenJoints([Sightings(view, stated, size, AnnotatedJoints(points), moments, pixels)], donors)


def _coco(cell: Cell) -> Array:
    joint_set = cell.one.subject.joint_set
    assert joint_set is not None
    return as_coco(cell.joints, joint_set)


def _remedy(words: str) -> str:
    if "missing" in words:
        return "Copy the pictures to where the annotations name them, or leave these photos out"
    if "times as large" in words:
        scale = words.split("are ")[1].split(" ")[0]
        return f"Multiply f, c and the boxes by {scale}, or take pictures of the annotated size"
    return _LOOK


def _headers(cells: Sequence[Cell]) -> int:
    """How many headers to read per sequence and camera."""
    lengths = [len(cell.one.sequence) for cell in cells]
    within = sum(lengths) <= MOST_HEADERS
    return max(lengths, default=0) if within else max(MOST_HEADERS // len(lengths), 4)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
