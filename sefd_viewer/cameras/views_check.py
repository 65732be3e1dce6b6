"""Are the cameras of a set right? By subject: its moments, what to compare with, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.diagnosis.camera_reading import picture_size, stated_cameras
from sefd_viewer.cameras.diagnosis.conventions import Size, Stated, StatedCamera
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose
from sefd_viewer.cameras.diagnosis.record_diagnosis import ALL, RecordsDiagnosis, diagnose_records
from sefd_viewer.cameras.diagnosis.record_evidence import Found
from sefd_viewer.cameras.people_check import spread, subject_of
from sefd_viewer.cameras.set_report import Row, SetReport
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.geometry.joints import Pose2D

Views = Mapping[str, Sequence[Sequence[Pose2D]]]
Moments = Mapping[str, list[dict[str, Record]]]

BETWEEN, IN_PICTURES = "between views px", "in pictures px"
_AROUND = 2
_FAR = 40
_MOST_DONORS = 12
_MOST_ALONE = 60


def moments_of(
    dataset: Dataset, *, count: int, calibrated: bool = True
) -> dict[str, list[dict[str, Record]]]:
    """By subject up to `count` moments, evenly spread, as records by view; only those of several views.

    Unless `calibrated` is False only views that have a camera count.
    """
    moments: dict[str, dict[str, dict[str, Record]]] = {}
    for position in spread(len(dataset.records), 40 * count):
        record = dataset.records[position]
        subject = subject_title(record, dataset)
        if record.moment is None or record.moment in moments.get(subject, {}):
            continue
        same = [one for one in dataset.same_moment(record) if one.camera or not calibrated]
        views = {one.view: one for one in same if one.view}
        if len(views) > 1:
            moments.setdefault(subject, {})[record.moment] = views
    return {
        subject: [list(found.values())[i] for i in spread(len(found), count)]
        for subject, found in moments.items()
    }


def check_subject(
    subject: str, dataset: Dataset, moments: Moments, bodies: Sequence[BodyModel], found: Found
) -> SetReport:
    """What is wrong with the cameras of one subject's moments; a row for every camera."""
    records = records_of(moments[subject])
    others = {other: records_of(chosen[:1]) for other, chosen in moments.items() if other != subject}
    result = diagnose_records(
        records, bodies, found=found, around=around_of(dataset, records), donors=donors_of(others)
    )
    return _report(subject, result, len(moments[subject]))


def check_people(dataset: Dataset, bodies: Sequence[BodyModel]) -> SetReport:
    """The same for sets whose people stand before cameras of their own, or before moving ones."""
    records = [dataset.records[i] for i in spread(len(dataset.records), _MOST_ALONE)]
    return _report(ALL, diagnose_records(records, bodies), len(records))


def check_stated(subject: str, stated: Stated, poses: Views, size: Size | Mapping[str, Size]) -> SetReport:
    """What is wrong with cameras as a file states them; a row per camera read in the best way."""
    if sum(view in stated and any(map(len, moments)) for view, moments in poses.items()) < 2:
        return SetReport(notes=[f"{subject}: nobody was found in two views, so the cameras are unchecked"])
    found = diagnose(stated, poses, size=size)
    count = max(len(moments) for moments in poses.values())
    return SetReport(_rows(subject, found, count), findings=_sentences(subject, found.sentences))


def records_of(moments: Sequence[Mapping[str, Record]]) -> list[Record]:
    """All records of the moments."""
    return [record for moment in moments for record in moment.values()]


def sizes_of(records: Sequence[Record]) -> dict[str, Size]:
    """(width, height) of every view's pictures."""
    return {record.view: picture_size(record) for record in reversed(records) if record.view is not None}


def around_of(dataset: Dataset, records: Sequence[Record]) -> list[Record | None]:
    """The records with the moments just before and after them, in the set's order; None is a gap."""
    near: dict[int, Record] = {}
    for record in {one.moment: one for one in reversed(records)}.values():
        position = dataset.position(record.key)
        for step in (-1, 1):
            near |= _next_moments(dataset, position, step)
    ordered = sorted(near)
    result: list[Record | None] = []
    for last, position in zip([None, *ordered[:-1]], ordered, strict=True):
        if last is not None and position - last > _FAR:
            result.append(None)
        result.append(near[position])
    return result


def _next_moments(dataset: Dataset, position: int, step: int) -> dict[int, Record]:
    """The record at a position and the first of the next few moments of its subject."""
    first = dataset.records[position]
    found = {position: first}
    seen = {first.moment}
    for further in range(position + step, position + step * _FAR, step):
        if not 0 <= further < len(dataset.records) or len(seen) > _AROUND:
            break
        record = dataset.records[further]
        if subject_of(record) != subject_of(first):
            break
        if record.moment not in seen:
            seen.add(record.moment)
            same = dataset.same_moment(record)
            chosen = next((one for one in same if one.view == first.view), record)
            found[dataset.position(chosen.key)] = chosen
    return found


def donors_of(others: Mapping[str, Sequence[Record]]) -> dict[str, StatedCamera]:
    """Cameras of other subjects, by words."""
    named = {
        f"{subject} {view}": camera
        for subject, records in others.items()
        for view, camera in stated_cameras(records).items()
    }
    return dict(list(named.items())[:_MOST_DONORS])


def _report(subject: str, result: RecordsDiagnosis, count: int) -> SetReport:
    if result.cameras is None:
        notes = [f"{subject}: the cameras are unchecked: {words}" for words in result.unknown]
        return SetReport(findings=_sentences(subject, result.sentences), notes=notes)
    rows = _rows(subject, result.cameras, count)
    return SetReport(rows, findings=_sentences(subject, result.sentences))


def _rows(subject: str, found: Diagnosis, count: int) -> list[Row]:
    column = BETWEEN if found.between_views else IN_PICTURES
    return [Row(subject, view, count, {column: error}) for view, error in sorted(found.by_view.items())]


def _sentences(subject: str, lines: Sequence[str]) -> list[str]:
    return [line if subject == ALL else f"{subject}: {line}" for line in lines]


def subject_title(record: Record, dataset: Dataset) -> str:
    """Whom a record shows; the data set's name where it has one subject."""
    return dataset.name if dataset.format in ("capture", "sample") else subject_of(record)
