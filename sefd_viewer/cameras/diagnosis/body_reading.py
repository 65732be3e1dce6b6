"""The body and the joints that a combination of conventions makes of an annotated person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.shelf import REMEDY
from sefd_viewer.cameras.diagnosis.camera_reading import world_turn
from sefd_viewer.cameras.diagnosis.conventions import BodyConvention, Convention, Gender
from sefd_viewer.datasets.records import Person
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.extrinsics import smpl_to_camera

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
    raise BodyError(f"the body {wanted} is not here", remedy=REMEDY)


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
