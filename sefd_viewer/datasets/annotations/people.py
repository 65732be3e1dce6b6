"""From rows to people: who is shown, who is not, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import SmplParameters
from sefd_viewer.datasets.annotations.cameras import camera_of
from sefd_viewer.datasets.annotations.rows import BodyColumn, PersonRows, WorldJoints
from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.datasets.records import Joints3D, Person, SkippedPerson, SkipReason
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import JointSet, Pose2D
from sefd_viewer.geometry.rotations import ExtrinsicMode, smpl_to_camera


@dataclass(frozen=True)
class ReadOptions:
    """Choices that hold for every annotated format.

    `extrinsics` is the way of world parameters into the camera (supplement section 7.2); `bodies` are files
    of licensed bodies; people with a score below `min_score` are left out, bodies whose stored `fit_err`
    is above `max_fit_error` (the format's own unit) are not shown. None shows them all.
    """

    extrinsics: ExtrinsicMode = "exact"
    bodies: tuple[str, ...] = ()
    min_score: float | None = None
    max_fit_error: float | None = None


Size = tuple[int, int] | None
Found = tuple[Person | None, SkippedPerson | None]


class Group(NamedTuple):
    """The people of one record, who is skipped, and what is wrong with their annotations."""

    people: tuple[Person, ...]
    skipped: tuple[SkippedPerson, ...]
    problems: tuple[str, ...]


class _Body(NamedTuple):
    """A person's parameters in the camera's frame and the world's, or why there are none."""

    smpl: SmplParameters | None = None
    smpl_world: SmplParameters | None = None
    skipped: SkippedPerson | None = None


@dataclass(frozen=True, eq=False)
class PeopleBuilder:
    """Makes people out of rows; `find_body` knows the bodies that are here."""

    rows: PersonRows
    options: ReadOptions
    find_body: FindBody

    def group(self, rows: range, size: Size, camera: PinholeCamera | None) -> Group:
        """The people in these rows, who share a picture of `size` pixels and, without own ones, a camera."""
        found = self.each(rows, size, camera)
        problems = (
            f"person {self.rows.ids[row]}: {fault}" for row in rows for fault in self.rows.faults.get(row, ())
        )
        return Group(
            tuple(person for person, _ in found if person is not None),
            tuple(skipped for _, skipped in found if skipped is not None),
            tuple(problems),
        )

    def each(self, rows: range, size: Size, camera: PinholeCamera | None) -> list[Found]:
        """What becomes of each row: a person, why there is none, or a person and why there is no body."""
        found: list[Found] = []
        people: list[Person] = []
        for row in rows:
            left_out = self._left_out(row, size, people, camera)
            if left_out is not None:
                found.append((None, left_out))
                continue
            person, without_body = self._person(row, camera)
            people.append(person)
            found.append((person, without_body))
        return found

    def _left_out(
        self, row: int, size: Size, people: list[Person], camera: PinholeCamera | None
    ) -> SkippedPerson | None:
        """Why the person in this row is not shown at all, if so."""
        rows = self.rows
        for reason, marks in rows.left_out.items():
            if marks[row]:
                return self._skipped(row, camera, reason)
        box = rows.boxes[row]
        if not _lies_inside(box, size):
            return self._skipped(row, camera, SkipReason.INVALID_BOX, _box_words(box, size))
        score, least = self._score(row), self.options.min_score
        if least is not None and score is not None and score < least:
            return self._skipped(row, camera, SkipReason.LOW_SCORE, f"{score:.3g} < {least:.3g}")
        twin = self._twin(row, people, camera)
        if twin is not None:
            detail = f"same box and keypoints as person {twin.key}"
            return self._skipped(row, camera, SkipReason.DUPLICATE, detail)
        return None

    def _skipped(
        self, row: int, camera: PinholeCamera | None, reason: SkipReason, detail: str = ""
    ) -> SkippedPerson:
        poses = self._poses(row, camera)
        box, pose = np.array(self.rows.boxes[row]), poses[0] if poses else None
        who = Person(self.rows.ids[row], box, pose, area=self._area(row))
        return SkippedPerson(self.rows.ids[row], reason, detail, who=who)

    def _area(self, row: int) -> float | None:
        areas = self.rows.areas
        return None if areas is None or np.isnan(areas[row]) else float(areas[row])

    def _score(self, row: int) -> float | None:
        if self.rows.scores is None or np.isnan(self.rows.scores[row]):
            return None
        return float(self.rows.scores[row])

    def _twin(self, row: int, people: list[Person], camera: PinholeCamera | None) -> Person | None:
        """Who of those before has the very same box and keypoints."""
        box = self.rows.boxes[row]
        alike = [one for one in people if one.bbox_xywh is not None and np.array_equal(one.bbox_xywh, box)]
        if not alike:
            return None
        poses = self._poses(row, camera)
        keypoints = poses[0].keypoints if poses else None
        return next((one for one in alike if _same_keypoints(one.pose2d, keypoints)), None)

    def _person(self, row: int, camera: PinholeCamera | None) -> tuple[Person, SkippedPerson | None]:
        rows = self.rows
        own = None if rows.own_cameras is None else camera_of(np.array(rows.own_cameras[row]))
        poses = self._poses(row, camera)
        body = self._body(row, camera if rows.own_cameras is None else own)
        person = Person(
            rows.ids[row],
            np.array(rows.boxes[row]),
            poses[0] if poses else None,
            body.smpl,
            own,
            body.smpl_world,
            self._joints(row, camera),
            tuple(poses[1:]),
            rows.derived_boxes,
            self._area(row),
        )
        return person, body.skipped

    def _poses(self, row: int, camera: PinholeCamera | None) -> list[Pose2D]:
        """The person's 2D pose, then the further ones."""
        rows = self.rows
        sets = [(column.joint_set, column.keypoints[row], column.source) for column in rows.poses]
        if rows.world_joints is not None and camera is not None:
            seen = _seen(rows.world_joints, row, camera)
            sets.append((rows.world_joints.joint_set, seen, "annotation"))
        box, score = np.array(rows.boxes[row]), self._score(row)
        made = [_pose(joint_set, points, source, box, score) for joint_set, points, source in sets]
        return [pose for pose in made if pose is not None]

    def _joints(self, row: int, camera: PinholeCamera | None) -> Joints3D | None:
        column, world = self.rows.joints, self.rows.world_joints
        if column is not None:
            joint_set, points = column.joint_set, np.array(column.points_camera[row])
        elif world is not None and camera is not None:
            joint_set = world.joint_set
            points = camera.to_camera(world.points_world[world.rows[row]]).astype(np.float32)
        else:
            return None
        return Joints3D(joint_set.name, points) if np.isfinite(points).any() else None

    def _body(self, row: int, camera: PinholeCamera | None) -> _Body:
        key, bodies = self.rows.ids[row], self.rows.bodies
        if bodies is None:
            return _Body()
        reason, detail = self._why_bodiless(bodies, row, camera)
        if reason is not None:
            return _Body(skipped=SkippedPerson(key, reason, detail, shown=True))
        place = int(bodies.rows[row])
        model = self.find_body(bodies.table.body_ids.at(place))
        try:
            stored = bodies.table.parameters(place, model)
        except BodyError as error:
            return _Body(skipped=SkippedPerson(key, SkipReason.BROKEN_SMPL, error.what, shown=True))
        known = stored if model is None else replace(stored, body_id=model.id)
        if not bodies.table.world:
            return _Body(smpl=known)
        assert camera is not None
        if self.options.extrinsics != "exact":
            return _Body(_in_camera(known, camera, self.options, np.zeros(3)), known)
        if model is None:
            missing = SkippedPerson(key, SkipReason.NO_BODY, known.body_id, shown=True)
            return _Body(smpl_world=known, skipped=missing)
        return _Body(
            _in_camera(known, camera, self.options, model.root_joint(known.betas, known.expression)), known
        )

    def _why_bodiless(
        self, bodies: BodyColumn, row: int, camera: PinholeCamera | None
    ) -> tuple[SkipReason | None, str]:
        """Why the person has no usable parameters, if so, with the detail."""
        table, smpl_row = bodies.table, int(bodies.rows[row])
        if smpl_row < 0:
            return SkipReason.NO_SMPL, bodies.absent
        if smpl_row in table.faults:
            return SkipReason.BROKEN_SMPL, "; ".join(table.faults[smpl_row])
        error, most = float(table.fit_errors[smpl_row]), self.options.max_fit_error
        if most is not None and error > most:
            return SkipReason.FIT_ERROR, f"{error:.3g} > {most:.3g}"
        if bodies.unaligned is not None and bodies.unaligned[row]:
            return SkipReason.NO_CAMERA, "campose_valid is 0"
        if camera is None and (table.world or self.rows.own_cameras is not None):
            return SkipReason.NO_CAMERA, ""
        return None, ""


def _in_camera(
    world: SmplParameters, camera: PinholeCamera, options: ReadOptions, root_joint: NDArray[np.floating]
) -> SmplParameters:
    orient, transl = smpl_to_camera(
        world.global_orient,
        world.transl,
        camera.R,
        camera.t,
        mode=options.extrinsics,
        root_joint=root_joint,
    )
    return replace(world, global_orient=orient, transl=transl)


def _lies_inside(box: NDArray[np.float32], size: Size) -> bool:
    """Whether the box x y w h has an area and shows in the picture (3DCrowdNet's sanity check)."""
    if not np.isfinite(box).all() or (box[2:] <= 0).any():
        return False
    if size is None:
        return True
    return bool((box[:2] < size).all() and (box[:2] + box[2:] > 0).all())


def _box_words(box: NDArray[np.float32], size: Size) -> str:
    if not np.isfinite(box).all():
        return "no box"
    numbers = ", ".join(f"{value:g}" for value in box.tolist())
    picture = "" if size is None else f" in {size[0]} x {size[1]} pixels"
    return f"bbox [{numbers}]{picture}"


def _seen(world: WorldJoints, row: int, camera: PinholeCamera) -> NDArray[np.float32]:
    """The person's joints (J, 3) in the picture, with score 1; nan where there are none."""
    pixels = camera.project_camera(camera.to_camera(world.points_world[world.rows[row]]))
    return np.column_stack([pixels, np.ones(len(pixels))]).astype(np.float32)


def _pose(
    joint_set: JointSet,
    keypoints: NDArray[np.float32],
    source: str,
    box: NDArray[np.float32],
    score: float | None,
) -> Pose2D | None:
    known = np.asarray(np.isfinite(keypoints).all(axis=1))
    if not known.any() or not (keypoints[known, 2] > 0).any():
        return None
    clean = np.where(known[:, None], keypoints, np.float32(0))
    own = float(clean[:, 2].mean()) if score is None else score
    return Pose2D(joint_set.name, clean, box, own, source)


def _same_keypoints(pose: Pose2D | None, keypoints: NDArray[np.float32] | None) -> bool:
    if pose is None or keypoints is None:
        return pose is None and keypoints is None
    return np.array_equal(pose.keypoints, keypoints)
