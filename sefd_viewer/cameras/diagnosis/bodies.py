"""The body and the joints that a combination of conventions makes of a person, at one moment or at many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.catalog import remedy_for
from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.camera_reading import world_turn
from sefd_viewer.cameras.diagnosis.conventions import Array, BodyConvention, Convention, Gender
from sefd_viewer.cameras.views.tracks import at_moments
from sefd_viewer.datasets.records import Person
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, JointSet, remap
from sefd_viewer.geometry.rotations import smpl_to_camera

_GENDERS: tuple[Gender, ...] = ("neutral", "female", "male")


@dataclass(frozen=True, eq=False)
class ReadBody:
    """Parameters in the camera's frame (metres) and the model that they are for."""

    parameters: SmplParameters
    model: BodyModel

    def output(self) -> BodyOutput:
        """Vertices (V, 3) and joints (24, 3) in the camera's frame, metres."""
        return self.model.forward(self.parameters)


def read_person(
    person: Person,
    camera: PinholeCamera,
    bodies: Sequence[BodyModel],
    *,
    body: BodyConvention,
    axes: Convention | None = None,
) -> ReadBody | None:
    """The person's body before `camera`, which the same conventions made; None without parameters.

    Parameters of the world pass through the camera's R and t. Those of a camera's frame are there already:
    of the camera's convention, `axes`, only OpenGL matters to them. `bodies` are the models that are here;
    raises BodyError when the needed one is not among them.
    """
    stored = person.smpl_world if person.smpl_world is not None else person.smpl
    if stored is None:
        return None
    model = body_for(stored.body_id, body.gender, bodies)
    placed = in_world(replace(stored, body_id=model.id), model, body)
    if person.smpl_world is None:
        flip = np.diag([1.0, -1.0, -1.0]) if axes is not None and axes.axes == "OpenGL" else np.eye(3)
        return ReadBody(_turned(placed, model, flip, np.zeros(3)), model)
    orient, transl = smpl_to_camera(
        placed.global_orient,
        placed.transl,
        camera.R,
        camera.t,
        mode=body.mode,
        root_joint=model.root_joint(placed.betas, placed.expression),
    )
    return ReadBody(replace(placed, global_orient=orient, transl=transl), model)


def read_joints(person: Person, stated: PinholeCamera, camera: PinholeCamera) -> NDArray[np.float64] | None:
    """The person's annotated joints (J, 3) in the frame of `camera`, metres; None without any.

    `stated` is the record's camera, through which its reader brought joints of the world to the record.
    """
    if person.joints is None:
        return None
    if person.camera is not None:
        return np.asarray(person.joints.points_camera, np.float64)
    return camera.to_camera(stated.to_world(np.asarray(person.joints.points_camera, np.float64)))


def in_world(stored: SmplParameters, model: BodyModel, body: BodyConvention) -> SmplParameters:
    """The parameters with this program's unit, translation and up axis."""
    transl = np.asarray(stored.transl, np.float64) * body.unit
    if body.translation == "of the root joint":
        transl = transl - model.root_joint(stored.betas, stored.expression)
    placed = replace(stored, transl=transl)
    return placed if body.up == "same" else _turned(placed, model, world_turn(body.up).T, np.zeros(3))


def body_for(body_id: str, gender: Gender, bodies: Sequence[BodyModel]) -> BodyModel:
    """The model of parameters that name `body_id`, or its sibling of another gender; BodyError if not here.

    Licensed bodies of one gender share the beginning of their ids: smpl-female, smpl-male, smpl-neutral.
    """
    wanted = body_id if gender == "as stated" else f"smpl-{gender}"
    for model in bodies:
        if model.is_called(wanted):
            return model
    raise BodyError(f"the body {wanted} is not here", remedy=remedy_for(wanted))


def models_for(body_ids: Iterable[str], find_body: Callable[[str], BodyModel]) -> list[BodyModel]:
    """The models of these ids that are here, and those of the other genders, which may be the right ones."""
    named = dict.fromkeys(body_ids)
    if any(body_id.startswith("smpl-") for body_id in named):
        named |= dict.fromkeys(f"smpl-{gender}" for gender in _GENDERS)
    found: dict[int, BodyModel] = {}
    for body_id in named:
        with suppress(BodyError):
            model = find_body(body_id)
            found.setdefault(id(model.v_template), model)
    return list(found.values())


def genders_of(bodies: Sequence[BodyModel]) -> tuple[Gender, ...]:
    """The genders that can be chosen with these models, "as stated" first."""
    here = tuple(gender for gender in _GENDERS if any(one.id.startswith(f"smpl-{gender}") for one in bodies))
    return ("as stated", *here)


def _turned(
    parameters: SmplParameters, model: BodyModel, R: NDArray[np.float64], t: NDArray[np.float64]
) -> SmplParameters:
    """The body with every vertex v moved to R v + t."""
    root = model.root_joint(parameters.betas, parameters.expression)
    orient, transl = smpl_to_camera(
        parameters.global_orient, parameters.transl, R, t, mode="exact", root_joint=root
    )
    return replace(parameters, global_orient=orient, transl=transl)


@dataclass(frozen=True, eq=False)
class AnnotatedJoints:
    """COCO joints (M, 17, 3) in metres as files state them, in the world or in the camera's frame."""

    points: Array
    in_world: bool = True

    def seen_by(self, camera: PinholeCamera, _body: BodyConvention, moments: Array, /) -> Array:
        """Joints (N, 17, 3) before the camera at fractional moments (N,)."""
        points = at_moments(self.points, moments)
        return camera.to_camera(points) if self.in_world else points


@dataclass(frozen=True, eq=False)
class PosedBodies:
    """Bodies at M moments by what conventions need: see `posed_bodies`.

    By gender: `joints` (M, 17, 3) of the bodies at the origin, their rest roots in `roots` (M, 3); `transl`
    (M, 3) as stored.
    """

    joints: Mapping[Gender, Array]
    roots: Mapping[Gender, Array]
    transl: Array
    in_world: bool = True
    genders: tuple[Gender, ...] = field(default=("as stated",))

    def seen_by(self, camera: PinholeCamera, body: BodyConvention, moments: Array, /) -> Array:
        """Joints (N, 17, 3) before the camera at fractional moments (N,)."""
        joints, roots = self.joints[body.gender], self.roots[body.gender]
        transl = self.transl * body.unit - (roots if body.translation == "of the root joint" else 0)
        moments = moments + body.later
        points = at_moments((joints + transl[:, None]) @ world_turn(body.up), moments)
        if not self.in_world or body.mode == "raw":
            return points
        seen = camera.to_camera(points)
        if body.mode == "exact":
            return seen
        root = at_moments(roots, moments)
        return np.asarray(seen + (root - root @ camera.R.T)[:, None])


Solid = AnnotatedJoints | PosedBodies


def posed_bodies(
    stored: Sequence[SmplParameters | None],
    bodies: Sequence[BodyModel],
    *,
    in_world: bool,
    joint_set: JointSet = COCO17,
) -> PosedBodies | None:
    """The bodies of M moments with the models that are here; nan where there is none; None without any.

    Their joints are measured as those of `joint_set`, if a body has them, and told under COCO's names.
    """
    joints: dict[Gender, Array] = {}
    roots: dict[Gender, Array] = {}
    for gender in genders_of(bodies):
        made = [_posed(one, gender, bodies, joint_set) for one in stored]
        joints[gender] = np.stack([points for points, _ in made])
        roots[gender] = np.stack([root for _, root in made])
    if not joints or not np.isfinite(joints["as stated"]).any():
        return None
    nowhere = np.full(3, np.nan)
    transl = np.stack([nowhere if one is None else one.transl for one in stored]).astype(np.float64)
    return PosedBodies(joints, roots, transl, in_world, tuple(joints))


def as_coco(points: NDArray[np.floating], joint_set: JointSet) -> Array:
    """COCO joints (17, 3) out of those (J, 3) of a set; nan where the set has none."""
    values, present = remap(points, joint_set, COCO17)
    return np.where(present[:, None], values, np.nan).astype(np.float64)


def _joints(model: BodyModel, output: BodyOutput, joint_set: JointSet) -> Array:
    """Joints (J, 3) as the set means them; where no body has all of them, COCO's in their places."""
    try:
        return np.asarray(model.joints(output.vertices, output.joints, joint_set), np.float64)
    except BodyError:
        coco = model.joints(output.vertices, output.joints, COCO17)
        values, present = remap(coco, COCO17, joint_set)
        return np.where(present[:, None], values, np.nan).astype(np.float64)


def _posed(
    stored: SmplParameters | None, gender: Gender, bodies: Sequence[BodyModel], joint_set: JointSet
) -> tuple[Array, Array]:
    """COCO joints (17, 3) of the body with its translation taken off, and its rest root (3,)."""
    if stored is None:
        return np.full((COCO17.count, 3), np.nan), np.full(3, np.nan)
    try:
        model = body_for(stored.body_id, gender, bodies)
    except BodyError:
        return np.full((COCO17.count, 3), np.nan), np.full(3, np.nan)
    zeros = np.zeros(3, np.float32)
    here = SmplParameters(model.id, stored.global_orient, stored.body_pose, stored.betas, zeros)
    output = model.forward(here)
    return as_coco(_joints(model, output, joint_set), joint_set), model.root_joint(
        stored.betas, stored.expression
    ).astype(np.float64)
