"""The people of a capture's pictures: fitted bodies brought into each camera, with their 2D poses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.fitted_people import FittedPeople, FittedPerson
from sefd_viewer.datasets.found_poses import FoundPose
from sefd_viewer.datasets.records import Dataset, Joints3D, Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle

Bodies = Mapping[tuple[str, str], Person]
"""A person without 2D pose by view and moment."""


def dataset_with_people(dataset: Dataset, fitted: FittedPeople) -> Dataset:
    """The data set with these people instead of those it names itself."""
    plain = [replace(record, people=()) for record in dataset.records]
    return replace(dataset, records=with_people(plain, fitted))


def with_people(records: Sequence[Record], fitted: FittedPeople) -> list[Record]:
    """The records with the fitted people of their view and moment, then everybody else who was found."""
    cameras = {
        (record.view, record.moment): record.camera
        for record in records
        if record.view and record.moment and record.camera
    }
    bodies = {person.key: _bodies(person, cameras) for person in fitted.people}
    return [_with_people(record, bodies, fitted.poses.get(record.key, ())) for record in records]


def _with_people(record: Record, bodies: Mapping[str, Bodies], poses: Sequence[FoundPose]) -> Record:
    place = (record.view or "", record.moment or "")
    posed = {found.person: found.pose for found in poses if found.person is not None}
    people = {key: of_person[place] for key, of_person in bodies.items() if place in of_person}
    known = [replace(person, pose2d=posed.get(key)) for key, person in people.items()]
    named = [Person(key, pose.bbox_xywh, pose) for key, pose in posed.items() if key not in people]
    others = [Person("", found.pose.bbox_xywh, found.pose) for found in poses if found.person is None]
    return replace(record, people=(*record.people, *_numbered([*known, *named], others)))


def _numbered(named: Sequence[Person], others: Sequence[Person]) -> list[Person]:
    """Everybody; those without a name get the number of their place, or the next that is free."""
    taken = {person.key for person in named}
    first = len(named) + 1
    free = (key for key in map(str, range(first, first + len(taken) + len(others))) if key not in taken)
    return [*named, *(replace(person, key=next(free)) for person in others)]


def _bodies(person: FittedPerson, cameras: Mapping[tuple[str, str], PinholeCamera]) -> Bodies:
    worlds = [_world(person, moment) for moment in range(len(person.moments))]
    found = {}
    for view, boxes in person.boxes.items():
        own = person.cameras.get(view)
        given = (cameras.get((view, moment)) for moment in person.moments)
        camera = own or next((one for one in given if one is not None), None)
        if camera is None:
            continue
        turned, moved = _in_camera(person, camera)
        joints = camera.to_camera(person.joints).astype(np.float32)
        for row, moment in enumerate(person.moments):
            found[view, moment] = Person(
                person.key,
                boxes[row].astype(np.float32),
                smpl=replace(worlds[row], global_orient=turned[row], transl=moved[row]),
                camera=own,
                smpl_world=worlds[row],
                joints=Joints3D(COCO17.name, joints[row]),
                derived_box=True,
            )
    return found


def _world(person: FittedPerson, row: int) -> SmplParameters:
    return SmplParameters(
        person.body_id, person.global_orient[row], person.body_pose[row], person.betas, person.transl[row]
    )


def _in_camera(person: FittedPerson, camera: PinholeCamera) -> tuple[np.ndarray, np.ndarray]:
    """Root orientations and translations (M, 3) in the camera's frame, the exact mode for all moments."""
    turned = matrix_to_axis_angle(camera.R @ axis_angle_to_matrix(person.global_orient))
    pivot = person.root_joint
    return turned, (person.transl + pivot) @ camera.R.T + camera.t - pivot
