"""One moment put together: cameras as they are read, people matched between views, bodies and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.app.frame import Whole
from sefd_viewer.cameras.diagnosis.camera_reading import read_camera
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.board.agreement import SeenPerson, seen_people
from sefd_viewer.features.cameras.board.bodies import BoardBody, read_body
from sefd_viewer.features.cameras.board.deviations import Deviations, Sight, deviations
from sefd_viewer.features.cameras.conventions.choices import stated_by

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Person, Record
    from sefd_viewer.features.cameras.board.moment import Moment
    from sefd_viewer.features.cameras.board.state import BoardState
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.inference.messages import PersonInput

Array = NDArray[np.float64]
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
    board: BoardState,
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
    moment: Moment, sizes: Mapping[str, Size], board: BoardState
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
        board: BoardState,
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
        sights = {v: Sight(camera, rows[v], camera.to_camera(points)) for v, camera in calibrated.items()}
        triangulated = deviations(seen.joints, sights)
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
    sights = {}
    for view, body in bodies.items():
        joints = body.joints_camera(seen.joint_set)
        if joints is not None:
            sights[view] = Sight(body.camera, rows[view], joints)
    return deviations(seen.joints, sights)
