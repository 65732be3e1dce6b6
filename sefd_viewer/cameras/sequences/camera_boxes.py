"""Cameras against boxes: is it the camera, the boxes of one sequence, or its measured joints?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sefd_viewer.cameras.sequences.box_check import UNLIKE, Boxed, CameraFault, Margins, camera_fault
from sefd_viewer.cameras.sequences.cells import MOSTLY, Cell, Cells, Key, usual
from sefd_viewer.cameras.sequences.explaining import Explanation
from sefd_viewer.cameras.sequences.findings import SequenceFinding
from sefd_viewer.cameras.sequences.sequence_check import Wrong
from sefd_viewer.cameras.sequences.set_bodies import Checked, part_of

_TIMES_USUAL, _MOST_UNLIKE = 4.0, 0.15
"""Boxes around silhouettes lie less exactly around joints than those around joints do."""

_ASSUMED = Margins(np.zeros(2), np.full(2, 0.05), True)


def check_boxes(cells: Cells) -> None:
    """Compare joints seen by every camera with the annotated boxes."""
    known = [(cell.boxed, camera) for cell in cells.all if (camera := cells.cameras[cell.key]) is not None]
    margins = Margins.of(known)
    for cell in cells.all:
        camera = cells.cameras[cell.key]
        if camera is not None:
            cell.boxes = (margins or _ASSUMED).unlike(cell.boxed, camera)
    _two_corners(cells, margins or _ASSUMED)
    usually = _TIMES_USUAL * _of_right_ones(cells)
    of_cameras = float(np.clip(usually, UNLIKE if margins is None else margins.unlike_from, _MOST_UNLIKE))
    for key, group in cells.by_camera().items():
        compared = [cell for cell in group if np.isfinite(cell.boxes)]
        wrong = [cell for cell in compared if cell.boxes > of_cameras]
        file = group[0].one.subject.cameras[key[1]]
        if file.fault:
            cells.blame(key, group, _fault(cells, key, group, margins))
        elif wrong and len(wrong) >= MOSTLY * len(compared):
            cells.blame(key, wrong, _fault(cells, key, wrong, margins))
    _sequences(cells, margins or _ASSUMED, float(np.clip(usually, UNLIKE, _MOST_UNLIKE)))


def _two_corners(cells: Cells, margins: Margins) -> None:
    """Subjects whose boxes are stored as two corners: said once, and read so from here on."""
    for subject in dict.fromkeys(cell.one.subject for cell in cells.all):
        own = [cell for cell in cells.all if cell.one.subject is subject and cells.cameras[cell.key]]
        before = [cell.boxes for cell in own if np.isfinite(cell.boxes)]
        if before and usual(before) < _MOST_UNLIKE:
            continue
        read = [
            Boxed.of(subject, cell.one.sequence, cell.camera, cell.joints, two_corners=True) for cell in own
        ]
        pairs = zip(read, own, strict=True)
        unlike = [
            margins.unlike(boxed, camera) for boxed, cell in pairs if (camera := cells.cameras[cell.key])
        ]
        if not unlike or not usual(unlike) < _MOST_UNLIKE or np.isfinite(unlike).mean() < MOSTLY:
            continue
        for cell, boxed, share in zip(own, read, unlike, strict=True):
            cell.boxed, cell.boxes = boxed, share
        cells.add(
            SequenceFinding(
                "cameras",
                "camera",
                "bbox holds x and y of two corners, where x, y, width and height are expected",
                "Subtract the first two numbers of bbox from the last two",
                tuple(part_of(cell.one, cell.rows, (cell.camera,)) for cell in own),
                "sure",
                100 * usual(before) if before else float("nan"),
                100 * usual(unlike),
                unit="% of the person's size",
            )
        )


def _of_right_ones(cells: Cells) -> float:
    """How unlike boxes and joints usually are before right cameras: of the better half the typical one."""
    known = [cell.boxes for cell in cells.all if np.isfinite(cell.boxes)]
    return float(np.quantile(known, 0.25)) if known else 0.0


def _fault(cells: Cells, key: Key, group: Sequence[Cell], margins: Margins | None) -> CameraFault:
    subject = group[0].one.subject
    file, boxed = subject.cameras[key[1]], [cell.boxed for cell in group if len(cell.boxed.joints)]
    if file.stated is None or not boxed:
        return CameraFault(file.fault, "sure", float("nan"), float("nan"), None)
    size = subject.size(group[0].camera)
    return camera_fault(key[1], file, size, boxed, cells.donors(key), margins)


def _sequences(cells: Cells, margins: Margins, limit: float) -> None:
    """Sequences whose boxes are elsewhere though the camera's other sequences are fine."""
    for place, one in enumerate(cells.checked):
        own = [cell for cell in cells.all if cell.one is one and cell.key not in cells.blamed]
        wrong = [cell for cell in own if cell.boxes > limit]
        if wrong and len(wrong) >= MOSTLY * len(own) and _bodies_fit(cells, one, wrong, margins, limit):
            cells.checked[place] = replace(one, wrong=tuple(_of_joints(one)))
            for cell in own:
                cell.one = cells.checked[place]
            continue
        for cell in wrong:
            cells.add(_elsewhere(cells, cell, margins, limit))


def _elsewhere(cells: Cells, cell: Cell, margins: Margins, limit: float) -> SequenceFinding:
    return SequenceFinding(
        "cameras",
        "camera",
        _whose(cells, cell, margins, limit),
        "Look at these photos; leave them out or make their boxes again",
        (part_of(cell.one, cell.rows, (cell.camera,)),),
        "likely",
        100 * cell.boxes,
        unit="% of the person's size",
    )


def _bodies_fit(cells: Cells, one: Checked, wrong: Sequence[Cell], margins: Margins, limit: float) -> bool:
    """Whether the bodies, other than the joints, lie inside the boxes."""
    if one.tools is None or not one.wrong:
        return False
    found = one.tools.measure.of(one.one.parameters).joints()
    unlike = [
        margins.unlike(Boxed.of(one.subject, one.sequence, cell.camera, found), camera)
        for cell in wrong
        if (camera := cells.cameras[cell.key]) is not None
    ]
    return bool(unlike) and usual(unlike) < limit


def _whose(cells: Cells, cell: Cell, margins: Margins, limit: float) -> str:
    """Whose boxes these are, if not this camera's."""
    for (subject, view), camera in cells.cameras.items():
        another = subject == cell.key[0] and view != cell.key[1]
        if another and camera is not None and margins.unlike(cell.boxed, camera) < limit:
            return f"the boxes are those of {view}"
    return "the boxes do not lie around the measured joints"


def _of_joints(one: Checked) -> Iterator[Wrong]:
    """The same faults, but of the joints: the boxes agree with the bodies."""
    for wrong in one.wrong:
        why = wrong.why
        fault = f"the measured joints are wrong, for the boxes agree with the bodies: {why.fault}"
        remedy = "Take the joints of these frames from another copy of the set, or leave them out"
        of_joints = Explanation("joints", why.cause, fault, remedy, "likely", why.before, why.after)
        yield wrong if why.kind == "joints" else Wrong(wrong.rows, of_joints)
