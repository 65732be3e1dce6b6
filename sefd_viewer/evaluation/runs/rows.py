"""The rows of a run's table: what a method says of everybody in a photo, measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Joints3D, Person, Record, SkippedPerson
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.body_ruler import limbs_compared
from sefd_viewer.evaluation.case_measures import (
    PredictedBody,
    is_measured,
    measure,
    projected_keypoints,
)
from sefd_viewer.evaluation.mupots import errors_mm, matched_people, mupots_joints, mupots_joints_from
from sefd_viewer.evaluation.person_metrics import joints_compared, without_joints, without_vertices
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.evaluation.runs.store import Row
from sefd_viewer.geometry.joints import HUMAN36M17, MUPOTS17, Pose2D

Kind = Literal["annotated", "stranger", "left out"]
"""Whom a row is about: an annotated person, one who is predicted where nobody is annotated, or an annotation
that the set or its owner leaves out (a crowd, nobody labelled)."""

NOBODY = "nobody with a 2D pose"
STRANGER = "predicted, but nobody is annotated there"

_SEQUENCE_FOLDERS = ("3dpw", "3dpw-sequences", "mupots")
"""Formats whose pictures lie in a folder for each sequence."""


def rows_of(
    method: str,
    photo: Photo,
    bodies: Mapping[str, PredictedBody],
    problem: str,
    refused: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """A row for everyone who is predicted, true or left out; one without a person where there is nobody.

    `problem` is why someone may have no body, `refused` why a certain one has none.
    """
    refused = refused or {}
    measured = {p.key: p.joints for p in photo.record.people if p.joints is not None}
    annotated = dict.fromkeys((*photo.truth, *photo.poses, *_with_truth(measured)))
    people = list(dict.fromkeys((*annotated, *bodies, *refused)))
    by_mupots = _by_mupots(photo, bodies, measured)
    if not people:
        yield _row(photo, method, None, problem=photo.problem or problem or NOBODY, kind=None)
    for person in people:
        predicted = bodies.get(person)
        own = by_mupots.get(person, {})
        if person not in annotated:
            yield _row(photo, method, person, *_of_stranger(predicted, photo, refused.get(person)))
        elif predicted is None:
            words = refused.get(person) or problem or "not predicted"
            yield _row(photo, method, person, own, words)
        else:
            yield _measured(photo, method, predicted, measured.get(person), own)
    for skipped in photo.record.skipped:
        if skipped.who is not None:
            yield _left_out(photo, method, skipped, skipped.who)


def _measured(
    photo: Photo, method: str, predicted: PredictedBody, measured: Joints3D | None, own: Mapping[str, Any]
) -> Row:
    truth, pose = photo.truth.get(predicted.person), photo.poses.get(predicted.person)
    try:
        numbers: dict[str, Any] = dict(measure(predicted, truth, pose, measured))
    except SefdError as error:
        return _row(photo, method, predicted.person, own, str(error))
    lacking = without_joints(predicted.body) or ("" if truth is None else without_joints(truth.body))
    if lacking:
        if numbers["limbs_mm"] is not None and truth is not None:
            numbers["joints_from"] = limbs_compared(predicted.body, truth.body)
    elif truth is not None:
        lacking = without_vertices(predicted.body, truth.body)
        numbers["joints_from"] = joints_compared(predicted.body, truth.body)
    elif is_measured(measured):
        numbers["joints_from"] = f"{predicted.body.joints_from(HUMAN36M17)} against measured joints"
    elif own:
        numbers["joints_from"] = mupots_joints_from(predicted.body)
    about = {"score": predicted.score, "body": predicted.body.id}
    return _row(photo, method, predicted.person, {**numbers, **own, **about}, lacking)


def _of_stranger(
    predicted: PredictedBody | None, photo: Photo, refused: str | None
) -> tuple[dict[str, Any], str, Kind]:
    """The projected joints of somebody who may count as a false positive."""
    if predicted is None or photo.joint_set is None:
        return {}, refused or STRANGER, "stranger"
    keypoints = projected_keypoints(predicted, photo.joint_set)
    numbers = {"keypoints": keypoints, "joint_set": photo.joint_set, "score": predicted.score}
    words = f"{STRANGER}: {refused.partition(':')[0]}" if refused else STRANGER
    return numbers, words, "stranger"


def _with_truth(measured: Mapping[str, Joints3D]) -> list[str]:
    return [key for key, one in measured.items() if is_measured(one) or one.joint_set == MUPOTS17.name]


def _row(
    photo: Photo,
    method: str,
    person: str | None,
    numbers: Mapping[str, Any] | None = None,
    problem: str = "",
    kind: Kind | None = "annotated",
) -> Row:
    pose = photo.poses.get(person) if person is not None else None
    known = next((one for one in photo.record.people if one.key == person), None)
    row = _about(photo, method, person, problem or photo.problem or None) | {"kind": kind}
    if known is not None and kind == "annotated":
        measured = is_measured(known.joints)
        row["truth"] = "body" if person in photo.truth else "joints" if measured else None
        row["has_truth"] = row["truth"] is not None
        if pose is not None:
            row |= _annotation(known, pose)
    return row | dict(numbers or {})


def _left_out(photo: Photo, method: str, skipped: SkippedPerson, who: Person) -> Row:
    """The row of an annotation that is left out: average precision does not count who is found there."""
    row = _about(photo, method, skipped.key, str(skipped))
    row |= {"kind": "left out", "reason": skipped.reason.name.lower(), "joint_set": photo.joint_set}
    box = _box(who.bbox_xywh)
    pose = who.pose2d if who.pose2d is not None and who.pose2d.joint_set == photo.joint_set else None
    return row | {"area": who.area, "true_box": box} | ({} if pose is None else _annotation(who, pose))


def _about(photo: Photo, method: str, person: str | None, problem: str | None) -> dict[str, Any]:
    sequence, moment = sequence_of(photo.record, photo.position, photo.format)
    return {
        "position": photo.position,
        "record": photo.record.key,
        "person": person,
        "method": method,
        "problem": problem,
        "has_truth": False,
        "sequence": sequence,
        "moment": moment,
        "crowd_index": photo.record.crowd_index,
    }


def _annotation(person: Person, pose: Pose2D) -> dict[str, Any]:
    return {
        "box_area": float(pose.bbox_xywh[2] * pose.bbox_xywh[3]),
        "area": person.area,
        "true_box": _box(person.bbox_xywh),
        "joint_set": pose.joint_set,
        "true_keypoints": pose.keypoints.astype(np.float32).ravel().tolist(),
    }


def _box(box_xywh: NDArray[np.floating] | None) -> list[float] | None:
    return None if box_xywh is None or not np.isfinite(box_xywh).all() else [float(v) for v in box_xywh]


def sequence_of(record: Record, position: int, format: str) -> tuple[str | None, int]:
    """The sequence that a record is of, None for a photo on its own, and its place in time there.

    Views of a moment are one place. Of Human3.6M a sequence is what all cameras saw of one performance, of a
    capture or a video it is everything, of 3DPW and MuPoTS the pictures of a folder.
    """
    if record.moment is not None:
        performance, _, frame = record.moment.rpartition("_")
        return performance, int(frame) if frame.isdecimal() else position
    if format == "video":
        return "", position
    if format in _SEQUENCE_FOLDERS:
        return record.key.rpartition("/")[0], position
    return None, position


def _by_mupots(
    photo: Photo, bodies: Mapping[str, PredictedBody], measured: Mapping[str, Joints3D]
) -> dict[str, dict[str, Any]]:
    """The columns of MuPoTS's own measure by annotated person, people in the order of the annotation."""
    poses = {p.key: _mupots_pose(p) for p in photo.record.people if p.key in measured}
    people = [
        key for key, one in measured.items() if one.joint_set == MUPOTS17.name and poses[key] is not None
    ]
    usable = [
        one
        for one in bodies.values()
        if one.camera is not None and np.isfinite(one.vertices_camera).all() and not without_joints(one.body)
    ]
    joints = [
        mupots_joints(one.body, one.vertices_camera, one.body.J_regressor @ one.vertices_camera)
        for one in usable
    ]
    pixels = [one.camera.project_camera(own) for one, own in zip(usable, joints, strict=True) if one.camera]
    pairs = matched_people([pose for key in people if (pose := poses[key]) is not None], pixels)
    found: dict[str, dict[str, Any]] = {}
    for key, place in zip(people, pairs, strict=True):
        found[key] = {"mupots": True}
        if place is not None:
            turn = usable[place].turn
            truth = measured[key].points_camera.astype(np.float64) @ (np.eye(3) if turn is None else turn).T
            for column, stretched in (("mupots_errors_mm", False), ("mupots_stretched_errors_mm", True)):
                found[key][column] = errors_mm(joints[place], truth, stretched=stretched).tolist()
    return found


def _mupots_pose(person: Person) -> NDArray[np.float64] | None:
    """The annotated joints (17,2) in the picture."""
    poses = (pose for pose in (person.pose2d, *person.other_poses) if pose is not None)
    own = next((pose for pose in poses if pose.joint_set == MUPOTS17.name), None)
    return None if own is None else own.keypoints[:, :2].astype(np.float64)
