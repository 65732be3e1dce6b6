"""How well fitted bodies explain what was seen: pixels per view, millimetres, jitter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.views.tracks import CONFIDENT
from sefd_viewer.datasets.fitted_people import FittedPeople, FittedPerson
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.fitting.views import sequences_of
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """Of one person: by view (count, median, 95th percentile) in px of joints against 2D joints; median and
    95th percentile in mm of joints against triangulated ones; jitter, the median second difference between
    moments in mm of the body's and of the triangulated joints; whether the cameras are the person's own.
    """

    key: str
    moments: int
    pixels: Mapping[str, tuple[int, float, float]]
    joints_mm: tuple[float, float]
    jitter_mm: tuple[float, float]
    betas: tuple[float, ...]
    own_cameras: bool

    @property
    def median_px(self) -> float:
        """Median of the views' medians."""
        return float(np.median([median for _, median, _ in self.pixels.values()]))

    def lines(self) -> list[str]:
        """The same in words."""
        cameras = "own cameras" if self.own_cameras else "given cameras"
        views = [
            f"  {view}: median {median:.1f} px, 95 % below {most:.1f} px ({count} joints)"
            for view, (count, median, most) in self.pixels.items()
        ]
        return [
            f"{self.key}: {self.moments} moments, {cameras}",
            *views,
            f"  triangulated: median {self.joints_mm[0]:.0f} mm, 95 % below {self.joints_mm[1]:.0f} mm",
            f"  jitter: {self.jitter_mm[0]:.0f} mm (triangulated joints: {self.jitter_mm[1]:.0f} mm)",
            f"  betas: {' '.join(f'{beta:.2f}' for beta in self.betas)}",
        ]


def quality(
    person: FittedPerson,
    fitted: FittedPeople,
    cameras: Mapping[str, PinholeCamera],
    keys: Mapping[tuple[str, str], str],
    body: BodyModel,
) -> Quality:
    """Compare one person of `fitted` with the 2D poses; `keys` are pictures' keys by view and moment."""
    joints = joints_world(person, body)
    pixels = {
        view: _against_poses(person, joints, fitted, person.cameras.get(view, cameras[view]), view, keys)
        for view in person.boxes
    }
    distances = 1000 * np.linalg.norm(joints - person.joints, axis=-1)
    return Quality(
        person.key,
        len(person.moments),
        {view: _summary(values) for view, values in pixels.items()},
        _summary(distances)[1:],
        (_jitter(joints), _jitter(person.joints)),
        tuple(person.betas.tolist()),
        bool(person.cameras),
    )


def joints_world(person: FittedPerson, body: BodyModel) -> Array:
    """The body's COCO joints (M, 17, 3) in the world, metres."""
    betas = np.tile(person.betas, (len(person.moments), 1))
    output = body.forward_batch(person.global_orient, person.body_pose, betas, person.transl)
    return body.joints(output.vertices, output.joints, COCO17).astype(np.float64)


def _against_poses(
    person: FittedPerson,
    joints: Array,
    fitted: FittedPeople,
    camera: PinholeCamera,
    view: str,
    keys: Mapping[tuple[str, str], str],
) -> Array:
    """Distances (M, 17) px from the person's 2D joints, nan where unseen."""
    distances = np.full(joints.shape[:2], np.nan)
    for row, moment in enumerate(person.moments):
        for found in fitted.poses.get(keys.get((view, moment), ""), ()):
            if found.person == person.key and found.pose.joint_set == COCO17.name:
                seen = found.pose.keypoints[:, 2] >= CONFIDENT
                offsets = np.linalg.norm(camera.project(joints[row]) - found.pose.keypoints[:, :2], axis=-1)
                distances[row, seen] = offsets[seen]
    return distances


def _summary(values: Array) -> tuple[int, float, float]:
    """Count, median and 95th percentile of the finite values."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0, float("nan"), float("nan")
    return int(known.size), float(np.median(known)), float(np.percentile(known, 95))


def _jitter(joints: Array) -> float:
    """Median length (mm) of second differences of joints (M, J, 3); nan with fewer than three moments."""
    second = np.linalg.norm(joints[2:] - 2 * joints[1:-1] + joints[:-2], axis=-1)
    return 1000 * _summary(second)[1]


def qualities(dataset: Dataset, fitted: FittedPeople, body: BodyModel) -> list[Quality]:
    """How well each person of a data set is fitted."""
    found = []
    for sequence in sequences_of(dataset):
        keys = {place: record.key for place, record in sequence.records.items()}
        for person in fitted.people:
            if set(sequence.moments).issuperset(person.moments):
                found.append(quality(person, fitted, sequence.cameras, keys, body))
    return found
