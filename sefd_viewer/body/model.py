"""An SMPL-format body: parameters in, vertices and joints out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.skinning import joint_transforms, skin
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import (
    COCO17,
    COCO19,
    JOINT_SETS,
    SMPL24,
    SMPL30,
    JointSet,
    as_joint_set,
    remap,
)
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

BY_NAME = "SMPL's joints by name"
"""Where a body's joints come from that no regressor measures."""


class BodyOutput(NamedTuple):
    """Vertices (V, 3) and the 24 chain joints (24, 3) in metres, float32; batched, with people first."""

    vertices: np.ndarray
    joints: np.ndarray


@dataclass(frozen=True, eq=False)
class BodyModel:
    """The arrays of one body of V vertices in SMPL's conventions, and its forward pass.

    Float32 unless said: `v_template` (V, 3) metres; `shapedirs` (V, 3, 10); `posedirs` (V, 3, 207) or None;
    `J_regressor` (24, V); `weights` (V, 24); `faces` (F, 3) int32; `parents` (24,) int64, the root's -1;
    `extra_regressor` (6, V): Nose, L_Eye, R_Eye, L_Ear, R_Ear, Head_top; `regressors`: (J, V) for joint sets
    that this body measures on its posed vertices, from `regressor_source`; `mirror_index` (V,) the vertex on
    the other side, or None.
    """

    id: str
    name: str
    v_template: np.ndarray
    shapedirs: np.ndarray
    posedirs: np.ndarray | None
    J_regressor: np.ndarray
    weights: np.ndarray
    parents: np.ndarray
    faces: np.ndarray
    extra_regressor: np.ndarray
    regressors: Mapping[str, np.ndarray] = field(default_factory=dict)
    regressor_source: str = ""
    mirror_index: np.ndarray | None = None

    @property
    def vertex_count(self) -> int:
        """Number of vertices."""
        return len(self.v_template)

    @cached_property
    def part_ids(self) -> np.ndarray:
        """The joint (V,) int32 that moves each vertex most."""
        return np.argmax(self.weights, axis=1).astype(np.int32)

    @cached_property
    def joint_sets(self) -> tuple[str, ...]:
        """Names of the joint sets that `joints` can give."""
        return tuple(
            name
            for name, joint_set in JOINT_SETS.items()
            if name in self.regressors or name == COCO19.name or set(joint_set.names) <= set(SMPL30.names)
        )

    def is_called(self, body_id: str) -> bool:
        """Whether an id means this body: its own, or the family and gender (`smpl-female`) it begins with."""
        return self.id == body_id or self.id.startswith(f"{body_id}-")

    def root_joint(self, betas: ArrayLike) -> np.ndarray:
        """Rest position (3,) of the root joint in metres, about which `global_orient` turns the body."""
        return self._rest_joints(np.asarray(betas, dtype=np.float32)[None])[0, 0].astype(np.float32)

    def forward(self, parameters: SmplParameters) -> BodyOutput:
        """Posed vertices (V, 3), joints (24, 3); BodyError when the parameters belong to another body."""
        self.check_own(parameters)
        output = self.forward_batch(
            parameters.global_orient[None],
            parameters.body_pose[None],
            parameters.betas[None],
            parameters.transl[None],
        )
        return BodyOutput(output.vertices[0], output.joints[0])

    def check_own(self, parameters: SmplParameters) -> None:
        """Raise BodyError when the parameters belong to another body."""
        if not self.is_called(parameters.body_id):
            raise BodyError(
                f"these parameters belong to the body '{parameters.body_id}', not to '{self.id}'",
                remedy="Their betas mean another shape here: open the body they were made for",
            )

    def forward_batch(
        self, global_orient: ArrayLike, body_pose: ArrayLike, betas: ArrayLike, transl: ArrayLike
    ) -> BodyOutput:
        """Posed vertices (N, V, 3), joints (N, 24, 3) for (N, 3), (N, 69), (N, 10) and (N, 3) in metres."""
        pose = np.concatenate([np.asarray(global_orient), np.asarray(body_pose)], axis=1)
        rotations = axis_angle_to_matrix(pose.reshape(-1, 24, 3).astype(np.float64))
        shape = np.asarray(betas, dtype=np.float32)
        rest_joints = self._rest_joints(shape)
        turned, joints = joint_transforms(rotations, rest_joints, self.parents)
        place = np.asarray(transl, dtype=np.float64)[:, None]
        offsets = joints - np.einsum("njab,njb->nja", turned, rest_joints) + place
        posed = skin(self._rest_vertices(shape, rotations), self._weights_by_joint, turned, offsets)
        vertices = np.ascontiguousarray(posed.transpose(0, 2, 1))
        return BodyOutput(vertices, (joints + place).astype(np.float32))

    def joints(self, vertices: np.ndarray, joints24: np.ndarray, joint_set: JointSet | str) -> np.ndarray:
        """Joints (..., J, 3) of a set from posed vertices (..., V, 3) and chain joints (..., 24, 3).

        A set with a regressor of its own is measured on the vertices; coco19 adds the middles of hips and
        shoulders to coco17; the others are picked by name from smpl30 (so is coco17 on a licensed SMPL
        file, which has no regressor for it). Raises BodyError for a set with joints that no body has.
        """
        wanted = as_joint_set(joint_set)
        if wanted == SMPL24:
            return joints24
        if wanted.name in self.regressors:
            return self.regressors[wanted.name] @ vertices
        if wanted == COCO19:
            return _with_middles(self.joints(vertices, joints24, COCO17))
        all30 = np.concatenate([joints24, self.extra_regressor @ vertices], axis=-2)
        return all30 if wanted == SMPL30 else _picked(all30, wanted)

    def joints_from(self, joint_set: JointSet | str) -> str:
        """In a few words, what makes this body's joints of a set: a regressor, or its joints of that name."""
        by_regressor = as_joint_set(joint_set).name in self.regressors
        return self.regressor_source if by_regressor else BY_NAME

    @cached_property
    def _rest_joints_linear(self) -> tuple[np.ndarray, np.ndarray]:
        """Rest joints of the mean body (24, 3) and their change with betas (10, 24, 3), float64."""
        regressor = self.J_regressor.astype(np.float64)
        change = np.tensordot(regressor, self.shapedirs.astype(np.float64), axes=1)
        return regressor @ self.v_template, np.moveaxis(change, -1, 0)

    @cached_property
    def _weights_by_joint(self) -> np.ndarray:
        return np.ascontiguousarray(self.weights.T)

    @cached_property
    def _directions(self) -> np.ndarray:
        """Shape and pose directions as rows (10 or 217, 3 V), coordinates before vertices."""
        blocks = [self.shapedirs] if self.posedirs is None else [self.shapedirs, self.posedirs]
        rows = np.concatenate([block.transpose(2, 1, 0) for block in blocks])
        return np.ascontiguousarray(rows.reshape(len(rows), -1))

    @cached_property
    def _template_row(self) -> np.ndarray:
        return np.ascontiguousarray(self.v_template.T).reshape(-1)

    def _rest_joints(self, betas: np.ndarray) -> np.ndarray:
        mean, change = self._rest_joints_linear
        return mean + np.tensordot(betas, change, axes=1)

    def _rest_vertices(self, betas: np.ndarray, rotations: np.ndarray) -> np.ndarray:
        """Shaped (and pose-corrected) rest vertices (N, 3, V)."""
        factors = betas
        if self.posedirs is not None:
            bends = (rotations[:, 1:] - np.eye(3)).reshape(len(betas), 207)
            factors = np.concatenate([betas, bends.astype(np.float32)], axis=1)
        rest = factors @ self._directions
        rest += self._template_row
        return rest.reshape(len(betas), 3, self.vertex_count)


def _picked(joints_smpl30: np.ndarray, wanted: JointSet) -> np.ndarray:
    values, present = remap(joints_smpl30, SMPL30, wanted)
    if not present.all():
        absent = [name for name, known in zip(wanted.names, present, strict=True) if not known]
        raise BodyError(f"a body has no joint {', '.join(absent)} of the joint set '{wanted.name}'")
    return values


def _with_middles(coco17: np.ndarray) -> np.ndarray:
    sides = [[COCO17.index(f"{side}_{part}") for side in "LR"] for part in ("Hip", "Shoulder")]
    return np.concatenate([coco17, coco17[..., sides, :].mean(axis=-2)], axis=-2)
