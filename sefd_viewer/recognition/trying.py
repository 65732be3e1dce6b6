"""Which reading of a mapped file puts its bodies on a set's people: units, axes, places, cameras tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.body_files.mapping import AXES, UNITS, Mapping, mapped_people
from sefd_viewer.datasets.body_files.people import Place
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.evaluation.runs.file_predictions import placed
from sefd_viewer.evaluation.runs.matching import matched
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.joints import as_joint_set
from sefd_viewer.geometry.poses import Pose2D

FITS = 0.08
"""Share of a person's size below which bodies lie on people; a wrong reading misses by several times that."""
_PEOPLE = 12
_LEAST = 5
"""Joints that have to be seen."""
_FAR_OFF = 10.0


@dataclass(frozen=True)
class Trial:
    """A reading of a file, and how far its bodies lie from people: the median share of a person's size."""

    mapping: Mapping
    apart: float


def tried(
    content: Any, path: Path, mapping: Mapping, dataset: Dataset, find_body: Callable[[str], BodyModel]
) -> list[Trial]:
    """Every reading, the one that lies best on the set's 2D poses first.

    Raises SefdError where the file is of other pictures, no body is here, or nobody of the set has joints.
    """
    found = matched(mapped_people(content, path, mapping), dataset)
    positions = [
        (position, place)
        for position, people in found.by_position.items()
        for place in range(len(people))
        if any(person.pose2d is not None for person in dataset.records[position].people)
    ][:_PEOPLE]
    if not positions:
        raise SefdError("none of its pictures has people with 2D poses in this set", where=dataset.root)
    find_body(mapping.body)
    trials = []
    for one in _readings(mapping):
        try:
            people = matched(mapped_people(content, path, one), dataset).by_position
        except SefdError:
            continue
        apart = [
            _apart(people[position][place], dataset.records[position], find_body)
            for position, place in positions
        ]
        trials.append(Trial(one, float(np.median(apart))))
    return sorted(trials, key=lambda trial: trial.apart)


def _readings(mapping: Mapping) -> Iterator[Mapping]:
    """The mapping first, then all others that differ in what files do not say."""
    cameras = [mapping.camera] if mapping.K or mapping.focal else ["", "diagonal", "world"]
    places: tuple[Place, ...] = get_args(Place) if mapping.pose and mapping.transl else ("smplx",)
    kinds = [mapping.rotations, "6d-rows"] if mapping.pose and not mapping.rotations else [mapping.rotations]
    for unit, axes, place, camera, kind in product(UNITS, AXES, places, cameras, kinds):
        yield replace(mapping, unit=unit, axes=axes, place=place, camera=camera, rotations=kind)


def _apart(one: Any, record: Record, find_body: Callable[[str], BodyModel]) -> float:
    """How far a body's joints lie from the nearest person's, as a share of that person's size."""
    try:
        body = placed(one, find_body, Photo(0, record))
    except SefdError:
        return _FAR_OFF
    if body.camera is None:
        return _FAR_OFF
    poses = [person.pose2d for person in record.people if person.pose2d is not None]
    return min((_distance(body, pose) for pose in poses), default=_FAR_OFF)


def _distance(body: PredictedBody, pose: Pose2D) -> float:
    vertices = np.asarray(body.vertices_camera, np.float64)
    chain = body.body.J_regressor @ vertices
    points, known = body.body.known_joints(vertices, chain, as_joint_set(pose.joint_set))
    seen = known & (pose.keypoints[:, 2] >= pose.joint_threshold)
    assert body.camera is not None
    if seen.sum() < _LEAST or (points[seen, 2] <= 0).any():
        return _FAR_OFF
    away = np.linalg.norm(body.camera.project_camera(points[seen]) - pose.keypoints[seen, :2], axis=1)
    return float(min(np.median(away) / np.hypot(*pose.bbox_xywh[2:]), _FAR_OFF))
