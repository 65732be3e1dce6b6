"""What is wrong with a selection of records: bodies against joints, then cameras against pictures.

found = detect_in(records, detect_people)            # 2D poses by record; slow, may be left out
result = diagnose_records(records, [open_body()], found=found, ask=check_whether_to_stop)
print(result.sentences)                               # "missing root compensation: 283.0 mm -> 0.4 mm (sure)"
camera = read_camera(view, result.conventions.of(view), stated, size)  # cameras as they should be read
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.bodies import body_for
from sefd_viewer.cameras.diagnosis.camera_reading import picture_size, stated_cameras
from sefd_viewer.cameras.diagnosis.conventions import Conventions, Size, Stated
from sefd_viewer.cameras.diagnosis.diagnosing import (
    Diagnosis,
    amount,
    diagnose,
    diagnose_bodies,
    diagnose_points,
)
from sefd_viewer.cameras.diagnosis.record_evidence import (
    Ask,
    Found,
    Seen,
    body_pairs,
    is_projected,
    own_sightings,
    seen_people,
    sightings_of,
)
from sefd_viewer.cameras.diagnosis.space_evidence import BodyEvidence, PointEvidence, Sightings
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.errors import BodyError, ImageError
from sefd_viewer.geometry.joints import Pose2D

_TIMES = 3
_MOST = 5


def misfits(evidence: BodyEvidence | PointEvidence, conventions: Conventions) -> tuple[str, ...]:
    """Sentences about the people who fit worst; none where the reading does not explain the others."""
    typical = evidence.error(conventions)
    if not typical < evidence.poor:
        return ()
    people = evidence.people(conventions)
    least = max(evidence.poor, _TIMES * typical)
    wrong = sorted((who for who in people if people[who] > least), key=lambda who: -people[who])
    if len(wrong) >= len(people) / 2:
        return ()
    others = f"the others by {amount(typical, evidence.unit)}: look at this person, not at how all are read"
    lines = [f"{who} is off by {amount(people[who], evidence.unit)}, {others}" for who in wrong[:_MOST]]
    return (*lines, *([f"{len(wrong) - _MOST} more people are off"] if len(wrong) > _MOST else []))


_BODIES = "bodies against joints in space"
_POINTS = "joints or bodies in space against the pictures"
_JOINTS = "joints in the pictures against joints in space"
OTHER_WORLD = f"{_POINTS}, as these cameras stand in another world, or too much is wrong with them"


def untried_bodies(
    records: Sequence[Record], bodies: Sequence[BodyModel], result: Diagnosis | None
) -> list[str]:
    """Why bodies, or some of them, were not compared with joints."""
    stored = [one for record in records for person in record.people if (one := _body_of(person)) is not None]
    if not stored:
        return [f"{_BODIES}, as the photos have no bodies"]
    away = sorted({one.body_id for one in stored if not _is_here(one.body_id, bodies)})
    if away:
        which = "" if result is None else "some "
        return [f"{which}{_BODIES}, as the body model {', '.join(away)} is not here"]
    return [] if result is not None else [f"{_BODIES}, as no joints in space are annotated for them"]


def untried_cameras(
    records: Sequence[Record], seen: Sequence[Seen], found: Found, *, rig: bool, result: Diagnosis | None
) -> list[str]:
    """Why there was no better evidence about the cameras than that of `result`, or none at all."""
    if not seen:
        return ["cameras, as no photo has both people and a camera"]
    if result is not None and result.between_views:
        return [f"{_POINTS}, as {_not_in_space(records, seen, rig=rig)}"]
    if any(one.seen_as == "joints" and one.pixels is not None for one in seen):
        return []
    return [f"{_JOINTS}, as {_no_joints_seen(seen, found)}"]


def _not_in_space(records: Sequence[Record], seen: Sequence[Seen], *, rig: bool) -> str:
    if not any(one.person.joints or one.person.smpl_world for one in seen):
        return "nobody's place in the world is annotated"
    if rig:
        return "nobody whose place in the world is known is seen"
    several = any(len(record.people) > 1 for record in records)
    return "there are several people in a picture" if several else "the cameras do not stand still"


def _no_joints_seen(seen: Sequence[Seen], found: Found) -> str:
    made = any(is_projected(one.person, one.camera) for one in seen)
    reason = (
        "the annotated 2D joints were made with these very cameras" if made else "no 2D joints are annotated"
    )
    return f"{reason} and nobody was found in the pictures" if found else reason


def _is_here(body_id: str, bodies: Sequence[BodyModel]) -> bool:
    try:
        body_for(body_id, "as stated", bodies)
    except BodyError:
        return False
    return True


def _body_of(person: Person) -> SmplParameters | None:
    return person.smpl_world if person.smpl_world is not None else person.smpl


Detect = Callable[[NDArray[np.uint8]], Sequence[Pose2D]]
Progress = Callable[[int, int], None]

ALL = "all people"
_MOST_PAIRS = 240


@dataclass(frozen=True)
class RecordsDiagnosis:
    """What was found about `bodies` and `cameras`; None where nothing could tell.

    `conventions` is everything together, to be drawn with. `unknown` says in words what could not be
    checked, `untried` which evidence there was not, and why; `misfits` are sentences about people whom the
    best reading does not explain, unlike the others.
    """

    bodies: Diagnosis | None
    cameras: Diagnosis | None
    conventions: Conventions
    unknown: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """All of it in plain words; empty when nothing is wrong."""
        return [line for one in (self.bodies, self.cameras) if one is not None for line in one.sentences]


def detect_in(
    records: Sequence[Record],
    detect: Detect,
    *,
    ask: Ask = lambda: None,
    progress: Progress = lambda _done, _total: None,
) -> Found:
    """The 2D poses found in each picture that can be read, by the record's key.

    `ask` may raise to stop, `progress` is told.
    """
    found = {}
    for done, record in enumerate(records, 1):
        ask()
        with suppress(ImageError):  # a missing picture stops nothing: boxes and joints in space are there
            found[record.key] = list(detect(record.load()))
        progress(done, len(records))
    return found


def diagnose_records(
    records: Sequence[Record],
    bodies: Sequence[BodyModel],
    *,
    found: Found | None = None,
    around: Sequence[Record | None] = (),
    donors: Stated | None = None,
    start: Conventions | None = None,
    ask: Ask = lambda: None,
) -> RecordsDiagnosis:
    """Search for what is wrong with the bodies and cameras of these records.

    `found` are 2D poses by record, independent of the cameras (`detect_in`); without them annotated poses and
    boxes serve, where they were not made with the very cameras. `around` are records of the same people in
    the order of time, for views that are off in time; None is a gap. `donors` are further cameras whose
    numbers may have been taken by mistake. `start` is how everything is read so far; `ask` is called before
    every trial, and what it raises ends the search.
    """
    begin = start or Conventions()
    seen = seen_people(records, found or {})
    in_time = [one for record in around for one in ([None] if record is None else seen_people([record], {}))]
    pairs = body_pairs(in_time or seen[:_MOST_PAIRS], bodies)
    body_evidence = BodyEvidence(pairs) if pairs else None
    of_bodies = diagnose_bodies(body_evidence, start=begin, ask=ask) if body_evidence else None
    if of_bodies is not None and of_bodies.explained:
        begin = replace(begin, body=of_bodies.conventions.body)
    points = _points(records, seen, in_time, bodies, donors)
    of_cameras = _of_cameras(records, points, found or {}, begin, ask)
    parts = ((body_evidence, of_bodies), (points, of_cameras))
    return RecordsDiagnosis(
        of_bodies,
        of_cameras,
        of_cameras.conventions if of_cameras is not None else begin,
        () if of_cameras is not None else ("no 2D evidence that is independent of the cameras",),
        (
            *untried_bodies(records, bodies, of_bodies),
            *untried_cameras(records, seen, found or {}, rig=is_one_rig(seen), result=of_cameras),
        ),
        tuple(words for one, part in parts if one and part for words in misfits(one, part.conventions)),
    )


def _points(
    records: Sequence[Record],
    seen: Sequence[Seen],
    in_time: Sequence[Seen | None],
    bodies: Sequence[BodyModel],
    donors: Stated | None,
) -> PointEvidence | None:
    """What pictures show of people whose places are known, in the world or before cameras of their own."""
    if is_one_rig(seen):
        sightings = _best_kind(sightings_of(seen, in_time or seen, bodies))
        if sightings:
            return PointEvidence(sightings, donors)
    if _has_several_views(records):
        return None
    own = _best_kind(own_sightings(seen, bodies, view=ALL))
    return PointEvidence(own) if own else None


def _of_cameras(
    records: Sequence[Record], points: PointEvidence | None, found: Found, begin: Conventions, ask: Ask
) -> Diagnosis | None:
    """By the best evidence that there is: known places in space, else several views."""
    if points is not None:
        return diagnose_points(points, start=begin, ask=ask)
    return _of_views(records, found, begin, ask) if _has_several_views(records) else None


def diagnose_calibration(
    cameras: Stated,
    records: Sequence[Record],
    bodies: Sequence[BodyModel],
    *,
    found: Found | None = None,
    start: Conventions | None = None,
    ask: Ask = lambda: None,
) -> RecordsDiagnosis:
    """Search for what is wrong with other `cameras` for the views of these records.

    Places in the world serve where these cameras, read in some way, stand in the same world; else the views
    alone. Raises ValueError when neither can tell anything.
    """
    begin, seen = start or Conventions(), seen_people(records, found or {})
    rig = is_one_rig(seen)
    sightings = _best_kind(sightings_of(seen, seen, bodies, cameras=cameras)) if rig else []
    if sightings:
        result = diagnose_points(PointEvidence(sightings), start=begin, ask=ask)
        if result.explained:
            return RecordsDiagnosis(None, result, result.conventions)
    poses, sizes = poses_by_view(records, found or {}), sizes_by_view(records)
    result = diagnose(cameras, poses, size=sizes, start=begin, ask=ask)
    untried = (
        [OTHER_WORLD] if sightings else untried_cameras(records, seen, found or {}, rig=rig, result=result)
    )
    return RecordsDiagnosis(None, result, result.conventions, untried=tuple(untried))


def _has_several_views(records: Sequence[Record]) -> bool:
    """Whether any moment is seen by more than one camera."""
    moments = [record.moment for record in records if record.moment is not None]
    return len(moments) > len(set(moments))


def _best_kind(sightings: Sequence[Sightings]) -> list[Sightings]:
    """Only joints, where there are some: boxes are coarser."""
    joints = [one for one in sightings if one.seen_as == "joints"]
    return joints or list(sightings)


def _of_views(records: Sequence[Record], found: Found, begin: Conventions, ask: Ask) -> Diagnosis | None:
    """By several views alone."""
    stated, sizes = stated_cameras(records), sizes_by_view(records)
    poses = poses_by_view(records, found)
    if sum(any(poses[view]) for view in stated if view in poses) < 2:
        return None
    return diagnose(stated, poses, size=sizes, start=begin, ask=ask)


def sizes_by_view(records: Sequence[Record]) -> dict[str, Size]:
    """(width, height) of the pictures of every view that has a camera."""
    return {
        record.view or record.key: picture_size(record) for record in records if record.camera is not None
    }


def poses_by_view(records: Sequence[Record], found: Found) -> Mapping[str, list[list[Pose2D]]]:
    """2D poses by view and moment: those found, else annotated ones that were not made with the cameras."""
    moments = list(dict.fromkeys(record.moment for record in records))
    views: dict[str, list[list[Pose2D]]] = {}
    for record in records:
        if record.view is not None and record.moment is not None:
            rows = views.setdefault(record.view, [[] for _ in moments])
            rows[moments.index(record.moment)] = _poses(record, found)
    return views


def _poses(record: Record, found: Found) -> list[Pose2D]:
    if record.key in found:
        return list(found[record.key])
    return [
        person.pose2d
        for person in record.people
        if person.pose2d is not None and (record.camera is None or not is_projected(person, record.camera))
    ]


def is_one_rig(seen: Sequence[Seen]) -> bool:
    """Whether one person is seen by cameras that stand still, one of each view."""
    if not seen or any(one.record.moment is None for one in seen):
        return False
    alone = all(len(one.record.people) == 1 for one in seen)
    cameras: dict[str, list[Seen]] = {}
    for one in seen:
        cameras.setdefault(one.record.view or "", []).append(one)
    still = all(
        np.allclose(one.camera.R, group[0].camera.R) and np.allclose(one.camera.t, group[0].camera.t)
        for group in cameras.values()
        for one in group
    )
    return alone and still
