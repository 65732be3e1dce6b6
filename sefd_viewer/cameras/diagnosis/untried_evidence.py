"""Which evidence about cameras and bodies a selection of records lacks, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.body_reading import body_for
from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis
from sefd_viewer.cameras.diagnosis.record_evidence import Found, Seen, is_projected
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.errors import BodyError

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
        return [f"{_BODIES}, as the records hold no bodies"]
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
        return ["cameras, as no record has both people and a camera"]
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
