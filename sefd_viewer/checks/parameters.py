"""Numbers that cannot be right: NaN and infinity among the annotations, and one fit for two people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

_SAID = " holds values that are not finite"
"""How readers say it when they leave such numbers out."""

_PERSON = "person "


def measure_not_finite(inspection: Inspection) -> Iterator[Measurement]:
    """How many numbers of a person, or of the record's camera, are NaN or infinite."""
    record = inspection.record
    said = _said(record)
    for person in record.people:
        counts = {**_counts(person), **dict.fromkeys(said.pop(person.key, ()), 1)}
        yield Measurement(person.key, float(sum(counts.values())), ", ".join(counts))
    for key, names in said.items():
        yield Measurement(key, float(len(names)), ", ".join(names))
    in_camera = _of_camera(record.camera)
    if in_camera:
        yield Measurement(None, float(in_camera), "camera")


def _counts(person: Person) -> dict[str, int]:
    """How many numbers that are not finite the program itself holds, by name."""
    arrays = {
        "box": person.bbox_xywh,
        "keypoints": None if person.pose2d is None else person.pose2d.keypoints,
        "3D joints": None if person.joints is None else person.joints.points_camera,
    }
    counts = {name: int((~np.isfinite(array)).sum()) for name, array in arrays.items() if array is not None}
    counts["camera"] = _of_camera(person.camera)
    return {name: count for name, count in counts.items() if count}


def _of_camera(camera: PinholeCamera | None) -> int:
    if camera is None:
        return 0
    arrays = (camera.focal, camera.principal_point, camera.R, camera.t, camera.distortion)
    return sum(int((~np.isfinite(array)).sum()) for array in arrays)


def _said(record: Record) -> dict[str, list[str]]:
    """What the reader says of each person: it leaves such numbers out and keeps their names."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for line in record.problems:
        key, _, words = line.removeprefix(_PERSON).partition(": ")
        if line.startswith(_PERSON) and _SAID in words:
            found[key][words.partition(_SAID)[0]] = None
    for skipped in record.skipped:
        if _SAID in skipped.detail:
            found[skipped.key][skipped.detail.partition(_SAID)[0]] = None
    return {key: list(names) for key, names in found.items()}


NOT_FINITE = Detector(
    id="not_finite",
    title="NaN or infinity",
    description="Annotated numbers that are not finite: in boxes, keypoints, joints, parameters, cameras.",
    sentence="Some numbers are NaN or infinite: {detail}.",
    unit="",
    threshold=0.5,
    range=(0.0, 100.0),
    measure=measure_not_finite,
)


def measure_twins(inspection: Inspection) -> Iterator[Measurement]:
    """How far (mm) each person's joints are from those of the most alike other, roots laid together."""
    people = [one for one in inspection.people if one.output is not None and one.parameters is not None]
    if len(people) < 2:
        return
    joints = np.stack([_own_frame(one) for one in people])
    apart = 1000 * np.linalg.norm(joints[:, None] - joints[None], axis=-1).mean(axis=-1)
    np.fill_diagonal(apart, np.inf)
    for row, one in enumerate(people):
        other = people[int(apart[row].argmin())]
        yield Measurement(one.key, float(apart[row].min()), _words(one, other))


def _own_frame(one: InspectedPerson) -> NDArray[np.float64]:
    """The joints (24, 3) in the frame of the root joint, metres."""
    assert one.output is not None
    assert one.parameters is not None
    root = axis_angle_to_matrix(one.parameters.global_orient.astype(np.float64))
    return (one.output.joints - one.output.joints[0]) @ root


def _words(one: InspectedPerson, other: InspectedPerson) -> str:
    assert one.parameters is not None
    assert other.parameters is not None
    same_place = np.allclose(one.parameters.transl, other.parameters.transl, atol=0.02)
    return f"person {other.key}" + (", in the same place" if same_place else "")


TWINS = Detector(
    id="same_fit",
    title="Two people, one fit",
    description="Distance between the joints of two people of a picture, roots laid together.",
    sentence="Pose and shape are those of {detail} ({value:.1f} mm apart): one fit is stored twice.",
    unit="mm",
    threshold=8.0,
    range=(0.0, 60.0),
    measure=measure_twins,
    needs_bodies=True,
    direction="below",
)
