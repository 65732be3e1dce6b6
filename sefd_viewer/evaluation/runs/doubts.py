"""What the bodies of a file tell against how it was read: another body, no real camera, frames beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

import numpy as np

from sefd_viewer.datasets.body_files.people import FAR, SAME_BODY_MM, FoundFile, FoundPerson, apart_mm
from sefd_viewer.datasets.images import image_size
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.person_metrics import far_apart
from sefd_viewer.evaluation.photo_truth import FindBody
from sefd_viewer.evaluation.runs.matching import MatchedPeople, record_at
from sefd_viewer.evaluation.runs.naming import annotated_joints, placed, seen_joints
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.joints import Pose2D

_SOME = 4
_VIRTUAL = 3.0
"""Focal lengths of so many pictures' sides see 19 degrees or less: no camera that films people does."""
_USUAL_SIZE = 1280, 720
_JUDGED, _EACH, _LEAST = 10, 2, 3
"""Photos and people of each by whom frames are judged, and how many people have to tell."""
_CLEARLY = 0.5


def about_bodies(found: FoundFile, find_body: FindBody) -> list[str]:
    """What the first body of a file tells about all: vertices of another body, betas left out."""
    one = next((one for one in found.people if one.pose is not None), None)
    if one is None or one.pose is None:
        return []
    try:
        body = find_body(one.body)
        posed = one.pose.vertices(body)
    except SefdError:
        return []  # told for each person
    words = []
    if one.pose.betas[body.betas_count :].any():
        words.append(
            f"of its {len(one.pose.betas)} betas {body.id} has {body.betas_count}: the others are left out"
        )
    if one.vertices is not None and one.vertices.shape == posed.shape:
        mean = apart_mm(one.vertices, posed)
        if mean > SAME_BODY_MM:
            words.append(
                f"its own vertices are {mean:.0f} mm from those that {body.id} makes of its parameters: "
                "another gender or version of the body made them"
            )
    return words


def about_cameras(found: FoundFile, records: Sequence[Record]) -> list[str]:
    """What the first camera of a file tells about all: one of thousands of pixels stands nowhere."""
    one = next((one for one in found.people if one.camera is not None), None)
    if one is None or one.camera is None:
        return []
    size = next((size for record in records if (size := _size(record)) is not None), _USUAL_SIZE)
    focal = float(np.mean(one.camera(size).focal))
    if focal < _VIRTUAL * max(size):
        return []
    kind = "none: weak perspective" if float(one.shift[2]) == FAR else f"virtual: {focal:.0f} px"
    return [
        f"its camera is {kind}, so that depths between people mean nothing: bodies are drawn by it, and in "
        "3D they are brought to the photo's image plane, each by its own pixels"
    ]


def _size(record: Record) -> tuple[int, int] | None:
    """Of a record's picture, as it is stated or as its file has it."""
    if record.size is not None or record.image_path is None:
        return record.size
    try:
        return image_size(record.image_path)
    except SefdError:
        return None


def some_records(dataset: Dataset) -> list[Record]:
    """The first records, by whose pictures cameras are judged."""
    return [record_at(dataset, position) for position in range(min(len(dataset.records), _SOME))]


def about_frames(matched: MatchedPeople, dataset: Dataset, find_body: FindBody) -> list[str]:
    """That most people lie clearly better on the photo before or after the one that they are taken for.

    Judged where the set has 2D poses: their distance falls to less than half. Nothing is moved by that.
    """
    with_people = [position for position, people in matched.by_position.items() if people]
    judged = with_people[:: max(1, len(with_people) // _JUDGED)]
    for shift in (-1, 1):
        pairs = [pair for position in judged for pair in _both(position, shift, matched, dataset, find_body)]
        better = sum(there < _CLEARLY * here for here, there in pairs)
        here, there = np.mean(pairs, axis=0) if pairs else (0.0, 0.0)
        if len(pairs) >= _LEAST and better > len(pairs) / 2 and there < _CLEARLY * here:
            side = "before" if shift < 0 else "after"
            return [
                f"{better} of {len(pairs)} people lie clearly better on the photo {side} theirs: "
                f"{there:.2f} instead of {here:.2f} of their box's diagonal from the annotated joints. If "
                f"the file counts frames otherwise than the set, add #frames{-shift:+d} to its name; "
                "#frames+0 says that its numbers are right"
            ]
    return []


def _both(
    position: int, shift: int, matched: MatchedPeople, dataset: Dataset, find_body: FindBody
) -> Iterator[tuple[float, float]]:
    """How far each person of a photo is from the nearest annotated one, there and in the photo beside it."""
    if not 0 <= position + shift < len(dataset.records):
        return
    own, other = record_at(dataset, position), record_at(dataset, position + shift)
    if not _follows(own, other, shift, by_name=matched.by_name):
        return
    for one in matched.by_position[position][:_EACH]:
        here = _nearest(one, Photo(position, own, poses=_poses(own)), find_body)
        there = _nearest(one, Photo(position + shift, other, poses=_poses(other)), find_body)
        if np.isfinite([here, there]).all():
            yield here, there


def _poses(record: Record) -> Mapping[str, Pose2D]:
    return {one.key: one.pose2d for one in record.people if one.pose2d is not None}


def _follows(own: Record, other: Record, shift: int, *, by_name: bool) -> bool:
    """Whether a photo is the next one of the same folder, by its number too where names count."""
    first, second = (PurePath(one.image_path or one.key) for one in (own, other))
    numbers = [re.findall(r"\d+", one.stem) for one in (first, second)]
    beside = all(numbers) and int(numbers[1][-1]) - int(numbers[0][-1]) == shift
    return first.parent == second.parent and own.view == other.view and (beside or not by_name)


def _nearest(one: FoundPerson, photo: Photo, find_body: FindBody) -> float:
    """How far a body is from the nearest annotated person, in diagonals of that one's box; nan for nobody."""
    try:
        joints = seen_joints(placed(one, find_body, photo))
    except SefdError:
        return float("nan")
    return min(
        (far_apart(joints, annotated_joints(name, photo)) for name in photo.poses), default=float("nan")
    )
