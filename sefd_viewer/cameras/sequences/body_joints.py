"""Joints of many bodies at once, without their vertices: what a regressor measures on skinned vertices is
linear in the joints' transforms, so each joint of a set needs 24 points and weights of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel, joint_transforms
from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.geometry.joints import SMPL30, JointSet
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

Marks = NDArray[np.bool_]
Rows = NDArray[np.int64] | Marks | slice

_BATCH = 2048


@dataclass(frozen=True, eq=False)
class Bodies:
    """N bodies: joints `local` (N, J, 3) of the upright body, from its root joint; nan where none is known.

    `orient` (N, 3, 3) turns them about the root joint, whose rest place is `root` (N, 3); `transl` (N, 3)
    metres is added. All as stored.
    """

    local: Array
    orient: Array
    root: Array
    transl: Array

    def __len__(self) -> int:
        return len(self.local)

    def joints(self) -> Array:
        """The joints (N, J, 3) in the frame of the translations."""
        return self.turned() + (self.root + self.transl)[:, None]

    def turned(self) -> Array:
        """The joints (N, J, 3) from the root joint."""
        return np.asarray(self.local @ self.orient.transpose(0, 2, 1))

    def taken(self, rows: Rows) -> Bodies:
        """Some of them."""
        return Bodies(self.local[rows], self.orient[rows], self.root[rows], self.transl[rows])

    def moved(self, *, orient: Array | None = None, transl: Array | None = None) -> Bodies:
        """The same bodies with other orientations or translations."""
        return replace(
            self,
            orient=self.orient if orient is None else orient,
            transl=self.transl if transl is None else transl,
        )


class JointsOfBodies:
    """Measures the joints of one set on one body model."""

    def __init__(self, model: BodyModel, joint_set: JointSet) -> None:
        self.model, self.joint_set = model, joint_set
        regressor, present = _regressor(model, joint_set)
        self.present = present
        shares = regressor[:, None, :] * model.weights.T.astype(np.float64)[None]
        weights = shares.reshape(-1, model.vertex_count)
        self._shares = weights.sum(axis=1).reshape(len(regressor), 24)
        template = model.v_template.astype(np.float64)
        self._points = (weights @ template).reshape(-1)
        directions = [model.shapedirs] if model.posedirs is None else [model.shapedirs, model.posedirs]
        flat = np.concatenate(directions, axis=2).astype(np.float64)
        count = flat.shape[2]
        moved = weights @ flat.reshape(model.vertex_count, -1)
        self._changes = moved.reshape(-1, 3, count).transpose(2, 0, 1).reshape(count, -1)
        rest = model.J_regressor.astype(np.float64)
        self._rest = rest @ template
        self._rest_change = np.moveaxis(np.tensordot(rest, model.shapedirs.astype(np.float64), axes=1), -1, 0)

    def of(self, parameters: Array) -> Bodies:
        """The bodies of parameters (N, 85): pose 72, betas 10, translation 3; nan rows give nan."""
        parts = [
            self._batch(parameters[start : start + _BATCH]) for start in range(0, len(parameters), _BATCH)
        ] or [self._batch(parameters)]
        names = ("local", "orient", "root", "transl")
        return Bodies(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def _batch(self, parameters: Array) -> Bodies:
        pose, betas, transl = parameters[:, :72], parameters[:, 72:82], parameters[:, 82:85]
        rotations = axis_angle_to_matrix(pose.reshape(-1, 24, 3))
        orient = rotations[:, 0].copy()
        rotations[:, 0] = np.eye(3)
        rest = self._rest + np.tensordot(betas, self._rest_change, axes=1)
        turned, places = joint_transforms(rotations, rest, self.model.parents)
        offsets = places - np.einsum("njab,njb->nja", turned, rest)
        factors = betas
        if self.model.posedirs is not None:
            bends = (rotations[:, 1:] - np.eye(3)).reshape(len(betas), 207)
            factors = np.concatenate([betas, bends], axis=1)
        joints = len(self._shares)
        points = (self._points + factors @ self._changes).reshape(-1, joints, 24, 3)
        by_joint = points.transpose(0, 2, 1, 3) @ turned.transpose(0, 1, 3, 2)
        local = by_joint.sum(axis=1) + self._shares @ offsets - rest[:, :1]
        local[:, ~self.present] = np.nan
        return Bodies(local, orient, rest[:, 0], transl)


def _regressor(model: BodyModel, joint_set: JointSet) -> tuple[Array, Marks]:
    """Rows (J, V) that measure the joints on vertices, and which of them there are.

    Without a regressor for the set, joints of the same name on SMPL's rest joints stand in.
    """
    if joint_set.name in model.regressors:
        found = model.regressors[joint_set.name].astype(np.float64)
        return found, np.ones(len(found), bool)
    smpl = np.concatenate([model.J_regressor, model.extra_regressor]).astype(np.float64)
    present = np.array([name in SMPL30.names for name in joint_set.names])
    rows = np.zeros((joint_set.count, model.vertex_count))
    for row, name in enumerate(joint_set.names):
        if present[row]:
            rows[row] = smpl[SMPL30.index(name)]
    return rows, present
