"""What stays of every person while a set is scanned, for detectors that compare records with each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.checks.inspection import InspectedPerson, Inspection
from sefd_viewer.datasets.records import Record
from sefd_viewer.geometry.cameras import PinholeCamera

SHORTEST_TRACK = 5
"""Frames; with fewer a chain of similar people in unrelated pictures could pass for one person."""

_SAME_PERSON = 0.35
"""How far a person's keypoints may move from one frame to the next, as a share of the person's size."""

_LARGEST_GAP = 2.0
_FRAME = re.compile(r"^(.*?)(\d+)\D*$", re.DOTALL)


@dataclass(frozen=True, eq=False, slots=True)
class Trace:
    """One person in one frame of a view: `joints` (J, 2) the body's pixels (nan: no body), `keypoints` (J,
    3) annotated x, y, score of one joint set (0 without a 2D pose), `size` of the person in pixels.
    `camera` is the record's, with R and t. `in_space`: joints were measured in space for a body of the
    world, which tell more about time than pixels do. `litres` is the space inside the body at rest, nan
    where unknown.
    """

    position: int
    person: str
    view: str
    moment: str | None
    frame: int
    joints: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    size: float
    camera: PinholeCamera | None
    in_space: bool = False
    litres: float = np.nan


def traces_of(inspection: Inspection) -> Iterator[Trace]:
    """Traces of people with keypoints or a body, where the record is of a sequence or of several views."""
    place = place_in_time(inspection.record)
    if place is None:
        return
    view, frame = place
    for one in inspection.people:
        if one.person.pose2d is not None and one.labelled.any():
            keypoints = np.where(one.labelled[:, None], one.person.pose2d.keypoints, np.float32(0))
            joints = np.full((len(keypoints), 2), np.nan) if one.joints_image is None else one.joints_image
            yield _trace(one, inspection, view, frame, joints, keypoints, one.size_px)
        elif one.output is not None and one.camera is not None:
            joints = one.camera.project_camera(one.output.joints)
            size = max(float(np.ptp(joints, axis=0).max()), 1.0)
            yield _trace(one, inspection, view, frame, joints, np.zeros((len(joints), 3)), size)


def _trace(
    one: InspectedPerson,
    inspection: Inspection,
    view: str,
    frame: int,
    joints: NDArray[np.floating],
    keypoints: NDArray[np.floating],
    size: float,
) -> Trace:
    return Trace(
        inspection.position,
        one.key,
        view,
        inspection.record.moment,
        frame,
        joints.astype(np.float32),
        keypoints.astype(np.float32),
        size,
        inspection.record.camera,
        one.person.joints is not None and one.person.smpl_world is not None,
        np.nan if one.rest_size is None else one.rest_size.litres,
    )


def place_in_time(record: Record) -> tuple[str, int] | None:
    """The sequence that the record is a frame of, and its number; None for pictures on their own.

    Pictures are frames where several cameras saw a moment, or where the title counts frames.
    """
    match = _FRAME.match(record.key)
    if match is None or (record.moment is None and "frame" not in record.title):
        return None
    return match[1], int(match[2])


def by_moment(traces: Iterable[Trace]) -> list[list[Trace]]:
    """Everyone with keypoints of each moment that several views saw."""
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        if trace.moment is not None and (trace.keypoints[:, 2] > 0).any():
            found[trace.moment].append(trace)
    return [group for group in found.values() if len({trace.view for trace in group}) > 1]


def tracks(traces: Iterable[Trace]) -> list[list[Trace]]:
    """Each person's consecutive frames in one view, in order; only tracks that are long enough."""
    sequences: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        sequences[trace.view].append(trace)
    found = [track for sequence in sequences.values() for track in _tracks_of(sequence)]
    return [track for track in found if len(track) >= SHORTEST_TRACK]


def _tracks_of(sequence: Sequence[Trace]) -> list[list[Trace]]:
    """The tracks of one view: each frame's people continue those of the frame before."""
    frames: dict[int, list[Trace]] = defaultdict(list)
    for trace in sequence:
        frames[trace.frame].append(trace)
    numbers = sorted(frames)
    usual = float(np.median(np.diff(numbers))) if len(numbers) > 1 else 1.0
    done: list[list[Trace]] = []
    current: list[list[Trace]] = []
    for before, number in zip([None, *numbers], numbers, strict=False):
        if before is not None and number - before > _LARGEST_GAP * usual:
            done, current = done + current, []
        continued = _continued(current, frames[number])
        done += [track for track in current if track not in continued]
        current = continued
    return done + current


def _continued(current: Sequence[list[Trace]], people: Sequence[Trace]) -> list[list[Trace]]:
    """The tracks after one more frame: by key where it is there again near by, else the nearest person."""
    left, following = list(current), []
    for person in people:
        costs = [
            (_moved(track[-1], person), track[-1].person != person.person, i) for i, track in enumerate(left)
        ]
        fitting = sorted((other, cost, i) for cost, other, i in costs if cost < _SAME_PERSON)
        if fitting:
            track = left.pop(fitting[0][2])
            track.append(person)
            following.append(track)
        else:
            following.append([person])
    return following


def _moved(before: Trace, after: Trace) -> float:
    """How far the keypoints moved, mean over those labelled in both, as a share of the person's size; of
    people without a 2D pose how far their bodies did.
    """
    if len(before.keypoints) != len(after.keypoints):
        return np.inf
    both = (before.keypoints[:, 2] > 0) & (after.keypoints[:, 2] > 0)
    first, second = before.keypoints[both, :2], after.keypoints[both, :2]
    if not (before.keypoints[:, 2].any() or after.keypoints[:, 2].any()):
        first, second = before.joints, after.joints
    distances = np.linalg.norm(first - second, axis=1)
    return (
        float(np.nanmean(distances) / max(before.size, after.size))
        if np.isfinite(distances).any()
        else np.inf
    )
