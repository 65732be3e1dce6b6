"""Two people with one fit: the same pose and shape twice in one picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.geometry.rotations import axis_angle_to_matrix


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
