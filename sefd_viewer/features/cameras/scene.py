"""One moment put together: cameras as they are read, people matched between views, bodies and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.depth_order import order_factors, paint_factors
from sefd_viewer.app.layers import body_color, to_mask
from sefd_viewer.app.methods import COLORS, TRUTH
from sefd_viewer.app.slices import Whole
from sefd_viewer.cameras.diagnosis.bodies import read_person
from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.conventions import BodyConvention, Conventions
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.features.cameras.agreement import (
    Deviations,
    Observation,
    SeenPerson,
    deviations,
    seen_people,
)
from sefd_viewer.features.cameras.model import stated_by
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.render.overlay import shaded_overlay
from sefd_viewer.render.zbuffer import projected_box

if TYPE_CHECKING:
    from sefd_viewer.app.methods import Color
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Person, Record
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.features.cameras.model import CamerasState
    from sefd_viewer.features.cameras.moments import Moment
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.inference.messages import PersonInput


Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoardBody:
    """One person's body before one camera: `vertices_camera` (V, 3) metres, `joints24_camera` (24, 3).

    `camera` is the person's own one, else the view's; `pixels` (V, 2) where it sees the vertices.
    """

    model: BodyModel
    vertices_camera: NDArray[np.float32]
    joints24_camera: NDArray[np.float32]
    camera: PinholeCamera
    pixels: Array

    def joints_camera(self, joint_set: str) -> Array | None:
        """Joints (J, 3) of a set in the camera's frame; None for a set with joints that no body has."""
        try:
            return np.asarray(self.model.joints(self.vertices_camera, self.joints24_camera, joint_set), float)
        except BodyError:
            return None


def body_convention(board: CamerasState) -> BodyConvention:
    """How bodies are read; the board's mode holds where the conventions leave theirs alone."""
    chosen = board.conventions.body if board.conventions is not None else BodyConvention()
    return replace(chosen, mode=board.mode) if chosen.mode == BodyConvention().mode else chosen


def read_body(
    person: Person, view: str, camera: PinholeCamera | None, models: Sequence[BodyModel], board: CamerasState
) -> BoardBody | None:
    """The person's body before the own camera, else before the view's, which the board's conventions made.

    None without parameters or without any camera.
    """
    axes = board.conventions.of(view) if board.conventions is not None else None
    own = person.camera if person.camera is not None else camera
    read = (
        read_person(person, own, models, body=body_convention(board), axes=axes) if own is not None else None
    )
    if own is None or read is None:
        return None
    output = read.output()
    return BoardBody(read.model, output.vertices, output.joints, own, own.project_camera(output.vertices))


Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class BoardPerson:
    """One person of a moment: where each view has them, their bodies by view, and the cameras' errors.

    `triangulated` measures against points made from the 2D joints, `against_body` against the bodies' joints;
    None where there are none. `apart_mm` (J,) are the distances between the two, nan where one is missing.
    `body_world` (V, 3) metres and its `faces` are the body that the first view has.
    """

    key: str
    seen: SeenPerson
    bodies: Mapping[str, BoardBody]
    triangulated: Deviations | None
    against_body: Deviations | None
    apart_mm: Array | None
    body_world: NDArray[np.float32] | None = None
    faces: NDArray[np.int32] | None = None


@dataclass(frozen=True, eq=False)
class BoardScene(Whole):
    """All of a moment's numbers; `problems` says what is wrong with bodies or cameras, in words."""

    moment: Moment
    cameras: Mapping[str, PinholeCamera]
    people: tuple[BoardPerson, ...]
    problems: tuple[str, ...] = ()


def board_scene(
    moment: Moment,
    people: Mapping[str, tuple[PersonInput, ...]],
    sizes: Mapping[str, Size],
    board: CamerasState,
    find_body: FindBody,
    *,
    bodies: bool = True,
) -> BoardScene:
    """Put a moment together; `people` and picture `sizes` by view, as far as they are known.

    Without `bodies` there are errors against triangulated points alone, which is quicker.
    """
    cameras, problems = board_cameras(moment, sizes, board)
    poses = {view: [person.pose2d for person in found] for view, found in people.items()}
    finder = _Bodies(moment, people if bodies else {}, cameras, board, find_body)
    own = {view: record.camera for view, record in moment.records.items() if record.camera is not None}
    names = {view: _names(moment.records[view], found) for view, found in people.items()}
    seen = seen_people(cameras, poses, names=names, others=[own] if board.reads_otherwise else [])
    found = tuple(_person(key, one, cameras, finder) for key, one in zip(_keys(seen), seen, strict=True))
    return BoardScene(moment, cameras, found, (*problems, *dict.fromkeys(finder.problems)))


def _names(record: Record, people: tuple[PersonInput, ...]) -> list[str | None]:
    """What the record calls its people; numbers are no names, because each view counts for itself."""
    known = {person.key for person in record.people if not person.key.isdigit()}
    return [person.key if person.key in known else None for person in people]


def _keys(seen: Sequence[SeenPerson]) -> list[str]:
    """A key for each person: the name, where nobody else has it, else the number."""
    keys: list[str] = []
    for number, person in enumerate(seen, start=1):
        named = person.name is not None and person.name not in keys
        keys.append(person.name if person.name is not None and named else str(number))
    return keys


def board_cameras(
    moment: Moment, sizes: Mapping[str, Size], board: CamerasState
) -> tuple[dict[str, PinholeCamera], list[str]]:
    """The cameras by view as the board's conventions read them, and what is wrong with some."""
    stated = {view: record.camera for view, record in moment.records.items() if record.camera is not None}
    if not board.reads_otherwise:
        return stated, []
    named, chosen = stated_by(board, moment.records, sizes), board.conventions or Conventions()
    cameras, problems = {}, []
    for view in named:
        try:
            cameras[view] = read_camera(view, chosen.of(view), named, sizes[view])
        except (KeyError, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            problems.append(f"{view} cannot be read this way ({error})")
    return cameras, problems


class _Bodies:
    """Finds the bodies of people in views; `problems` gathers what could not be read."""

    def __init__(
        self,
        moment: Moment,
        people: Mapping[str, tuple[PersonInput, ...]],
        cameras: Mapping[str, PinholeCamera],
        board: CamerasState,
        find_body: FindBody,
    ) -> None:
        self._records, self._people, self._cameras = moment.records, people, cameras
        self._board, self._find_body = board, find_body
        self.problems: list[str] = []

    def of(self, members: Mapping[str, int]) -> dict[str, BoardBody]:
        """The bodies of one person by view."""
        found = {view: self._body(view, index) for view, index in members.items() if view in self._people}
        return {view: body for view, body in found.items() if body is not None}

    def _body(self, view: str, index: int) -> BoardBody | None:
        person = _annotation(self._records[view], self._people[view][index])
        camera = self._cameras.get(view)
        if person is None:
            return None
        try:
            return read_body(person, view, camera, self._models(person), self._board)
        except SefdError as error:
            self.problems.append(str(error))
            return None

    def _models(self, person: Person) -> list[BodyModel]:
        stored = person.smpl_world or person.smpl
        assert stored is not None
        return [self._find_body(stored.body_id)]


def _annotation(record: Record, person: PersonInput) -> Person | None:
    """The record's person whose body this is."""
    if person.smpl is None:
        return None
    return next((one for one in record.people if one.smpl is person.smpl), None)


def _person(key: str, seen: SeenPerson, cameras: Mapping[str, PinholeCamera], bodies: _Bodies) -> BoardPerson:
    own = bodies.of(seen.members)
    rows = dict(zip(seen.members, seen.observed, strict=True))
    calibrated = {view: cameras[view] for view in seen.members if view in cameras}
    triangulated = None
    if len(calibrated) > 1:
        points = seen.points_world
        observations = {
            v: Observation(camera, rows[v], camera.to_camera(points)) for v, camera in calibrated.items()
        }
        triangulated = deviations(seen.joints, observations)
    against = _against_bodies(seen, own, rows)
    apart = None
    if triangulated is not None and against is not None:
        apart = 1000 * np.linalg.norm(triangulated.points_world - against.points_world, axis=-1)
    first = next(iter(own.values()), None)
    if first is None:
        return BoardPerson(key, seen, own, triangulated, against, apart)
    world = first.camera.to_world(first.vertices_camera).astype(np.float32)
    return BoardPerson(key, seen, own, triangulated, against, apart, world, first.model.faces)


def _against_bodies(
    seen: SeenPerson, bodies: Mapping[str, BoardBody], rows: Mapping[str, Array]
) -> Deviations | None:
    observations = {}
    for view, body in bodies.items():
        joints = body.joints_camera(seen.joint_set)
        if joints is not None:
            observations[view] = Observation(body.camera, rows[view], joints)
    return deviations(seen.joints, observations)


WRONG = (0xE8, 0x6A, 0x28)
"""The colour of bodies that are not where they belong, beside the white outline of the exact ones."""
_REACH = 16
"""Pixels around the bodies into which edges and their dilation may reach."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture of the part of a photo where bodies are, stretched over `extent` (edges, image pixels)."""

    data: NDArray[np.uint8]
    extent: tuple[float, float, float, float]


def shaded(
    scene: BoardScene,
    view: str,
    size: Size,
    *,
    names: Sequence[str] = (),
    order: Sequence[str] = (),
    wrong: bool = False,
) -> Drawn:
    """(h, w, 4) straight-alpha picture of the bodies before the view's camera, depth-tested together.

    `names` are the keys of the view's people, `order` these keys where somebody chose who is nearest; else
    those who were painted over the photo are. Bodies that are `wrong` are orange.
    """
    bodies = _bodies(scene, view)
    vertices = _vertices(scene, view)
    painted = scene.moment.records[view].painted_in_front
    if names and (order or painted):
        keys = [names[scene.people[i].seen.members[view]] for i in bodies]
        placed = dict(zip(keys, vertices, strict=True))
        factors = order_factors(placed, order) if order else paint_factors(placed, painted)
        vertices = [factors[key] * one for key, one in zip(keys, vertices, strict=True)]
    colors = np.array([WRONG if wrong else body_color(COLORS[TRUTH], index) for index in bodies], np.uint8)
    faces = [body.model.faces for body in bodies.values()]
    corner, part, extent = _part(vertices, _camera(scene, view), size)
    camera = _camera(scene, view).shifted(-corner[0], -corner[1])
    return Drawn(shaded_overlay(vertices, faces, colors, camera, part), extent)


def edges(scene: BoardScene, view: str, size: Size, settings: EdgeSettings) -> Drawn:
    """(h, w) uint8 mask of the bodies' edges, hidden ones included."""
    faces, vertices = [body.model.faces for body in _bodies(scene, view).values()], _vertices(scene, view)
    corner, part, extent = _part(vertices, _camera(scene, view), size)
    camera = _camera(scene, view).shifted(-corner[0], -corner[1])
    return Drawn(to_mask(mesh_edges(vertices, faces, camera, part, settings).overlap), extent)


def drawn_stage(
    stage: Stage, size: Size, color: Color, order: Sequence[str], settings: EdgeSettings | None
) -> Drawn:
    """A method's bodies before the camera of its photo, or with `settings` the mask of their edges.

    `order` are people by their number in the moment, in whose tones of the colour they are drawn.
    """
    vertices, faces = [one.vertices_camera for one in stage.bodies], [one.faces for one in stage.bodies]
    corner, part, extent = _part(vertices, stage.camera, size)
    camera = stage.camera.shifted(-corner[0], -corner[1])
    if settings is not None:
        return Drawn(to_mask(mesh_edges(vertices, faces, camera, part, settings).overlap), extent)
    places = [order.index(one.person) if one.person in order else len(order) for one in stage.bodies]
    colors = np.array([body_color(color, place) for place in places], np.uint8)
    return Drawn(shaded_overlay(vertices, faces, colors, camera, part), extent)


def _part(
    vertices: Sequence[NDArray[np.floating]], camera: PinholeCamera, size: Size
) -> tuple[tuple[int, int], Size, tuple[float, float, float, float]]:
    """Corner, size and extent (edges) of the part of the photo that the bodies' edges reach."""
    boxes = [box for one in vertices if (box := projected_box(one, camera, size)) is not None]
    if not boxes:
        return (0, 0), (1, 1), (-0.5, -0.5, 0.5, 0.5)
    low = np.min([box[:2] for box in boxes], axis=0)
    high = np.max([box[:2] + box[2:] for box in boxes], axis=0)
    left, top = np.maximum(np.floor(low) - _REACH, 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(high) + 1 + _REACH, size).astype(int).tolist()
    return (left, top), (right - left, bottom - top), (left - 0.5, top - 0.5, right - 0.5, bottom - 0.5)


def _bodies(scene: BoardScene, view: str) -> dict[int, BoardBody]:
    """The bodies in a view by the number of their person."""
    return {i: person.bodies[view] for i, person in enumerate(scene.people) if view in person.bodies}


def _camera(scene: BoardScene, view: str) -> PinholeCamera:
    """The view's camera; where its record has none, that of the first person with one."""
    own = next(body.camera for body in _bodies(scene, view).values())
    return scene.cameras.get(view, own)


def _vertices(scene: BoardScene, view: str) -> list[NDArray[np.floating]]:
    """Vertices (V, 3) in the view's frame; people with a camera of their own are brought before it."""
    camera = _camera(scene, view)
    return [
        body.vertices_camera
        if body.camera is camera
        else body_before_camera(body.vertices_camera, body.camera, camera)
        for body in _bodies(scene, view).values()
    ]
