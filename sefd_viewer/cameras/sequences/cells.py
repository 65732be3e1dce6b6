"""Every sequence in every camera: what was found out about it, and what is wrong with it so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.conventions import Array, StatedCamera
from sefd_viewer.cameras.sequences.box_check import Boxed, CameraFault
from sefd_viewer.cameras.sequences.distances import typical
from sefd_viewer.cameras.sequences.findings import CameraCorrection, Kind, SequenceFinding
from sefd_viewer.cameras.sequences.picture_check import Shown
from sefd_viewer.cameras.sequences.reading import SubjectFrames
from sefd_viewer.cameras.sequences.set_bodies import Checked, part_of, right_joints
from sefd_viewer.geometry.cameras import PinholeCamera

MOSTLY = 0.6
"""From this share of a camera's sequences on it is the camera that is wrong."""

Key = tuple[str, str]
"""A subject, and a camera's name."""


@dataclass(eq=False)
class Cell:
    """One sequence before one camera, by its measured `joints` (N, J, 3) put right where that is sure.

    `boxes` and `pictures` are how unlike it they are: parts of the person's size, nan where unknown.
    """

    one: Checked
    camera: int
    joints: Array
    boxed: Boxed
    boxes: float = float("nan")
    there: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    shown: Shown | None = None
    pictures: float = float("nan")

    @property
    def view(self) -> str:
        """The camera's name."""
        return self.one.subject.views[self.camera]

    @property
    def key(self) -> Key:
        """Whose camera it is."""
        return self.one.subject.subject, self.view

    @property
    def rows(self) -> NDArray[np.int64]:
        """All frames."""
        return np.arange(len(self.one.sequence))


class Cells:
    """All of them, the cameras as far as they can be believed, and the `findings` about them."""

    def __init__(self, checked: Sequence[Checked]) -> None:
        self.checked = list(checked)
        self.all = [cell for one in checked for cell in _cells_of(one)]
        self.cameras = {cell.key: _camera(cell.one.subject, cell.view) for cell in self.all}
        self.findings: list[SequenceFinding] = []
        self.notes: list[str] = []
        self.blamed: set[Key] = set()

    def by_camera(self, cells: Sequence[Cell] | None = None) -> dict[Key, list[Cell]]:
        """The sequences of every camera."""
        groups: dict[Key, list[Cell]] = {}
        for cell in self.all if cells is None else cells:
            groups.setdefault(cell.key, []).append(cell)
        return groups

    def donors(self, key: Key) -> dict[str, StatedCamera]:
        """The numbers of all other cameras as their files state them, by words; the subject's own first."""
        found: dict[str, StatedCamera] = {}
        for subject in dict.fromkeys(one.subject for one in self.checked):
            for place, view in enumerate(subject.views):
                stated = subject.cameras[view].stated
                if stated is not None and (subject.subject, view) != key:
                    words = view if subject.subject == key[0] else f"S{subject.subject} {view}"
                    found[words] = replace(stated, size=subject.size(place))
        return dict(sorted(found.items(), key=lambda item: item[0].startswith("S")))

    def blame(self, key: Key, cells: Sequence[Cell], fault: CameraFault) -> None:
        """Say that a camera is wrong, and go on with the right one where that is known."""
        self.blamed.add(key)
        right = self.cameras[key] = fault.camera
        remedy = "Correct the camera's entry in the file of cameras"
        unknown = "Take this camera's numbers from another copy of the set, or calibrate it again"
        self.add(
            SequenceFinding(
                "cameras",
                "camera",
                fault.words,
                unknown if right is None else remedy,
                tuple(part_of(cell.one, cell.rows, (cell.camera,)) for cell in cells),
                fault.confidence,
                fault.before,
                fault.after,
                "px",
                () if right is None else (_correction(key, right),),
            )
        )

    def add(self, finding: SequenceFinding) -> None:
        """A finding, joined with one before that says the same."""
        for place, other in enumerate(self.findings):
            if _says(other) == _says(finding):
                parts = (*other.parts, *finding.parts)
                both = (*other.corrections, *finding.corrections)
                self.findings[place] = replace(other, parts=parts, corrections=both)
                return
        self.findings.append(finding)


def usual(values: Sequence[float]) -> float:
    """The typical of some numbers; 0 where none is known."""
    return float(np.nan_to_num(typical(np.array([*values, np.nan], np.float64))))


def _says(finding: SequenceFinding) -> tuple[Kind, str, str]:
    return finding.kind, finding.fault, finding.confidence


def _cells_of(one: Checked) -> list[Cell]:
    joints = right_joints(one)
    return [
        Cell(one, camera, joints, Boxed.of(one.subject, one.sequence, camera, joints))
        for camera in range(len(one.subject.views))
        if (one.sequence.records[:, camera] >= 0).any()
    ]


def _camera(subject: SubjectFrames, view: str) -> PinholeCamera | None:
    file = subject.cameras[view]
    if file.stated is None or file.fault:
        return None
    return PinholeCamera(file.stated.focal, file.stated.principal_point, file.stated.R, file.stated.t)


def _correction(key: Key, right: PinholeCamera) -> CameraCorrection:
    name = key[1].removeprefix("camera ")
    return CameraCorrection(key[0], name, right.R, 1000 * right.t, right.focal, right.principal_point)
