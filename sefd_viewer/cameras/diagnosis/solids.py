"""Joints in space at many moments, and where conventions about bodies put them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.diagnosis.body_reading import body_for, genders_of
from sefd_viewer.cameras.diagnosis.camera_reading import world_turn
from sefd_viewer.cameras.diagnosis.conventions import Array, BodyConvention, Gender
from sefd_viewer.cameras.views.tracks import at_moments
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, JointSet, remap


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
