"""SKEL: 46 angles turn bones as anatomy does; posed by body-models, out of arrays that were read safely.

The skin has SMPL's mesh, on which SMPL's joints are measured by the regressor in SKEL's own file.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.smpl_layout import (
    SMPL_VERTEX_COUNT,
    companion_regressors,
    face_regressor,
    gender_of,
    stated_gender,
)
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import SMPL24, JointSet

SKEL_TEMPLATE = "skin_template_v"
"""What files of SKEL, and no others, call the vertices of the skin."""
ANGLES = 46
_BETAS = 10
_REMEDY = "Get skel_male.pkl or skel_female.pkl again from skel.is.tue.mpg.de"
_EXTRA = 'pip install "sefd-viewer[bodies]"'
_JOINTS = JointSet("skel24", SMPL24.names, SMPL24.skeleton, SMPL24.flip_pairs)
"""SMPL's joints on SKEL's skin; the set has a name of its own because SMPL's pose does not turn them."""
_HEAD = slice(23, 26)
_SHAPES: dict[str, tuple[int, ...]] = {
    SKEL_TEMPLATE: (SMPL_VERTEX_COUNT, 3),
    "shapedirs": (SMPL_VERTEX_COUNT, 3, -1),
    "posedirs": (SMPL_VERTEX_COUNT, 3, 207),
    "skin_weights": (SMPL_VERTEX_COUNT, 24),
    "J_regressor": (24, SMPL_VERTEX_COUNT),
    "J_regressor_osim": (24, SMPL_VERTEX_COUNT),
    "osim_kintree_table": (2, 24),
    "apose_rel_transfo": (24, 4, 4),
    "per_joint_rot": (24, 3, 3),
}
_OF_SMPL = (0, 2, 5, 8, 8, 11, 1, 4, 7, 7, 10, 3, 6, 15, 14, 17, 19, 19, 21, 13, 16, 18, 18, 20)
"""SMPL's joint in the place of each bone of SKEL: heels go with ankles, the radius with the ulna."""


@dataclass(frozen=True, eq=False)
class SkelBody(BodyModel):
    """SKEL's skin of V vertices; `arrays` are those of its file, as far as posing needs them."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def posed(self, angles: ArrayLike, betas: ArrayLike) -> NDArray[np.float32]:
        """Vertices (V, 3) in metres for angles (46,) in radians and betas (10,).

        Raises BodyError where the package body-models is not there, and for other shapes.
        """
        bends, shape = np.asarray(angles, np.float32), np.zeros(_BETAS, np.float32)
        given = np.ravel(np.asarray(betas, np.float32))[:_BETAS]
        shape[: len(given)] = given
        if bends.shape != (ANGLES,) or not np.isfinite(bends).all() or not np.isfinite(shape).all():
            raise BodyError(
                f"SKEL's pose is {bends.shape}, not {ANGLES} finite angles",
                remedy="Leave out people with NaN or infinite numbers, and give all of SKEL's angles",
            )
        body_pose = np.concatenate([bends[: _HEAD.start], bends[_HEAD.stop :]])
        posed = self._library.forward_vertices(body_pose, bends[_HEAD], shape=shape)
        return np.asarray(posed, np.float32)

    def check_own(self, parameters: SmplParameters) -> None:
        """Refused: rotations of SMPL's joints mean nothing to SKEL's bones."""
        words = f"SKEL is posed by its own {ANGLES} angles, not by rotations for '{parameters.body_id}'"
        raise BodyError(words, remedy="Name the body that the file is of")

    @cached_property
    def _library(self) -> Any:
        """The library's model, made of a file that is written here and removed again."""
        try:
            from body_models.skel.numpy import SKEL
        except ModuleNotFoundError as error:
            words = "SKEL is posed by the package body-models, which is not installed"
            raise BodyError(words, remedy=_EXTRA) from error
        with TemporaryDirectory(prefix="sefd-skel-") as folder:
            own = Path(folder) / "skel.pkl"
            own.write_bytes(pickle.dumps(_as_the_library_reads(self.arrays)))
            return SKEL(model_path=own, gender="female" if "female" in self.id else "male")


def skel_from_arrays(arrays: Mapping[str, Any], path: Path) -> SkelBody:
    """The body in the arrays of `skel_male.pkl` or `skel_female.pkl`; raises BodyError."""
    own = {name: _shaped(arrays, name, shape, path) for name, shape in _SHAPES.items()}
    faces = np.asarray(arrays.get("skin_template_f", ()))
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.min() < 0 or faces.max() >= SMPL_VERTEX_COUNT:
        raise BodyError("'skin_template_f' are not triangles of the skin", where=path, remedy=_REMEDY)
    own["skin_template_f"] = faces.astype(np.int32)
    template = own[SKEL_TEMPLATE].astype(np.float32)
    gender = stated_gender(arrays) or gender_of(path)
    weights = np.zeros((SMPL_VERTEX_COUNT, 24), np.float32)
    np.add.at(weights.T, list(_OF_SMPL), own["skin_weights"].T)
    return SkelBody(
        id=f"skel-{gender}-{hashlib.sha256(template.tobytes()).hexdigest()[:8]}",
        name=f"SKEL {gender}",
        v_template=template,
        shapedirs=own["shapedirs"][..., :_BETAS].astype(np.float32),
        posedirs=None,
        J_regressor=own["J_regressor"].astype(np.float32),
        weights=weights,
        parents=np.array(_SMPL_PARENTS),
        faces=own["skin_template_f"],
        extra_regressor=face_regressor(template, path),
        regressors=companion_regressors(path),
        regressor_source="J_regressor_h36m_correct.npy",
        joint_set=_JOINTS,
        arrays=own,
    )


_SMPL_PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)


def _shaped(arrays: Mapping[str, Any], name: str, shape: tuple[int, ...], path: Path) -> NDArray[Any]:
    if name not in arrays:
        raise BodyError(f"the file of SKEL has no '{name}'", where=path, remedy=_REMEDY)
    array = np.asarray(arrays[name])
    fits = array.ndim == len(shape) and all(w in (-1, h) for w, h in zip(shape, array.shape, strict=True))
    if not fits or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise BodyError(f"'{name}' is {array.shape}, or not finite", where=path, remedy=_REMEDY)
    return array


def _as_the_library_reads(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """The arrays under the names and in the kinds that body-models expects; bones' own mesh is left out."""
    from scipy.sparse import csc_matrix

    sparse = {name: csc_matrix(arrays[name]) for name in ("skin_weights", "J_regressor", "J_regressor_osim")}
    bones = {name: csc_matrix((1, 24), dtype=np.float32) for name in ("skel_weights", "skel_weights_rigid")}
    mesh = {"skel_template_v": np.zeros((1, 3)), "skel_template_f": np.zeros((0, 3), np.int64)}
    names = [f"bone {number}" for number in range(24)]
    return {**arrays, **sparse, **bones, **mesh, "bone_names": names}
