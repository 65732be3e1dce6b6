"""What a person confirmed on the camera board, written into a corrected copy of the set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sefd_viewer.datasets.records import series_of
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.in_view import InView

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.cameras.diagnosis.conventions import BodyConvention
    from sefd_viewer.cameras.sequences.findings import (
        BodyCorrection,
        CameraCorrection,
        SequenceFinding,
        SequenceId,
    )
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.geometry.cameras import PinholeCamera

_EVER = ((0, 10**9),)
_SEQUENCE = re.compile(r"s_0*(\d+)_act_0*(\d+)_subact_0*(\d+)")


def confirmed(state: ViewerState, content: Content) -> tuple[SequenceFinding, ...]:
    """What the subject in view is read otherwise than stated, as findings that a person confirmed.

    Raises SefdError for what Human3.6M's files cannot hold.
    """
    from sefd_viewer.cameras.sequences.findings import Part, SequenceFinding

    found = InView(state, content)
    moment, scene, board = found.moment, found.scene, found.board
    if moment is None or scene is None or content.dataset is None or not board.reads_otherwise:
        return ()
    own = _SEQUENCE.match(moment.key)
    if own is None:
        raise SefdError("only sets in Human3.6M's layout can be corrected", where=content.dataset.name)
    cameras = [
        _camera(own[1], view, camera)
        for view, camera in scene.cameras.items()
        if not _same(camera, moment.records[view].camera)
    ]
    bodies = list(_body(board.conventions.body)) if board.conventions is not None else []
    parts = tuple(
        Part(sequence, f"S{own[1]}", tuple(moment.records), _EVER, 0)
        for sequence in _sequences(content.dataset, own[1])
        if board.place in ("", own[1], f"{own[1]}/{sequence.action}/{sequence.subaction}")
    )
    what = ("confirmed in the window", "Written as it is read there")
    return (
        *(
            [SequenceFinding("cameras", "camera", *what, parts, corrections=tuple(cameras))]
            if cameras
            else []
        ),
        *([SequenceFinding("bodies", "place", *what, parts, corrections=tuple(bodies))] if bodies else []),
    )


def correctable(
    dataset: Dataset, confirmed: Sequence[SequenceFinding], find_body: FindBody
) -> tuple[SequenceFinding, ...]:
    """What can be put right: what was confirmed, and what the check of the whole set finds besides.

    Raises SefdError where there is nothing.
    """
    from sefd_viewer.cameras.sequences.verdict import check_set

    known = {(one.kind, part.sequence.subject) for one in confirmed for part in one.parts}
    found = [
        one
        for one in check_set(dataset, find_body).findings
        if one.corrections and not any((one.kind, part.sequence.subject) in known for part in one.parts)
    ]
    if not confirmed and not found:
        raise SefdError(
            "there is nothing to correct: no finding can be undone, nothing is read otherwise than stated",
            remedy="Apply a diagnosis or choose a convention first",
        )
    return (*confirmed, *sorted(found, key=lambda one: not one.sure))


def write(dataset: Dataset, findings: Sequence[SequenceFinding], out: str, find_body: FindBody) -> str:
    """Write a copy of the set with these findings put right; returns a sentence."""
    from sefd_viewer.cameras.sequences.repairing import write_corrected

    changes = write_corrected(dataset, findings, Path(out), find_body)
    entries = sum(change.entries for change in changes)
    files = sorted({file for change in changes for file in change.files})
    return f"{entries:,} entries of {', '.join(files) or 'no file'} were corrected in {out}"


def _sequences(dataset: Dataset, subject: str) -> list[SequenceId]:
    """All sequences of a subject."""
    from sefd_viewer.cameras.sequences.findings import SequenceId

    moments = (dataset.instant(position)[0] for position in range(len(dataset.keys)))
    found = (_SEQUENCE.match(series) for series in dict.fromkeys(series_of(one) for one in moments if one))
    return [SequenceId(*one.groups()) for one in found if one is not None and one[1] == subject]


def _camera(subject: str, view: str, camera: PinholeCamera) -> CameraCorrection:
    from sefd_viewer.cameras.sequences.findings import CameraCorrection

    if camera.is_distorted:
        raise SefdError("Human3.6M's files know no lens distortion", where=view)
    name = view.removeprefix("camera ")
    return CameraCorrection(subject, name, camera.R, 1000 * camera.t, camera.focal, camera.principal_point)


def _body(convention: BodyConvention) -> Iterator[BodyCorrection]:
    from sefd_viewer.cameras.diagnosis.camera_reading import world_turn
    from sefd_viewer.cameras.sequences.findings import BodyCorrection

    changes = convention.changes()
    unwritable = sorted({"gender", "mode", "later"} & changes.keys())
    if unwritable:
        raise SefdError(
            f"files have no place for another {', '.join(unwritable)} of bodies",
            remedy="Take that back, then write the rest",
        )
    roots = 1.0 if convention.translation == "of the root joint" else 0.0
    if "unit" in changes or roots:
        yield BodyCorrection(transl_scale=convention.unit, roots=roots)
    if "up" in changes:
        yield BodyCorrection(R=world_turn(convention.up).T, t=np.zeros(3))


def _same(camera: PinholeCamera, stated: PinholeCamera | None) -> bool:
    pairs = () if stated is None else tuple(zip(_numbers(camera), _numbers(stated), strict=True))
    return stated is not None and all(np.allclose(a, b, rtol=0, atol=1e-9) for a, b in pairs)


def _numbers(camera: PinholeCamera) -> tuple[np.ndarray, ...]:
    return camera.R, camera.t, camera.focal, camera.principal_point, camera.distortion
