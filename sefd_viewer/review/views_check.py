"""Do the cameras of one set agree about the people whom they see at the same moments?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.poses import Pose2D
from sefd_viewer.review.annotated_check import spread, subject_of
from sefd_viewer.review.matching import MatchedPerson, match_people
from sefd_viewer.review.set_report import Row, SetReport
from sefd_viewer.review.tracks import follow

Detect = Callable[[NDArray[np.uint8]], Sequence[Pose2D]]
Views = Mapping[str, Sequence[Sequence[Pose2D]]]

TOLERATED = 0.03
"""Median epipolar distance that is still fine, as a part of the person's height in the image."""


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


def check_views(subject: str, cameras: Mapping[str, PinholeCamera], poses: Views) -> SetReport:
    """A row per camera with the median epipolar distance of the people on whom the cameras agree best."""
    people = match_people(cameras, follow(poses))
    if not people:
        words = f"{subject}: nobody could be matched between the views, so the cameras are unchecked"
        return SetReport(notes=[words])
    best = people[0]
    rows = [Row(subject, view, 1, {"between views px": error}) for view, error in best.by_view().items()]
    return SetReport(rows, findings=[line for one in people for line in _said(subject, one)])


def _subject(record: Record, dataset: Dataset) -> str:
    return dataset.name if dataset.format in ("capture", "sample") else subject_of(record)


def _said(subject: str, person: MatchedPerson) -> list[str]:
    limit = TOLERATED * height(person)
    (a, b), worst = person.worst_pair
    if worst <= limit:
        return []
    who = next(iter(person.tracks.values())).words
    return [
        f"{subject}: {a} and {b} disagree by {worst:.1f} px about {who} "
        f"(median distance from the epipolar lines; up to {limit:.1f} px is usual)"
    ]


def height(person: MatchedPerson) -> float:
    """Median height (px) of a person over views and moments."""
    spans = [
        np.nanmax(moment[:, 1]) - np.nanmin(moment[:, 1])
        for track in person.tracks.values()
        for moment in track.pixels
        if np.isfinite(moment).any()
    ]
    return float(np.median(spans))
