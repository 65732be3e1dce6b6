"""Every camera of every subject against boxes and pictures: is it the camera, one sequence, or the joints?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.review.conventions import Array, Size, StatedCamera
from sefd_viewer.review.diagnosis import diagnose_points
from sefd_viewer.review.evidence import Choice
from sefd_viewer.review.point_evidence import PointEvidence, Sightings
from sefd_viewer.review.sequences.box_check import (
    UNLIKE,
    Boxed,
    CameraFault,
    Margins,
    camera_fault,
    named_fault,
)
from sefd_viewer.review.sequences.explaining import Explanation
from sefd_viewer.review.sequences.findings import CameraCorrection, Cause, SequenceFinding
from sefd_viewer.review.sequences.picture_check import (
    UNLIKE as UNLIKE_PICTURES,
)
from sefd_viewer.review.sequences.picture_check import (
    Detect,
    Folders,
    Late,
    Shown,
    as_coco,
    lateness,
    moving_rows,
    people_shown,
    picture_faults,
    shown_instead,
    unlike_by_frame,
)
from sefd_viewer.review.sequences.reading import SubjectFrames
from sefd_viewer.review.sequences.sequence_check import Wrong
from sefd_viewer.review.sequences.set_bodies import Checked, part_of, right_joints
from sefd_viewer.review.solids import AnnotatedJoints

Progress = Callable[[int, int], None]

_MOSTLY = 0.6
_LOOK = "Look at these pictures; leave these records out or put the files right"


@dataclass(eq=False)
class Cell:
    """One sequence before one camera, and what was found out about it."""

    one: Checked
    camera: int
    joints: Array
    boxed: Boxed
    boxes: float = float("nan")
    shown: Shown | None = None
    pictures: float = float("nan")

    @property
    def view(self) -> str:
        """The camera's name."""
        return self.one.subject.views[self.camera]

    @property
    def key(self) -> tuple[str, str]:
        """Whose camera it is."""
        return self.one.subject.subject, self.view

    @property
    def rows(self) -> NDArray[np.int64]:
        """All frames."""
        return np.arange(len(self.one.sequence))


@dataclass(eq=False)
class CameraCheck:
    """Checks cameras, and gathers `findings` on the way; `checked` may get other words where joints are wrong."""

    checked: list[Checked]
    findings: list[SequenceFinding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells = [
            Cell(one, camera, joints, Boxed.of(one.subject, one.sequence, camera, joints))
            for one in self.checked
            for joints in [right_joints(one)]
            for camera in range(len(one.subject.views))
            if (one.sequence.records[:, camera] >= 0).any()
        ]
        self.cameras = {cell.key: _camera(cell.one.subject, cell.view) for cell in self.cells}
        self._blamed: set[tuple[str, str]] = set()

    # ---- boxes

    def by_boxes(self) -> None:
        """Compare joints seen by every camera with the annotated boxes."""
        found = [(cell.boxed, camera) for cell in self.cells if (camera := self.cameras[cell.key]) is not None]
        margins = Margins.of(found)
        usual = margins or Margins(np.zeros(2), np.full(2, 0.05), True)
        for cell in self.cells:
            camera = self.cameras[cell.key]
            if camera is not None:
                cell.boxes = usual.unlike(cell.boxed, camera)
        for key, cells in _grouped(self.cells).items():
            known = [cell for cell in cells if np.isfinite(cell.boxes)]
            wrong = [cell for cell in known if cell.boxes > UNLIKE]
            file = cells[0].one.subject.cameras[key[1]]
            if file.fault or (wrong and len(wrong) >= _MOSTLY * len(known)):
                self._camera_wrong(key, wrong if not file.fault else cells, margins)
        self._sequences_wrong(usual)

    def _camera_wrong(self, key: tuple[str, str], cells: Sequence[Cell], margins: Margins | None) -> None:
        subject, view = cells[0].one.subject, key[1]
        file = subject.cameras[view]
        boxed = [cell.boxed for cell in cells if len(cell.boxed.joints)]
        if file.stated is None or not boxed:
            words = file.fault or "it cannot be checked"
            fault = CameraFault(words, "sure", float("nan"), float("nan"), None)
        else:
            size = subject.size(cells[0].camera)
            fault = camera_fault(view, file, size, boxed, self._donors(key), margins)
        self._blame(key, cells, fault)

    def _blame(self, key: tuple[str, str], cells: Sequence[Cell], fault: CameraFault) -> None:
        self._blamed.add(key)
        self.cameras[key] = fault.camera
        right = fault.camera
        self.findings.append(
            SequenceFinding(
                "cameras",
                "camera",
                fault.words,
                "Correct the camera's entry in the file of cameras"
                if right is not None
                else "Take this camera's numbers from another copy of the set, or calibrate it again",
                tuple(part_of(cell.one, cell.rows, (cell.camera,)) for cell in cells),
                fault.confidence,
                fault.before if fault.before < 1e6 else float("nan"),
                fault.after,
                "px",
                ()
                if right is None
                else (
                    CameraCorrection(
                        key[0], key[1].removeprefix("camera "), right.R, 1000 * right.t, right.focal,
                        right.principal_point,
                    ),
                ),
            )
        )  # fmt: skip

    def _donors(self, key: tuple[str, str]) -> dict[str, StatedCamera]:
        found: dict[str, StatedCamera] = {}
        for subject in dict.fromkeys(one.subject for one in self.checked):
            for place, view in enumerate(subject.views):
                stated = subject.cameras[view].stated
                if stated is not None and (subject.subject, view) != key:
                    words = view if subject.subject == key[0] else f"S{subject.subject} {view}"
                    found[words] = replace(stated, size=subject.size(place))
        return dict(sorted(found.items(), key=lambda item: item[0].startswith("S")))

    def _sequences_wrong(self, margins: Margins) -> None:
        """Sequences whose boxes are elsewhere though the camera's other sequences are fine."""
        for place, one in enumerate(self.checked):
            cells = [cell for cell in self.cells if cell.one is one and cell.key not in self._blamed]
            wrong = [cell for cell in cells if cell.boxes > UNLIKE]
            if not wrong:
                continue
            if len(wrong) >= _MOSTLY * len(cells) and self._bodies_fit(one, wrong, margins):
                self.checked[place] = _joints_blamed(one)
                for cell in cells:
                    cell.one = self.checked[place]
                continue
            for cell in wrong:
                self._add("boxes", "camera", self._boxes_words(cell, margins), [(cell, cell.rows)], cell.boxes)

    def _bodies_fit(self, one: Checked, cells: Sequence[Cell], margins: Margins) -> bool:
        """Whether the bodies, other than the joints, lie inside the boxes."""
        if one.tools is None or not one.wrong:
            return False
        found = one.tools.measure.of(one.one.parameters).joints()
        unlike = []
        for cell in cells:
            camera = self.cameras[cell.key]
            if camera is not None:
                boxed = Boxed.of(one.subject, one.sequence, cell.camera, found)
                unlike.append(margins.unlike(boxed, camera))
        return bool(unlike) and float(np.nanmedian(unlike)) < UNLIKE

    def _boxes_words(self, cell: Cell, margins: Margins) -> str:
        """Whose boxes these are, if not this camera's."""
        for (subject, view), camera in self.cameras.items():
            own = subject == cell.key[0] and view != cell.key[1]
            if own and camera is not None and margins.unlike(cell.boxed, camera) < UNLIKE:
                return f"the boxes are those of {view}"
        return "the boxes do not lie around the measured joints"

    # ---- pictures

    def files(self) -> None:
        """Whether the pictures are there and as large as annotated."""
        folders, headers = Folders(), _headers(self.cells)
        faults = [
            picture_faults(cell.one.subject, cell.one.sequence, cell.camera, folders, headers=headers)
            for cell in self.cells
        ]
        self._there = {id(cell): one.there for cell, one in zip(self.cells, faults, strict=True)}
        if not any(one.there.any() for one in faults):
            self.notes.append("There are no pictures here: cameras were compared with boxes only")
            return
        for cell, one in zip(self.cells, faults, strict=True):
            for words, rows in one.rows.items():
                cause: Cause = "missing" if "missing" in words else "picture"
                self._add("pictures", cause, words, [(cell, rows)], float("nan"), _picture_remedy(words))

    def by_pictures(self, detect: Detect, moments: int, progress: Progress) -> None:
        """Look for people in some pictures of every sequence and camera."""
        cells = [cell for cell in self.cells if self._there[id(cell)].any() and cell.one.subject.joint_set]
        for done, cell in enumerate(cells, 1):
            there = np.flatnonzero(self._there[id(cell)])
            rows = there[moving_rows(cell.joints[there], moments)]
            cell.shown = people_shown(
                cell.one.subject, cell.one.sequence, cell.camera, rows, cell.joints, detect
            )
            camera = self.cameras[cell.key]
            if camera is not None:
                cell.pictures = _mean(unlike_by_frame(cell.shown, self._coco(cell), camera))
            progress(done, len(cells))
        limit = max(UNLIKE_PICTURES, 2.5 * float(np.nanmedian([cell.pictures for cell in cells] or [0])))
        for key, group in _grouped(cells).items():
            if self.cameras[key] is not None:
                self._pictures_of(key, group, limit)

    def _coco(self, cell: Cell) -> Array:
        joint_set = cell.one.subject.joint_set
        assert joint_set is not None
        return as_coco(cell.joints, joint_set)

    def _pictures_of(self, key: tuple[str, str], cells: Sequence[Cell], limit: float) -> None:
        camera = self.cameras[key]
        assert camera is not None
        seen = [cell for cell in cells if np.isfinite(cell.pictures)]
        late = self._late(seen, camera)
        for count in dict.fromkeys(one.count for one in late.values()):
            same = [cell for cell in seen if id(cell) in late and late[id(cell)].count == count]
            self._add(
                "pictures", "time", late[id(same[0])].words, [(cell, cell.rows) for cell in same],
                float(np.mean([100 * late[id(cell)].before for cell in same])),
                f"Rename the files by {abs(count)} frame(s), or shift the annotations",
                after=float(np.mean([100 * late[id(cell)].after for cell in same])),
            )  # fmt: skip
        wrong = [cell for cell in seen if cell.pictures > limit and id(cell) not in late]
        if len(wrong) >= _MOSTLY * len(seen) and len(wrong) > 1 and not self._of_another(wrong, key):
            self._blame(key, wrong, self._diagnosed(key, wrong))
            return
        for cell in wrong:
            words = self._instead(cell) or "the pictures do not show the person where the joints were measured"
            self._add("pictures", "picture", words, [(cell, cell.rows)], 100 * cell.pictures, _LOOK)

    def _late(self, cells: Sequence[Cell], camera: PinholeCamera) -> dict[int, Late]:
        """Which sequences' pictures are out of step; all alike if most of them are, or they are together."""
        found = {}
        for cell in cells:
            assert cell.shown is not None
            late = lateness([(cell.shown, self._coco(cell), camera)], alone=True)
            if late is not None:
                found[id(cell)] = late
        pairs = [(cell.shown, self._coco(cell), camera) for cell in cells if cell.shown is not None]
        together = lateness(pairs, alone=False)
        if together is not None and len(cells) > 1:
            alike = sum(one.count == together.count for one in found.values())
            if alike >= len(found) / 2 and (alike >= len(cells) / 3 or not found):
                return {id(cell): found.get(id(cell), together) for cell in cells if self._agrees(cell, camera, together)}
        return found

    def _agrees(self, cell: Cell, camera: PinholeCamera, late: Late) -> bool:
        """Whether a sequence's pictures fit better so, too."""
        assert cell.shown is not None
        now, then = (_mean(unlike_by_frame(cell.shown, self._coco(cell), camera, k)) for k in (0, late.count))
        return then < now

    def _of_another(self, cells: Sequence[Cell], key: tuple[str, str]) -> bool:
        return all(self._instead(cell) is not None for cell in cells)

    def _instead(self, cell: Cell) -> str | None:
        assert cell.shown is not None
        own = {view: camera for (subject, view), camera in self.cameras.items() if subject == cell.key[0] and camera}
        width = cell.one.subject.size(cell.camera)[0]
        return shown_instead(cell.shown, self._coco(cell), cell.view, own, width)

    def _diagnosed(self, key: tuple[str, str], cells: Sequence[Cell]) -> CameraFault:
        """What is wrong with a camera by people found in pictures."""
        camera, size = self.cameras[key], cells[0].one.subject.size(cells[0].camera)
        assert camera is not None
        pairs = [(self._coco(cell)[cell.shown.rows], cell.shown.pixels) for cell in cells if cell.shown is not None]
        points, pixels = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        evidence = _seen_joints(key[1], StatedCamera.of(camera, size), size, points, pixels, self._donors(key))
        found = diagnose_points(evidence)
        if found.named and found.explained:
            return named_fault(found, found.before, key[1], evidence.enough)
        words = "the camera does not see the person where the pictures show one"
        return CameraFault(words, "likely", found.before, float("nan"), None)

    def _add(
        self,
        kind: str,
        cause: Cause,
        fault: str,
        where: Sequence[tuple[Cell, NDArray[np.int64]]],
        before: float,
        remedy: str = "Look at these records; leave them out or make their boxes again",
        *,
        after: float = float("nan"),
    ) -> None:
        """A finding about some cells, with those before that say the same."""
        parts = tuple(part_of(cell.one, rows, (cell.camera,)) for cell, rows in where)
        shown = before if kind == "pictures" else 100 * before
        mine = "pictures" if kind == "pictures" else "cameras"
        for place, other in enumerate(self.findings):
            if (other.kind, other.cause, other.fault) == (mine, cause, fault):
                self.findings[place] = replace(other, parts=(*other.parts, *parts))
                return
        self.findings.append(
            SequenceFinding(
                "pictures" if kind == "pictures" else "cameras", cause, fault, remedy, parts, "likely",
                shown, after, "% of the person's size",
            )
        )  # fmt: skip


def _picture_remedy(words: str) -> str:
    if "missing" in words:
        return "Copy the pictures to where the annotations name them, or leave these records out"
    if "times as large" in words:
        scale = words.split("are ")[1].split(" ")[0]
        return f"Multiply f, c and the boxes by {scale}, or take pictures of the annotated size"
    return _LOOK


class _SeenJoints(PointEvidence):
    """Joints found in pictures that do not follow each other."""

    def choices(self) -> list[Choice]:
        """Everything but time."""
        return [one for one in super().choices() if one.step != "camera.later"]


def _seen_joints(
    view: str, stated: StatedCamera, size: Size, points: Array, pixels: Array, donors: Mapping[str, StatedCamera]
) -> PointEvidence:
    moments = np.arange(len(points), dtype=float)
    return _SeenJoints([Sightings(view, stated, size, AnnotatedJoints(points), moments, pixels)], donors)


def _camera(subject: SubjectFrames, view: str) -> PinholeCamera | None:
    file = subject.cameras[view]
    if file.stated is None or file.fault:
        return None
    stated = file.stated
    return PinholeCamera(stated.focal, stated.principal_point, stated.R, stated.t)


def _joints_blamed(one: Checked) -> Checked:
    """The same faults, but of the joints: the boxes agree with the bodies."""
    return replace(one, wrong=tuple(_of_joints(one)))


def _of_joints(one: Checked) -> Iterator[Wrong]:
    for wrong in one.wrong:
        why = wrong.why
        if why.kind == "joints":
            yield wrong
            continue
        yield Wrong(
            wrong.rows,
            Explanation(
                "joints",
                why.cause,
                f"the measured joints are wrong, for the boxes agree with the bodies: {why.fault}",
                "Take the joints of this sequence from another copy of the set, or leave it out",
                "likely",
                why.before,
                why.after,
            ),
        )


def _grouped(cells: Sequence[Cell]) -> dict[tuple[str, str], list[Cell]]:
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.key, []).append(cell)
    return groups


def _headers(cells: Sequence[Cell]) -> int:
    """How many headers to read per sequence and camera."""
    from sefd_viewer.review.sequences.picture_check import MOST_HEADERS

    most = max((len(cell.one.sequence) for cell in cells), default=0)
    total = sum(len(cell.one.sequence) for cell in cells)
    return most if total <= MOST_HEADERS else max(MOST_HEADERS // max(len(cells), 1), 4)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
