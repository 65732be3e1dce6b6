"""Bodies fitted to a capture's people: the file `people.json` beside `cameras.json`.

`people` names each person: `body` the body's id, `betas`, the rest position `root_joint` of the root joint,
the `moments` that are fitted, and per moment `global_orient`, `body_pose`, `transl` (SMPL, metres, frame of
the world), `joints` (17 COCO joints triangulated in the world, null where unknown), by view `boxes` (x y w h
of the body in the picture) and `residual_px` (median distance of the body's joints from the 2D joints, null
where unseen). `cameras` are there when the person obeys other cameras than the capture's; the world is then
the person's own. `poses` holds the 2D poses of each picture: `person` (a name, also of somebody without a
body, or null), `source`, `score` and `keypoints` (x y score of 17 COCO joints).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.records import Dataset, Joints3D, Person, Record
from sefd_viewer.errors import DAMAGED, DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, Pose2D, as_joint_set, remap
from sefd_viewer.geometry.rotations import axis_angle_to_matrix, matrix_to_axis_angle

_NUMBERS = 3 * COCO17.count
_MARGIN = 0.1
"""How far boxes reach beyond the joints on each side, of the joints' extent."""


@dataclass(frozen=True, eq=False)
class FoundPose:
    """A 2D pose in a picture and the key of whom it shows, None for somebody without a name."""

    person: str | None
    pose: Pose2D


def pose_entry(found: FoundPose) -> dict[str, Any]:
    """What a file says of a pose; joints of another set are brought to COCO's 17."""
    values, _ = remap(found.pose.keypoints, as_joint_set(found.pose.joint_set), COCO17)
    return {
        "person": found.person,
        "source": found.pose.source,
        "score": round(float(found.pose.score), 3),
        "keypoints": np.round(values.astype(np.float64), 2).ravel().tolist(),
    }


def poses_by_picture(content: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, tuple[FoundPose, ...]]:
    """The poses that `pose_entry` wrote, by picture. Raises ValueError with the picture of a broken one."""
    flat = [(picture, entry) for picture, entries in content.items() for entry in entries]
    rows = [_numbers(picture, entry) for picture, entry in flat]
    keypoints = np.array(rows, dtype=np.float32).reshape(-1, COCO17.count, 3)
    boxes = _boxes(keypoints)
    found: dict[str, list[FoundPose]] = {picture: [] for picture in content}
    for (picture, entry), joints, box in zip(flat, keypoints, boxes, strict=True):
        pose = Pose2D(COCO17.name, joints, box, float(entry["score"]), str(entry["source"]))
        found[picture].append(FoundPose(entry["person"], pose))
    return {picture: tuple(poses) for picture, poses in found.items()}


def _numbers(picture: str, entry: Mapping[str, Any]) -> list[float]:
    """The keypoints of an entry that has everything."""
    complete = isinstance(entry, Mapping) and entry.keys() >= {"person", "source", "score", "keypoints"}
    numbers = entry["keypoints"] if complete else None
    if not isinstance(numbers, list) or len(numbers) != _NUMBERS:
        raise ValueError(f"a pose of {picture} lacks person, source, score or {_NUMBERS} keypoint numbers")
    if not all(isinstance(value, int | float) for value in (*numbers, entry["score"])):
        raise ValueError(f"a pose of {picture} has values that are not numbers")
    return numbers


def _boxes(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes x y w h (N, 4) around the seen joints of (N, 17, 3), a little larger; zeros without any."""
    seen = keypoints[..., 2:] > 0
    low = np.where(seen, keypoints[..., :2], np.inf).min(axis=1)
    high = np.where(seen, keypoints[..., :2], -np.inf).max(axis=1)
    known = seen.any(axis=1)
    low, size = np.where(known, low, 0), np.where(known, high - low, 0)
    return np.concatenate([low - _MARGIN * size, (1 + 2 * _MARGIN) * size], axis=1).astype(np.float32)


PEOPLE_FILE = "people.json"
VERSION = 1

Array = NDArray[np.float64]

_ROWS = {"global_orient": (3,), "body_pose": (69,), "transl": (3,), "joints": (COCO17.count, 3)}
_DECIMALS = 5

Factors = tuple[float, float]
_SAME: Factors = (1.0, 1.0)


@dataclass(frozen=True, eq=False)
class FittedPerson:
    """One person at M moments, in metres of the world.

    `betas` (10,), `root_joint` (3,), `global_orient` (M, 3), `body_pose` (M, 69), `transl` (M, 3), `joints`
    (M, 17, 3) triangulated, nan where unknown; by view `boxes` (M, 4), `residual_px` (M,) and, for a person
    who does not obey the capture's cameras, `cameras`.
    """

    key: str
    body_id: str
    betas: Array
    root_joint: Array
    moments: tuple[str, ...]
    global_orient: Array
    body_pose: Array
    transl: Array
    joints: Array
    boxes: Mapping[str, Array]
    residual_px: Mapping[str, Array]
    cameras: Mapping[str, PinholeCamera] = field(default_factory=dict)

    def resized(self, factors: Mapping[str, Factors]) -> FittedPerson:
        """The same person in pictures resized by the factors of each view."""
        boxes = {view: _resized_boxes(boxes, factors.get(view, _SAME)) for view, boxes in self.boxes.items()}
        cameras = {view: camera.resized(*factors.get(view, _SAME)) for view, camera in self.cameras.items()}
        return replace(self, boxes=boxes, cameras=cameras)


@dataclass(frozen=True, eq=False)
class FittedPeople:
    """All people of a capture, and the 2D poses (all of them) by picture key."""

    people: tuple[FittedPerson, ...] = ()
    poses: Mapping[str, tuple[FoundPose, ...]] = field(default_factory=dict)

    def resized(self, factors: Mapping[str, Factors]) -> FittedPeople:
        """The same in pictures resized by the factors of each view; then without 2D poses."""
        if all(factor == _SAME for factor in factors.values()):
            return self
        return FittedPeople(tuple(person.resized(factors) for person in self.people))


def people_document(fitted: FittedPeople) -> bytes:
    """The content of a people file."""
    document = {
        "version": VERSION,
        "people": {person.key: _person_entry(person) for person in fitted.people},
        "poses": {key: [pose_entry(found) for found in poses] for key, poses in fitted.poses.items()},
    }
    return orjson.dumps(document)


def read_people(path: Path) -> FittedPeople:
    """Read a people file. Raises DatasetError with the place that cannot be used."""
    content = _content(path)
    people = tuple(_person_of(key, entry, path) for key, entry in content["people"].items())
    try:
        return FittedPeople(people, poses_by_picture(content["poses"]))
    except DAMAGED as error:
        raise DatasetError(
            f"poses cannot be used: {error}", where=path, remedy="Fit the people again (sefd-viewer fit)"
        ) from error


def _content(path: Path) -> dict[str, Any]:
    """The file's `people` and `poses`."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise DatasetError.unreadable(path, error) from error
    except orjson.JSONDecodeError as error:
        words = f"this is not valid JSON (line {error.lineno}: {error.msg})"
        raise DatasetError(words, where=path, remedy="Fit the people again (sefd-viewer fit)") from error
    ours = isinstance(content, dict) and content.get("version") == VERSION
    if not ours or not all(isinstance(content.get(name), dict) for name in ("people", "poses")):
        remedy = "Make it with sefd-viewer fit"
        raise DatasetError(f"this is not a people file of version {VERSION}", where=path, remedy=remedy)
    return content


def _person_of(key: str, entry: Any, path: Path) -> FittedPerson:
    try:
        return _person(key, entry)
    except DAMAGED as error:
        words = f"people, {key} cannot be used ({type(error).__name__}: {error})"
        raise DatasetError(words, where=path, remedy="Fit the people again (sefd-viewer fit)") from error


def _resized_boxes(boxes: Array, factors: Factors) -> Array:
    return boxes * np.tile(factors, 2)


def _person_entry(person: FittedPerson) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "body": person.body_id,
        "betas": _rounded(person.betas),
        "root_joint": _rounded(person.root_joint, 7),
        "moments": list(person.moments),
    }
    entry |= {name: _rounded(getattr(person, name)) for name in _ROWS}
    entry["boxes"] = {view: _rounded(boxes, 1) for view, boxes in person.boxes.items()}
    entry["residual_px"] = {view: _rounded(values, 2) for view, values in person.residual_px.items()}
    if person.cameras:
        entry["cameras"] = {view: camera.to_dict() for view, camera in person.cameras.items()}
    return entry


def _rounded(values: Array, decimals: int = _DECIMALS) -> Any:
    """Nested lists with null for what is not finite."""
    rounded = np.round(np.asarray(values, np.float64), decimals)
    cells = rounded.astype(object)
    cells[~np.isfinite(rounded)] = None
    return cells.tolist()


def _person(key: str, entry: Mapping[str, Any]) -> FittedPerson:
    moments = tuple(map(str, entry["moments"]))
    rows = {name: _array(entry[name], (len(moments), *shape), name) for name, shape in _ROWS.items()}
    for name in ("global_orient", "body_pose", "transl"):
        if not np.isfinite(rows[name]).all():
            raise ValueError(f"{name} holds values that are not numbers")
    return FittedPerson(
        key,
        str(entry["body"]),
        _array(entry["betas"], (10,), "betas"),
        _array(entry["root_joint"], (3,), "root_joint"),
        moments,
        boxes={view: _array(v, (len(moments), 4), "boxes") for view, v in entry["boxes"].items()},
        residual_px={v: _array(e, (len(moments),), "residual_px") for v, e in entry["residual_px"].items()},
        cameras={view: PinholeCamera.from_dict(v) for view, v in entry.get("cameras", {}).items()},
        **rows,
    )


def _array(values: Any, shape: tuple[int, ...], name: str) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape} instead of {shape}")
    return array


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
