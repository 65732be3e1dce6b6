"""From the arrays of a licensed SMPL file, in the names and layouts people have, to a BodyModel."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.safe_npz import read_npy
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.joints import HUMAN36M17, MUPOTS17

SMPL_VERTEX_COUNT = 6890
FACE_POINT_VERTICES = (331, 2802, 6262, 3489, 3990)
"""Nose, L_Eye, R_Eye, L_Ear, R_Ear on the licensed SMPL mesh (3DCrowdNet)."""

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
_OTHER_BODIES = {10475: "SMPL-X", 10575: "SMPL-X", 778: "MANO, a hand", 5023: "FLAME, a head"}
_OTHER_JOINTS = {52: "SMPL-H", 55: "SMPL-X"}
_STAR_DIRECTIONS = 93
_REMEDY = "Get the SMPL file (6890 vertices, 24 joints) from smpl.is.tue.mpg.de"


def body_from_smpl(arrays: Mapping[str, Any], path: Path) -> BodyModel:
    """The body in the arrays of an SMPL file; `path` tells the gender and where companion files lie.

    The gender is the file's own word for it, else in the names. The five face points are fixed vertices.
    Head_top is row 3 of `J_regressor_extra.npy` when that file lies beside the body's, else the highest
    vertex of the template. `J_regressor_h36m_correct.npy` beside it gives the Human3.6M joints,
    `J_regressor_mi_smpl.npy` MuPoTS's; without it they are picked from the SMPL joints by name, as coco17
    always is. Raises BodyError for other bodies and missing or misshapen arrays.
    """
    if "skin_template_v" in arrays:
        raise BodyError("this is SKEL, not SMPL", where=path, remedy=_REMEDY)
    template = _array(arrays, TEMPLATE, path).astype(np.float32)
    _require_smpl(arrays, template, path)
    gender = _stated_gender(arrays) or gender_of(path)
    return BodyModel(
        id=f"smpl-{gender}-{hashlib.sha256(template.tobytes()).hexdigest()[:8]}",
        name=f"SMPL {gender}",
        v_template=template,
        shapedirs=_shapedirs(_array(arrays, "shapedirs", path), path),
        posedirs=_posedirs(arrays, path),
        J_regressor=_shaped(arrays, "J_regressor", (24, SMPL_VERTEX_COUNT), path).astype(np.float32),
        weights=_shaped(arrays, "weights", (SMPL_VERTEX_COUNT, 24), path).astype(np.float32),
        parents=_parents(_array(arrays, "parents", path), path),
        faces=_faces(_array(arrays, "faces", path), path),
        extra_regressor=_extra_regressor(template, path),
        regressors=_companion_regressors(path),
        regressor_source=HUMAN36M_REGRESSOR,
    )


def gender_of(path: Path) -> str:
    """`neutral`, `female` or `male` by the file's name, else its folder's, else `unknown`."""
    for text in (path.stem, path.parent.name):
        for word in re.split(r"[^a-z]+", text.lower()):
            if word in GENDERS:
                return GENDERS[word]
    return "unknown"


def _stated_gender(arrays: Mapping[str, Any]) -> str:
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


def _require_smpl(arrays: Mapping[str, Any], template: np.ndarray, path: Path) -> None:
    if template.shape != (SMPL_VERTEX_COUNT, 3):
        other = _OTHER_BODIES.get(len(template), f"a body of {len(template)} vertices")
        raise BodyError(f"this is {other}, not SMPL", where=path, remedy=_REMEDY)
    joints = _array(arrays, "weights", path).shape[-1]
    if joints != 24:
        other = _OTHER_JOINTS.get(joints, "another body")
        raise BodyError(f"this is {other} with {joints} joints, not SMPL", where=path, remedy=_REMEDY)
    if np.shape(arrays.get("posedirs", ()))[-1:] == (_STAR_DIRECTIONS,):
        raise BodyError("this is STAR, whose betas mean other shapes, not SMPL", where=path, remedy=_REMEDY)


def _shapedirs(shapedirs: np.ndarray, path: Path) -> np.ndarray:
    """The first ten shape directions (6890, 3, 10)."""
    if shapedirs.shape[:2] != (SMPL_VERTEX_COUNT, 3) or shapedirs.shape[-1] < 10:
        raise BodyError(f"'shapedirs' has shape {shapedirs.shape}", where=path, remedy=_REMEDY)
    return shapedirs[:, :, :10].astype(np.float32)


def _posedirs(arrays: Mapping[str, Any], path: Path) -> np.ndarray | None:
    """Pose directions (6890, 3, 207), also from smplx's flat (207, 20670); None when the file has none."""
    if "posedirs" not in arrays:
        return None
    posedirs = _array(arrays, "posedirs", path)
    if posedirs.shape == (207, SMPL_VERTEX_COUNT * 3):
        posedirs = posedirs.T.reshape(SMPL_VERTEX_COUNT, 3, 207)
    if posedirs.shape != (SMPL_VERTEX_COUNT, 3, 207):
        raise BodyError(f"'posedirs' has shape {posedirs.shape}", where=path, remedy=_REMEDY)
    return posedirs.astype(np.float32)


def _faces(faces: np.ndarray, path: Path) -> np.ndarray:
    """Triangles (F, 3) int32 of the body's vertices."""
    if faces.ndim != 2 or faces.shape[1] != 3 or np.any(faces < 0) or np.any(faces >= SMPL_VERTEX_COUNT):
        raise BodyError("'faces' are not triangles of the body's vertices", where=path, remedy=_REMEDY)
    return faces.astype(np.int32)


_JOINTS_OF = {HUMAN36M_REGRESSOR: HUMAN36M17, MUPOTS_REGRESSOR: MUPOTS17}
"""The joints that the first rows of a regressor give."""


def _parents(table: np.ndarray, path: Path) -> np.ndarray:
    """Parent of each joint (24,), the root's -1, from the first row of SMPL's table."""
    parents = (table[0] if table.ndim == 2 else table).astype(np.int64)
    parents[:1] = -1
    before = np.arange(1, len(parents))
    if parents.shape != (24,) or np.any(parents[1:] < 0) or np.any(parents[1:] >= before):
        raise BodyError("the joint tree is not SMPL's", where=path, remedy=_REMEDY)
    return parents


def _extra_regressor(template: np.ndarray, path: Path) -> np.ndarray:
    """Rows (6, 6890) for the five face points and Head_top."""
    rows = np.zeros((6, SMPL_VERTEX_COUNT), dtype=np.float32)
    rows[np.arange(5), FACE_POINT_VERTICES] = 1
    companion = path.parent / EXTRA_REGRESSOR
    if companion.is_file():
        rows[5] = _read_regressor(companion, least_rows=4)[3]
    else:
        rows[5, np.argmax(template[:, 1])] = 1
    return rows


def _companion_regressors(path: Path) -> dict[str, np.ndarray]:
    return {
        joints.name: _read_regressor(path.with_name(name), least_rows=joints.count)[: joints.count]
        for name, joints in _JOINTS_OF.items()
        if path.with_name(name).is_file()
    }


def _read_regressor(path: Path, *, least_rows: int) -> np.ndarray:
    regressor = read_npy(path)
    if regressor.ndim != 2 or regressor.shape[1] != SMPL_VERTEX_COUNT or len(regressor) < least_rows:
        raise BodyError(f"the joint regressor has shape {regressor.shape}", where=path)
    return regressor.astype(np.float32)
