"""From the arrays of a licensed SMPL, SMPL-H or SMPL-X file, in the layouts people have, to a BodyModel."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import BENDS, Hands
from sefd_viewer.body.safe_npz import read_npy
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import HUMAN36M17, MUPOTS17, SMPL24, SMPLH52, SMPLX55, JointSet

SMPL_VERTEX_COUNT = 6890
FACE_POINT_VERTICES = (331, 2802, 6262, 3489, 3990)
"""Nose, L_Eye, R_Eye, L_Ear, R_Ear on the mesh of SMPL and SMPL-H (3DCrowdNet)."""
_SMPLX_FACE_POINTS = (9120, 9448, 9929, 6, 616)
"""The same on SMPL-X's mesh (smplx's `vertex_ids`)."""


@dataclass(frozen=True)
class _Family:
    """One kind of body: its `name`, `key` in ids, number of vertices, joints, points of the face, site."""

    name: str
    key: str
    vertices: int
    joint_set: JointSet
    face_points: tuple[int, ...]
    site: str

    @property
    def remedy(self) -> str:
        """Where its files come from."""
        has = f"{self.vertices} vertices, {self.joint_set.count} joints"
        return f"Get the {self.name} file ({has}) from {self.site}"


FAMILIES = (
    _Family("SMPL", "smpl", SMPL_VERTEX_COUNT, SMPL24, FACE_POINT_VERTICES, "smpl.is.tue.mpg.de"),
    _Family("SMPL-H", "smplh", SMPL_VERTEX_COUNT, SMPLH52, FACE_POINT_VERTICES, "mano.is.tue.mpg.de"),
    _Family("SMPL-X", "smplx", 10475, SMPLX55, _SMPLX_FACE_POINTS, "smpl-x.is.tue.mpg.de"),
)
"""The kinds of bodies that are read."""

TEMPLATE = "v_template"
EXTRA_REGRESSOR, HUMAN36M_REGRESSOR = "J_regressor_extra.npy", "J_regressor_h36m_correct.npy"
MUPOTS_REGRESSOR = "J_regressor_mi_smpl.npy"
COMPANIONS = (EXTRA_REGRESSOR, HUMAN36M_REGRESSOR, MUPOTS_REGRESSOR)
"""Joint regressors that are read where they lie beside a body's file."""

_KEYS = {
    TEMPLATE: (TEMPLATE,),
    "shapedirs": ("shapedirs",),
    "posedirs": ("posedirs",),
    "J_regressor": ("J_regressor",),
    "weights": ("weights", "lbs_weights"),
    "parents": ("kintree_table", "parents"),
    "faces": ("f", "faces", "faces_tensor"),
}
GENDERS = {
    "neutral": "neutral",
    "female": "female",
    "male": "male",
    "n": "neutral",
    "f": "female",
    "m": "male",
}
_OTHER_BODIES = {778: "MANO, a hand", 5023: "FLAME, a head"}
_STAR_DIRECTIONS = 93
_REMEDY = FAMILIES[0].remedy
_SMPL_BETAS = 10
_SMPLX_BETAS, _SMPLX_SHAPES = 300, 400
"""Of a full SMPL-X file the first shapes are the body's, the rest the face's; of a short one ten each."""


def body_from_smpl(arrays: Mapping[str, Any], path: Path) -> BodyModel:
    """The body in the arrays of a licensed file; `path` tells the gender and where companion files lie.

    SMPL, SMPL-H and SMPL-X are told apart by vertices and joints. The gender is the file's own word for it,
    else in the names. The five face points are fixed vertices. Of SMPL ten shape directions are used, of the
    others all. On SMPL's mesh Head_top is row 3 of `J_regressor_extra.npy` when that file lies beside the
    body's, else the highest vertex of the template; `J_regressor_h36m_correct.npy` beside it gives the
    Human3.6M joints, `J_regressor_mi_smpl.npy` MuPoTS's; without it they are picked from the body's joints
    by name, as coco17 always is. Raises BodyError for other bodies and missing or misshapen arrays.
    """
    template = _array(arrays, TEMPLATE, path).astype(np.float32)
    family = _family(arrays, template, path)
    gender = stated_gender(arrays) or gender_of(path)
    joints, vertices = family.joint_set.count, family.vertices
    shapedirs, expressions = _shapedirs(_array(arrays, "shapedirs", path), family, path)
    on_smpl = vertices == SMPL_VERTEX_COUNT
    return BodyModel(
        id=f"{family.key}-{gender}-{hashlib.sha256(template.tobytes()).hexdigest()[:8]}",
        name=f"{family.name} {gender}",
        v_template=template,
        shapedirs=shapedirs,
        posedirs=_posedirs(arrays, family, path),
        J_regressor=_shaped(arrays, "J_regressor", (joints, vertices), path).astype(np.float32),
        weights=_shaped(arrays, "weights", (vertices, joints), path).astype(np.float32),
        parents=_parents(_array(arrays, "parents", path), family, path),
        faces=_faces(_array(arrays, "faces", path), family, path),
        extra_regressor=face_regressor(template, path, family.face_points),
        regressors=companion_regressors(path) if on_smpl else {},
        regressor_source=HUMAN36M_REGRESSOR,
        joint_set=family.joint_set,
        expressions=expressions,
        hands=_hands(arrays, path),
    )


def gender_of(path: Path) -> str:
    """`neutral`, `female` or `male` by the file's name, else its folder's, else `unknown`."""
    for text in (path.stem, path.parent.name):
        for word in re.split(r"[^a-z]+", text.lower()):
            if word in GENDERS:
                return GENDERS[word]
    return "unknown"


def stated_gender(arrays: Mapping[str, Any]) -> str:
    """The gender that is written in the file itself; empty where none is."""
    word = np.asarray(arrays.get("gender", "")).ravel()[:1].astype(str)
    return GENDERS.get(word[0].lower(), "") if len(word) else ""


def _array(arrays: Mapping[str, Any], name: str, path: Path) -> np.ndarray:
    """The array under any of its usual names; BodyError when there is none or it holds other than numbers."""
    key = next((key for key in _KEYS[name] if key in arrays), None)
    if key is None:
        raise BodyError(f"the file has no '{name}'", where=path, remedy=_REMEDY)
    array = np.asarray(arrays[key])
    if array.dtype.kind not in "fiu" or not np.all(np.isfinite(array)):
        raise BodyError(f"'{key}' does not hold finite numbers", where=path, remedy=_REMEDY)
    return array


def _shaped(arrays: Mapping[str, Any], name: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    array = _array(arrays, name, path)
    if array.shape != shape:
        raise BodyError(f"'{name}' has shape {array.shape} instead of {shape}", where=path, remedy=_REMEDY)
    return array


def _family(arrays: Mapping[str, Any], template: np.ndarray, path: Path) -> _Family:
    joints = (
        _array(arrays, "weights", path).shape[-1] if "weights" in arrays or "lbs_weights" in arrays else 0
    )
    if template.ndim != 2 or template.shape[1] != 3:
        raise BodyError(f"'{TEMPLATE}' has shape {template.shape}", where=path, remedy=_REMEDY)
    fitting = [family for family in FAMILIES if family.vertices == len(template)]
    if not fitting:
        other = _OTHER_BODIES.get(len(template), f"a body of {len(template)} vertices")
        raise BodyError(f"this is {other}, not SMPL", where=path, remedy=_REMEDY)
    if not joints:
        raise BodyError("the file has no 'weights'", where=path, remedy=fitting[0].remedy)
    family = next((one for one in fitting if one.joint_set.count == joints), None)
    if family is None:
        words = f"this is another body with {joints} joints, not {' or '.join(one.name for one in fitting)}"
        raise BodyError(words, where=path, remedy=fitting[0].remedy)
    if np.shape(arrays.get("posedirs", ()))[-1:] == (_STAR_DIRECTIONS,):
        raise BodyError("this is STAR, whose betas mean other shapes, not SMPL", where=path, remedy=_REMEDY)
    return family


def _shapedirs(shapedirs: np.ndarray, family: _Family, path: Path) -> tuple[np.ndarray, int]:
    """The shape directions (V, 3, S) that are used, and how many of them, the last ones, are of the face."""
    count = shapedirs.shape[-1] if shapedirs.ndim else 0
    face = 0
    if family.joint_set == SMPLX55:
        body = _SMPLX_BETAS if count >= _SMPLX_SHAPES else _SMPL_BETAS
        face = min(_SMPLX_SHAPES - _SMPLX_BETAS, body, max(count - body, 0))
        count = body + face
    elif family.joint_set == SMPL24:
        count = min(count, _SMPL_BETAS)
    if shapedirs.shape[:2] != (family.vertices, 3) or count < _SMPL_BETAS or shapedirs.shape[-1] < count:
        raise BodyError(f"'shapedirs' has shape {shapedirs.shape}", where=path, remedy=family.remedy)
    return shapedirs[:, :, :count].astype(np.float32), face


def _posedirs(arrays: Mapping[str, Any], family: _Family, path: Path) -> np.ndarray | None:
    """Pose directions (V, 3, P), also from smplx's flat (P, 3 V); None when the file has none."""
    if "posedirs" not in arrays:
        return None
    posedirs = _array(arrays, "posedirs", path)
    vertices, count = family.vertices, 9 * (family.joint_set.count - 1)
    if posedirs.shape == (count, vertices * 3):
        posedirs = posedirs.T.reshape(vertices, 3, count)
    if posedirs.shape != (vertices, 3, count):
        raise BodyError(f"'posedirs' has shape {posedirs.shape}", where=path, remedy=family.remedy)
    return posedirs.astype(np.float32)


def _hands(arrays: Mapping[str, Any], path: Path) -> Hands | None:
    """What the file says about hands; None where it says nothing, as AMASS's SMPL-H files do."""
    sides = [f"hands_{kind}{side}" for kind in ("mean", "components") for side in "lr"]
    if not all(name in arrays for name in sides):
        return None
    left, right, *components = (np.asarray(arrays[name]) for name in sides)
    numbers = all(one.dtype.kind in "fiu" and np.isfinite(one).all() for one in (left, right, *components))
    shapes = {left.shape, right.shape} == {(BENDS,)} and components[0].shape == components[1].shape
    if not numbers or not shapes or components[0].ndim != 2 or components[0].shape[1] != BENDS:
        raise BodyError(
            f"'{sides[0]}' and its like do not describe hands of 15 joints",
            where=path,
            remedy="Download the body again from its authors' site",
        )
    return Hands(np.stack([left, right]).astype(np.float32), np.stack(components).astype(np.float32))


def _faces(faces: np.ndarray, family: _Family, path: Path) -> np.ndarray:
    """Triangles (F, 3) int32 of the body's vertices."""
    if faces.ndim != 2 or faces.shape[1] != 3 or np.any(faces < 0) or np.any(faces >= family.vertices):
        raise BodyError("'faces' are not triangles of the body's vertices", where=path, remedy=family.remedy)
    return faces.astype(np.int32)


_JOINTS_OF = {HUMAN36M_REGRESSOR: HUMAN36M17, MUPOTS_REGRESSOR: MUPOTS17}
"""The joints that the first rows of a regressor give."""


def _parents(table: np.ndarray, family: _Family, path: Path) -> np.ndarray:
    """Parent of each joint (J,), the root's -1, from the first row of SMPL's table."""
    parents = (table[0] if table.ndim == 2 else table).astype(np.int64)
    parents[:1] = -1
    before = np.arange(1, len(parents))
    known = parents.shape == (family.joint_set.count,)
    if not known or np.any(parents[1:] < 0) or np.any(parents[1:] >= before):
        raise BodyError(f"the joint tree is not {family.name}'s", where=path, remedy=family.remedy)
    return parents


def face_regressor(
    template: np.ndarray, path: Path, points: tuple[int, ...] = FACE_POINT_VERTICES
) -> np.ndarray:
    """Rows (6, V) for the vertices of five face points and Head_top, on SMPL's mesh unless said."""
    rows = np.zeros((6, len(template)), dtype=np.float32)
    rows[np.arange(5), points] = 1
    companion = path.parent / EXTRA_REGRESSOR
    if len(template) == SMPL_VERTEX_COUNT and companion.is_file():
        rows[5] = _read_regressor(companion, least_rows=4)[3]
    else:
        rows[5, np.argmax(template[:, 1])] = 1
    return rows


def companion_regressors(path: Path) -> dict[str, np.ndarray]:
    """Regressors (K, V) of joint sets on SMPL's mesh that lie beside a body's file."""
    return {
        joints.name: _read_regressor(path.with_name(name), least_rows=joints.count)[: joints.count]
        for name, joints in _JOINTS_OF.items()
        if path.with_name(name).is_file()
    }


def _read_regressor(path: Path, *, least_rows: int) -> np.ndarray:
    regressor = read_npy(path)
    if regressor.ndim != 2 or regressor.shape[1] != SMPL_VERTEX_COUNT or len(regressor) < least_rows:
        raise BodyError(
            f"the joint regressor has shape {regressor.shape}",
            where=path,
            remedy="Download the body again from its authors' site",
        )
    return regressor.astype(np.float32)
