"""From records to evidence: who stands where in space, and what pictures show of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.bodies import AnnotatedJoints, Solid, as_coco, posed_bodies
from sefd_viewer.cameras.diagnosis.camera_reading import picture_size, stated_camera
from sefd_viewer.cameras.diagnosis.conventions import Array, Stated, StatedCamera
from sefd_viewer.cameras.diagnosis.space_evidence import BodyPair, SeenAs, Sightings
from sefd_viewer.cameras.views.tracks import coco_pixels
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, Pose2D, as_joint_set

Found = Mapping[str, Sequence[Pose2D]]
Ask = Callable[[], None]

_SAME_PX = 0.5
_LEAST_OVERLAP = 0.2
_LEAST_JOINTS = 6


@dataclass(frozen=True, eq=False)
class Seen:
    """One person in one record before `camera`: what the picture shows, by joints or by a box."""

    record: Record
    person: Person
    camera: PinholeCamera
    pixels: Array | None
    seen_as: SeenAs

    @property
    def words(self) -> str:
        """Who it is."""
        key = self.person.key
        return f"{f'person {key}' if key.isdigit() else key} in {self.record.key}"


def seen_people(records: Sequence[Record], found: Found) -> list[Seen]:
    """Everybody with a camera; `found` holds the 2D poses that a detector found in records, by their key."""
    return [one for record in records for one in _seen(record, found.get(record.key))]


def _seen(record: Record, found: Sequence[Pose2D] | None) -> Iterator[Seen]:
    for person in record.people:
        camera = person.camera if person.camera is not None else record.camera
        if camera is not None:
            pixels, seen_as = _pixels(person, camera, found)
            yield Seen(record, person, camera, pixels, seen_as)


def _pixels(
    person: Person, camera: PinholeCamera, found: Sequence[Pose2D] | None
) -> tuple[Array | None, SeenAs]:
    """The best 2D evidence that was not made with the camera in question."""
    pose = _nearest(person, found or ())
    if pose is None and person.pose2d is not None and not is_projected(person, camera):
        pose = person.pose2d
    if pose is not None:
        pixels = coco_pixels(pose)
        return (pixels, "joints") if np.isfinite(pixels[:, 0]).sum() >= _LEAST_JOINTS else (None, "joints")
    if person.bbox_xywh is None or not (np.asarray(person.bbox_xywh)[2:] > 0).all():
        return None, "boxes"
    box = np.asarray(person.bbox_xywh, np.float64)
    return np.stack([box[:2], box[:2] + box[2:]]), "boxes"


def is_projected(person: Person, camera: PinholeCamera) -> bool:
    """Whether the 2D pose is the 3D joints seen by this very camera: then it says nothing about it."""
    if person.pose2d is None or person.joints is None or person.pose2d.joint_set != person.joints.joint_set:
        return False
    offsets = camera.project_camera(person.joints.points_camera) - person.pose2d.keypoints[:, :2]
    known = np.isfinite(offsets).all(axis=1)
    return bool(known.any()) and float(np.median(np.abs(offsets[known]))) < _SAME_PX


def _nearest(person: Person, found: Sequence[Pose2D]) -> Pose2D | None:
    """The found pose whose box overlaps the annotated one most; the only one where there is no box."""
    if person.bbox_xywh is None:
        return found[0] if len(found) == 1 else None
    overlaps = [_overlap(np.asarray(person.bbox_xywh, np.float64), coco_pixels(pose)) for pose in found]
    best = max(range(len(found)), key=lambda index: overlaps[index], default=None)
    return None if best is None or overlaps[best] < _LEAST_OVERLAP else found[best]


def _overlap(box: Array, pixels: Array) -> float:
    """Intersection over union of a box x y w h and the box around joints (17, 2)."""
    if not np.isfinite(pixels).any():
        return 0.0
    low, high = np.nanmin(pixels, axis=0), np.nanmax(pixels, axis=0)
    common = np.minimum(high, box[:2] + box[2:]) - np.maximum(low, box[:2])
    inside = float(np.prod(np.maximum(common, 0)))
    return inside / max(float(np.prod(high - low)) + float(np.prod(box[2:])) - inside, 1.0)


def sightings_of(
    seen: Sequence[Seen],
    in_time: Sequence[Seen | None],
    bodies: Sequence[BodyModel],
    *,
    cameras: Stated | None = None,
) -> list[Sightings]:
    """What one person's views show, where the person's place in the world is known by moment.

    `in_time` is the same person in the order of time, before and after as well; None is a gap. `cameras` are
    compared in place of the records' own.
    """
    moments = list(dict.fromkeys(None if one is None else one.record.moment for one in in_time))
    rows = {moment: row for row, moment in enumerate(moments) if moment is not None}
    solid = _solid_in_world([one for one in in_time if one is not None], rows, len(moments), bodies)
    if solid is None:
        return []
    groups: dict[tuple[str, SeenAs], list[Seen]] = {}
    for one in seen:
        if one.pixels is not None and (cameras is None or one.record.view in cameras):
            groups.setdefault((one.record.view or "the camera", one.seen_as), []).append(one)
    return [
        Sightings(
            view,
            cameras[view] if cameras else _stated(group[0]),
            picture_size(group[0].record),
            solid,
            np.array([rows[one.record.moment or ""] for one in group], dtype=np.float64),
            np.stack([one.pixels for one in group if one.pixels is not None]),
            seen_as,
        )
        for (view, seen_as), group in groups.items()
    ]


def _stated(one: Seen) -> StatedCamera:
    if one.person.camera is None:
        return stated_camera(one.record)
    return StatedCamera.of(one.camera, picture_size(one.record))


def own_sightings(seen: Sequence[Seen], bodies: Sequence[BodyModel], *, view: str) -> list[Sightings]:
    """The same for people who are annotated before their own cameras, which all share one name, `view`."""
    result = []
    for one in seen:
        solid = _solid_before_camera(one.person, bodies)
        if one.pixels is not None and solid is not None:
            size = picture_size(one.record)
            stated = StatedCamera.of(one.camera.without_extrinsics(), size)
            result.append(
                Sightings(view, stated, size, solid, np.zeros(1), one.pixels[None], one.seen_as, one.words)
            )
    return result


def body_pairs(seen: Sequence[Seen | None], bodies: Sequence[BodyModel]) -> list[BodyPair]:
    """People with both a body and annotated joints in space; one view's people in their order, None a gap."""
    groups: dict[tuple[str, str, bool, int], list[Seen | None]] = {}
    for row, one in enumerate(seen):
        if one is None:
            for group in groups.values():
                group.append(None)
        elif one.person.joints is not None and (one.person.smpl_world or one.person.smpl) is not None:
            in_world = one.person.smpl_world is not None
            alone = row if one.record.moment is None else -1
            key = (one.record.view or "-", one.person.joints.joint_set, in_world, alone)
            groups.setdefault(key, []).append(one)
    made = [_pair(view, name, in_world, group, bodies) for (view, name, in_world, _), group in groups.items()]
    return [pair for pair in made if pair is not None]


def _pair(
    view: str, joint_set: str, in_world: bool, group: Sequence[Seen | None], bodies: Sequence[BodyModel]
) -> BodyPair | None:
    people = [None if one is None else one.person for one in group]
    stored = [None if one is None else one.smpl_world if in_world else one.smpl for one in people]
    posed = posed_bodies(stored, bodies, in_world=in_world, joint_set=as_joint_set(joint_set))
    joints = np.stack([joints_before(one) for one in people])
    camera = next(one.camera for one in group if one is not None)
    who = tuple("" if one is None else one.words for one in group)
    return None if posed is None else BodyPair(view, camera, posed, joints, who)


def joints_before(person: Person | None) -> Array:
    """Annotated COCO joints (17, 3) before the camera, metres; nan where there is none."""
    if person is None or person.joints is None:
        return np.full((COCO17.count, 3), np.nan)
    return as_coco(person.joints.points_camera, as_joint_set(person.joints.joint_set))


def _solid_in_world(
    seen: Sequence[Seen], rows: Mapping[str, int], count: int, bodies: Sequence[BodyModel]
) -> Solid | None:
    """The joints of the world by moment where they are annotated, else the bodies."""
    points = np.full((count, COCO17.count, 3), np.nan)
    stored: list[SmplParameters | None] = [None] * count
    for one in seen:
        row = rows[one.record.moment or ""]
        if np.isnan(points[row]).all():
            points[row] = one.camera.to_world(joints_before(one.person))
        stored[row] = stored[row] or one.person.smpl_world
    if np.isfinite(points).any():
        return AnnotatedJoints(points)
    return posed_bodies(stored, bodies, in_world=True)


def _solid_before_camera(person: Person, bodies: Sequence[BodyModel]) -> Solid | None:
    if person.smpl is not None:
        posed = posed_bodies([person.smpl], bodies, in_world=False)
        if posed is not None:
            return posed
    points = joints_before(person)
    return AnnotatedJoints(points[None], in_world=False) if np.isfinite(points).any() else None
