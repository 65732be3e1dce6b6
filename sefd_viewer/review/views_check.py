"""Do the cameras of one set agree about the people whom they see at the same moments?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.review.annotated_check import spread, subject_of
from sefd_viewer.review.conventions import Size, StatedCamera
from sefd_viewer.review.diagnosis import EXPLAINED, diagnose
from sefd_viewer.review.matching import MatchedPerson, match_people
from sefd_viewer.review.set_report import Row, SetReport
from sefd_viewer.review.tracks import follow

Detect = Callable[[NDArray[np.uint8]], Sequence[Pose2D]]
Views = Mapping[str, Sequence[Sequence[Pose2D]]]

COLUMN = "between views px"


def moments_of(dataset: Dataset, *, count: int) -> dict[str, list[dict[str, Record]]]:
    """By subject up to `count` moments, evenly spread, as records by view; only those of several views."""
    moments: dict[str, dict[str, dict[str, Record]]] = {}
    for position in spread(len(dataset.records), 40 * count):
        record = dataset.records[position]
        if record.moment is None or record.moment in moments.get(subject_of(record), {}):
            continue
        views = {one.view: one for one in dataset.same_moment(record) if one.view and one.camera}
        if len(views) > 1:
            of_subject = moments.setdefault(_subject(record, dataset), {})
            of_subject[record.moment] = views
    return {
        subject: [list(found.values())[i] for i in spread(len(found), count)]
        for subject, found in moments.items()
    }


def poses_of(moments: Sequence[Mapping[str, Record]], detect: Detect) -> dict[str, list[list[Pose2D]]]:
    """2D poses by view and moment, found in the pictures; annotated ones may come from the cameras."""
    views = list(dict.fromkeys(view for moment in moments for view in moment))
    return {
        view: [list(detect(moment[view].load())) if view in moment else [] for moment in moments]
        for view in views
    }


def cameras_of(moments: Sequence[Mapping[str, Record]]) -> dict[str, PinholeCamera]:
    """The cameras by view."""
    return {view: record.camera for moment in moments for view, record in moment.items() if record.camera}


def size_of(moments: Sequence[Mapping[str, Record]]) -> Size:
    """(width, height) of the pictures; raises DatasetError where views differ, which is not checked yet."""
    sizes = {view: record.load().shape[1::-1] for view, record in moments[0].items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{view} {width} x {height}" for view, (width, height) in sizes.items())
        raise DatasetError("the views' pictures differ in size", where=told)
    width, height = next(iter(sizes.values()))
    return width, height


def check_views(subject: str, cameras: Mapping[str, PinholeCamera], poses: Views, *, size: Size) -> SetReport:
    """A row per camera for the person on whom they agree best, and why they disagree, if they do."""
    people = match_people(cameras, follow(poses))
    if not people:
        return check_stated(subject, {v: StatedCamera.of(c, size) for v, c in cameras.items()}, poses, size)
    report = SetReport(_rows(subject, people[0]), findings=[x for one in people for x in _said(subject, one)])
    if not _said(subject, people[0]):
        return report
    stated = {view: StatedCamera.of(camera, size) for view, camera in cameras.items()}
    found = check_stated(subject, stated, poses, size)
    return SetReport(report.rows, findings=[*report.findings[:1], *found.findings])


def check_stated(subject: str, stated: Mapping[str, StatedCamera], poses: Views, size: Size) -> SetReport:
    """What is wrong with cameras as a file states them; a row per camera read in the best way."""
    if sum(view in stated and any(map(len, moments)) for view, moments in poses.items()) < 2:
        return SetReport(notes=[f"{subject}: nobody was found in two views, so the cameras are unchecked"])
    diagnosis = diagnose(stated, poses, size=size)
    people = match_people(diagnosis.cameras, follow(poses))
    rows = _rows(subject, people[0]) if people else [Row(subject, view, 1, {}) for view in stated]
    return SetReport(rows, findings=[f"{subject}: {line}" for line in diagnosis.sentences])


def _rows(subject: str, person: MatchedPerson) -> list[Row]:
    return [Row(subject, view, 1, {COLUMN: error}) for view, error in sorted(person.by_view().items())]


def _subject(record: Record, dataset: Dataset) -> str:
    return dataset.name if dataset.format in ("capture", "sample") else subject_of(record)


def _said(subject: str, person: MatchedPerson) -> list[str]:
    limit = EXPLAINED * person.height
    (a, b), worst = person.worst_pair
    if worst <= limit:
        return []
    who = next(iter(person.tracks.values())).words
    return [
        f"{subject}: {a} and {b} disagree by {worst:.1f} px about {who} "
        f"(median distance from the epipolar lines; up to {limit:.1f} px is usual)"
    ]
