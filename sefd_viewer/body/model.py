"""An SMPL-format body: parameters in, vertices and joints out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sefd_viewer.body.parameters import Hands, SmplParameters, StoredSurface, TrueParameters
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


def joint_transforms(
    rotations: np.ndarray, joints: np.ndarray, parents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (N, J, 3, 3) and positions (N, J, 3) of all joints in the body's frame.

    `rotations` (N, J, 3, 3) are relative to the parent, `joints` (N, J, 3) at rest; `parents` (J,) come
    before their children, the root's is -1.
    """
    turned, moved = rotations.copy(), joints.copy()
    for child in range(1, len(parents)):
        parent = parents[child]
        turned[:, child] = turned[:, parent] @ rotations[:, child]
        bone = joints[:, child] - joints[:, parent]
        moved[:, child] = moved[:, parent] + (turned[:, parent] @ bone[:, :, None])[:, :, 0]
    return turned, moved


def skin(
    rest: np.ndarray, weights_by_joint: np.ndarray, turned: np.ndarray, offsets: np.ndarray
) -> np.ndarray:
    """Skinned vertices (N, 3, V) of rest vertices (N, 3, V): coordinates come first, so that rows are long.

    `weights_by_joint` (J, V); `turned` (N, J, 3, 3) and `offsets` (N, J, 3) map a joint's rest points.
    """
    count, _, vertices = rest.shape
    maps = np.concatenate([turned, offsets[..., None]], axis=-1).astype(np.float32)
    by_entry = maps.transpose(0, 2, 3, 1).reshape(count * 12, len(weights_by_joint))
    blended = (by_entry @ weights_by_joint).reshape(count, 3, 4, vertices)
    posed = blended[:, :, 3]
    for axis in range(3):
        blended[:, :, axis] *= rest[:, None, axis]
        posed += blended[:, :, axis]
    return posed


BY_NAME = "SMPL's joints by name"
"""Where a body's joints come from that no regressor measures."""


class BodyOutput(NamedTuple):
    """Vertices (V, 3) and the chain joints (J, 3) in metres, float32; batched, with people first."""

    vertices: np.ndarray
    joints: np.ndarray


@dataclass(frozen=True, eq=False)
class BodyModel:
    """The arrays of one body of V vertices in SMPL's conventions, and its forward pass.

    `joint_set` names the J joints of its chain: SMPL's 24, SMPL-H's 52 or SMPL-X's 55. Float32 unless said:
    `v_template` (V, 3) metres; `shapedirs` (V, 3, S), the last `expressions` of them for the face;
    `posedirs` (V, 3, 9 (J - 1)) or None; `J_regressor` (J, V); `weights` (V, J); `faces` (F, 3) int32;
    `parents` (J,) int64, the root's -1; `extra_regressor` (6, V): Nose, L_Eye, R_Eye, L_Ear, R_Ear, Head_top;
    `regressors`: (K, V) for joint sets that this body measures on its posed vertices, from
    `regressor_source`; `mirror_index` (V,) the vertex on the other side, or None; `hands` how its file
    describes the fingers, or None; `open_vertices` which vertex each of the open body's is, where that was
    made of this mesh.
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
    joint_set: JointSet = SMPL24
    expressions: int = 0
    hands: Hands | None = None
    open_vertices: np.ndarray | None = None
    _directions: np.ndarray = field(init=False, repr=False)
    """Shape and pose directions as rows (S or S + 9 (J - 1), 3 V), coordinates before vertices."""

    def __post_init__(self) -> None:
        """Let `shapedirs` and `posedirs` be views into the rows: large ones are there once, not twice."""
        blocks = [self.shapedirs] if self.posedirs is None else [self.shapedirs, self.posedirs]
        shapes, count = self.shapedirs.shape[-1], sum(block.shape[-1] for block in blocks)
        rows = np.empty((count, 3, self.vertex_count), np.float32)
        np.concatenate([block.transpose(2, 1, 0) for block in blocks], out=rows)
        views = {
            "shapedirs": rows[:shapes].transpose(2, 1, 0),
            "posedirs": None if self.posedirs is None else rows[shapes:].transpose(2, 1, 0),
            "_directions": rows.reshape(len(rows), 3 * self.vertex_count),
        }
        for name, view in views.items():
            object.__setattr__(self, name, view)

    @property
    def vertex_count(self) -> int:
        """Number of vertices."""
        return len(self.v_template)

    @property
    def betas_count(self) -> int:
        """Number of shape coefficients."""
        return int(self.shapedirs.shape[-1]) - self.expressions

    @cached_property
    def own_joints(self) -> JointSet:
        """The body's own joints by name: its chain, the points of the face, the top of the head."""
        if self.joint_set == SMPL24:
            return SMPL30
        points = SMPL30.names[24:][: len(self.extra_regressor)]
        return JointSet(f"{self.joint_set.name}+{len(points)}", self.joint_set.names + points, (), ())

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
            if name in self.regressors
            or name == COCO19.name
            or set(joint_set.names) <= set(self.own_joints.names)
        )

    def is_called(self, body_id: str) -> bool:
        """Whether an id means this body: its own, or the family and gender (`smpl-female`) it begins with."""
        return self.id == body_id or self.id.startswith(f"{body_id}-")

    def root_joint(self, betas: ArrayLike, expression: ArrayLike | None = None) -> np.ndarray:
        """Rest position (3,) of the root joint in metres, about which `global_orient` turns the body."""
        face = None if expression is None else np.asarray(expression, dtype=np.float32)[None]
        shape = self._shape(np.asarray(betas, dtype=np.float32)[None], face)
        return self._rest_joints(shape)[0, 0].astype(np.float32)

    def forward(self, parameters: TrueParameters) -> BodyOutput:
        """Posed vertices (V, 3), joints (J, 3); BodyError when the parameters belong to another body.

        A stored surface stays as it lies, its joints are measured on it.
        """
        if isinstance(parameters, StoredSurface):
            self._check_surface(parameters)
            return BodyOutput(parameters.vertices, self.J_regressor @ parameters.vertices)
        self.check_own(parameters)
        output = self.forward_batch(
            parameters.global_orient[None],
            parameters.body_pose[None],
            parameters.betas[None],
            parameters.transl[None],
            parameters.expression[None],
        )
        return BodyOutput(output.vertices[0], output.joints[0])

    def _check_surface(self, surface: StoredSurface) -> None:
        if not self.is_called(surface.body_id) or len(surface.vertices) != self.vertex_count:
            mine = f"'{self.id}', which has {self.vertex_count} vertices"
            raise BodyError(
                f"a surface of {len(surface.vertices)} vertices of '{surface.body_id}' is not of {mine}",
                remedy="Open the body that it is a surface of",
            )

    def check_own(self, parameters: SmplParameters) -> None:
        """Raise BodyError when the parameters belong to another body."""
        if not self.is_called(parameters.body_id):
            raise BodyError(
                f"these parameters belong to the body '{parameters.body_id}', not to '{self.id}'",
                remedy="Its betas would give another shape: open the body that they were made for",
            )
        if len(parameters.pose) != 3 * self.joint_set.count:
            turned = len(parameters.pose) // 3
            raise BodyError(
                f"these parameters turn {turned} joints, '{self.id}' has {self.joint_set.count}",
                remedy="Name the body that they belong to",
            )

    def forward_batch(
        self,
        global_orient: ArrayLike,
        body_pose: ArrayLike,
        betas: ArrayLike,
        transl: ArrayLike,
        expression: ArrayLike | None = None,
    ) -> BodyOutput:
        """Posed vertices (N, V, 3), joints (N, J, 3) for (N, 3), (N, 3 J - 3), (N, B) and (N, 3) in metres.

        Of betas, and of `expression` (N, E), there may be fewer than the body has, the others being zero; of
        more, BodyError tells.
        """
        pose = np.concatenate([np.asarray(global_orient), np.asarray(body_pose)], axis=1)
        rotations = axis_angle_to_matrix(pose.reshape(-1, self.joint_set.count, 3).astype(np.float64))
        shape = self._shape(np.asarray(betas, dtype=np.float32), expression)
        rest_joints = self._rest_joints(shape)
        turned, joints = joint_transforms(rotations, rest_joints, self.parents)
        place = np.asarray(transl, dtype=np.float64)[:, None]
        offsets = joints - np.einsum("njab,njb->nja", turned, rest_joints) + place
        posed = skin(self._rest_vertices(shape, rotations), self._weights_by_joint, turned, offsets)
        vertices = np.ascontiguousarray(posed.transpose(0, 2, 1))
        return BodyOutput(vertices, (joints + place).astype(np.float32))

    def joints(self, vertices: np.ndarray, chain: np.ndarray, joint_set: JointSet | str) -> np.ndarray:
        """Joints (..., K, 3) of a set from posed vertices (..., V, 3) and chain joints (..., J, 3).

        A set with a regressor of its own is measured on the vertices; coco19 adds the middles of hips and
        shoulders to coco17; the others are picked by name from `own_joints` (so is coco17 on a licensed
        file, which has no regressor for it). Raises BodyError for a set with joints that the body lacks.
        """
        wanted = as_joint_set(joint_set)
        if wanted == self.joint_set:
            return chain
        if wanted.name in self.regressors:
            return self.regressors[wanted.name] @ vertices
        if wanted == COCO19:
            return _with_middles(self.joints(vertices, chain, COCO17))
        values, present = self.known_joints(vertices, chain, wanted)
        if not present.all():
            absent = [name for name, known in zip(wanted.names, present, strict=True) if not known]
            raise BodyError(
                f"{self.name} has no joint {', '.join(absent)} of the joint set '{wanted.name}'",
                remedy="Choose a joint set that this body has",
            )
        return values

    def known_joints(
        self, vertices: np.ndarray, chain: np.ndarray, wanted: JointSet
    ) -> tuple[np.ndarray, np.ndarray]:
        """The joints (..., K, 3) of a set that are the body's own by name, and which these are (K,)."""
        own = np.concatenate([chain, self.extra_regressor @ vertices], axis=-2)
        return remap(own, self.own_joints, wanted)

    def joints_from(self, joint_set: JointSet | str) -> str:
        """In a few words, what makes this body's joints of a set: a regressor, or its joints of that name."""
        by_regressor = as_joint_set(joint_set).name in self.regressors
        return self.regressor_source if by_regressor else BY_NAME

    @cached_property
    def _rest_joints_linear(self) -> tuple[np.ndarray, np.ndarray]:
        """Rest joints of the mean body (J, 3) and their change with the shape (S, J, 3), float64."""
        regressor = self.J_regressor.astype(np.float64)
        change = np.tensordot(regressor, self.shapedirs.astype(np.float64), axes=1)
        return regressor @ self.v_template, np.moveaxis(change, -1, 0)

    @cached_property
    def _weights_by_joint(self) -> np.ndarray:
        return np.ascontiguousarray(self.weights.T)

    @cached_property
    def _template_row(self) -> np.ndarray:
        return np.ascontiguousarray(self.v_template.T).reshape(-1)

    def _shape(self, betas: np.ndarray, expression: ArrayLike | None) -> np.ndarray:
        """All S coefficients (N, S) of the shape: betas, then the expression."""
        face = np.zeros((len(betas), 0)) if expression is None else np.asarray(expression)
        if betas.shape[1] > self.betas_count or face.shape[1] > self.expressions:
            given = f"{betas.shape[1]} betas and {face.shape[1]} expression coefficients"
            raise BodyError(
                f"{given} for '{self.id}', which has {self.betas_count} and {self.expressions}",
                remedy="Name the body that they belong to",
            )
        shape = np.zeros((len(betas), self.shapedirs.shape[-1]), np.float32)
        shape[:, : betas.shape[1]] = betas
        shape[:, self.betas_count : self.betas_count + face.shape[1]] = face
        return shape

    def _rest_joints(self, shape: np.ndarray) -> np.ndarray:
        mean, change = self._rest_joints_linear
        return mean + np.tensordot(shape, change, axes=1)

    def _rest_vertices(self, shape: np.ndarray, rotations: np.ndarray) -> np.ndarray:
        """Shaped (and pose-corrected) rest vertices (N, 3, V)."""
        factors = shape
        if self.posedirs is not None:
            bends = (rotations[:, 1:] - np.eye(3)).reshape(len(shape), -1)
            factors = np.concatenate([shape, bends.astype(np.float32)], axis=1)
        rest = factors @ self._directions
        rest += self._template_row
        return rest.reshape(len(shape), 3, self.vertex_count)


def _with_middles(coco17: np.ndarray) -> np.ndarray:
    sides = [[COCO17.index(f"{side}_{part}") for side in "LR"] for part in ("Hip", "Shoulder")]
    return np.concatenate([coco17, coco17[..., sides, :].mean(axis=-2)], axis=-2)
