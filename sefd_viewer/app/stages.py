"""Bodies of one method brought into one image plane, ready for a 3D view and for one depth-tested overlay."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.depth_order import Order, order_factors, paint_factors
from sefd_viewer.app.keys import Key
from sefd_viewer.app.methods import Method
from sefd_viewer.app.slices import Slice
from sefd_viewer.inference.messages import ROLES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import FindBody, Scene
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.evaluation.case_measures import PredictedBody
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.inference.messages import RoleResult

PANES = "panes"
"""What is shown at once with the panes of the stage."""
_NUMBERS = count(1)
_NEAREST_M = 0.05
"""Metres nearer than which nobody is before a camera."""


@dataclass(frozen=True, eq=False)
class PlacedBody:
    """One person's mesh in metres in the stage's camera frame, `faces` (F,3).

    `vertices_camera` (V,3) lie exactly on the photo; `vertices_space` (V,3) have the body's true shape, for
    looking at it from elsewhere. Both were scaled about the camera by `factor`, to stand nearer or farther;
    for somebody painted over the photo only the former: `space_factor` is what the latter was scaled by.
    `model` knows the joints, where there is one. `own_vertices` (V,3) are what the method said, before the
    camera that it said it for.
    """

    person: str
    vertices_camera: NDArray[np.float32]
    vertices_space: NDArray[np.float32]
    faces: NDArray[np.int32]
    factor: float = 1.0
    model: BodyModel | None = None
    space_factor: float = 1.0
    own_vertices: NDArray[np.float32] | None = None
    own_camera: PinholeCamera | None = None

    @cached_property
    def joints_camera(self) -> NDArray[np.float32] | None:
        """The 17 Human3.6M joints (17,3) of `vertices_camera`; None without a model that has them."""
        return self._joints(self.vertices_camera)

    @cached_property
    def joints_space(self) -> NDArray[np.float32] | None:
        """The same of `vertices_space`."""
        return self._joints(self.vertices_space)

    @cached_property
    def pelvis_camera(self) -> NDArray[np.float32]:
        """SMPL's pelvis (3,) of `vertices_camera`; the middle where no model tells it."""
        return self._pelvis(self.vertices_camera)

    @cached_property
    def pelvis_space(self) -> NDArray[np.float32]:
        """The same of `vertices_space`."""
        return self._pelvis(self.vertices_space)

    def _pelvis(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.model is None:
            return vertices.mean(axis=0)
        return (self.model.J_regressor[0] @ vertices).astype("float32")

    def _joints(self, vertices: NDArray[np.float32]) -> NDArray[np.float32] | None:
        from sefd_viewer.geometry.joints import HUMAN36M17

        if self.model is None or HUMAN36M17.name not in self.model.joint_sets:
            return None
        chain = self.model.J_regressor @ vertices
        return self.model.joints(vertices, chain, HUMAN36M17).astype("float32")


@dataclass(frozen=True, eq=False)
class Stage:
    """All bodies of a method before one camera; `number` tells one stage from another.

    `camera` has an ideal lens: the bodies were moved so that it sees them at their pixels of the photo, and
    drawing them needs no distortion. `up` points away from the ground in its frame, where that is known.
    `painted` people (keys, nearest first) are in front on the photo wherever they stand.
    """

    method: Method
    camera: PinholeCamera
    bodies: tuple[PlacedBody, ...]
    number: int
    up: tuple[float, float, float] | None = None
    painted: tuple[str, ...] = ()

    def without(self, people: frozenset[str]) -> tuple[PlacedBody, ...]:
        """The bodies of everyone but `people`."""
        return tuple(body for body in self.bodies if body.person not in people)


PANES_SEEN: Slice[bool] = Slice("panes seen", True)
"""Whether the room that places the stage's panes on one of its pages shows that page."""
BROUGHT_STAGES: Slice[tuple[int | None, Mapping[Method, Stage]]] = Slice("brought stages", (None, {}))
"""The bodies of methods that are no network in its role, of the scene with this token."""


def predicted_stage(result: RoleResult, scene: Scene, find_body: FindBody) -> Stage | None:
    """Bring a role's predictions before the record's camera, or an assumed one where it has none."""
    from sefd_viewer.geometry.crops import crop_rotation

    if not result.predictions:
        return None
    reference = _reference(scene)
    bodies = []
    for prediction in result.predictions:
        person = scene.person(prediction.person)
        if person is None:  # deleted since
            continue
        model = find_body(prediction.parameters.body_id)
        camera = person.camera or reference  # as errors take it, so that distances are these
        turn = crop_rotation(prediction.crop, camera) if prediction.orientation == "crop" else None
        bodies.append(
            _placed(prediction.person, prediction.vertices_camera, model, prediction.camera, reference, turn)
        )
    return _stage(result.role, scene, bodies)


def placed_stage(method: Method, scene: Scene, bodies: Mapping[str, PredictedBody]) -> Stage | None:
    """Bring bodies that a method predicts, by person, before the record's camera; None without any.

    Those that stand around a root, before no camera, are laid over the person's 2D pose; who has none is left
    out.
    """
    reference = _reference(scene)
    placed = []
    for person, one in bodies.items():
        vertices = one.vertices_camera[: one.body.vertex_count]
        if one.camera is None and float(vertices[:, 2].min()) < _NEAREST_M:
            shift = _over_the_pose(one, scene, person, reference)
            if shift is None:
                continue
            vertices = vertices + shift
        turn = None if one.turn is None else one.turn.T.astype(float)
        placed.append(_placed(person, vertices, one.body, one.camera or reference, reference, turn))
    return _stage(method, scene, placed) if placed else None


def _over_the_pose(
    one: PredictedBody, scene: Scene, person: str, camera: PinholeCamera
) -> NDArray[np.float32] | None:
    """What moves a body that no camera sees to somebody's 2D joints; None without enough of these."""
    from sefd_viewer.geometry.image_plane import place_over_pixels
    from sefd_viewer.geometry.joints import as_joint_set

    known = scene.person(person)
    if known is None:
        return None
    pose = known.pose2d
    chain = one.body.J_regressor @ one.vertices_camera
    joints, present = one.body.known_joints(one.vertices_camera, chain, as_joint_set(pose.joint_set))
    seen = present & (pose.keypoints[:, 2] > 0)
    shift = place_over_pixels(joints[seen], pose.keypoints[seen, :2], camera)
    return None if shift is None else shift.astype("float32")


def truth_stage(scene: Scene, find_body: FindBody) -> Stage | None:
    """The ground truth bodies of a scene, None where it has none; BodyError for a missing body file."""
    reference, bodies = _reference(scene), []
    for person in scene.people:
        camera = person.camera or scene.record.camera
        if person.truth is not None and camera is not None:
            model = find_body(person.truth.body_id)
            vertices = model.forward(person.truth).vertices
            bodies.append(_placed(person.key, vertices, model, camera, reference, None))
    return _stage("truth", scene, bodies) if bodies else None


def _reference(scene: Scene) -> PinholeCamera:
    from sefd_viewer.geometry.cameras import PinholeCamera

    camera = scene.record.camera or PinholeCamera.assumed(scene.size)
    return camera.without_extrinsics()


def _placed(
    person: str,
    vertices: NDArray[np.float32],
    model: BodyModel,
    own: PinholeCamera,
    reference: PinholeCamera,
    turn: NDArray[np.float64] | None,
) -> PlacedBody:
    from sefd_viewer.geometry.image_plane import body_before_camera, body_in_space

    on_photo = body_before_camera(vertices, own, reference.without_distortion())
    in_space = body_in_space(vertices, own, reference, turn=turn)
    places = on_photo.astype("float32"), in_space.astype("float32")
    return PlacedBody(person, *places, model.faces, model=model, own_vertices=vertices, own_camera=own)


def _stage(method: Method, scene: Scene, bodies: Sequence[PlacedBody]) -> Stage:
    camera = _reference(scene).without_distortion()
    painted = scene.record.painted_in_front
    return Stage(method, camera, tuple(bodies), next(_NUMBERS), _up(scene.record), painted)


def _up(record: Record) -> tuple[float, float, float] | None:
    """The direction away from the ground in the frame of the record's camera."""
    if record.camera is None or record.world_up is None:
        return None
    x, y, z = (float(value) for value in record.camera.R @ record.world_up)
    return x, y, z


def in_order(stage: Stage | None, order: Order | None) -> Stage | None:
    """The stage with its people in the chosen order in depth; every vertex keeps its pixel.

    People whom `order` does not name stay where their depth puts them. Without an order those who were
    painted over the photo stand in front there.
    """
    if stage is None:
        return None
    if not order:
        return _painted(stage)
    factors = order_factors({body.person: body.vertices_camera for body in stage.bodies}, order)
    return replace(stage, bodies=tuple(_scaled(body, factors[body.person]) for body in stage.bodies))


def _painted(stage: Stage) -> Stage:
    """The stage as the photo shows it; in space everybody stays where the camera says."""
    factors = paint_factors({body.person: body.vertices_camera for body in stage.bodies}, stage.painted)
    bodies = (
        body
        if factors[body.person] == 1.0
        else replace(
            body,
            vertices_camera=body.vertices_camera * body.vertices_camera.dtype.type(factors[body.person]),
            factor=factors[body.person],
        )
        for body in stage.bodies
    )
    return replace(stage, bodies=tuple(bodies))


def _scaled(body: PlacedBody, factor: float) -> PlacedBody:
    if factor == 1.0:
        return body
    return replace(
        body,
        vertices_camera=body.vertices_camera * body.vertices_camera.dtype.type(factor),
        vertices_space=body.vertices_space * body.vertices_space.dtype.type(factor),
        factor=factor,
        space_factor=factor,
    )


@dataclass(frozen=True)
class StageKey(Key["Stage | None"]):
    """What the bodies of one method before a photo's camera are made from; `order` in depth was chosen.

    Answers are placed again for other `people`; of the `scene` itself its camera and who has a body count.
    `photos` so many are remembered.
    """

    together: ClassVar[str] = "bodies"
    token: int
    people: tuple[str, ...]
    order: tuple[str, ...] | None
    bodies: BodyFiles
    scene: Scene = field(compare=False, repr=False)
    photos: int = field(compare=False, repr=False)

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.token

    @property
    def remembered(self) -> StageKey:
        """Without the picture."""
        return replace(self, scene=None)  # type: ignore[arg-type]  # it works no more

    def room(self, _value: Stage | None) -> int:
        """As many as photos are remembered."""
        return self.photos


@dataclass(frozen=True)
class TruthStage(StageKey):
    """The ground truth bodies in one image plane."""

    title: ClassVar[str] = "True bodies"
    awaited: ClassVar[bool] = True
    kept: ClassVar[int] = 1

    def work(self) -> Stage | None:
        """Place them; BodyError for a missing body file."""
        return in_order(truth_stage(self.scene, self.bodies.find), self.order)


@dataclass(frozen=True)
class PlacedStage(StageKey):
    """A role's newest predictions, brought into one image plane."""

    title: ClassVar[str] = "Placing the bodies"
    awaited: ClassVar[bool] = True
    kept: ClassVar[int] = 3
    answer: RoleResult = field(kw_only=True)

    @property
    def slot(self) -> Hashable:
        """One for each role."""
        return PlacedStage, self.answer.role

    @property
    def about(self) -> Hashable:
        """The photo and the role."""
        return self.token, self.answer.role

    def room(self, _value: Stage | None) -> int:
        """As many for each role as photos are remembered."""
        return self.photos * len(ROLES)

    def work(self) -> Stage | None:
        """Place them."""
        return in_order(predicted_stage(self.answer, self.scene, self.bodies.find), self.order)


def body_of(stage: Stage | None, person: str) -> PlacedBody | None:
    """Somebody's body among a method's, None where there is none."""
    for body in stage.bodies if stage is not None else ():
        if body.person == person:
            return body
    return None
