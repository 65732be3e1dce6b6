"""Bodies of an annotated set against its own 2D and 3D joints, by camera, subject and extrinsic mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.extrinsic_modes import (
    ModeResult,
    compare_extrinsic_modes,
    joint_error_mm,
    pose_error_px,
)
from sefd_viewer.cameras.set_report import Row, SetReport, WorstRecord
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode

FindBody = Callable[[str], BodyModel]

AS_READ = "as read"
_WORST = 10
_PEOPLE_M = (0.3, 4.0)
_BESIDE = 1e5


@dataclass(frozen=True)
class Tolerance:
    """What is still fine: joints in mm and, in the image, as a part of the person's box."""

    joints_mm: float = 80.0
    of_box: float = 0.06


@dataclass(frozen=True)
class Measured:
    """One person: errors in px and mm by way into the camera, and the box's long side (px).

    `shifts` are how far the other ways put the vertices from where the exact one does, mm and px; `span_m`
    is the largest extent of the annotated joints.
    """

    record: Record
    px: Mapping[str, float]
    mm: Mapping[str, float]
    box_px: float
    shifts: Mapping[str, float]
    span_m: float

    def error(self, mode: str, tolerance: Tolerance) -> float:
        """The error as a multiple of the tolerated one, of joints in space where there are some."""
        if np.isfinite(self.mm.get(mode, np.nan)):
            return self.mm[mode] / tolerance.joints_mm
        return self.px.get(mode, float("nan")) / (tolerance.of_box * self.box_px)


def check_annotations(
    dataset: Dataset,
    find_body: FindBody,
    *,
    sample: int = 200,
    tolerance: Tolerance | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SetReport:
    """Compare the bodies in `sample` records, evenly spread, with their annotated joints."""
    limits = Tolerance() if tolerance is None else tolerance
    notes: dict[str, None] = {}
    people: list[Measured] = []
    positions = spread(len(dataset.records), sample)
    for done, position in enumerate(positions, 1):
        people += _measured(dataset.records[position], find_body, notes)
        if progress is not None:
            progress(done, len(positions))
    groups = _grouped(people)
    rows = [_row(subject, view, group) for (subject, view), group in groups.items()]
    found = [
        line for (subject, view), group in groups.items() for line in _said(subject, view, group, limits)
    ]
    return SetReport(rows, _worst(people, limits), found, list(notes))


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` of `count` positions, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(int)).tolist()


def subject_of(record: Record) -> str:
    """Whom a record shows: the first words of the title where people are filmed by several cameras."""
    first = record.title.split(" · ")[0]
    return first if record.moment is not None and first != record.view else "all"


def _measured(record: Record, find_body: FindBody, notes: dict[str, None]) -> Iterator[Measured]:
    for person in record.people:
        try:
            measured = _measure(record, person, find_body)
        except SefdError as error:
            notes[str(error)] = None
            continue
        if measured is not None:
            yield measured


def _measure(record: Record, person: Person, find_body: FindBody) -> Measured | None:
    camera = person.camera if person.camera is not None else record.camera
    if camera is None or (person.pose2d is None and person.joints is None):
        return None
    px, mm, shifts = _errors(person, camera, find_body)
    if not np.isfinite([*px.values(), *mm.values()]).any():
        return None
    return Measured(record, px, mm, _box_side(person), shifts, _span(person))


def _span(person: Person) -> float:
    """The largest extent (m) of the annotated joints in space; nan without any."""
    if person.joints is None or not np.isfinite(person.joints.points_camera).any():
        return float("nan")
    points = np.asarray(person.joints.points_camera, np.float64)
    return float(np.max(np.nanmax(points, axis=0) - np.nanmin(points, axis=0)))


def _errors(
    person: Person, camera: PinholeCamera, find_body: FindBody
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Errors in px and mm by way, and shifts from the exact way; empty without a body."""
    if person.smpl_world is not None:
        body = find_body(person.smpl_world.body_id)
        modes = compare_extrinsic_modes(
            person.smpl_world, camera, body, pose2d=person.pose2d, joints=person.joints
        )
        px = {str(mode): result.joints_px for mode, result in modes.items()}
        mm = {str(mode): result.joints_mm for mode, result in modes.items()}
        return px, mm, _shifts(modes)
    if person.smpl is None:
        return {}, {}, {}
    body = find_body(person.smpl.body_id)
    output = body.forward(person.smpl)
    in_image = pose_error_px(output, body, camera, person.pose2d)
    return {AS_READ: in_image}, {AS_READ: joint_error_mm(output, body, person.joints)}, {}


def _shifts(modes: Mapping[ExtrinsicMode, ModeResult]) -> dict[str, float]:
    """Mean distances of the vertices from those of the exact mode; nan where some are beside the camera."""
    return {
        f"{mode} shift {unit}": value if value < _BESIDE else float("nan")
        for mode, result in modes.items()
        if mode != "exact"
        for unit, value in (("mm", result.shift_mm), ("px", result.shift_px))
    }


def _box_side(person: Person) -> float:
    if person.bbox_xywh is not None:
        return max(float(np.max(person.bbox_xywh[2:])), 1.0)
    assert person.pose2d is not None or person.joints is not None
    return max(float(np.ptp(person.pose2d.keypoints[:, :2])), 1.0) if person.pose2d is not None else 200.0


def _grouped(people: Iterable[Measured]) -> dict[tuple[str, str], list[Measured]]:
    groups: dict[tuple[str, str], list[Measured]] = {}
    for one in people:
        groups.setdefault((subject_of(one.record), one.record.view or "-"), []).append(one)
    return dict(sorted(groups.items()))


def _row(subject: str, view: str, group: Sequence[Measured]) -> Row:
    values: dict[str, float] = {}
    for mode in dict.fromkeys(name for one in group for name in one.px):
        values[f"{mode} px"] = _median(one.px.get(mode, np.nan) for one in group)
        values[f"{mode} mm"] = _median(one.mm.get(mode, np.nan) for one in group)
    for name in dict.fromkeys(name for one in group for name in one.shifts):
        values[name] = _median(one.shifts.get(name, np.nan) for one in group)
    return Row(subject, view, len(group), values)


def _said(subject: str, view: str, group: Sequence[Measured], limits: Tolerance) -> list[str]:
    """What is wrong with the bodies of one camera and subject, if anything."""
    span = _median(one.span_m for one in group)
    if span < _PEOPLE_M[0] or span > _PEOPLE_M[1]:
        return [f"{_where(subject, view)}: annotated joints span {span:.3g} m: are they in another unit?"]
    modes = dict.fromkeys(name for one in group for name in one.px)
    errors = {mode: _median(one.error(mode, limits) for one in group) for mode in modes}
    default = "exact" if "exact" in errors else AS_READ
    best = min(errors, key=lambda mode: errors[mode] if np.isfinite(errors[mode]) else np.inf)
    if not errors.get(default, 0) > 1:
        return []
    row = _row(subject, view, group).values
    start = f"{_where(subject, view)}: bodies lie {_amount(row, default)} from the annotated joints"
    if best != default and errors[best] < min(1.0, errors[default] / 2):
        return [f"{start}; the mode '{best}' explains them ({_amount(row, best)}): {_MEANING[best]}"]
    return [f"{start}, and no extrinsic mode explains them"] if default == "exact" else [start]


def _where(subject: str, view: str) -> str:
    return f"{subject}, {view}" if view != "-" else subject


_MEANING = {
    "raw": "the parameters are in the camera's frame already",
    "paper": "the translation was stored without compensation for the root joint",
}


def _amount(values: Mapping[str, float], mode: str) -> str:
    numbers = [(values[f"{mode} {unit}"], unit) for unit in ("mm", "px")]
    return " and ".join(f"{value:.0f} {unit}" for value, unit in numbers if np.isfinite(value))


def _worst(people: Sequence[Measured], limits: Tolerance) -> list[WorstRecord]:
    """The records with the largest errors, in the default way into the camera."""
    ranked = []
    for one in people:
        mode = "exact" if "exact" in one.px else AS_READ
        if (error := one.error(mode, limits)) > 1:
            ranked.append((error, one, mode))
    ranked.sort(key=lambda item: -item[0])
    return [
        WorstRecord(one.record.key, one.record.title, _amount(_row("", "", [one]).values, mode))
        for _, one, mode in ranked[:_WORST]
    ]


def _median(values: Iterable[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
