"""Bodies of one method brought into one image plane, ready for a 3D view and for one depth-tested overlay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.session.methods import Method

if TYPE_CHECKING:
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.inference.messages import RoleResult
    from sefd_viewer.session.scene import FindBody, Scene

_NUMBERS = count(1)


@dataclass(frozen=True, eq=False)
class PlacedBody:
    """One person's mesh: `vertices_camera` (V,3) metres in the stage's camera, `faces` (F,3)."""

    person: str
    vertices_camera: NDArray[np.float32]
    faces: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Stage:
    """All bodies of a method before one camera; `number` tells one stage from another."""

    method: Method
    camera: PinholeCamera
    bodies: tuple[PlacedBody, ...]
    number: int

    def without(self, people: frozenset[str]) -> tuple[PlacedBody, ...]:
        """The bodies of everyone but `people`."""
        return tuple(body for body in self.bodies if body.person not in people)


def predicted_stage(result: RoleResult, scene: Scene, find_body: FindBody) -> Stage | None:
    """Bring a role's predictions before the record's camera, or the first person's where it has none."""
    from sefd_viewer.geometry.image_plane import to_image_plane

    if not result.predictions:
        return None
    camera = scene.record.camera
    reference = camera.without_extrinsics() if camera is not None else result.predictions[0].camera
    bodies = [
        PlacedBody(
            prediction.person,
            to_image_plane(prediction.vertices_camera, prediction.camera, reference).astype(np.float32),
            find_body(prediction.parameters.body_id).faces,
        )
        for prediction in result.predictions
    ]
    return _stage(result.role, reference, bodies)


def truth_stage(scene: Scene, find_body: FindBody) -> Stage | None:
    """The ground truth bodies of a scene, None where it has none; BodyError for a missing body file."""
    from sefd_viewer.geometry.image_plane import to_image_plane

    known = [(p, p.smpl, p.camera or scene.record.camera) for p in scene.people if p.smpl is not None]
    cameras = [camera for _, _, camera in known if camera is not None]
    if not cameras:
        return None
    reference = (scene.record.camera or cameras[0]).without_extrinsics()
    bodies = []
    for person, parameters, camera in known:
        if camera is not None and parameters is not None:
            model = find_body(parameters.body_id)
            vertices = to_image_plane(model.forward(parameters).vertices, camera, reference)
            bodies.append(PlacedBody(person.key, vertices.astype(np.float32), model.faces))
    return _stage("truth", reference, bodies)


def _stage(method: Method, camera: PinholeCamera, bodies: Sequence[PlacedBody]) -> Stage:
    return Stage(method, camera, tuple(bodies), next(_NUMBERS))
